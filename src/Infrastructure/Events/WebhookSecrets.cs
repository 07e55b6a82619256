using System.Collections.Concurrent;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>The key that a school's deliveries are signed with: the configured one, or one that the first process made and the database
/// keeps, encrypted.</summary>
internal sealed class WebhookSecrets(NpgsqlDataSource database, EndpointSecrets secrets, IOptions<WebhookOptions> options)
{
    private const string Read = "SELECT webhook_secret FROM schools WHERE id = $1";

    // Of several processes that make one at once, the first wins and all get its.
    private const string Keep = "UPDATE schools SET webhook_secret = COALESCE(webhook_secret, $2) WHERE id = $1 RETURNING webhook_secret";

    private readonly string? _configured = options.Value.Secret is { Length: > 0 } secret ? secret : null;
    private readonly ConcurrentDictionary<SchoolId, byte[]> _kept = new();

    public async ValueTask<byte[]> KeyOfAsync(SchoolId school, CancellationToken ct)
    {
        if (_kept.TryGetValue(school, out var known)) return known;
        var key = WebhookSignature.TryReadSecret(await RevealAsync(school, ct))
            ?? throw new InvalidOperationException($"The webhook secret of school {school} in the database is malformed.");
        return _kept.GetOrAdd(school, key);
    }

    /// <returns>As the receiver's operator is told it: <c>whsec_…</c>.</returns>
    public async Task<string> RevealAsync(SchoolId school, CancellationToken ct)
    {
        if (_configured is not null) return _configured;
        var stored = await QueryAsync(Read, [school.Value], ct)
            ?? await QueryAsync(Keep, [school.Value, secrets.Protect(WebhookSignature.NewSecret())], ct)
            ?? throw new InvalidOperationException($"There is no school {school}.");
        return secrets.Read(stored);
    }

    private async Task<string?> QueryAsync(string sql, object[] values, CancellationToken ct)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in values) command.Parameters.AddWithValue(value);
        return await command.ExecuteScalarAsync(ct) as string;
    }
}
