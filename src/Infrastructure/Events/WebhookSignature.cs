using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>Signs deliveries: Standard Webhooks 1.0.0 with a symmetric secret, and the plain HMAC of the body that the contract's receivers
/// expect.</summary>
internal static class WebhookSignature
{
    private const string SecretPrefix = "whsec_";

    // The bounds that Standard Webhooks 1.0.0 gives for a symmetric secret.
    private const int FewestKeyBytes = 24;
    private const int MostKeyBytes = 64;
    private const int NewKeyBytes = 32;

    public static string NewSecret() => SecretPrefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(NewKeyBytes));

    /// <returns>The key, or null when the text is no secret.</returns>
    public static byte[]? TryReadSecret(string secret)
    {
        if (!secret.StartsWith(SecretPrefix, StringComparison.Ordinal)) return null;
        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[SecretPrefix.Length..], key, out var length)
            && length is >= FewestKeyBytes and <= MostKeyBytes
            ? key[..length]
            : null;
    }

    /// <returns>The value of <c>webhook-signature</c>: <c>v1,</c> and the base64 HMAC-SHA256 of "id.timestamp.body".</returns>
    public static string Standard(byte[] key, string id, long timestamp, ReadOnlySpan<byte> body)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        hmac.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{timestamp}.")));
        hmac.AppendData(body);
        return "v1," + Convert.ToBase64String(hmac.GetHashAndReset());
    }

    /// <returns>The value of <c>X-Signature</c>: the HMAC-SHA256 of the body in lower-case hex.</returns>
    public static string OfBody(byte[] key, ReadOnlySpan<byte> body) => Convert.ToHexStringLower(HMACSHA256.HashData(key, body));
}
