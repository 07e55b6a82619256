namespace FaceAttendance.Domain.Students;

/// <summary>A student as the school itself names them, unique within the school. Ordinal, case-sensitive.</summary>
public readonly record struct StudentId
{
    /// <summary>Longest id, in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>What the wire calls a face that matched nobody; no student may bear it.</summary>
    public const string UnknownLabel = "Unknown";

    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule =
        "1 to 64 characters, each an ASCII letter, a digit, '.', '_' or '-'; not dots alone and not the reserved word 'Unknown'";

    private readonly string? _value;

    /// <exception cref="ArgumentException">The id breaks <see cref="Rule"/>.</exception>
    public StudentId(string value) =>
        _value = IsValid(value) ? value : throw new ArgumentException($"A student id has {Rule}.", nameof(value));

    public string Value => _value ?? throw new InvalidOperationException("A student id was never given.");

    /// <summary>Whether the id can be used in a URL, a file name and a header without escaping.</summary>
    public static bool IsValid(string? value)
    {
        if (value is null || value.Length is 0 or > MaxLength) return false;
        var onlyDots = true;
        foreach (var c in value)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-')) return false;
            onlyDots &= c == '.';
        }
        return !onlyDots && !value.Equals(UnknownLabel, StringComparison.OrdinalIgnoreCase);
    }

    public override string ToString() => Value;
}
