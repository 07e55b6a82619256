namespace FaceAttendance.Domain.Access;

/// <summary>What a user types to log in: the name, and behind an @ the school's code, which users of the first school may leave
/// out.</summary>
/// <param name="SchoolCode">In lower case; null for the first school.</param>
public readonly record struct LogInName(UserName Name, string? SchoolCode)
{
    /// <returns>Null for what is nobody's.</returns>
    public static LogInName? Parse(string text)
    {
        var at = text.IndexOf('@', StringComparison.Ordinal);
        if (at < 0) return UserName.Parse(text) is { } own ? new(own, null) : null;
        var code = text[(at + 1)..].ToLowerInvariant();
        return UserName.Parse(text[..at]) is { } name && code.Length is > 0 and <= 32
            && code.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? new(name, code) : null;
    }
}
