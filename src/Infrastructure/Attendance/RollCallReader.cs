using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using Npgsql;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>Roll calls in PostgreSQL, each in one round trip however many sessions the day has. Thread-safe.</summary>
internal sealed class RollCallReader(NpgsqlDataSource database) : IRollCalls
{
    private const string DaySessions = "school_id = $1 AND starts_at >= $2 AND starts_at < $3";

    private const string ListSessions =
        $"""
        SELECT {ClassSessionStore.Columns},
            (SELECT l.class_name FROM lessons AS l WHERE l.school_id = $1 AND l.id = class_sessions.lesson_id)
        FROM class_sessions WHERE {DaySessions} ORDER BY starts_at, name, id
        """;

    private const string ListEntries =
        $"""
        WITH day AS MATERIALIZED (SELECT id FROM class_sessions WHERE {DaySessions}),
        named AS (
            SELECT p.session_id, p.student_id FROM day JOIN class_session_students AS p ON p.school_id = $1 AND p.session_id = day.id
            UNION
            SELECT p.session_id, p.student_id FROM day JOIN attendance_records AS p ON p.school_id = $1 AND p.session_id = day.id)
        SELECT named.session_id, s.class_name, {ClassSessionStore.EntryColumns}
        FROM named
        JOIN students AS s ON s.school_id = $1 AND s.id = named.student_id
        LEFT JOIN attendance_records AS r ON r.school_id = $1 AND r.session_id = named.session_id AND r.student_id = named.student_id
        ORDER BY s.id
        """;

    private const string CountStudents =
        """
        SELECT (SELECT count(*) FROM students WHERE school_id = $1)::int,
               (SELECT count(*) FROM attendance_days WHERE school_id = $1 AND date = $2)::int
        """;

    public async Task<RollCall> ReadAsync(SchoolId school, DateOnly day, DateTimeOffset from, DateTimeOffset before, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(OfSpan(ListSessions, school, from, before));
        batch.BatchCommands.Add(OfSpan(ListEntries, school, from, before));
        batch.BatchCommands.Add(new(CountStudents) { Parameters = { new() { Value = school.Value }, new() { Value = day } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);

        var sessions = new List<(ClassSession Session, string? ClassName)>();
        while (await reader.ReadAsync(ct)) sessions.Add((ClassSessionStore.Read(reader), reader.IsDBNull(7) ? null : reader.GetString(7)));
        await reader.NextResultAsync(ct);
        var entries = await ReadEntriesAsync(reader, ct);
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);

        var called = sessions.Select(called =>
        {
            var expected = entries[called.Session.Id].ToArray();
            string?[] classes = [.. expected.Select(e => e.ClassName).Distinct()];
            var className = called.ClassName ?? (classes.Length == 1 ? classes[0] : null);
            return new CalledSession(called.Session, className, [.. expected.Select(e => e.Entry)]);
        });
        return new(day, [.. called], reader.GetInt32(0), reader.GetInt32(1));
    }

    private static async Task<ILookup<ClassSessionId, (string? ClassName, RosterEntry Entry)>> ReadEntriesAsync(
        NpgsqlDataReader reader, CancellationToken ct)
    {
        var entries = new List<(ClassSessionId Session, string? ClassName, RosterEntry Entry)>();
        while (await reader.ReadAsync(ct))
        {
            var className = reader.IsDBNull(1) ? null : reader.GetString(1);
            entries.Add((new(reader.GetGuid(0)), className, ClassSessionStore.ReadEntry(reader, 2)));
        }
        return entries.ToLookup(e => e.Session, e => (e.ClassName, e.Entry));
    }

    private static NpgsqlBatchCommand OfSpan(string sql, SchoolId school, DateTimeOffset from, DateTimeOffset before) => new(sql)
    {
        Parameters =
        {
            new() { Value = school.Value }, new() { Value = from.ToUniversalTime() }, new() { Value = before.ToUniversalTime() },
        },
    };
}
