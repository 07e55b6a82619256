using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>An endpoint's address and keys as they lie in the database.</summary>
/// <param name="PreviousSecrets">Those whose overlap has not ended, the newest first.</param>
internal sealed record StoredEndpoint(string Url, string Headers, string Secret, IReadOnlyList<string> PreviousSecrets)
{
    public override string ToString() => "StoredEndpoint(withheld)";
}

/// <summary>A delivery in the hands of this process.</summary>
/// <param name="Body">The exact text to send.</param>
/// <param name="Sequence">The student's number of the event; null for an event about nobody.</param>
/// <param name="Attempt">The attempt that is about to be made, from 1.</param>
/// <param name="AttemptsBefore">Those of them that were made before the last replay.</param>
/// <param name="Target">Null for the operator's own endpoint.</param>
internal sealed record OutboxDelivery(
    SchoolId School, Guid Id, Guid Event, EndpointId Endpoint, string Body, long? Sequence, int Attempt, int AttemptsBefore,
    StoredEndpoint? Target)
{
    public override string ToString() => $"OutboxDelivery({Id}, attempt {Attempt})";
}

/// <summary>When an attempt was made and how long it took.</summary>
internal readonly record struct AttemptTiming(DateTimeOffset At, TimeSpan Latency);

/// <summary>
/// The events, and each one's deliveries, that stand in the database until they are done. Times are the database's. A lease keeps a
/// delivery in one pair of hands; when its holder dies, the lease runs out and another process takes over.
/// </summary>
internal sealed class Outbox(NpgsqlDataSource database, IOptions<WebhookOptions> options)
{
    /// <summary>Whether the school has an endpoint, besides the operator's, that wants events of a type. The school is $1.</summary>
    /// <param name="type">The parameter or literal with the event's type.</param>
    internal static string IsWanted(string type) =>
        $"EXISTS (SELECT 1 FROM webhook_endpoints AS w WHERE w.school_id = $1 AND w.enabled AND (w.events = '{{}}' OR {type} = ANY " +
        "(w.events)))";

    // Of an endpoint called w.
    private const string PreviousSecrets =
        """
        ARRAY (SELECT p.secret FROM webhook_previous_secrets AS p
            WHERE p.school_id = w.school_id AND p.endpoint_id = w.id AND p.good_until > clock_timestamp() ORDER BY p.replaced_at DESC)
        """;

    // In order of the student, so that two of these never wait for each other. FOR KEY SHARE makes an endpoint that is just being removed
    // count as removed, and one that is not stay until this commits.
    private static readonly string Insert =
        $"""
        WITH wanted AS (
            SELECT e.id, e.student_key, e.payload FROM unnest($2::uuid[], $3::text[], $4::text[]) AS e (id, student_key, payload)
            WHERE $6 OR {IsWanted("$5")}
        ), numbered AS (
            INSERT INTO event_sequences (school_id, student_key, last) SELECT $1, student_key, 1 FROM wanted ORDER BY student_key
            ON CONFLICT (school_id, student_key) DO UPDATE SET last = event_sequences.last + 1
            RETURNING student_key, last
        ), written AS (
            INSERT INTO events (school_id, id, type, student_key, sequence, payload)
            SELECT $1, wanted.id, $5, student_key, numbered.last, wanted.payload FROM wanted JOIN numbered USING (student_key)
            RETURNING id, student_key
        ), others AS (
            SELECT w.id FROM webhook_endpoints AS w
            WHERE w.school_id = $1 AND w.enabled AND (w.events = '{"{}"}' OR $5 = ANY (w.events)) FOR KEY SHARE
        )
        INSERT INTO outbox (school_id, id, event_id, endpoint_id, student_key, attempts, next_attempt_at, leased_until)
        SELECT $1, gen_random_uuid(), written.id, target.id, written.student_key, CASE WHEN target.lease IS NULL THEN 0 ELSE 1 END,
            clock_timestamp(),
            clock_timestamp() + target.lease
        FROM written CROSS JOIN (SELECT $7::uuid AS id, $8::interval AS lease WHERE $6 UNION ALL SELECT id, NULL FROM others) AS target
        """;

    private const string InsertTest =
        """
        WITH target AS (
            SELECT id FROM webhook_endpoints WHERE school_id = $1 AND id = $2 UNION ALL SELECT $2 WHERE $6
        ), written AS (
            INSERT INTO events (school_id, id, type, payload) SELECT $1, $3, 'webhook.test', $4 FROM target RETURNING id
        )
        INSERT INTO outbox (school_id, id, event_id, endpoint_id, attempts, next_attempt_at, leased_until)
        SELECT $1, gen_random_uuid(), id, $2, 1, clock_timestamp(), clock_timestamp() + $5 FROM written
        """;

    private const string FindFirst =
        $"""
        SELECT o.id, e.payload, e.sequence, o.attempts = 1 AND o.status = 'pending' AND o.leased_until > clock_timestamp() + $4,
            w.url, w.headers, w.secret, {PreviousSecrets}
        FROM outbox AS o JOIN events AS e ON e.school_id = o.school_id AND e.id = o.event_id
        LEFT JOIN webhook_endpoints AS w ON w.school_id = o.school_id AND w.id = o.endpoint_id
        WHERE o.school_id = $1 AND o.event_id = $2 AND o.endpoint_id = $3
        """;

    // Endpoint by endpoint, each as many as it has hands free, so that one that answers slowly, or has a great many waiting, holds up no
    // other. now() and not clock_timestamp(): the planner uses an index only with a value that stands still during the statement.
    private const string Claim =
        $"""
        WITH endpoints AS (
            SELECT $5::uuid AS id WHERE $6
            UNION ALL SELECT id FROM webhook_endpoints WHERE enabled AND (paused_until IS NULL OR paused_until <= now())
        ), free AS (
            SELECT endpoints.id, GREATEST($2 - COALESCE(busy.count, 0), 0) AS hands
            FROM endpoints LEFT JOIN unnest($3::uuid[], $4::int[]) AS busy (id, count) USING (id) ORDER BY random()
        ), due AS (
            SELECT d.school_id, d.id FROM free CROSS JOIN LATERAL (
                SELECT o.school_id, o.id FROM outbox AS o
                WHERE o.endpoint_id = free.id AND o.status = 'pending' AND o.next_attempt_at <= now() AND (o.leased_until IS NULL
                    OR o.leased_until <= now())
                ORDER BY o.next_attempt_at LIMIT free.hands FOR UPDATE SKIP LOCKED) AS d
            LIMIT $1
        ), taken AS (
            UPDATE outbox AS o SET attempts = o.attempts + 1, leased_until = clock_timestamp() + $7
            FROM due WHERE o.school_id = due.school_id AND o.id = due.id
            RETURNING o.school_id, o.id, o.event_id, o.endpoint_id, o.attempts, o.attempts_before
        )
        SELECT t.school_id, t.id, t.event_id, t.endpoint_id, e.payload, e.sequence, t.attempts, t.attempts_before,
            w.url, w.headers, w.secret, {PreviousSecrets}
        FROM taken AS t JOIN events AS e ON e.school_id = t.school_id AND e.id = t.event_id
        LEFT JOIN webhook_endpoints AS w ON w.school_id = t.school_id AND w.id = t.endpoint_id
        WHERE w.id IS NOT NULL OR t.endpoint_id = $5
        """;

    // Whatever else happened to the row: the receiver has it.
    private const string SettleSent =
        """
        UPDATE outbox SET status = 'sent', settled_at = clock_timestamp(), leased_until = NULL, last_http_status = $3, last_message = $4
        WHERE school_id = $1 AND id = $2 AND status <> 'sent'
        """;

    // The attempt's number says whether the row is still in this process's hands.
    private const string SettleFailed =
        """
        UPDATE outbox SET next_attempt_at = clock_timestamp() + $6, leased_until = NULL, last_http_status = $3, last_message = $4
        WHERE school_id = $1 AND id = $2 AND status = 'pending' AND attempts = $5
        """;

    private const string SettleDead =
        """
        UPDATE outbox SET status = 'dead', settled_at = clock_timestamp(), leased_until = NULL, last_http_status = $3, last_message = $4
        WHERE school_id = $1 AND id = $2 AND status = 'pending' AND attempts = $5
        """;

    // Nothing for a delivery that went with its student or its endpoint in the meantime.
    private const string WriteAttempt =
        """
        WITH held AS (SELECT school_id, id FROM outbox WHERE school_id = $1 AND id = $2 FOR KEY SHARE)
        INSERT INTO delivery_attempts (school_id, delivery_id, number, at, latency_ms, http_status, message)
        SELECT school_id, id, $3, $4, $5, $6, $7 FROM held ON CONFLICT (school_id, delivery_id, number) DO NOTHING
        """;

    private const string EndpointWorks =
        "UPDATE webhook_endpoints SET failing_since = NULL WHERE school_id = $1 AND id = $2 AND failing_since IS NOT NULL";

    private const string IsOver = "COALESCE(failing_since < clock_timestamp() - $5, false)";

    // Touches the row only when there is something to note. A receiver that is gone, or has accepted nothing for too long, is disabled.
    private const string EndpointFails =
        $"""
        UPDATE webhook_endpoints SET
            failing_since = COALESCE(failing_since, clock_timestamp()),
            paused_until = CASE WHEN $4::interval IS NULL THEN paused_until ELSE GREATEST(paused_until, clock_timestamp() + $4) END,
            enabled = NOT ($3 OR {IsOver}),
            disabled_reason = CASE WHEN $3 THEN 'gone' WHEN {IsOver} THEN 'failing' END,
            disabled_at = CASE WHEN $3 OR {IsOver} THEN clock_timestamp() END
        WHERE school_id = $1 AND id = $2 AND enabled AND (failing_since IS NULL OR {IsOver} OR $3 OR $4::interval IS NOT NULL)
        RETURNING disabled_reason
        """;

    private readonly WebhookOptions _options = options.Value;

    /// <summary>
    /// Writes events of one type, at most one for each student, and a delivery of each to every endpoint that wants it; nothing when none
    /// does. For the transaction that records what they tell of.
    /// </summary>
    /// <param name="toOperator">Whether the operator's own endpoint is configured.</param>
    /// <param name="attemptNow">Whether this process makes the operator's first attempt at once and holds the lease for it.</param>
    public NpgsqlBatchCommand InsertOf(
        SchoolId school, string type, IReadOnlyCollection<(Guid Id, string StudentKey, string Body)> events, bool toOperator,
        bool attemptNow = false) => new(Insert)
        {
            Parameters =
        {
            new() { Value = school.Value },
            new() { Value = events.Select(e => e.Id).ToArray() },
            new() { Value = events.Select(e => e.StudentKey).ToArray() },
            new() { Value = events.Select(e => e.Body).ToArray() },
            new() { Value = type, NpgsqlDbType = NpgsqlDbType.Text },
            new() { Value = toOperator },
            new() { Value = EndpointId.Operators.Value },
            new() { Value = attemptNow ? _options.Lease : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval },
        },
        };

    /// <summary>Writes a test event and its delivery, leased to this process.</summary>
    /// <returns>The delivery; null when the school has no such endpoint.</returns>
    public async Task<OutboxDelivery?> AddTestAsync(
        SchoolId school, EndpointId endpoint, string body, bool hasOperators, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        await using (var add = database.CreateCommand(InsertTest))
        {
            add.Parameters.AddWithValue(school.Value);
            add.Parameters.AddWithValue(endpoint.Value);
            add.Parameters.AddWithValue(id);
            add.Parameters.AddWithValue(body);
            add.Parameters.AddWithValue(_options.Lease);
            add.Parameters.AddWithValue(hasOperators && endpoint == EndpointId.Operators);
            if (await add.ExecuteNonQueryAsync(ct) == 0) return null;
        }
        return (await FindFirstAsync(school, id, endpoint, ct)).Delivery;
    }

    /// <summary>A new event's delivery for its first attempt.</summary>
    /// <returns>
    /// The delivery is null when the first attempt is no longer this process's to make: so little of the lease is left that another process
    /// might begin too. Exists is false when the row is gone, because the student was removed.
    /// </returns>
    public async Task<(bool Exists, OutboxDelivery? Delivery)> FindFirstAsync(
        SchoolId school, Guid eventId, EndpointId endpoint, CancellationToken ct)
    {
        await using var find = database.CreateCommand(FindFirst);
        find.Parameters.AddWithValue(school.Value);
        find.Parameters.AddWithValue(eventId);
        find.Parameters.AddWithValue(endpoint.Value);
        find.Parameters.AddWithValue(_options.Timeout);
        await using var reader = await find.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return (false, null);
        var isMine = !reader.IsDBNull(3) && reader.GetBoolean(3);
        return (true, isMine
            ? new OutboxDelivery(
                school, reader.GetGuid(0), eventId, endpoint, reader.GetString(1), LongOrNull(reader, 2), 1, 0, ReadTarget(reader, 4))
            : null);
    }

    /// <summary>Takes deliveries that are due, of all schools, those of one endpoint oldest first.</summary>
    /// <param name="limit">Of all together.</param>
    /// <param name="perEndpoint">The most that may be under way to one endpoint, those in <paramref name="underWay"/> included.</param>
    /// <param name="operators">Whether to take the operator's too.</param>
    public async Task<IReadOnlyList<OutboxDelivery>> ClaimAsync(
        int limit, int perEndpoint, IReadOnlyDictionary<EndpointId, int> underWay, bool operators, CancellationToken ct)
    {
        var claimed = new List<OutboxDelivery>();
        await using var claim = database.CreateCommand(Claim);
        claim.Parameters.AddWithValue(limit);
        claim.Parameters.AddWithValue(perEndpoint);
        claim.Parameters.AddWithValue(underWay.Keys.Select(k => k.Value).ToArray());
        claim.Parameters.AddWithValue(underWay.Values.ToArray());
        claim.Parameters.AddWithValue(EndpointId.Operators.Value);
        claim.Parameters.AddWithValue(operators);
        claim.Parameters.AddWithValue(_options.Lease);
        await using var reader = await claim.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            claimed.Add(new(
                new SchoolId(reader.GetGuid(0)), reader.GetGuid(1), reader.GetGuid(2), new(reader.GetGuid(3)), reader.GetString(4),
                LongOrNull(reader, 5), reader.GetInt32(6), reader.GetInt32(7), ReadTarget(reader, 8)));
        }
        return claimed;
    }

    public async Task SettleSentAsync(OutboxDelivery sent, DeliveryAttempt attempt, AttemptTiming timing)
    {
        await using var settle = database.CreateBatch();
        settle.BatchCommands.Add(SettlementOf(SettleSent, sent, attempt));
        settle.BatchCommands.Add(AttemptOf(sent, attempt, timing));
        if (sent.Target is not null)
            settle.BatchCommands.Add(
                new(EndpointWorks) { Parameters = { new() { Value = sent.School.Value }, new() { Value = sent.Endpoint.Value } } });
        await settle.ExecuteNonQueryAsync(CancellationToken.None);
    }

    /// <param name="pause">Until the next attempt; null when there is none.</param>
    /// <returns>Why this attempt made the endpoint disabled; null when it did not.</returns>
    public async Task<string?> SettleFailedAsync(OutboxDelivery failed, DeliveryAttempt attempt, AttemptTiming timing, TimeSpan? pause)
    {
        await using var settle = database.CreateBatch();
        settle.BatchCommands.Add(pause is { } p
            ? SettlementOf(SettleFailed, failed, attempt, new() { Value = failed.Attempt }, new() { Value = p })
            : SettlementOf(SettleDead, failed, attempt, new NpgsqlParameter { Value = failed.Attempt }));
        settle.BatchCommands.Add(AttemptOf(failed, attempt, timing));
        if (failed.Target is not null)
        {
            settle.BatchCommands.Add(new(EndpointFails)
            {
                Parameters =
                {
                    new() { Value = failed.School.Value }, new() { Value = failed.Endpoint.Value }, new() { Value = attempt.IsGone },
                    new()
                    {
                        Value = (object?)RetrySchedule.Bounded(attempt.RetryAfter) ?? DBNull.Value,
                        NpgsqlDbType = NpgsqlDbType.Interval,
                    },
                    new() { Value = _options.DisableAfter },
                },
            });
        }
        await using var reader = await settle.ExecuteReaderAsync(CancellationToken.None);
        return await reader.ReadAsync() && !reader.IsDBNull(0) ? reader.GetString(0) : null;
    }

    private static NpgsqlBatchCommand SettlementOf(
        string sql, OutboxDelivery settled, DeliveryAttempt attempt, params NpgsqlParameter[] more)
    {
        var command = new NpgsqlBatchCommand(sql)
        {
            Parameters =
            {
                new() { Value = settled.School.Value }, new() { Value = settled.Id }, IntegerOrNull(attempt.HttpStatus),
                new() { Value = attempt.Message },
            },
        };
        foreach (var parameter in more) command.Parameters.Add(parameter);
        return command;
    }

    private static NpgsqlBatchCommand AttemptOf(OutboxDelivery settled, DeliveryAttempt attempt, AttemptTiming timing) => new(WriteAttempt)
    {
        Parameters =
        {
            new() { Value = settled.School.Value }, new() { Value = settled.Id }, new() { Value = settled.Attempt },
            new() { Value = timing.At.ToUniversalTime() },
            new() { Value = (int)timing.Latency.TotalMilliseconds }, IntegerOrNull(attempt.HttpStatus), new() { Value = attempt.Message },
        },
    };

    private static NpgsqlParameter IntegerOrNull(int? value) =>
        new() { Value = (object?)value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer };

    private static long? LongOrNull(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetInt64(column);

    private static StoredEndpoint? ReadTarget(NpgsqlDataReader reader, int first) => reader.IsDBNull(first)
        ? null
        : new StoredEndpoint(
            reader.GetString(first), reader.GetString(first + 1), reader.GetString(first + 2), reader.GetFieldValue<string[]>(first + 3));
}
