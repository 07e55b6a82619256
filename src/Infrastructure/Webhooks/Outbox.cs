using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Students;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Webhooks;

/// <summary>An event in the hands of this process.</summary>
/// <param name="Body">The exact text to send.</param>
/// <param name="Attempt">The attempt that is about to be made, from 1.</param>
internal sealed record OutboxEvent(SchoolId School, Guid Id, string Body, int Attempt)
{
    public override string ToString() => $"OutboxEvent({Id}, attempt {Attempt})";
}

/// <summary>
/// The events that stand in the database until they are delivered. Times are the database's. A lease keeps an event in one pair of hands;
/// when its holder dies, the lease runs out and another process takes over.
/// </summary>
internal sealed class Outbox(NpgsqlDataSource database, IOptions<WebhookOptions> options)
{
    private const string Insert =
        """
        INSERT INTO outbox (school_id, id, student_key, payload, attempts, next_attempt_at, leased_until)
        VALUES ($1, $2, $3, $4, 1, clock_timestamp(), clock_timestamp() + $5)
        """;

    private const string InsertUnleased =
        """
        INSERT INTO outbox (school_id, id, student_key, payload, attempts, next_attempt_at)
        SELECT $1, event.id, event.student_key, event.payload, 0, clock_timestamp()
        FROM unnest($2::uuid[], $3::text[], $4::text[]) AS event (id, student_key, payload)
        """;

    private const string FindFirst =
        """
        SELECT payload, attempts = 1 AND status = 'pending' AND leased_until > clock_timestamp() + $3 FROM outbox WHERE school_id = $1 AND id = $2
        """;

    // now() and not clock_timestamp(): the planner uses an index only with a value that stands still during the statement.
    private const string Claim =
        """
        WITH due AS (
            SELECT school_id, id FROM outbox
            WHERE status = 'pending' AND next_attempt_at <= now() AND (leased_until IS NULL OR leased_until <= now())
            ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
        UPDATE outbox SET attempts = attempts + 1, leased_until = clock_timestamp() + $2
        FROM due WHERE outbox.school_id = due.school_id AND outbox.id = due.id
        RETURNING outbox.school_id, outbox.id, outbox.payload, outbox.attempts
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

    private readonly TimeSpan _lease = options.Value.Lease;
    private readonly TimeSpan _timeout = options.Value.Timeout;

    /// <summary>The row of a new event, leased to this process for its first attempt; for the transaction that records the attendance.</summary>
    public NpgsqlBatchCommand InsertOf(Guid id, Sighting sighting) => new(Insert)
    {
        Parameters =
        {
            new() { Value = sighting.School.Value },
            new() { Value = id },
            new() { Value = sighting.Label },
            new() { Value = EventBody.Of(sighting) },
            new() { Value = _lease },
        },
    };

    /// <summary>Rows of new events that no caller waits for: whichever dispatcher comes first makes the first attempt.</summary>
    public static NpgsqlBatchCommand InsertOf(SchoolId school, IReadOnlyCollection<(Guid Id, StudentId Student, string Body)> events) => new(InsertUnleased)
    {
        Parameters =
        {
            new() { Value = school.Value },
            new() { Value = events.Select(e => e.Id).ToArray() },
            new() { Value = events.Select(e => e.Student.Value).ToArray() },
            new() { Value = events.Select(e => e.Body).ToArray() },
        },
    };

    /// <summary>A new event for its first attempt.</summary>
    /// <returns>
    /// The event is null when the first attempt is no longer this process's to make: so little of the lease is left that another process
    /// might begin too. Exists is false when the row is gone, because the student was removed.
    /// </returns>
    public async Task<(bool Exists, OutboxEvent? Event)> FindFirstAsync(SchoolId school, Guid id, CancellationToken ct)
    {
        await using var find = database.CreateCommand(FindFirst);
        find.Parameters.AddWithValue(school.Value);
        find.Parameters.AddWithValue(id);
        find.Parameters.AddWithValue(_timeout);
        await using var reader = await find.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return (false, null);
        var isMine = !reader.IsDBNull(1) && reader.GetBoolean(1);
        return (true, isMine ? new OutboxEvent(school, id, reader.GetString(0), 1) : null);
    }

    /// <summary>Takes events that are due, of all schools, oldest first.</summary>
    public async Task<IReadOnlyList<OutboxEvent>> ClaimAsync(int limit, CancellationToken ct)
    {
        var claimed = new List<OutboxEvent>();
        await using var claim = database.CreateCommand(Claim);
        claim.Parameters.AddWithValue(limit);
        claim.Parameters.AddWithValue(_lease);
        await using var reader = await claim.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) claimed.Add(new(new SchoolId(reader.GetGuid(0)), reader.GetGuid(1), reader.GetString(2), reader.GetInt32(3)));
        return claimed;
    }

    public Task SettleSentAsync(OutboxEvent sent, DeliveryAttempt attempt) => SettleAsync(SettleSent, sent, attempt);

    /// <param name="pause">Until the next attempt; null when there is none.</param>
    public Task SettleFailedAsync(OutboxEvent failed, DeliveryAttempt attempt, TimeSpan? pause) => pause is { } p
        ? SettleAsync(SettleFailed, failed, attempt, new() { Value = failed.Attempt }, new() { Value = p })
        : SettleAsync(SettleDead, failed, attempt, new NpgsqlParameter { Value = failed.Attempt });

    private async Task SettleAsync(string sql, OutboxEvent settled, DeliveryAttempt attempt, params NpgsqlParameter[] more)
    {
        await using var settle = database.CreateCommand(sql);
        settle.Parameters.AddWithValue(settled.School.Value);
        settle.Parameters.AddWithValue(settled.Id);
        settle.Parameters.Add(new() { Value = (object?)attempt.HttpStatus ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        settle.Parameters.AddWithValue(attempt.Message);
        settle.Parameters.AddRange(more);
        await settle.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
