
namespace FaceAttendance.Application.Access;

/// <summary>A machine as the school names it, such as <c>gate-1</c>. Ordinal, case-sensitive.</summary>
public readonly record struct DeviceId
{
    public const int MaxLength = 64;

    /// <summary>What stands in a URL for the device that calls; no device may bear it.</summary>
    public const string Self = "self";

    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule =
        "1 to 64 characters, each an ASCII letter, a digit, '.', '_' or '-'; not dots alone and not the reserved word 'self'";

    private readonly string? _value;

    /// <exception cref="ArgumentException">The id breaks <see cref="Rule"/>.</exception>
    public DeviceId(string value) =>
        _value = IsValid(value) ? value : throw new ArgumentException($"A device id has {Rule}.", nameof(value));

    public string Value => _value ?? throw new InvalidOperationException("A device id was never given.");

    public static bool IsValid(string? value) =>
        value is { Length: > 0 and <= MaxLength } && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
        && value.Any(c => c != '.') && !value.Equals(Self, StringComparison.OrdinalIgnoreCase);

    public override string ToString() => Value;
}
