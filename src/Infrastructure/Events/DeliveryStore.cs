using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>Deliveries as people look at them. Thread-safe.</summary>
internal sealed class DeliveryStore(NpgsqlDataSource database, WebhookSender sender) : IDeliveries
{
    private const string Columns =
        "o.id, o.event_id, e.type, o.student_key, e.sequence, o.status, o.attempts, o.created_at, o.next_attempt_at, o.settled_at, " +
        "e.payload, o.erased";

    private const string List =
        $"""
        SELECT {Columns} FROM outbox AS o JOIN events AS e ON e.school_id = o.school_id AND e.id = o.event_id
        WHERE o.school_id = $1 AND o.endpoint_id = $2 AND ($3::text IS NULL OR o.status = $3)
            AND ($4::timestamptz IS NULL OR o.created_at >= $4) AND ($5::timestamptz IS NULL OR o.created_at < $5)
            AND ($6::uuid IS NULL OR (o.created_at, o.id) < (SELECT l.created_at, l.id FROM outbox AS l
            WHERE l.school_id = $1 AND l.id = $6))
        ORDER BY o.created_at DESC, o.id DESC LIMIT $7
        """;

    private const string Find =
        $"""
        SELECT {Columns} FROM outbox AS o JOIN events AS e ON e.school_id = o.school_id AND e.id = o.event_id
        WHERE o.school_id = $1 AND o.endpoint_id = $2 AND o.id = $3
        """;

    private const string ReadOutcomes =
        """
        SELECT delivery_id, number, at, latency_ms, http_status, message FROM delivery_attempts
        WHERE school_id = $1 AND delivery_id = ANY ($2) ORDER BY delivery_id, number
        """;

    // Due since its event, so that of several the oldest goes first.
    private const string Again = "status = 'pending', attempts_before = attempts, next_attempt_at = created_at, settled_at = NULL";

    private const string ReplayOne = $"UPDATE outbox SET {Again} WHERE school_id = $1 AND endpoint_id = $2 AND id = $3 AND NOT erased";

    private const string ReplayMany =
        $"""
        UPDATE outbox SET {Again} WHERE school_id = $1 AND endpoint_id = $2 AND created_at >= $3 AND created_at < $4 AND NOT erased
            AND ($5::text IS NULL OR status = $5)
        """;

    // Held, so that an erasure comes before or after, and not in between.
    private const string SendMissed =
        """
        INSERT INTO outbox (school_id, id, event_id, endpoint_id, student_key, created_at, attempts, next_attempt_at)
        SELECT e.school_id, gen_random_uuid(), e.id, w.id, e.student_key, e.created_at, 0, e.created_at
        FROM events AS e JOIN webhook_endpoints AS w ON w.school_id = e.school_id AND w.id = $2
        WHERE e.school_id = $1 AND e.created_at >= $3 AND e.created_at < $4 AND NOT e.erased AND e.type <> 'webhook.test'
            AND (w.events = '{}' OR e.type = ANY (w.events))
        FOR SHARE OF e
        ON CONFLICT (school_id, event_id, endpoint_id) DO NOTHING
        """;

    public async Task<IReadOnlyList<Delivery>> ListAsync(SchoolId school, EndpointId endpoint, DeliveryFilter filter, CancellationToken ct)
    {
        await using var list = Command(List, school, endpoint);
        list.Parameters.Add(OrNull(filter.Status is { } status ? Words.Of(status) : null, NpgsqlDbType.Text));
        list.Parameters.Add(OrNull(filter.From?.ToUniversalTime(), NpgsqlDbType.TimestampTz));
        list.Parameters.Add(OrNull(filter.To?.ToUniversalTime(), NpgsqlDbType.TimestampTz));
        list.Parameters.Add(OrNull(filter.After, NpgsqlDbType.Uuid));
        list.Parameters.AddWithValue(filter.Limit);
        return await ReadAsync(list, school, withBody: false, ct);
    }

    public async Task<Delivery?> FindAsync(SchoolId school, EndpointId endpoint, Guid id, CancellationToken ct)
    {
        await using var find = Command(Find, school, endpoint);
        find.Parameters.AddWithValue(id);
        return (await ReadAsync(find, school, withBody: true, ct)).SingleOrDefault();
    }

    public async Task<bool> ReplayAsync(SchoolId school, EndpointId endpoint, Guid id, CancellationToken ct)
    {
        await using var replay = Command(ReplayOne, school, endpoint);
        replay.Parameters.AddWithValue(id);
        return await replay.ExecuteNonQueryAsync(ct) > 0;
    }

    public async Task<int> ReplayAsync(
        SchoolId school, EndpointId endpoint, DateTimeOffset from, DateTimeOffset to, DeliveryStatus? status, CancellationToken ct)
    {
        await using var replay = database.CreateBatch();
        NpgsqlParameter[] Span() =>
        [
            new() { Value = school.Value }, new() { Value = endpoint.Value }, new() { Value = from.ToUniversalTime() },
            new() { Value = to.ToUniversalTime() },
        ];
        replay.BatchCommands.Add(Batched(ReplayMany, [.. Span(), OrNull(status is { } s ? Words.Of(s) : null, NpgsqlDbType.Text)]));
        if (status is null) replay.BatchCommands.Add(Batched(SendMissed, Span()));
        return await replay.ExecuteNonQueryAsync(ct);
    }

    public async Task<Delivery?> TestAsync(SchoolId school, EndpointId endpoint, CancellationToken ct) =>
        await sender.TestAsync(school, endpoint, ct) is { } sent ? await FindAsync(school, endpoint, sent, CancellationToken.None) : null;

    private NpgsqlCommand Command(string sql, SchoolId school, EndpointId endpoint)
    {
        var command = database.CreateCommand(sql);
        command.Parameters.AddWithValue(school.Value);
        command.Parameters.AddWithValue(endpoint.Value);
        return command;
    }

    private static NpgsqlBatchCommand Batched(string sql, NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    private async Task<IReadOnlyList<Delivery>> ReadAsync(NpgsqlCommand command, SchoolId school, bool withBody, CancellationToken ct)
    {
        var deliveries = new List<Delivery>();
        await using (var reader = await command.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct))
            {
                var status = Words.Parse<DeliveryStatus>(reader.GetString(5))!.Value;
                deliveries.Add(new(
                    reader.GetGuid(0), reader.GetGuid(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetString(3),
                    reader.IsDBNull(4) ? null : reader.GetInt64(4), status, reader.GetInt32(6), reader.GetFieldValue<DateTimeOffset>(7),
                    status == DeliveryStatus.Pending ? reader.GetFieldValue<DateTimeOffset>(8) : null,
                    reader.IsDBNull(9) ? null : reader.GetFieldValue<DateTimeOffset>(9), [], withBody ? reader.GetString(10) : null)
                {
                    IsErased = reader.GetBoolean(11),
                });
            }
        }
        var outcomes = await ReadOutcomesAsync(school, [.. deliveries.Select(d => d.Id)], ct);
        return [.. deliveries.Select(d => d with { Outcomes = [.. outcomes[d.Id]] })];
    }

    private async Task<ILookup<Guid, AttemptOutcome>> ReadOutcomesAsync(SchoolId school, Guid[] deliveries, CancellationToken ct)
    {
        await using var read = database.CreateCommand(ReadOutcomes);
        read.Parameters.AddWithValue(school.Value);
        read.Parameters.AddWithValue(deliveries);
        await using var reader = await read.ExecuteReaderAsync(ct);
        var outcomes = new List<(Guid Delivery, AttemptOutcome Outcome)>();
        while (await reader.ReadAsync(ct))
        {
            outcomes.Add((reader.GetGuid(0), new(
                reader.GetInt32(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetInt32(3),
                reader.IsDBNull(4) ? null : reader.GetInt32(4), reader.GetString(5))));
        }
        return outcomes.ToLookup(o => o.Delivery, o => o.Outcome);
    }

    private static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
