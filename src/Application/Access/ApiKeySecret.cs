using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Access;

/// <summary>
/// What a program shows: <c>fa_</c> and the base64url of the key's id (16 bytes), its school (16) and 32 random bytes. The first two find
/// the row without a search; the last are the secret. Never printed by accident: <see cref="ToString"/> withholds it.
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
