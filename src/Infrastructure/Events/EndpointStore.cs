using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>Endpoints in PostgreSQL, with the operator's own before them. Thread-safe.</summary>
internal sealed class EndpointStore(
    NpgsqlDataSource database, EndpointSecrets secrets, AuditLog audit, OperatorsEndpoint operators)
    : IWebhookEndpoints, IWebhookSecrets
{
    private const string Columns =
        """
        id, url, description, events, headers, disabled_reason, disabled_at, failing_since,
        (SELECT max(p.good_until) FROM webhook_previous_secrets AS p
            WHERE p.school_id = webhook_endpoints.school_id AND p.endpoint_id = webhook_endpoints.id AND p.good_until > clock_timestamp()), created_at
        """;

    private const string Insert =
        $"""
        INSERT INTO webhook_endpoints (school_id, id, url, description, events, headers, secret, enabled, disabled_reason, disabled_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, CASE WHEN NOT $8 THEN 'by_hand' END, CASE WHEN NOT $8 THEN clock_timestamp() END
        WHERE (SELECT count(*) FROM webhook_endpoints WHERE school_id = $1) < $9
        RETURNING {Columns}
        """;

    private const string List =
        $"SELECT {Columns} FROM webhook_endpoints WHERE school_id = $1 AND id = COALESCE($2, id) ORDER BY created_at, id";

    // Enabling begins anew; disabling what is disabled already leaves the first reason.
    private const string Update =
        $"""
        UPDATE webhook_endpoints SET
            url = COALESCE($3, url), description = COALESCE($4, description), events = COALESCE($5, events), headers = COALESCE($6,
                headers),
            enabled = COALESCE($7, enabled),
            disabled_reason = CASE WHEN $7 THEN NULL WHEN NOT $7 AND enabled THEN 'by_hand' ELSE disabled_reason END,
            disabled_at = CASE WHEN $7 THEN NULL WHEN NOT $7 AND enabled THEN clock_timestamp() ELSE disabled_at END,
            failing_since = CASE WHEN $7 THEN NULL ELSE failing_since END,
            paused_until = CASE WHEN $7 THEN NULL ELSE paused_until END
        WHERE school_id = $1 AND id = $2
        RETURNING {Columns}
        """;

    private const string HoldSecret = "SELECT secret FROM webhook_endpoints WHERE school_id = $1 AND id = $2 FOR NO KEY UPDATE";

    // Those whose overlap is over; all of them when the new one is to stand alone.
    private const string ForgetSecrets =
        "DELETE FROM webhook_previous_secrets WHERE school_id = $1 AND endpoint_id = $2 AND (good_until <= clock_timestamp() OR $3 = " +
        "interval '0')";

    private const string KeepSecret =
        """
        INSERT INTO webhook_previous_secrets (school_id, endpoint_id, secret, good_until) SELECT $1, $2, $3, clock_timestamp() + $4
        WHERE $4 > interval '0'
            AND (SELECT count(*) FROM webhook_previous_secrets WHERE school_id = $1 AND endpoint_id = $2) < $5
        """;

    private const string ReplaceSecret = $"UPDATE webhook_endpoints SET secret = $3 WHERE school_id = $1 AND id = $2 RETURNING {Columns}";

    private const string Delete = "DELETE FROM webhook_endpoints WHERE school_id = $1 AND id = $2";

    // After the endpoint: an event that is just being written waits for that row and then sees it gone.
    private const string DeleteDeliveries = "DELETE FROM outbox WHERE school_id = $1 AND endpoint_id = $2";

    // Nobody else's deliveries hold them.
    private const string DeleteTests =
        """
        DELETE FROM events AS e USING outbox AS o
        WHERE o.school_id = $1 AND o.endpoint_id = $2 AND e.school_id = $1 AND e.id = o.event_id AND e.type = 'webhook.test'
        """;

    public async Task<EndpointWithSecret?> AddAsync(
        SchoolId school, Uri url, string description, IReadOnlyList<string> events, IReadOnlyDictionary<string, string> headers,
        bool enabled, CancellationToken ct)
    {
        var secret = WebhookSignature.NewSecret();
        var added = await WriteAsync(
            Insert, AuditActions.WebhookMade, school, ct, new() { Value = EndpointId.New().Value }, new() { Value = url.AbsoluteUri },
            new() { Value = description },
            new() { Value = events.ToArray() }, new() { Value = secrets.Protect(headers) }, new() { Value = secrets.Protect(secret) },
            new() { Value = enabled }, new() { Value = WebhookEndpoint.MostPerSchool });
        return added is null ? null : new(added, secret);
    }

    public async Task<IReadOnlyList<WebhookEndpoint>> ListAsync(SchoolId school, CancellationToken ct)
    {
        var others = await ReadAsync(List, school, ct, IdOrNull(null));
        return operators.Find(school) is { } own ? [own, .. others] : others;
    }

    public async Task<WebhookEndpoint?> FindAsync(SchoolId school, EndpointId id, CancellationToken ct) =>
        id == EndpointId.Operators ? operators.Find(school) : (await ReadAsync(List, school, ct, IdOrNull(id))).SingleOrDefault();

    public Task<WebhookEndpoint?> ChangeAsync(SchoolId school, EndpointId id, EndpointChanges changes, CancellationToken ct) =>
        WriteAsync(
            Update, AuditActions.WebhookChanged, school, ct, new() { Value = id.Value },
            OrNull(changes.Url?.AbsoluteUri, NpgsqlDbType.Text), OrNull(changes.Description, NpgsqlDbType.Text),
            OrNull(changes.Events?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            OrNull(changes.Headers is { } headers ? secrets.Protect(headers) : null, NpgsqlDbType.Text),
            OrNull(changes.IsEnabled, NpgsqlDbType.Boolean));

    public async Task<Result<EndpointWithSecret>> RotateAsync(SchoolId school, EndpointId id, TimeSpan overlap, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await ReadSecretAsync(connection, school, id, ct) is not { } old) return WebhookErrors.NotFound;
        if (!await KeepAsync(connection, school, id, old, overlap, ct)) return WebhookErrors.TooManySecrets;

        var secret = WebhookSignature.NewSecret();
        NpgsqlParameter[] replacement = [new() { Value = id.Value }, new() { Value = secrets.Protect(secret) }];
        var rotated = (await ReadAsync(connection, ReplaceSecret, school, replacement, ct)).Single();
        await TellAsync(connection, school, AuditActions.WebhookSecretRotated, rotated, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return new EndpointWithSecret(rotated, secret);
    }

    public async Task<bool> RemoveAsync(SchoolId school, EndpointId id, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var delete = new NpgsqlCommand(Delete, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = id.Value } },
        };
        if (await delete.ExecuteNonQueryAsync(ct) == 0) return false;
        foreach (var sql in new[] { DeleteTests, DeleteDeliveries })
        {
            delete.CommandText = sql;
            await delete.ExecuteNonQueryAsync(ct);
        }
        await TellAsync(connection, school, AuditActions.WebhookRemoved, id, null, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    private async Task<IReadOnlyList<WebhookEndpoint>> ReadAsync(
        string sql, SchoolId school, CancellationToken ct, params NpgsqlParameter[] more)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await ReadAsync(connection, sql, school, more, ct);
    }

    private async Task<IReadOnlyList<WebhookEndpoint>> ReadAsync(
        NpgsqlConnection connection, string sql, SchoolId school, NpgsqlParameter[] more, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = school.Value } } };
        command.Parameters.AddRange(more);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var endpoints = new List<WebhookEndpoint>();
        while (await reader.ReadAsync(ct))
        {
            endpoints.Add(new(
                new(reader.GetGuid(0)), new Uri(reader.GetString(1)), reader.GetString(2), reader.GetFieldValue<string[]>(3),
                [.. secrets.ReadHeaders(reader.GetString(4)).Keys],
                reader.IsDBNull(5) ? null : Words.Parse<DisabledReason>(reader.GetString(5)), Time(reader, 6),
                Time(reader, 7), Time(reader, 8), Time(reader, 9)));
        }
        return endpoints;
    }

    private static async Task<string?> ReadSecretAsync(NpgsqlConnection connection, SchoolId school, EndpointId id, CancellationToken ct)
    {
        await using var hold = new NpgsqlCommand(HoldSecret, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = id.Value } },
        };
        return await hold.ExecuteScalarAsync(ct) as string;
    }

    /// <returns>False when there are as many as there may be.</returns>
    private static async Task<bool> KeepAsync(
        NpgsqlConnection connection, SchoolId school, EndpointId id, string secret, TimeSpan overlap, CancellationToken ct)
    {
        await using var forget = new NpgsqlCommand(ForgetSecrets, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = id.Value }, new() { Value = overlap } },
        };
        await forget.ExecuteNonQueryAsync(ct);
        await using var keep = new NpgsqlCommand(KeepSecret, connection)
        {
            Parameters =
            {
                new() { Value = school.Value }, new() { Value = id.Value }, new() { Value = secret }, new() { Value = overlap },
                new() { Value = WebhookEndpoint.MostPreviousSecrets },
            },
        };
        return await keep.ExecuteNonQueryAsync(ct) == 1 || overlap == TimeSpan.Zero;
    }

    /// <summary>Writes one endpoint and what was done to it, or neither.</summary>
    /// <returns>Null when the statement found nothing to write.</returns>
    private async Task<WebhookEndpoint?> WriteAsync(
        string sql, string action, SchoolId school, CancellationToken ct, params NpgsqlParameter[] more)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await ReadAsync(connection, sql, school, more, ct) is not [var written]) return null;
        await TellAsync(connection, school, action, written, ct);
        await transaction.CommitAsync(CancellationToken.None);
        return written;
    }

    private Task TellAsync(NpgsqlConnection connection, SchoolId school, string action, WebhookEndpoint written, CancellationToken ct) =>
        TellAsync(
        connection, school, action, written.Id,
        new Dictionary<string, object?> { ["host"] = written.Url.Authority, ["events"] = written.Events, ["enabled"] = written.IsEnabled },
        ct);

    private async Task TellAsync(
        NpgsqlConnection connection, SchoolId school, string action, EndpointId id, IReadOnlyDictionary<string, object?>? details,
        CancellationToken ct)
    {
        await using var tell = new NpgsqlBatch(connection)
        {
            BatchCommands = { audit.EntryOf(new(school, action, id.ToString(), details)) },
        };
        await tell.ExecuteNonQueryAsync(ct);
    }

    private static DateTimeOffset? Time(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);

    private static NpgsqlParameter IdOrNull(EndpointId? id) => OrNull(id?.Value, NpgsqlDbType.Uuid);

    private static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
