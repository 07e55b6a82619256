using System.Globalization;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>
/// Makes class sessions of lessons, in one transaction a school. Everything that they are made of is hashed first, so that looking costs
/// little while nothing changes. Thread-safe, in any number of processes: who makes them holds the school's row in timetables, and a
/// lesson has one session a day at most.
/// </summary>
internal sealed class TimetableMaker(NpgsqlDataSource database, ISchoolCalendars calendars, TimeProvider clock) : ITimetable
{
    private const string MadeOf =
        """
        md5(concat_ws('|', $2,
            (SELECT string_agg((l.id, l.name, l.class_name, l.weekdays, l.starts, l.ends, l.opens_before, l.grace, l.valid_from,
                l.valid_until)::text, ';' ORDER BY l.id) FROM lessons AS l WHERE l.school_id = $1),
            (SELECT string_agg((p.lesson_id, p.student_id)::text, ';' ORDER BY p.lesson_id, p.student_id)
                FROM lesson_students AS p WHERE p.school_id = $1),
            (SELECT string_agg((h.first_day, h.last_day)::text, ';' ORDER BY h.id) FROM holidays AS h WHERE h.school_id = $1),
            (SELECT string_agg((e.lesson_id, e.day)::text, ';' ORDER BY e.lesson_id, e.day)
                FROM lesson_exceptions AS e WHERE e.school_id = $1),
            (SELECT string_agg((s.id, s.class_name)::text, ';' ORDER BY s.id) FROM students AS s WHERE s.school_id = $1
                AND s.class_name IN (SELECT l.class_name FROM lessons AS l WHERE l.school_id = $1))))
        """;

    private const string Look = $"SELECT {MadeOf}, (SELECT made_of FROM timetables WHERE school_id = $1)";

    private const string Keep = "INSERT INTO timetables (school_id, made_of) VALUES ($1, '') ON CONFLICT DO NOTHING";
    private const string Hold = "SELECT 1 FROM timetables WHERE school_id = $1 FOR UPDATE";

    // Students before class sessions, as a check-in locks them.
    private const string HoldStudents =
        """
        SELECT 1 FROM students WHERE school_id = $1 AND (
            class_name IN (SELECT l.class_name FROM lessons AS l WHERE l.school_id = $1)
            OR id IN (SELECT p.student_id FROM lesson_students AS p WHERE p.school_id = $1))
        ORDER BY id FOR KEY SHARE
        """;

    private const string Ahead = "c.school_id = $1 AND c.lesson_id IS NOT NULL AND c.settled_at IS NULL AND c.starts_at > now()";

    private const string NotByHand =
        "NOT EXISTS (SELECT 1 FROM lesson_exceptions AS e WHERE e.school_id = $1 AND e.lesson_id = c.lesson_id AND e.day = c.lesson_day)";

    private const string NoRecords =
        "NOT EXISTS (SELECT 1 FROM attendance_records AS r WHERE r.school_id = $1 AND r.session_id = c.id)";

    // Whoever writes a record holds its session for sharing: what is free of records once this holds it stays so.
    private const string HoldSessions = $"SELECT 1 FROM class_sessions AS c WHERE {Ahead} ORDER BY c.id FOR NO KEY UPDATE";

    /// <summary>Holds the sessions ahead of lesson $2.</summary>
    public const string HoldOfLesson =
        $"SELECT 1 FROM class_sessions AS c WHERE {Ahead} AND c.lesson_id = $2 ORDER BY c.id FOR NO KEY UPDATE";

    /// <summary>Removes the sessions ahead of lesson $2, those that a person changed too.</summary>
    public const string DropOfLesson = $"DELETE FROM class_sessions AS c WHERE {Ahead} AND c.lesson_id = $2 AND {NoRecords}";

    private const string Planned =
        """
        unnest($2::uuid[], $3::date[], $4::uuid[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::interval[], $9::timestamptz[])
            AS plan (lesson_id, day, id, name, opens_at, starts_at, grace, ends_at)
        """;

    private const string Drop =
        $"""
        DELETE FROM class_sessions AS c WHERE {Ahead} AND {NotByHand} AND {NoRecords}
            AND (c.lesson_id, c.lesson_day) NOT IN (SELECT lesson_id, day FROM {Planned})
        """;

    private const string Change =
        $"""
        UPDATE class_sessions AS c
        SET name = plan.name, opens_at = plan.opens_at, starts_at = plan.starts_at, grace = plan.grace, ends_at = plan.ends_at
        FROM {Planned}
        WHERE {Ahead} AND {NotByHand} AND {NoRecords} AND c.lesson_id = plan.lesson_id AND c.lesson_day = plan.day
            AND (c.name, c.opens_at, c.starts_at, c.grace, c.ends_at)
                IS DISTINCT FROM (plan.name, plan.opens_at, plan.starts_at, plan.grace, plan.ends_at)
        """;

    private const string Add =
        $"""
        INSERT INTO class_sessions (school_id, id, name, opens_at, starts_at, grace, ends_at, lesson_id, lesson_day)
        SELECT $1, plan.id, plan.name, plan.opens_at, plan.starts_at, plan.grace, plan.ends_at, plan.lesson_id, plan.day FROM {Planned}
        WHERE NOT EXISTS (SELECT 1 FROM lesson_exceptions AS e WHERE e.school_id = $1 AND e.lesson_id = plan.lesson_id AND e.day = plan.day)
        ON CONFLICT (school_id, lesson_id, lesson_day) WHERE lesson_id IS NOT NULL DO NOTHING
        """;

    private const string Expected =
        """
        SELECT l.id AS lesson_id, s.id AS student_id FROM lessons AS l
        JOIN students AS s ON s.school_id = l.school_id AND s.class_name = l.class_name WHERE l.school_id = $1
        UNION SELECT p.lesson_id, p.student_id FROM lesson_students AS p WHERE p.school_id = $1
        """;

    // Who has a record in it already stays.
    private const string Leave =
        $"""
        WITH expected AS MATERIALIZED ({Expected})
        DELETE FROM class_session_students AS p USING class_sessions AS c
        WHERE {Ahead} AND {NotByHand} AND p.school_id = $1 AND p.session_id = c.id
            AND NOT EXISTS (SELECT 1 FROM expected WHERE expected.lesson_id = c.lesson_id AND expected.student_id = p.student_id)
            AND NOT EXISTS (SELECT 1 FROM attendance_records AS r
                WHERE r.school_id = $1 AND r.session_id = c.id AND r.student_id = p.student_id)
        """;

    private const string Join =
        $"""
        WITH expected AS MATERIALIZED ({Expected})
        INSERT INTO class_session_students (school_id, session_id, student_id)
        SELECT $1, c.id, expected.student_id FROM class_sessions AS c JOIN expected ON expected.lesson_id = c.lesson_id
        WHERE {Ahead} AND {NotByHand} AND NOT EXISTS (SELECT 1 FROM class_session_students AS p
            WHERE p.school_id = $1 AND p.session_id = c.id AND p.student_id = expected.student_id)
        ON CONFLICT DO NOTHING
        """;

    private const string Note = "UPDATE timetables SET made_of = $2 WHERE school_id = $1";

    public async Task<bool> MakeAsync(SchoolId school, CancellationToken ct)
    {
        var (now, calendar) = (clock.GetUtcNow(), calendars.Of(school));
        var today = calendar.DayOf(now);
        // The borders stand for the school's time zone.
        var days = string.Create(
            CultureInfo.InvariantCulture,
            $"{today:O} {calendar.StartOf(today):O} {calendar.StartOf(today.AddDays(Timetable.DaysAhead)):O}");
        await using var connection = await database.OpenConnectionAsync(ct);
        if (await LookAsync(connection, school, days, ct) is var (made, before) && made == before) return false;

        await using var transaction = await connection.BeginTransactionAsync(ct);
        await HoldAsync(connection, school, ct);
        var (madeOf, earlier) = await LookAsync(connection, school, days, ct);
        if (madeOf == earlier) return false;
        await ExecuteAsync(connection, [Of(HoldStudents, school)], ct);
        var lessons = await LessonStore.ListAllAsync(connection, school, ct);
        var holidays = await LessonStore.ListHolidaysAsync(connection, school, ct);
        var plan = Timetable.Plan(lessons, holidays, calendar, today).Where(p => p.Window.StartsAt > now).ToArray();
        await ExecuteAsync(
            connection,
            [
                Of(HoldSessions, school), Of(Drop, school, plan), Of(Change, school, plan), Of(Add, school, plan), Of(Leave, school),
                Of(Join, school), new(Note) { Parameters = { new() { Value = school.Value }, new() { Value = madeOf } } },
            ],
            ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    /// <summary>Until the transaction ends, nobody else makes this school's class sessions.</summary>
    public static Task HoldAsync(NpgsqlConnection connection, SchoolId school, CancellationToken ct) =>
        ExecuteAsync(connection, [Of(Keep, school), Of(Hold, school)], ct);

    private static async Task<(string MadeOf, string? Before)> LookAsync(
        NpgsqlConnection connection, SchoolId school, string days, CancellationToken ct)
    {
        await using var look = new NpgsqlCommand(Look, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = days } },
        };
        await using var reader = await look.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (reader.GetString(0), reader.IsDBNull(1) ? null : reader.GetString(1));
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, NpgsqlBatchCommand[] commands, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        foreach (var command in commands) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlBatchCommand Of(string sql, SchoolId school) => new(sql) { Parameters = { new() { Value = school.Value } } };

    private static NpgsqlBatchCommand Of(string sql, SchoolId school, PlannedLesson[] plan) => new(sql)
    {
        Parameters =
        {
            new() { Value = school.Value },
            Many(plan.Select(p => p.Lesson.Id.Value), NpgsqlDbType.Uuid), Many(plan.Select(p => p.Day), NpgsqlDbType.Date),
            Many(plan.Select(_ => ClassSessionId.New().Value), NpgsqlDbType.Uuid),
            Many(plan.Select(p => p.Lesson.Name), NpgsqlDbType.Text),
            Many(plan.Select(p => p.Window.OpensAt.ToUniversalTime()), NpgsqlDbType.TimestampTz),
            Many(plan.Select(p => p.Window.StartsAt.ToUniversalTime()), NpgsqlDbType.TimestampTz),
            Many(plan.Select(p => p.Window.Grace), NpgsqlDbType.Interval),
            Many(plan.Select(p => p.Window.EndsAt.ToUniversalTime()), NpgsqlDbType.TimestampTz),
        },
    };

    private static NpgsqlParameter Many<T>(IEnumerable<T> values, NpgsqlDbType type) =>
        new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}
