using System.Buffers;
using System.Buffers.Text;

namespace FaceAttendance.Infrastructure.Secrets;

/// <summary>Sealed bytes as clients carry them: base64url without padding.</summary>
internal static class SealedText
{
    public static string Encode(ReadOnlySpan<byte> stored) => Base64Url.EncodeToString(stored);

    /// <returns>Null for whatever else a client may send in its place.</returns>
    public static byte[]? Decode(string text)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        return Base64Url.DecodeFromChars(text, bytes, out _, out var length) == OperationStatus.Done ? bytes[..length] : null;
    }
}
