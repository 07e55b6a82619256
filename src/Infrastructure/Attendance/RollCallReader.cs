using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>Roll calls in PostgreSQL, each in one round trip however many sessions the day has. Thread-safe.</summary>
internal sealed class RollCallReader(NpgsqlDataSource database) : IRollCalls
{
    private const string DaySessions =
        """
        c.school_id = $1 AND c.starts_at >= $2 AND c.starts_at < $3 AND ($4 IS NULL OR EXISTS (
            SELECT 1 FROM class_session_students AS p JOIN students AS s ON s.school_id = $1 AND s.id = p.student_id
            WHERE p.school_id = $1 AND p.session_id = c.id AND s.class_name = $4))
        """;

    private const string ListSessions =
        $"""
        SELECT {ClassSessionStore.Columns}, (SELECT l.class_name FROM lessons AS l WHERE l.school_id = $1 AND l.id = c.lesson_id)
        FROM class_sessions AS c WHERE {DaySessions} ORDER BY c.starts_at, c.name, c.id
        """;

    // The day's sessions as an array, so that both sides are found by their indexes whatever the planner expects of the day.
    private const string Named =
        $"""
        WITH day AS MATERIALIZED (SELECT array_agg(c.id) AS ids FROM class_sessions AS c WHERE {DaySessions}),
        expected AS MATERIALIZED (
            SELECT p.session_id, p.student_id FROM class_session_students AS p
            WHERE p.school_id = $1 AND p.session_id = ANY ((SELECT ids FROM day)::uuid[])),
        recorded AS MATERIALIZED (
            SELECT * FROM attendance_records AS r WHERE r.school_id = $1 AND r.session_id = ANY ((SELECT ids FROM day)::uuid[])),
        named AS (
            SELECT coalesce(p.session_id, r.session_id) AS named_session, coalesce(p.student_id, r.student_id) AS named_student, r.*
            FROM expected AS p FULL JOIN recorded AS r ON r.session_id = p.session_id AND r.student_id = p.student_id)
        """;

    private const string OfNamed = "FROM named AS r JOIN students AS s ON s.school_id = $1 AND s.id = r.named_student";

    // A row for each class, so that it can be told whether there is but one.
    private const string CountEntries =
        $"""
        {Named}
        SELECT r.named_session, s.class_name, r.status, coalesce(r.needs_review, false), count(*)::int
        {OfNamed} GROUP BY 1, 2, 3, 4
        """;

    private const string ListEntries =
        $"{Named} SELECT r.named_session, s.class_name, {ClassSessionStore.EntryColumns} {OfNamed} ORDER BY s.id";

    private const string CountStudents =
        """
        SELECT (SELECT count(*) FROM students WHERE school_id = $1)::int,
               (SELECT count(*) FROM attendance_days WHERE school_id = $1 AND date = $2)::int
        """;

    public async Task<RollCall> ReadAsync(
        SchoolId school, DateOnly day, DateTimeOffset from, DateTimeOffset before, string? className, bool withEntries,
        CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(OfSpan(ListSessions, school, from, before, className));
        batch.BatchCommands.Add(OfSpan(withEntries ? ListEntries : CountEntries, school, from, before, className));
        batch.BatchCommands.Add(new(CountStudents) { Parameters = { new() { Value = school.Value }, new() { Value = day } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);

        var sessions = new List<(ClassSession Session, string? ClassName)>();
        while (await reader.ReadAsync(ct)) sessions.Add((ClassSessionStore.Read(reader), reader.IsDBNull(7) ? null : reader.GetString(7)));
        await reader.NextResultAsync(ct);
        var rows = new List<(ClassSessionId Session, string? ClassName, RollCallTally Tally, RosterEntry? Entry)>();
        while (await reader.ReadAsync(ct))
        {
            var (tally, entry) = withEntries ? ReadEntry(reader) : (ReadTally(reader), null);
            rows.Add((new(reader.GetGuid(0)), reader.IsDBNull(1) ? null : reader.GetString(1), tally, entry));
        }
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);

        var expected = rows.ToLookup(r => r.Session);
        var called = sessions.Select(s =>
        {
            var own = expected[s.Session.Id].ToArray();
            string?[] classes = [.. own.Select(e => e.ClassName).Distinct()];
            return new CalledSession(
                s.Session, s.ClassName ?? (classes.Length == 1 ? classes[0] : null), [.. own.Select(e => e.Tally)],
                [.. own.Select(e => e.Entry).OfType<RosterEntry>()]);
        });
        return new(day, [.. called], reader.GetInt32(0), reader.GetInt32(1));
    }

    private static RollCallTally ReadTally(NpgsqlDataReader reader) => new(
        reader.IsDBNull(2) ? null : Words.Parse<AttendanceStatus>(reader.GetString(2)), reader.GetBoolean(3), reader.GetInt32(4));

    private static (RollCallTally Tally, RosterEntry? Entry) ReadEntry(NpgsqlDataReader reader)
    {
        var entry = ClassSessionStore.ReadEntry(reader, 2);
        return (new(entry.Record?.Status, entry.Record?.NeedsReview == true, Students: 1), entry);
    }

    private static NpgsqlBatchCommand OfSpan(
        string sql, SchoolId school, DateTimeOffset from, DateTimeOffset before, string? className) => new(sql)
        {
            Parameters =
            {
                new() { Value = school.Value }, new() { Value = from.ToUniversalTime() }, new() { Value = before.ToUniversalTime() },
                new() { Value = (object?)className ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
            },
        };
}
