using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>
/// Writes attendance within the transaction of what causes it. Transactions about a student hold the student first and then take, of what
/// they need, the place in the class session, the day, the cooldown, the numbering of events, the outbox: in this order, so that none waits
/// in a circle.
/// </summary>
internal static class AttendanceRecords
{
    // The first sighting of a day makes the row. Another one counts when it is far enough after the last that did, or comes late and lies
    // as far before the first; with no distance set, none does.
    private const string CountDay =
        """
        INSERT INTO attendance_days (school_id, student_id, date, first_seen, last_seen, hits) SELECT $1, $2, $3, $4, $4, 1
        WHERE EXISTS (SELECT 1 FROM students WHERE school_id = $1 AND id = $2 FOR KEY SHARE)
        ON CONFLICT (school_id, student_id, date) DO UPDATE SET hits = attendance_days.hits + 1,
            first_seen = least(attendance_days.first_seen, EXCLUDED.first_seen),
            last_seen = greatest(attendance_days.last_seen, EXCLUDED.last_seen)
        WHERE $5 > interval '0' AND (EXCLUDED.last_seen - attendance_days.last_seen >= $5
            OR attendance_days.first_seen - EXCLUDED.first_seen >= $5)
        """;

    // A sighting that counts leaves a record, unless it stands in a class session already.
    private const string CountSighting =
        $"""
        WITH counted AS ({CountDay} RETURNING 1)
        INSERT INTO attendance_records (school_id, id, student_id, at, status, origin, evidence)
        SELECT $1, $6, $2, $4, 'present', 'camera', $7 FROM counted
        WHERE NOT EXISTS (
            SELECT 1 FROM attendance_records AS r
            WHERE r.school_id = $1 AND r.student_id = $2 AND r.at = $4 AND r.session_id IS NOT NULL AND r.origin = 'camera')
        """;

    // A sighting that comes meanwhile waits for the row, and is seen by the statements that follow.
    private const string HoldDay = "SELECT 1 FROM attendance_days WHERE school_id = $1 AND student_id = $2 AND date = $3 FOR UPDATE";

    private const string OfThatDay =
        """
        FROM attendance_records AS r
        WHERE r.school_id = $1 AND r.student_id = $2 AND r.at >= $4 AND r.at < $5 AND r.status IN ('present', 'late')
        """;

    private const string ForgetDay =
        $"DELETE FROM attendance_days WHERE school_id = $1 AND student_id = $2 AND date = $3 AND NOT EXISTS (SELECT 1 {OfThatDay})";

    private const string CountDayAnew =
        $"""
        INSERT INTO attendance_days (school_id, student_id, date, first_seen, last_seen, hits)
        SELECT $1, $2, $3, min(r.at), max(r.at), count(*) {OfThatDay} HAVING count(*) > 0
        ON CONFLICT (school_id, student_id, date)
        DO UPDATE SET first_seen = EXCLUDED.first_seen, last_seen = EXCLUDED.last_seen, hits = EXCLUDED.hits
        """;

    // In the class session that is named, or in each that is open then, for its roster alone and the first time. FOR SHARE keeps the
    // absences from being written in between. One that was written already, before a held sighting came, was none.
    private const string CountInSession =
        """
        WITH open AS (
            SELECT s.id, s.starts_at, s.starts_at + s.grace AS late_after
            FROM class_session_students AS named JOIN class_sessions AS s ON s.school_id = named.school_id AND s.id = named.session_id
            WHERE named.school_id = $1 AND named.student_id = $2 AND ($3 IS NULL OR s.id = $3)
                AND s.starts_at BETWEEN $4 - interval '1 day' AND $4 + interval '1 day' AND $4 BETWEEN s.opens_at AND s.ends_at
                AND NOT EXISTS (
                    SELECT 1 FROM attendance_records AS r
                    WHERE r.school_id = $1 AND r.session_id = s.id AND r.student_id = $2 AND r.origin <> 'schedule')
            FOR SHARE OF s)
        INSERT INTO attendance_records (school_id, id, student_id, session_id, at, status, origin, evidence)
        SELECT $1, CASE WHEN row_number() OVER (ORDER BY open.starts_at DESC) = 1 THEN $5 ELSE gen_random_uuid() END, $2, open.id, $4,
            CASE WHEN $4 <= open.late_after THEN 'present' ELSE 'late' END, 'camera', $6
        FROM open
        ON CONFLICT (school_id, session_id, student_id) WHERE session_id IS NOT NULL DO UPDATE
        SET at = EXCLUDED.at, status = EXCLUDED.status, origin = EXCLUDED.origin, evidence = EXCLUDED.evidence, event_id = NULL
        WHERE attendance_records.origin = 'schedule'
        """;

    private const string Insert =
        """
        INSERT INTO attendance_records (school_id, id, student_id, session_id, at, status, origin, needs_review, evidence)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        """;

    /// <summary>The columns that <see cref="Read"/> reads, of a table called r.</summary>
    public const string Columns = "r.id, r.student_id, r.session_id, r.at, r.status, r.origin, r.needs_review, r.evidence";

    public const int ColumnCount = 8;

    public static NpgsqlBatchCommand SightingOf(RecordId id, Sighting sighting, DateOnly day, TimeSpan dedup) =>
        new(CountSighting)
        {
            Parameters =
        {
            new() { Value = sighting.School.Value }, new() { Value = sighting.Label }, new() { Value = day },
            new() { Value = sighting.SeenAt.ToUniversalTime() }, new() { Value = dedup }, new() { Value = id.Value }, EvidenceOf(sighting),
        },
        };

    /// <param name="session">Null is each that is open for the student.</param>
    public static NpgsqlBatchCommand SessionSightingOf(RecordId id, Sighting sighting, ClassSessionId? session) =>
        new(CountInSession)
        {
            Parameters =
        {
            new() { Value = sighting.School.Value }, new() { Value = sighting.Label }, OrNull(session?.Value),
            new() { Value = sighting.SeenAt.ToUniversalTime() }, new() { Value = id.Value }, EvidenceOf(sighting),
        },
        };

    /// <summary>Counts a day without a record of its own.</summary>
    public static NpgsqlBatchCommand DayOf(SchoolId school, StudentId student, DateOnly day, DateTimeOffset at, TimeSpan dedup) =>
        new(CountDay)
        {
            Parameters =
        {
            new() { Value = school.Value }, new() { Value = student.Value }, new() { Value = day }, new() { Value = at.ToUniversalTime() },
            new() { Value = dedup },
        },
        };

    /// <summary>Makes a day what its records say, once one of them was taken away or put back.</summary>
    public static IEnumerable<NpgsqlBatchCommand> DayAnewOf(SchoolId school, StudentId student, DateOnly day, SchoolCalendar calendar) =>
        new[] { HoldDay, ForgetDay, CountDayAnew }.Select(sql =>
        {
            var command = new NpgsqlBatchCommand(sql)
            {
                Parameters = { new() { Value = school.Value }, new() { Value = student.Value }, new() { Value = day } },
            };
            if (sql == HoldDay) return command;
            command.Parameters.Add(new() { Value = calendar.StartOf(day).ToUniversalTime() });
            command.Parameters.Add(new() { Value = calendar.StartOf(day.AddDays(1)).ToUniversalTime() });
            return command;
        });

    public static NpgsqlBatchCommand InsertOf(SchoolId school, AttendanceRecord record) => new(Insert)
    {
        Parameters =
        {
            new() { Value = school.Value }, new() { Value = record.Id.Value }, new() { Value = record.Student.Value },
            OrNull(record.Session?.Value),
            new() { Value = record.At.ToUniversalTime() }, new() { Value = Words.Of(record.Status) },
            new() { Value = Words.Of(record.Origin) }, new() { Value = record.NeedsReview },
            new() { Value = EvidenceCodec.ToJson(record.Evidence), NpgsqlDbType = NpgsqlDbType.Jsonb },
        },
    };

    /// <param name="first">Where <see cref="Columns"/> begin.</param>
    public static AttendanceRecord Read(NpgsqlDataReader reader, int first = 0) => new(
        new(reader.GetGuid(first)), new(reader.GetString(first + 1)),
        reader.IsDBNull(first + 2) ? null : new ClassSessionId(reader.GetGuid(first + 2)),
        reader.GetFieldValue<DateTimeOffset>(first + 3), Words.Parse<AttendanceStatus>(reader.GetString(first + 4))!.Value,
        reader.GetBoolean(first + 6),
        EvidenceCodec.Read(Words.Parse<AttendanceOrigin>(reader.GetString(first + 5))!.Value, reader.GetString(first + 7)));

    /// <summary>
    /// Runs a transaction again when a camera's sighting, which waits for nobody, took the student's one place in a class session between
    /// its look and its writing. The second look finds the place taken.
    /// </summary>
    public static async Task<T> OnceMoreAfterRivalAsync<T>(Func<Task<T>> transaction)
    {
        try
        {
            return await transaction();
        }
        catch (PostgresException e) when (e is
        {
            SqlState: PostgresErrorCodes.UniqueViolation,
            ConstraintName: "attendance_records_of_session"
        })
        {
            return await transaction();
        }
    }

    public static NpgsqlParameter OrNull(Guid? id) => new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };

    private static NpgsqlParameter EvidenceOf(Sighting sighting)
    {
        var similarity = sighting.Who.Similarity is { } measured ? Math.Round((double)measured, 4) : (double?)null;
        var (device, location) = (sighting.Context.DeviceId, sighting.Context.LocationId);
        var evidence = new Evidence.Camera(sighting.Who.Distance, similarity, device, location, sighting.Context.Direction);
        return new() { Value = EvidenceCodec.ToJson(evidence), NpgsqlDbType = NpgsqlDbType.Jsonb };
    }
}
