namespace FaceAttendance.Application;

/// <summary>Finds the word that was meant by one that is not known.</summary>
public static class Spelling
{
    // Beyond this nothing is a slip of a known word, and comparing takes the product of the lengths.
    private const int MaxLength = 64;

    /// <param name="slips">As many are forgiven in a short word too.</param>
    /// <returns>The known word that differs by a slip in about every fourth letter at most, capitals and separators aside; null when
    /// there is none.</returns>
    public static string? Nearest(string word, IEnumerable<string> known, int slips = 0)
    {
        var bare = Bare(word);
        if (bare.Length is 0 or > MaxLength) return null;
        return known
            .Select(k => (Word: k, Distance: Distance(bare, Bare(k)))).Where(k => k.Distance <= Math.Max(slips, bare.Length / 4))
            .OrderBy(k => k.Distance).FirstOrDefault().Word;
    }

    private static string Bare(string word) => new([.. word.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);

    /// <summary>How many letters have to be put in, left out, replaced or swapped with their neighbour (optimal string
    /// alignment).</summary>
    private static int Distance(string from, string to)
    {
        var distance = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++)
        {
            for (var j = 0; j <= to.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    distance[i, j] = i + j;
                    continue;
                }
                var least = Math.Min(
                    Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1, distance[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1));
                var isSwapped = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                distance[i, j] = isSwapped ? Math.Min(least, distance[i - 2, j - 2] + 1) : least;
            }
        }
        return distance[from.Length, to.Length];
    }
}
