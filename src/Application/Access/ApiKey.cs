using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Access;

public readonly record struct ApiKeyId(Guid Value)
{
    public static ApiKeyId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>A key as it is shown to people: everything but the secret.</summary>
/// <param name="Device">The machine it belongs to; null for a program's key.</param>
/// <param name="CreatedBy">Who made it, in the words of <c>http.CallerName()</c>, or <c>server</c>.</param>
public sealed record ApiKey(
    ApiKeyId Id, string Name, IReadOnlyList<string> Scopes, DeviceId? Device, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt)
{
    public const int MaxNameLength = 100;

    public DateTimeOffset? LastUsedAt { get; init; }

    public DateTimeOffset? LastHeartbeatAt { get; init; }

    /// <summary>Until when the secret before the last rotation is taken too.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>The beginning of the key's text, by which a person tells keys apart. It holds nothing secret.</summary>
    public string Prefix => ApiKeySecret.PrefixOf(Id);
}

/// <summary>A machine as the school names it, such as <c>gate-1</c>. Ordinal, case-sensitive.</summary>
public readonly record struct DeviceId
{
    public const int MaxLength = 64;

    /// <summary>What stands in a URL for the device that calls; no device may bear it.</summary>
    public const string Self = "self";

    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule = "1 to 64 characters, each an ASCII letter, a digit, '.', '_' or '-'; not dots alone and not the reserved word 'self'";

    private readonly string? _value;

    /// <exception cref="ArgumentException">The id breaks <see cref="Rule"/>.</exception>
    public DeviceId(string value) => _value = IsValid(value) ? value : throw new ArgumentException($"A device id has {Rule}.", nameof(value));

    public string Value => _value ?? throw new InvalidOperationException("A device id was never given.");

    public static bool IsValid(string? value) =>
        value is { Length: > 0 and <= MaxLength } && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-')
        && value.Any(c => c != '.') && !value.Equals(Self, StringComparison.OrdinalIgnoreCase);

    public override string ToString() => Value;
}

/// <summary>
/// What a program shows: <c>fa_</c> and the base64url of the key's id (16 bytes), its school (16) and 32 random bytes. The first two find the row
/// without a search; the last are the secret. Never printed by accident: <see cref="ToString"/> withholds it.
/// </summary>
public sealed class ApiKeySecret
{
    /// <summary>What every key begins with, so that scanners of repositories and logs know one when they see it.</summary>
    public const string Mark = "fa_";

    private const int SecretBytes = 32;
    private const int RawBytes = 16 + 16 + SecretBytes;

    // Enough of the id to tell the keys of a school apart: its time to the millisecond, and 18 random bits.
    private const int PrefixLength = 12;

    private static readonly int TextLength = Mark.Length + Base64Url.GetEncodedLength(RawBytes);

    private readonly byte[] _secret;

    private ApiKeySecret(SchoolId school, ApiKeyId id, byte[] secret) => (School, Id, _secret) = (school, id, secret);

    public SchoolId School { get; }

    public ApiKeyId Id { get; }

    /// <summary>The only thing about the secret that is stored.</summary>
    public byte[] Sha256 => SHA256.HashData(_secret);

    /// <summary>A new secret for a key that exists or is about to.</summary>
    public static ApiKeySecret New(SchoolId school, ApiKeyId id) => new(school, id, RandomNumberGenerator.GetBytes(SecretBytes));

    /// <returns>Null for a text that no key has.</returns>
    public static ApiKeySecret? Parse(ReadOnlySpan<char> text)
    {
        if (text.Length != TextLength || !text.StartsWith(Mark, StringComparison.Ordinal)) return null;
        Span<byte> ascii = stackalloc byte[TextLength];
        Span<byte> raw = stackalloc byte[RawBytes];
        if (Encoding.ASCII.GetBytes(text, ascii) != TextLength) return null;
        return Base64Url.IsValid(ascii[Mark.Length..]) && Base64Url.DecodeFromUtf8(ascii[Mark.Length..], raw) == RawBytes
            ? new(new(new Guid(raw[16..32], bigEndian: true)), new(new Guid(raw[..16], bigEndian: true)), raw[32..].ToArray())
            : null;
    }

    public static string PrefixOf(ApiKeyId id)
    {
        Span<byte> raw = stackalloc byte[16];
        id.Value.TryWriteBytes(raw, bigEndian: true, out _);
        return Mark + Base64Url.EncodeToString(raw)[..PrefixLength];
    }

    /// <summary>The key itself, for the one moment when it is shown.</summary>
    public string Reveal()
    {
        Span<byte> raw = stackalloc byte[RawBytes];
        Id.Value.TryWriteBytes(raw, bigEndian: true, out _);
        School.Value.TryWriteBytes(raw[16..], bigEndian: true, out _);
        _secret.CopyTo(raw[32..]);
        return Mark + Base64Url.EncodeToString(raw);
    }

    public override string ToString() => "ApiKeySecret(withheld)";
}

public static class ApiKeyErrors
{
    public static Error NotFound { get; } = new("api_key.not_found", "The school has no such key, or it was revoked.", ErrorKind.NotFound);
}

public static class DeviceErrors
{
    public static Error NotFound { get; } = new("device.not_found", "The school has no such device.", ErrorKind.NotFound);

    public static Error Exists { get; } = new("device.exists", "The school has a device of this id already; remove it first.", ErrorKind.Conflict);

    public static Error NotTheDevice { get; } = new(
        "device.not_the_device", "A heartbeat is sent with the key of the device itself.", ErrorKind.Forbidden);
}
