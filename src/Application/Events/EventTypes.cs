
namespace FaceAttendance.Application.Events;

/// <summary>The types of events, as they stand in an event's <c>event</c>.</summary>
public static class EventTypes
{
    public const string Recognized = "attendance.recognized";
    public const string CheckedIn = "attendance.checked_in";
    public const string Marked = "attendance.marked";
    public const string Absent = "attendance.absent";

    public const string Corrected = "attendance.corrected";

    public const string NoticeRaised = "notice.raised";
    public const string NoticeResolved = "notice.resolved";

    /// <summary>Made by a test delivery alone, which asks no filter.</summary>
    public const string Test = "webhook.test";

    /// <summary>Those that an endpoint may filter by.</summary>
    public static IReadOnlyList<string> Filterable { get; } =
        [Recognized, CheckedIn, Marked, Absent, Corrected, NoticeRaised, NoticeResolved];

    /// <summary>What a list of types in the server's settings must be.</summary>
    public static string ListRule { get; } = $"types of events separated by commas: {string.Join(", ", Filterable)}";

    /// <returns>The types that a list in the server's settings names, each once.</returns>
    public static IReadOnlyList<string> WordsOf(string? list) =>
        [.. (list ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()];

    /// <returns>Null when every word is a type of event.</returns>
    public static string? FirstUnknown(string? list) => WordsOf(list).FirstOrDefault(w => !Filterable.Contains(w));

    /// <returns>Each once, in one order.</returns>
    public static IReadOnlyList<string> Ordered(IEnumerable<string> types) => [.. types.Distinct().Order(StringComparer.Ordinal)];
}
