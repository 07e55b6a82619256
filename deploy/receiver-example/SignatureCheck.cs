using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace FaceAttendance.ReceiverExample;

/// <summary>Verifies deliveries by Standard Webhooks 1.0.0: HMAC-SHA256 of "id.timestamp.body". Thread-safe.</summary>
public sealed class SignatureCheck(IEnumerable<string> secrets, TimeProvider clock)
{
    private const string SecretPrefix = "whsec_";
    private const string Version = "v1,";

    // An old delivery that somebody recorded and sends again is refused; so is one when the clocks are farther apart than this.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly byte[][] _keys = [.. secrets.Select(s => Convert.FromBase64String(s[SecretPrefix.Length..]))];

    public bool IsValid(string id, string timestamp, string signatures, ReadOnlySpan<byte> body)
    {
        if (id.Length == 0 || !long.TryParse(timestamp, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return false;
        if (Math.Abs(clock.GetUtcNow().ToUnixTimeSeconds() - seconds) > Tolerance.TotalSeconds) return false;

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        foreach (var key in _keys)
        {
            var expected = HMACSHA256.HashData(key, signed);
            // While a secret is rotated there are two signatures; any that fits is enough.
            foreach (var signature in signatures.Split(' '))
            {
                if (IsSignature(signature, expected)) return true;
            }
        }
        return false;
    }

    private static bool IsSignature(string signature, byte[] expected)
    {
        Span<byte> given = stackalloc byte[HMACSHA256.HashSizeInBytes];
        return signature.StartsWith(Version, StringComparison.Ordinal)
            && Convert.TryFromBase64String(signature[Version.Length..], given, out var length) && length == expected.Length
            && CryptographicOperations.FixedTimeEquals(given, expected);
    }
}
