using System.Numerics.Tensors;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>Somebody of a set: what would be enrolled, what would be asked, and what stands before a camera while they are not
/// enrolled.</summary>
/// <param name="Templates">The first so many pictures that enrolment takes.</param>
/// <param name="Probes">The rest; empty of those who only fill a gallery, as everybody does who has fewer templates than were
/// wanted.</param>
/// <param name="AsStranger">Null where no such picture is there.</param>
internal sealed record Member(string Name, IReadOnlyList<Embedding> Templates, IReadOnlyList<FacePicture> Probes, FacePicture? AsStranger)
{
    /// <summary>The normalised mean, as the gallery has it.</summary>
    public Embedding Direction { get; } = Mean(Templates);

    private static Embedding Mean(IReadOnlyList<Embedding> templates)
    {
        var sum = new float[templates[0].Dimension];
        foreach (var template in templates) TensorPrimitives.Add(sum, template.Values, sum);
        return Embedding.FromRaw(sum, templates[0].Contract);
    }
}

/// <summary>The people of an evaluation.</summary>
/// <param name="Members">Who may be enrolled.</param>
/// <param name="Strangers">Pictures of people who never are.</param>
/// <param name="Kept">How many members stay strangers even when the gallery is as large as it can be.</param>
/// <param name="Refused">Pictures that enrolment refuses, of those that were to be enrolled.</param>
/// <param name="Attempts">Pictures that were to be enrolled.</param>
/// <param name="NotEnrolled">People of whom no picture could be enrolled.</param>
internal sealed record Students(
    IReadOnlyList<Member> Members, IReadOnlyList<FacePicture> Strangers, int Kept, IReadOnlyList<FacePicture> Refused, int Attempts,
    IReadOnlyList<string> NotEnrolled)
{
    // Where nobody has but one picture, one in so many of all people stays a stranger.
    private const int OneInSo = 5;

    public int Largest => Members.Count - Kept;

    /// <summary>One folder of people: who has more pictures than templates is asked for with the rest. Half of those with one picture stay
    /// strangers.</summary>
    public static Students OfOneFolder(IReadOnlyList<(string Name, IReadOnlyList<FacePicture> Pictures)> people, int templates)
    {
        var (members, refused, notEnrolled, attempts) = (new List<Member>(), new List<FacePicture>(), new List<string>(), 0);
        foreach (var (name, pictures) in people)
        {
            var enrolled = Enrol(pictures, templates, refused, ref attempts);
            var probes = enrolled.Count == templates ? pictures.Where(p => p.IsPicture && !enrolled.Contains(p)).ToList() : [];
            if (enrolled.Count == 0) notEnrolled.Add(name);
            else
                members.Add(
                    new(name, [.. enrolled.Select(p => p.Face!)], probes, probes.FirstOrDefault(p => p.Face is not null) ?? enrolled[0]));
        }
        var singles = people.Count(p => p.Pictures.Count(f => f.IsPicture) == 1);
        return new(members, [], singles > 0 ? (singles + 1) / 2 : Math.Max(1, members.Count / OneInSo), refused, attempts, notEnrolled);
    }

    /// <summary>Three folders: enrol/, probe/ and unknown/. Who is enrolled is known by the folder's name.</summary>
    public static Students OfThreeFolders(
        IReadOnlyList<(string Name, IReadOnlyList<FacePicture> Pictures)> enrol,
        IReadOnlyList<(string Name, IReadOnlyList<FacePicture> Pictures)> probe, IReadOnlyList<FacePicture> unknown, int templates)
    {
        var (members, refused, notEnrolled, attempts) = (new List<Member>(), new List<FacePicture>(), new List<string>(), 0);
        var asked = probe.ToDictionary(p => p.Name, p => p.Pictures, StringComparer.Ordinal);
        foreach (var (name, pictures) in enrol)
        {
            var enrolled = Enrol(pictures, templates, refused, ref attempts);
            if (enrolled.Count == 0) notEnrolled.Add(name);
            if (enrolled.Count == 0) continue;
            var probes = enrolled.Count == templates ? asked.GetValueOrDefault(name, []).Where(p => p.IsPicture).ToList() : [];
            members.Add(new(name, [.. enrolled.Select(p => p.Face!)], probes, probes.FirstOrDefault(p => p.Face is not null)));
        }
        return new(members, unknown, 0, refused, attempts, notEnrolled);
    }

    private static List<FacePicture> Enrol(IReadOnlyList<FacePicture> pictures, int templates, List<FacePicture> refused, ref int attempts)
    {
        var enrolled = new List<FacePicture>();
        foreach (var picture in pictures)
        {
            if (enrolled.Count == templates) break;
            attempts++;
            if (picture.Refusal is null) enrolled.Add(picture);
            else refused.Add(picture);
        }
        return enrolled;
    }
}
