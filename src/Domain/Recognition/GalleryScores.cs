namespace FaceAttendance.Domain.Recognition;

/// <summary>
/// How similar photos of one student are, and photos of two, counted on a gallery's own templates. A photo is compared with what a camera's
/// face would be: the student's direction, without that photo where it is their own.
/// </summary>
/// <param name="Genuine">Comparisons with the same student by similarity, in steps of <see cref="Step"/> from −1.</param>
/// <param name="Impostor">The same with other students.</param>
/// <param name="Missed">Of the genuine ones, how many are below the threshold, in how many.</param>
/// <param name="Taken">Of the others, how many reach it.</param>
public sealed record GalleryScores(IReadOnlyList<long> Genuine, IReadOnlyList<long> Impostor, Share Missed, Share Taken)
{
    /// <summary>In cosine similarity.</summary>
    public const double Step = 0.02;

    public static GalleryScores None { get; } = new([], [], default, default);

    /// <returns>The share of strangers who reach a threshold with one of so many students, if one comparison does at a rate.</returns>
    public static double AnyOf(double rate, int students) => 1 - Math.Pow(1 - rate, students);
}

/// <summary>Counts similarities against a threshold.</summary>
internal sealed class ScoreHistogram(float threshold)
{
    private readonly long[] _counts = new long[(int)Math.Round(2 / GalleryScores.Step)];

    public IReadOnlyList<long> Counts => _counts;

    public long Total { get; private set; }

    /// <summary>How many reach the threshold.</summary>
    public long Reaching { get; private set; }

    public void Add(float similarity)
    {
        // A similarity on a step's edge belongs to the step that begins there, whatever a float makes of it.
        var step = (int)Math.Floor(((similarity + 1) / GalleryScores.Step) + 1e-6);
        _counts[Math.Clamp(step, 0, _counts.Length - 1)]++;
        Total++;
        if (similarity >= threshold) Reaching++;
    }
}
