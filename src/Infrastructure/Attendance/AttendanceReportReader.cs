using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>Reports in PostgreSQL, which counts; a page of a large one costs as much as all of it. Thread-safe.</summary>
internal sealed class AttendanceReportReader(NpgsqlDataSource database, ISchoolCalendars calendars) : IAttendanceReports
{
    // $1 school, $2 and $3 the span, $4 the borders of its days, $5 class, $6 student. The day is the school's: width_bucket finds it
    // between borders that the calendar drew, so that the database need not know the zone.
    private const string Taken =
        """
        WITH inside AS NOT MATERIALIZED (
            SELECT r.student_id, c.day, r.status, r.needs_review,
                CASE WHEN r.status = 'late'
                    THEN greatest(date_part('epoch', least(r.at, c.ends_at) - c.starts_at), 0) / 60 ELSE 0 END AS late
            FROM (SELECT id, starts_at, ends_at, width_bucket(starts_at, $4) AS day FROM class_sessions
                WHERE school_id = $1 AND starts_at >= $2 AND starts_at < $3) AS c
            JOIN attendance_records AS r ON r.school_id = $1 AND r.session_id = c.id),
        outside AS (
            SELECT DISTINCT ON (r.student_id, width_bucket(r.at, $4))
                r.student_id, width_bucket(r.at, $4) AS day, r.status, r.needs_review
            FROM attendance_records AS r WHERE r.school_id = $1 AND r.session_id IS NULL AND r.at >= $2 AND r.at < $3
            ORDER BY r.student_id, width_bucket(r.at, $4), r.at),
        taken AS (
            SELECT student_id, day, status, needs_review, late FROM inside
            UNION ALL
            SELECT o.student_id, o.day, o.status, o.needs_review, 0 FROM outside AS o
            WHERE NOT EXISTS (SELECT 1 FROM inside AS i WHERE i.student_id = o.student_id AND i.day = o.day)),
        wanted AS (
            SELECT * FROM taken
            WHERE ($5 IS NULL OR student_id IN (SELECT s.id FROM students AS s WHERE s.school_id = $1 AND s.class_name = $5))
                AND ($6 IS NULL OR student_id = $6))
        """;

    // A month of a large school is hundreds of thousands of small steps: compiling them costs more than they do, and their groups are not
    // to go to the disk.
    private const string Prepare = "SELECT set_config('jit', 'off', true), set_config('work_mem', '32MB', true)";

    private static readonly AttendanceStatus[] Statuses = Enum.GetValues<AttendanceStatus>();

    private static readonly string Counts = string.Concat(
        Statuses.Select(s => $"count(*) FILTER (WHERE t.status = '{Words.Of(s)}')::int AS n{(int)s}, "))
        + "count(*) FILTER (WHERE t.needs_review)::int AS review, round(sum(t.late))::int AS minutes";

    private static readonly string There = string.Join(" + ", Statuses.Where(s => s.IsThere).Select(s => $"n{(int)s}"));
    private static readonly string All = string.Join(" + ", Statuses.Select(s => $"n{(int)s}"));
    private static readonly string[] Numbers = [.. Statuses.Select(s => $"n{(int)s}"), "review", "minutes"];

    public async Task<AttendanceReport> ReadAsync(SchoolId school, ReportQuery query, int limit, int offset, CancellationToken ct)
    {
        var days = query.To.DayNumber - query.From.DayNumber + 1;
        var calendar = calendars.Of(school);
        var borders = Enumerable.Range(0, days + 1).Select(d => calendar.StartOf(query.From.AddDays(d)).ToUniversalTime()).ToArray();
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(Prepare));
        var read = new NpgsqlBatchCommand(Sql(query.Group, query.Order));
        read.Parameters.AddRange(new[]
        {
            new() { Value = school.Value }, new() { Value = borders[0] }, new() { Value = borders[^1] }, new() { Value = borders },
            new() { Value = (object?)query.ClassName ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
            new() { Value = (object?)query.Student?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
            new NpgsqlParameter { Value = limit }, new NpgsqlParameter { Value = offset },
        });
        var rows = new List<ReportRow>();
        var (total, totals) = (0, CountsOf([]));
        batch.BatchCommands.Add(read);
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.NextResultAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            // The first row is the totals'.
            var counts = CountsOf([.. Enumerable.Range(4, Numbers.Length).Select(reader.GetInt32)]);
            if (reader.GetInt32(4 + Numbers.Length) is > 0 and var all) (total, totals) = (all - 1, counts);
            else rows.Add(RowOf(reader, query, counts));
        }
        return new(rows, total, totals);
    }

    private static ReportRow RowOf(NpgsqlDataReader reader, ReportQuery query, ReportCounts counts) => new(
        reader.IsDBNull(0) ? null : new(reader.GetString(0)), reader.IsDBNull(1) ? null : reader.GetString(1),
        reader.IsDBNull(2) ? null : reader.GetString(2), reader.IsDBNull(3) ? null : query.From.AddDays(reader.GetInt32(3) - 1), counts);

    private static ReportCounts CountsOf(int[] numbers) => numbers.Length == 0
        ? new(Statuses.ToDictionary(s => s, _ => 0), 0, 0)
        : new(Statuses.Select((s, i) => (s, numbers[i])).ToDictionary(p => p.s, p => p.Item2), numbers[^2], numbers[^1]);

    private static string Sql(ReportGroup group, ReportOrder order)
    {
        var columns = string.Join(", ", Numbers);
        var sums = string.Join(", ", Numbers.Select(n => $"coalesce(sum({n}), 0)::int"));
        // Students are counted before their names are looked up.
        var rows = group switch
        {
            ReportGroup.Student =>
                $"SELECT g.key, s.full_name, s.class_name, NULL::int, {columns} FROM counted AS g JOIN students AS s "
                + "ON s.school_id = $1 AND s.id = g.key",
            ReportGroup.Class =>
                $"SELECT NULL, NULL, s.class_name, NULL::int, {sums} FROM counted AS g JOIN students AS s "
                + "ON s.school_id = $1 AND s.id = g.key GROUP BY s.class_name",
            ReportGroup.Day => $"SELECT NULL, NULL, NULL, g.key, {columns} FROM counted AS g",
        };
        var key = group == ReportGroup.Day ? "day" : "student_id";
        var late = $"n{(int)AttendanceStatus.Late}";
        var first = group == ReportGroup.Day ? "" : order switch
        {
            ReportOrder.Late => $"{late} DESC, minutes DESC, ",
            ReportOrder.Absent => $"n{(int)AttendanceStatus.Absent} DESC, ",
            ReportOrder.Rate => $"({There})::float8 / nullif({All}, 0), ",
            ReportOrder.Name => "",
        };
        return
            $"""
            {Taken},
            counted AS (SELECT t.{key} AS key, {Counts} FROM wanted AS t GROUP BY t.{key}),
            rows (student_id, full_name, class_name, day, {columns}) AS MATERIALIZED ({rows})
            SELECT NULL, NULL, NULL, NULL::int, {sums}, count(*)::int + 1 FROM rows
            UNION ALL
            (SELECT student_id, full_name, class_name, day, {columns}, 0 FROM rows
            ORDER BY {first}day, class_name, student_id LIMIT $7 OFFSET $8)
            """;
    }
}
