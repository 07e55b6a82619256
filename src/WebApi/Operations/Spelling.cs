namespace FaceAttendance.WebApi.Operations;

/// <summary>Finds the word that was meant by one that is not known.</summary>
internal static class Spelling
{
    // Beyond this nothing is a slip of a known word, and comparing takes the product of the lengths.
    private const int MaxLength = 64;

    /// <returns>The known word that differs by a slip in about every fourth letter at most, capitals and separators aside; null when there is none.</returns>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var bare = Bare(word);
        if (bare.Length is 0 or > MaxLength) return null;
        return known.Select(k => (Word: k, Distance: Distance(bare, Bare(k)))).Where(k => k.Distance <= bare.Length / 4).OrderBy(k => k.Distance).FirstOrDefault().Word;
    }

    private static string Bare(string word) => new([.. word.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);

    /// <summary>How many letters have to be put in, left out or replaced (Levenshtein).</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
            }
        }
        return row[^1];
    }
}
