using System.Text.Json;

namespace FaceAttendance.WebApi.Requests;

/// <summary>The words of an enum on the wire: its members' names in lower case, with underscores.</summary>
internal static class Words<T> where T : struct, Enum
{
    private static readonly Dictionary<string, T> s_values =
        Enum.GetValues<T>().ToDictionary(value => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), StringComparer.Ordinal);

    /// <summary>In the order of the enum.</summary>
    public static IReadOnlyCollection<string> All => s_values.Keys;

    /// <summary>What an input should be, for whoever sent another.</summary>
    public static string Rule { get; } = $"Input should be {string.Join(", ", s_values.Keys.SkipLast(1))} or {s_values.Keys.Last()}";

    public static string Of(T value) => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    /// <returns>Null for any other word.</returns>
    public static T? Parse(string? word) => word is not null && s_values.TryGetValue(word, out var value) ? value : null;
}
