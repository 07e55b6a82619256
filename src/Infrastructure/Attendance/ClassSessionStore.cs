using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Audit;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using Npgsql;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>The school's class sessions in PostgreSQL. Thread-safe.</summary>
internal sealed class ClassSessionStore(NpgsqlDataSource database, AuditLog audit) : IClassSessions, IClassRosters
{
    private const string Insert =
        "INSERT INTO class_sessions (school_id, id, name, opens_at, starts_at, grace, ends_at) VALUES ($1, $2, $3, $4, $5, $6, $7)";

    // Whoever is missing from the answer is no student. KEY SHARE, as a foreign key takes: none is removed until the roster stands.
    private const string HoldStudents = "SELECT id FROM students WHERE school_id = $1 AND id = ANY ($2) ORDER BY id FOR KEY SHARE";

    private const string InsertRoster =
        "INSERT INTO class_session_students (school_id, session_id, student_id) SELECT $1, $2, unnest($3::text[])";

    /// <summary>What <see cref="Read"/> reads.</summary>
    public const string Columns = "id, name, opens_at, starts_at, grace, ends_at, settled_at";

    /// <summary>What <see cref="ReadEntry"/> reads, of students called s and their records called r.</summary>
    public const string EntryColumns = $"s.id, s.full_name, {AttendanceRecords.Columns}";

    private const string Find = $"SELECT {Columns} FROM class_sessions WHERE school_id = $1 AND id = $2";

    private const string FindRoster =
        "SELECT student_id FROM class_session_students WHERE school_id = $1 AND session_id = $2 ORDER BY student_id";

    private const string List =
        $"SELECT {Columns} FROM class_sessions WHERE school_id = $1 AND starts_at >= $2 AND starts_at < $3 ORDER BY starts_at, id LIMIT $4";

    private const string ListEntries =
        $"""
        SELECT {EntryColumns}
        FROM (SELECT student_id FROM class_session_students WHERE school_id = $1 AND session_id = $2
              UNION SELECT student_id FROM attendance_records WHERE school_id = $1 AND session_id = $2) AS named
        JOIN students AS s ON s.school_id = $1 AND s.id = named.student_id
        LEFT JOIN attendance_records AS r ON r.school_id = $1 AND r.session_id = $2 AND r.student_id = named.student_id
        ORDER BY s.id
        """;

    // Check-ins and sightings hold the session for sharing, so none is judged by times that are being changed.
    private const string Hold = $"{Find} FOR NO KEY UPDATE";

    private const string ListRecords =
        $"SELECT {AttendanceRecords.Columns} FROM attendance_records AS r WHERE r.school_id = $1 AND r.session_id = $2";

    private const string Update =
        "UPDATE class_sessions SET name = $3, opens_at = $4, starts_at = $5, grace = $6, ends_at = $7 WHERE school_id = $1 AND id = $2";

    private const string LeaveRoster =
        "DELETE FROM class_session_students WHERE school_id = $1 AND session_id = $2 AND student_id <> ALL ($3)";

    // From now on the day is a person's and no more the timetable's.
    private const string ByHand =
        """
        INSERT INTO lesson_exceptions (school_id, lesson_id, day)
        SELECT school_id, lesson_id, lesson_day FROM class_sessions WHERE school_id = $1 AND id = $2 AND lesson_id IS NOT NULL
        ON CONFLICT DO NOTHING
        """;

    private const string Delete = "DELETE FROM class_sessions WHERE school_id = $1 AND id = $2";

    public async Task<Result<ClassSession>> AddAsync(SchoolId school, ClassSession session, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var unknown = await HoldStudentsAsync(connection, school, session.Roster, ct);
        if (unknown.Count > 0) return UnknownStudents(unknown);
        await using (var insert = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Of(Insert, school, session), RosterOf(InsertRoster, school, session),
                EntryOf(AuditActions.ClassSessionMade, school, session),
            },
        })
        {
            await insert.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        return session;
    }

    public async Task<Result<ClassSession>> ReplaceAsync(SchoolId school, ClassSession session, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Locks like a check-in: students, then the session.
        var unknown = await HoldStudentsAsync(connection, school, session.Roster, ct);
        if (unknown.Count > 0) return UnknownStudents(unknown);
        if (await HoldAsync(connection, school, session.Id, ct) is not var (current, records)) return ClassSessionErrors.NotFound;
        var replaced = current.Replace(session.Name, session.Window, session.Roster, records);
        if (replaced.Error is not null) return replaced;
        await using (var write = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Of(Update, school, session), Of(ByHand, school, session.Id), RosterOf(LeaveRoster, school, session),
                RosterOf($"{InsertRoster} ON CONFLICT DO NOTHING", school, session),
                EntryOf(AuditActions.ClassSessionChanged, school, session),
            },
        })
        {
            await write.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        return replaced;
    }

    public async Task<ClassSession?> FindAsync(SchoolId school, ClassSessionId id, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Of(Find, school, id));
        batch.BatchCommands.Add(Of(FindRoster, school, id));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await ReadWholeAsync(reader, ct);
    }

    public async Task<IReadOnlyList<ClassSession>> ListAsync(
        SchoolId school, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken ct)
    {
        await using var list = database.CreateCommand(List);
        list.Parameters.AddWithValue(school.Value);
        list.Parameters.AddWithValue(from.ToUniversalTime());
        list.Parameters.AddWithValue(to.ToUniversalTime());
        list.Parameters.AddWithValue(limit);
        await using var reader = await list.ExecuteReaderAsync(ct);
        var sessions = new List<ClassSession>();
        while (await reader.ReadAsync(ct)) sessions.Add(Read(reader));
        return sessions;
    }

    async Task<IReadOnlyList<RosterEntry>> IClassRosters.ListAsync(SchoolId school, ClassSessionId id, CancellationToken ct)
    {
        await using var list = database.CreateCommand(ListEntries);
        list.Parameters.AddWithValue(school.Value);
        list.Parameters.AddWithValue(id.Value);
        await using var reader = await list.ExecuteReaderAsync(ct);
        var entries = new List<RosterEntry>();
        while (await reader.ReadAsync(ct)) entries.Add(ReadEntry(reader, 0));
        return entries;
    }

    public async Task<Result<Done>> RemoveAsync(SchoolId school, ClassSessionId id, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        try
        {
            await using var delete = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    Of(ByHand, school, id), Of(Delete, school, id),
                    audit.EntryOf(new(school, AuditActions.ClassSessionRemoved, id.ToString())),
                },
            };
            await delete.ExecuteNonQueryAsync(ct);
            if (delete.BatchCommands[1].RecordsAffected == 0) return ClassSessionErrors.NotFound;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
        {
            return ClassSessionErrors.HasRecords;
        }
        await transaction.CommitAsync(CancellationToken.None);
        return default(Done);
    }

    /// <summary>All of these who are students of the school stay that until the transaction ends.</summary>
    /// <returns>The others.</returns>
    public static async Task<IReadOnlyCollection<StudentId>> HoldStudentsAsync(
        NpgsqlConnection connection, SchoolId school, IReadOnlyList<StudentId> students, CancellationToken ct)
    {
        if (students.Count == 0) return [];
        await using var hold = new NpgsqlCommand(HoldStudents, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = students.Select(s => s.Value).ToArray() } },
        };
        await using var reader = await hold.ExecuteReaderAsync(ct);
        var unknown = students.ToHashSet();
        while (await reader.ReadAsync(ct)) unknown.Remove(new(reader.GetString(0)));
        return unknown;
    }

    private static Error UnknownStudents(IEnumerable<StudentId> students) =>
        ClassSessionErrors.UnknownStudents(students.Select(s => s.Value));

    /// <returns>Null for an unknown id.</returns>
    private static async Task<(ClassSession Session, IReadOnlyCollection<AttendanceRecord> Records)?> HoldAsync(
        NpgsqlConnection connection, SchoolId school, ClassSessionId id, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { Of(Hold, school, id), Of(FindRoster, school, id), Of(ListRecords, school, id) },
        };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        if (await ReadWholeAsync(reader, ct) is not { } session) return null;
        await reader.NextResultAsync(ct);
        var records = new List<AttendanceRecord>();
        while (await reader.ReadAsync(ct)) records.Add(AttendanceRecords.Read(reader));
        return (session, records);
    }

    /// <summary>The session of one result and its roster from the next.</summary>
    private static async Task<ClassSession?> ReadWholeAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        if (!await reader.ReadAsync(ct)) return null;
        var session = Read(reader);
        await reader.NextResultAsync(ct);
        var roster = new List<StudentId>();
        while (await reader.ReadAsync(ct)) roster.Add(new(reader.GetString(0)));
        return session with { Roster = roster };
    }

    /// <summary>opens_at, starts_at, grace, ends_at.</summary>
    public static ClassWindow ReadWindow(NpgsqlDataReader reader, int first) => ClassWindow.Create(
        reader.GetFieldValue<DateTimeOffset>(first), reader.GetFieldValue<DateTimeOffset>(first + 1), reader.GetTimeSpan(first + 2),
        reader.GetFieldValue<DateTimeOffset>(first + 3)).Value;

    /// <param name="first">Where <see cref="EntryColumns"/> begin.</param>
    public static RosterEntry ReadEntry(NpgsqlDataReader reader, int first) => new(
        new(reader.GetString(first)), reader.IsDBNull(first + 1) ? null : reader.GetString(first + 1),
        reader.IsDBNull(first + 2) ? null : AttendanceRecords.Read(reader, first + 2));

    public static ClassSession Read(NpgsqlDataReader reader) => new(
        new(reader.GetGuid(0)), reader.GetString(1), ReadWindow(reader, 2), [],
        reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6));

    private static NpgsqlBatchCommand Of(string sql, SchoolId school, ClassSessionId id) =>
        new(sql) { Parameters = { new() { Value = school.Value }, new() { Value = id.Value } } };

    private static NpgsqlBatchCommand Of(string sql, SchoolId school, ClassSession session) => new(sql)
    {
        Parameters =
        {
            new() { Value = school.Value }, new() { Value = session.Id.Value }, new() { Value = session.Name },
            new() { Value = session.Window.OpensAt.ToUniversalTime() }, new() { Value = session.Window.StartsAt.ToUniversalTime() },
            new() { Value = session.Window.Grace }, new() { Value = session.Window.EndsAt.ToUniversalTime() },
        },
    };

    private NpgsqlBatchCommand EntryOf(string action, SchoolId school, ClassSession session) =>
        audit.EntryOf(new(school, action, session.Id.ToString(), new Dictionary<string, object?>
        {
            ["name"] = session.Name,
            ["opens_at"] = session.Window.OpensAt.ToUniversalTime(),
            ["starts_at"] = session.Window.StartsAt.ToUniversalTime(),
            ["ends_at"] = session.Window.EndsAt.ToUniversalTime(),
            ["grace"] = session.Window.Grace,
            ["students"] = session.Roster.Count,
        }));

    private static NpgsqlBatchCommand RosterOf(string sql, SchoolId school, ClassSession session) => new(sql)
    {
        Parameters =
        {
            new() { Value = school.Value }, new() { Value = session.Id.Value },
            new() { Value = session.Roster.Select(s => s.Value).ToArray() },
        },
    };
}
