using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Events;

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

/// <summary>
/// The deliveries that are due, of all schools. A lease keeps a delivery in one pair of hands; when its holder dies, the lease runs out and
/// another process takes over. Times are the database's. Thread-safe.
/// </summary>
internal sealed class DeliveryQueue(NpgsqlDataSource database, OperatorsEndpoint operators, IOptions<WebhookOptions> options)
{
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
            {StoredEndpoint.Columns}
        FROM taken AS t JOIN events AS e ON e.school_id = t.school_id AND e.id = t.event_id
        LEFT JOIN webhook_endpoints AS w ON w.school_id = t.school_id AND w.id = t.endpoint_id
        WHERE w.id IS NOT NULL OR t.endpoint_id = $5
        """;

    private readonly TimeSpan _lease = options.Value.Lease;

    /// <summary>Takes deliveries that are due, of all schools, those of one endpoint oldest first.</summary>
    /// <param name="limit">Of all together.</param>
    /// <param name="perEndpoint">The most that may be under way to one endpoint, those in <paramref name="underWay"/> included.</param>
    public async Task<IReadOnlyList<OutboxDelivery>> ClaimAsync(
        int limit, int perEndpoint, IReadOnlyDictionary<EndpointId, int> underWay, CancellationToken ct)
    {
        var claimed = new List<OutboxDelivery>();
        await using var claim = database.CreateCommand(Claim);
        claim.Parameters.AddWithValue(limit);
        claim.Parameters.AddWithValue(perEndpoint);
        claim.Parameters.AddWithValue(underWay.Keys.Select(k => k.Value).ToArray());
        claim.Parameters.AddWithValue(underWay.Values.ToArray());
        claim.Parameters.AddWithValue(EndpointId.Operators.Value);
        claim.Parameters.AddWithValue(operators.IsConfigured);
        claim.Parameters.AddWithValue(_lease);
        await using var reader = await claim.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            claimed.Add(new(
                new SchoolId(reader.GetGuid(0)), reader.GetGuid(1), reader.GetGuid(2), new(reader.GetGuid(3)), reader.GetString(4),
                reader.IsDBNull(5) ? null : reader.GetInt64(5), reader.GetInt32(6), reader.GetInt32(7), StoredEndpoint.Read(reader, 8)));
        }
        return claimed;
    }
}
