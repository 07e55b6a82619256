using System.Collections.Frozen;
using System.Text.Json;

namespace FaceAttendance.Domain;

/// <summary>
/// How enums are spelled in the database, on the wire, in metrics and in logs: each member's name in snake_case, the same everywhere.
/// Whoever renames a member renames what is stored.
/// </summary>
public static class Words
{
    public static string Of<T>(T value) where T : struct, Enum => Spelling<T>.Words[value];

    /// <returns>Null for any other word.</returns>
    public static T? Parse<T>(string? word) where T : struct, Enum =>
        word is not null && Spelling<T>.Values.TryGetValue(word, out var value) ? value : null;

    /// <summary>Every word, in the order of the members.</summary>
    public static IReadOnlyList<string> All<T>() where T : struct, Enum => Spelling<T>.All;

    private static class Spelling<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> Words =
            Enum.GetValues<T>().ToFrozenDictionary(v => v, v => JsonNamingPolicy.SnakeCaseLower.ConvertName(v.ToString()));

        public static readonly FrozenDictionary<string, T> Values =
            Words.ToFrozenDictionary(p => p.Value, p => p.Key, StringComparer.Ordinal);

        public static readonly IReadOnlyList<string> All = [.. Enum.GetValues<T>().Select(v => Words[v])];
    }
}
