using FaceAttendance.Domain;

namespace FaceAttendance.WebApi.Requests;

/// <summary>What a word of an enum in a request should be, for whoever sent another.</summary>
internal static class WordRule
{
    public static string Of<T>() where T : struct, Enum
    {
        var words = Words.All<T>();
        return $"Input should be {string.Join(", ", words.SkipLast(1))} or {words[^1]}";
    }
}
