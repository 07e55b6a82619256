using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Access;

/// <summary>
/// What a browser's cookie holds: the base64url of the session's id (16 bytes), its school (16) and 32 random bytes. Never printed by
/// accident: <see cref="ToString"/> withholds it.
/// </summary>
public sealed class SessionToken
{
    private const int SecretBytes = 32;
    private const int RawBytes = 16 + 16 + SecretBytes;

    private static readonly int TextLength = Base64Url.GetEncodedLength(RawBytes);

    private readonly byte[] _secret;

    private SessionToken(SchoolId school, Guid id, byte[] secret) => (School, Id, _secret) = (school, id, secret);

    public SchoolId School { get; }

    public Guid Id { get; }

    /// <summary>The only thing about the secret that is stored.</summary>
    public byte[] Sha256 => SHA256.HashData(_secret);

    /// <summary>
    /// What a page of the server's own sends along with what changes something, to show that it can read answers and not only send
    /// requests. It follows from the session alone, so that every process knows it.
    /// </summary>
    public string CsrfToken => Base64Url.EncodeToString(HMACSHA256.HashData(_secret, "faceattendance/csrf/1"u8));

    public static SessionToken New(SchoolId school, Guid id) => new(school, id, RandomNumberGenerator.GetBytes(SecretBytes));

    /// <returns>Null for a text that no session has.</returns>
    public static SessionToken? Parse(ReadOnlySpan<char> text)
    {
        if (text.Length != TextLength) return null;
        Span<byte> ascii = stackalloc byte[TextLength];
        Span<byte> raw = stackalloc byte[RawBytes];
        if (!Ascii.IsValid(text) || Encoding.ASCII.GetBytes(text, ascii) != TextLength) return null;
        return Base64Url.IsValid(ascii) && Base64Url.DecodeFromUtf8(ascii, raw) == RawBytes
            ? new(new(new Guid(raw[16..32], bigEndian: true)), new Guid(raw[..16], bigEndian: true), raw[32..].ToArray())
            : null;
    }

    public bool IsCsrfToken(string shown) => CryptographicOperations.FixedTimeEquals(
        Encoding.UTF8.GetBytes(CsrfToken), Encoding.UTF8.GetBytes(shown));

    /// <summary>The cookie's value.</summary>
    public string Reveal()
    {
        Span<byte> raw = stackalloc byte[RawBytes];
        Id.TryWriteBytes(raw, bigEndian: true, out _);
        School.Value.TryWriteBytes(raw[16..], bigEndian: true, out _);
        _secret.CopyTo(raw[32..]);
        return Base64Url.EncodeToString(raw);
    }

    public override string ToString() => "SessionToken(withheld)";
}
