using FaceAttendance.Application.Events;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>An event that is to be told, if anybody wants to hear of it.</summary>
/// <param name="StudentKey">The student's id, or <see cref="StudentId.UnknownLabel"/>; null for an event about nobody, which has no
/// number.</param>
/// <param name="Body">The exact text that is sent and signed.</param>
/// <param name="Record">What it announces; null when nothing is recorded.</param>
internal sealed record NewEvent(Guid Id, string? StudentKey, string Body, RecordId? Record)
{
    public override string ToString() => $"NewEvent({Id})";
}

/// <summary>What came of an event that a student's cooldown holds back.</summary>
/// <param name="IsWanted">Whether anybody wants to hear of it.</param>
/// <param name="Left">Until the student's slot is free; null when this event has taken it.</param>
/// <param name="First">The way to the operator's endpoint; null when that is not told.</param>
internal readonly record struct Announcement(bool IsWanted, TimeSpan? Left, LeasedDelivery? First);

/// <summary>
/// Writes events, and a delivery of each to every endpoint that wants it, within the transaction of what they tell of. Who wants an event
/// is decided here alone. One that nobody wants, or that tells of a student who is gone, is not written; the record of one that is bears
/// its id. Times are the database's. Thread-safe.
/// </summary>
internal sealed class EventWriter(NpgsqlDataSource database, OperatorsEndpoint operators, IOptions<WebhookOptions> options)
{
    // FOR KEY SHARE makes an endpoint that is just being removed count as removed, and one that is not stay until this commits.
    private const string Given =
        $"""
        WITH wanting AS (
            SELECT $7::uuid AS id WHERE $7 IS NOT NULL
            UNION ALL SELECT id FROM (
                SELECT w.id FROM webhook_endpoints AS w
                WHERE w.school_id = $1 AND w.enabled AND (w.events = ARRAY[]::text[] OR $6 = ANY (w.events)) FOR KEY SHARE) AS others
        ), given AS (
            SELECT e.id, e.student_key, e.payload, e.record_id
            FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[]) AS e (id, student_key, payload, record_id)
            WHERE EXISTS (SELECT 1 FROM wanting) AND (e.student_key IS NULL OR e.student_key = '{StudentId.UnknownLabel}'
                OR EXISTS (SELECT 1 FROM students AS s WHERE s.school_id = $1 AND s.id = e.student_key FOR KEY SHARE))
        )
        """;

    // In order of the student, so that two of these never wait for each other. The operator's delivery is leased where the caller makes its
    // first attempt.
    private const string Written =
        """
        , numbered AS (
            INSERT INTO event_sequences (school_id, student_key, last) SELECT $1, student_key, 1 FROM admitted WHERE student_key IS NOT NULL
            ORDER BY student_key
            ON CONFLICT (school_id, student_key) DO UPDATE SET last = event_sequences.last + 1
            RETURNING student_key, last
        ), written AS (
            INSERT INTO events (school_id, id, type, student_key, sequence, payload)
            SELECT $1, given.id, $6, student_key, numbered.last, given.payload FROM given LEFT JOIN numbered USING (student_key)
            WHERE given.student_key IS NULL OR numbered.last IS NOT NULL
            RETURNING id, student_key, sequence
        ), linked AS (
            UPDATE attendance_records AS r SET event_id = written.id FROM written JOIN given USING (id)
            WHERE r.school_id = $1 AND r.id = given.record_id
        ), delivered AS (
            INSERT INTO outbox (school_id, id, event_id, endpoint_id, student_key, attempts, next_attempt_at, leased_until)
            SELECT $1, gen_random_uuid(), written.id, wanting.id, written.student_key, CASE WHEN wanting.id = $7 THEN $8 ELSE 0 END,
                clock_timestamp(), CASE WHEN wanting.id = $7 THEN clock_timestamp() + $9 END
            FROM written CROSS JOIN wanting
            RETURNING id, event_id, endpoint_id
        )
        """;

    private const string Insert = $"{Given}, admitted AS (SELECT student_key FROM given) {Written} SELECT 1";

    // clock_timestamp() is read after the wait for a rival's row, so two sightings at once see each other. A slot that lies further ahead
    // than its own length comes from a clock that was set back since; it holds nobody up. A held sighting ($11) is judged by when the face
    // was seen, and never makes a slot older.
    private const string InsertUnlessCooling =
        $"""
        {Given}, admitted AS (
            INSERT INTO cooldowns (school_id, student_key, taken_at, event_id)
            SELECT $1, student_key, coalesce($11, clock_timestamp()), id FROM given
            ON CONFLICT (school_id, student_key) DO UPDATE
            SET taken_at = CASE WHEN $11 IS NULL THEN clock_timestamp() ELSE greatest(cooldowns.taken_at, $11) END,
                event_id = EXCLUDED.event_id
            WHERE cooldowns.taken_at <= coalesce($11, clock_timestamp()) - $10
                OR cooldowns.taken_at > coalesce($11, clock_timestamp()) + $10
            RETURNING student_key
        ) {Written}
        SELECT EXISTS (SELECT 1 FROM wanting), (SELECT sequence FROM written), (SELECT id FROM delivered WHERE endpoint_id = $7)
        """;

    // A statement of its own, which sees what a rival has written meanwhile.
    private const string ReadSlot =
        "SELECT event_id, taken_at + $3 - clock_timestamp() FROM cooldowns WHERE school_id = $1 AND student_key = $2";

    private const string InsertTest =
        $"""
        WITH target AS (
            SELECT w.id, {StoredEndpoint.Columns} FROM webhook_endpoints AS w WHERE w.school_id = $1 AND w.id = $2
            UNION ALL SELECT $2, NULL, NULL, NULL, NULL WHERE $6
        ), written AS (
            INSERT INTO events (school_id, id, type, payload) SELECT $1, $3, 'webhook.test', $4 FROM target RETURNING id
        ), delivered AS (
            INSERT INTO outbox (school_id, id, event_id, endpoint_id, attempts, next_attempt_at, leased_until)
            SELECT $1, gen_random_uuid(), id, $2, 1, clock_timestamp(), clock_timestamp() + $5 FROM written RETURNING id
        )
        SELECT delivered.id, target.url, target.headers, target.secret, target.previous FROM delivered CROSS JOIN target
        """;

    // What is told of a slot that frees itself this very moment: the report's Ns is at least one second anyway.
    private static readonly TimeSpan LeastLeft = TimeSpan.FromMilliseconds(1);

    private readonly TimeSpan _lease = options.Value.Lease;

    /// <summary>For events of one type, at most one for each student, or about nobody.</summary>
    public NpgsqlBatchCommand InsertOf(SchoolId school, string type, params IReadOnlyCollection<NewEvent> events) =>
        CommandOf(Insert, school, type, events, isLeased: false);

    /// <summary>
    /// For an event of which a student has only one within the cooldown: takes the student's slot, and leases the operator's delivery to
    /// this process. What came of it is read by <see cref="ReadAnnouncementAsync"/>.
    /// </summary>
    /// <param name="seenAt">Of a held sighting: by when its cooldown is judged; its delivery is left to a dispatcher.</param>
    public IEnumerable<NpgsqlBatchCommand> AnnouncementOf(
        SchoolId school, string type, NewEvent told, TimeSpan cooldown, DateTimeOffset? seenAt = null)
    {
        var insert = CommandOf(InsertUnlessCooling, school, type, [told], isLeased: seenAt is null);
        insert.Parameters.Add(new() { Value = cooldown });
        insert.Parameters.Add(
            new() { Value = (object?)seenAt?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        yield return insert;
        yield return new(ReadSlot)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = told.StudentKey! }, new() { Value = cooldown } },
        };
    }

    /// <param name="reader">At the first of the two results.</param>
    /// <param name="since">The clock's timestamp from before the batch was sent.</param>
    public static async Task<Announcement> ReadAnnouncementAsync(NpgsqlDataReader reader, SchoolId school, NewEvent told, long since)
    {
        await reader.ReadAsync();
        var isWanted = reader.GetBoolean(0);
        var first = reader.IsDBNull(2)
            ? null
            : new LeasedDelivery(school, reader.GetGuid(2), told.Id, told.Body, reader.GetInt64(1), since);
        await reader.NextResultAsync();
        // Somebody may have wanted the student's event of before, and nobody this one.
        if (!isWanted || !await reader.ReadAsync()) return new(false, null, null);
        if (reader.GetGuid(0) == told.Id) return new(true, null, first);
        var left = reader.GetTimeSpan(1);
        return new(true, left < LeastLeft ? LeastLeft : left, null);
    }

    /// <summary>Writes a test event and its delivery, leased to this process.</summary>
    /// <returns>The delivery; null when the school has no such endpoint.</returns>
    public async Task<OutboxDelivery?> AddTestAsync(SchoolId school, EndpointId endpoint, string body, CancellationToken ct)
    {
        var id = Guid.CreateVersion7();
        await using var add = database.CreateCommand(InsertTest);
        add.Parameters.AddWithValue(school.Value);
        add.Parameters.AddWithValue(endpoint.Value);
        add.Parameters.AddWithValue(id);
        add.Parameters.AddWithValue(body);
        add.Parameters.AddWithValue(_lease);
        add.Parameters.AddWithValue(endpoint == EndpointId.Operators && operators.IsOf(school));
        await using var reader = await add.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new(
                school, reader.GetGuid(0), id, endpoint, body, Sequence: null, Attempt: 1, AttemptsBefore: 0,
                StoredEndpoint.Read(reader, 1))
            : null;
    }

    private NpgsqlBatchCommand CommandOf(string sql, SchoolId school, string type, IReadOnlyCollection<NewEvent> events, bool isLeased)
    {
        var operatorsId = operators.Wants(school, type) ? EndpointId.Operators.Value : (object)DBNull.Value;
        return new(sql)
        {
            Parameters =
            {
                new() { Value = school.Value },
                new() { Value = events.Select(e => e.Id).ToArray() },
                new() { Value = events.Select(e => e.StudentKey).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text },
                new() { Value = events.Select(e => e.Body).ToArray() },
                new() { Value = events.Select(e => e.Record?.Value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid },
                new() { Value = type, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = operatorsId, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = isLeased ? 1 : 0 },
                new() { Value = isLeased ? _lease : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval },
            },
        };
    }
}
