using System.Text;
using System.Text.Json;
using Npgsql;

namespace FaceAttendance.ReceiverExample;

/// <param name="Id">The delivery's webhook-id: the same however often it comes.</param>
/// <param name="Sequence">Counts the student's events from 1 without gaps; null for an event about nobody, such as a test.</param>
public sealed record AttendanceEvent(string Id, string Type, string? Student, long? Sequence, string Body)
{
    /// <exception cref="JsonException">It is no event.</exception>
    public static AttendanceEvent Read(string id, byte[] body)
    {
        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("event", out var type) || type.ValueKind != JsonValueKind.String)
            throw new JsonException();
        return new(
            id, type.GetString()!, root.TryGetProperty("student_id", out var student) ? student.GetString() : null,
            root.TryGetProperty("sequence", out var sequence) ? sequence.GetInt64() : null, Encoding.UTF8.GetString(body));
    }
}

/// <summary>Stores each event once, in tables that it makes at the start. Thread-safe.</summary>
public sealed class EventStore(NpgsqlDataSource database) : IHostedService
{
    private const string CreateTables =
        """
        CREATE TABLE IF NOT EXISTS attendance_events (
            webhook_id  text        PRIMARY KEY,
            type        text        NOT NULL,
            student_id  text,
            sequence    bigint,
            body        jsonb       NOT NULL,
            received_at timestamptz NOT NULL DEFAULT now()
        );
        CREATE TABLE IF NOT EXISTS students_seen (student_id text PRIMARY KEY, last_sequence bigint NOT NULL, events bigint NOT NULL)
        """;

    private const string Insert =
        "INSERT INTO attendance_events (webhook_id, type, student_id, sequence, body) VALUES ($1, $2, $3, $4, $5::jsonb) ON CONFLICT " +
        "(webhook_id) DO NOTHING";

    // In the place of whatever the school does with an event. An older one that comes late changes nothing newer.
    private const string Act =
        """
        INSERT INTO students_seen (student_id, last_sequence, events) VALUES ($1, $2, 1)
        ON CONFLICT (student_id) DO UPDATE SET last_sequence = greatest(students_seen.last_sequence, excluded.last_sequence),
            events = students_seen.events + 1
        """;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await using var create = database.CreateCommand(CreateTables);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Stores the event and acts on it, in one transaction: both happen once, or neither.</summary>
    /// <returns>False when it was stored before.</returns>
    public async Task<bool> AddAsync(AttendanceEvent received, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var insert = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = received.Id }, new() { Value = received.Type }, new() { Value = (object?)received.Student ?? DBNull.Value },
                new NpgsqlParameter<long?> { TypedValue = received.Sequence }, new() { Value = received.Body },
            },
        };
        if (await insert.ExecuteNonQueryAsync(ct) == 0) return false;
        if (received is { Student: { } student, Sequence: { } sequence })
        {
            await using var act = new NpgsqlCommand(Act, connection)
            {
                Parameters = { new() { Value = student }, new() { Value = sequence } },
            };
            await act.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
        return true;
    }
}
