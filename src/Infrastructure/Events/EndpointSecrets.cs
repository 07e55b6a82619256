using System.Text;
using System.Text.Json;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>Encrypts what webhooks keep secret with the server's own key for them, which all processes share. Thread-safe.</summary>
internal sealed class EndpointSecrets(ServerSecrets secrets)
{
    private const string Lose =
        """
        WITH gone AS (DELETE FROM webhook_previous_secrets WHERE school_id = $1 AND endpoint_id = $2)
        UPDATE webhook_endpoints SET secret = $3, headers = $4,
            enabled = false, disabled_reason = 'by_hand', disabled_at = clock_timestamp()
        WHERE school_id = $1 AND id = $2
        """;

    private static readonly byte[] SigningSecret = "faceattendance/webhook-secret/1"u8.ToArray();
    private static readonly byte[] Headers = "faceattendance/webhook-headers/1"u8.ToArray();

    public string Protect(string secret) => Protect(secret, SigningSecret);

    public string Protect(IReadOnlyDictionary<string, string> headers) => ProtectHeaders(JsonSerializer.Serialize(headers));

    public string ProtectHeaders(string json) => Protect(json, Headers);

    /// <exception cref="InvalidDataException">It was changed outside the server.</exception>
    public string Read(string stored) => Read(stored, SigningSecret);

    /// <exception cref="InvalidDataException">It was changed outside the server.</exception>
    public IReadOnlyDictionary<string, string> ReadHeaders(string stored) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(Read(stored, Headers))!;

    /// <summary>For an endpoint whose secret and headers cannot be read any more: it gets a secret that nobody knows, no headers, and is
    /// disabled.</summary>
    public NpgsqlBatchCommand LoseOf(Guid school, Guid endpoint) => new(Lose)
    {
        Parameters =
        {
            new() { Value = school }, new() { Value = endpoint }, new() { Value = Protect(WebhookSignature.NewSecret()) },
            new() { Value = Protect(new Dictionary<string, string>()) },
        },
    };

    private string Protect(string plain, byte[] bound) =>
        Convert.ToBase64String(secrets.Seal(SecretUse.Webhooks, Encoding.UTF8.GetBytes(plain), bound));

    private string Read(string stored, byte[] bound)
    {
        var bytes = new byte[stored.Length];
        return Convert.TryFromBase64String(stored, bytes, out var length)
            && secrets.Open(SecretUse.Webhooks, bytes.AsSpan(0, length), bound) is { } plain
            ? Encoding.UTF8.GetString(plain)
            : throw new InvalidDataException("A webhook's secret in the database was changed outside the server.");
    }
}
