using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>The school's lessons and holidays in PostgreSQL. Thread-safe.</summary>
internal sealed class LessonStore(NpgsqlDataSource database, AuditLog audit) : ILessons, IHolidays
{
    /// <summary>What <see cref="Read"/> reads, of lessons called l.</summary>
    private const string Columns =
        """
        l.id, l.name, l.class_name, l.weekdays, l.starts, l.ends, l.opens_before, l.grace, l.valid_from, l.valid_until,
        ARRAY(SELECT p.student_id FROM lesson_students AS p WHERE p.school_id = l.school_id AND p.lesson_id = l.id ORDER BY p.student_id)
        """;

    private const string Expected =
        """
        ((SELECT count(*) FROM students AS s WHERE s.school_id = l.school_id AND s.class_name = l.class_name)
         + (SELECT count(*) FROM lesson_students AS p JOIN students AS s ON s.school_id = p.school_id AND s.id = p.student_id
            WHERE p.school_id = l.school_id AND p.lesson_id = l.id AND s.class_name IS DISTINCT FROM l.class_name))::int
        """;

    private const string Of = "l.school_id = $1 AND ($2 IS NULL OR l.class_name = $2)";

    // The week begins on Monday.
    private const string List =
        $"""
        SELECT {Columns}, {Expected} FROM lessons AS l WHERE {Of}
        ORDER BY l.class_name NULLS FIRST, (l.weekdays[1] + 6) % 7, l.starts, l.name, l.id LIMIT $3 OFFSET $4
        """;

    private const string Count = $"SELECT count(*)::int FROM lessons AS l WHERE {Of}";

    private const string Find = $"SELECT {Columns}, {Expected} FROM lessons AS l WHERE l.school_id = $1 AND l.id = $2";

    private const string ListAll = $"SELECT {Columns} FROM lessons AS l WHERE l.school_id = $1";

    private const string Insert =
        """
        INSERT INTO lessons (school_id, id, name, class_name, weekdays, starts, ends, opens_before, grace, valid_from, valid_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """;

    private const string Update =
        """
        UPDATE lessons SET name = $3, class_name = $4, weekdays = $5, starts = $6, ends = $7, opens_before = $8, grace = $9,
            valid_from = $10, valid_until = $11, updated_at = clock_timestamp()
        WHERE school_id = $1 AND id = $2
        """;

    private const string LeaveStudents = "DELETE FROM lesson_students WHERE school_id = $1 AND lesson_id = $2 AND student_id <> ALL ($3)";

    private const string InsertStudents =
        "INSERT INTO lesson_students (school_id, lesson_id, student_id) SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING";

    // Held before its class sessions are looked for, so that none is made of it in between.
    private const string Hold = "SELECT 1 FROM lessons WHERE school_id = $1 AND id = $2 FOR UPDATE";

    // Those that were, and those that have records, stay without it.
    private const string Unname = "UPDATE class_sessions SET lesson_id = NULL WHERE school_id = $1 AND lesson_id = $2";

    private const string Delete = "DELETE FROM lessons WHERE school_id = $1 AND id = $2";

    private const string ListHolidays =
        "SELECT id, name, first_day, last_day FROM holidays WHERE school_id = $1 ORDER BY first_day, last_day, id";

    private const string InsertHoliday =
        "INSERT INTO holidays (school_id, id, name, first_day, last_day) VALUES ($1, $2, $3, $4, $5)";

    private const string DeleteHoliday = "DELETE FROM holidays WHERE school_id = $1 AND id = $2";

    public async Task<(IReadOnlyList<ExpectedLesson> Lessons, int Total)> ListAsync(
        SchoolId school, string? className, int limit, int offset, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(List)
        {
            Parameters = { Value(school), Text(className), new() { Value = limit }, new() { Value = offset } },
        });
        batch.BatchCommands.Add(new(Count) { Parameters = { Value(school), Text(className) } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        var found = new List<ExpectedLesson>();
        while (await reader.ReadAsync(ct)) found.Add(new(Read(reader), reader.GetInt32(11)));
        await reader.NextResultAsync(ct);
        await reader.ReadAsync(ct);
        return (found, reader.GetInt32(0));
    }

    public async Task<ExpectedLesson?> FindAsync(SchoolId school, LessonId id, CancellationToken ct)
    {
        await using var find = database.CreateCommand(Find);
        find.Parameters.AddRange(new[] { Value(school), Value(id) });
        await using var reader = await find.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new(Read(reader), reader.GetInt32(11)) : null;
    }

    public async Task<Result<Done>> SaveAsync(SchoolId school, Lesson lesson, bool isNew, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var unknown = await ClassSessionStore.HoldStudentsAsync(connection, school, lesson.Students, ct);
        if (unknown.Count > 0) return UnknownStudents(unknown);
        await using (var write = new NpgsqlBatch(connection))
        {
            Add(write, school, lesson, isNew);
            write.BatchCommands.Add(EntryOf(isNew ? AuditActions.LessonMade : AuditActions.LessonChanged, school, lesson));
            try
            {
                await write.ExecuteNonQueryAsync(ct);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                return LessonErrors.NotFound;
            }
            if (write.BatchCommands[0].RecordsAffected == 0) return LessonErrors.NotFound;
        }
        await transaction.CommitAsync(CancellationToken.None);
        return default(Done);
    }

    public async Task<Result<Done>> RemoveAsync(SchoolId school, LessonId id, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var write = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command(TimetableMaker.HoldOfLesson, school, Value(id)), Command(TimetableMaker.DropOfLesson, school, Value(id)),
                Command(Hold, school, Value(id)), Command(Unname, school, Value(id)), Command(Delete, school, Value(id)),
                audit.EntryOf(new(school, AuditActions.LessonRemoved, id.ToString())),
            },
        })
        {
            await write.ExecuteNonQueryAsync(ct);
            if (write.BatchCommands[^2].RecordsAffected == 0) return LessonErrors.NotFound;
        }
        await transaction.CommitAsync(CancellationToken.None);
        return default(Done);
    }

    public async Task<IReadOnlyList<Result<ImportedLesson>>> ImportAsync(
        SchoolId school, IReadOnlyList<Lesson> lessons, bool dryRun, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Held, so that of two imports the second finds what the first made.
        await TimetableMaker.HoldAsync(connection, school, ct);
        var named = lessons.SelectMany(l => l.Students).Distinct().ToArray();
        var unknown = await ClassSessionStore.HoldStudentsAsync(connection, school, named, ct);
        var there = new Dictionary<(string, string?, string, TimeOnly), Lesson>();
        foreach (var lesson in await ListAllAsync(connection, school, ct)) there.TryAdd(KeyOf(lesson), lesson);

        await using var write = new NpgsqlBatch(connection);
        var outcomes = new List<Result<ImportedLesson>>();
        foreach (var lesson in lessons)
        {
            var strangers = lesson.Students.Where(unknown.Contains).ToArray();
            if (strangers.Length > 0) outcomes.Add(UnknownStudents(strangers));
            else outcomes.Add(Import(write, school, lesson, there.GetValueOrDefault(KeyOf(lesson))));
        }
        if (dryRun || write.BatchCommands.Count == 0) return outcomes;
        var done = outcomes.Where(o => o.IsSuccess).Select(o => o.Value.Outcome).ToArray();
        write.BatchCommands.Add(audit.EntryOf(new(school, AuditActions.TimetableImported, "timetable", new Dictionary<string, object?>
        {
            ["created"] = done.Count(o => o == ImportOutcome.Created), ["updated"] = done.Count(o => o == ImportOutcome.Updated),
        })));
        await write.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return outcomes;
    }

    async Task<IReadOnlyList<Holiday>> IHolidays.ListAsync(SchoolId school, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await ListHolidaysAsync(connection, school, ct);
    }

    public async Task AddAsync(SchoolId school, Holiday holiday, CancellationToken ct)
    {
        await using var add = new NpgsqlCommand(InsertHoliday)
        {
            Parameters =
            {
                Value(school), new() { Value = holiday.Id.Value }, new() { Value = holiday.Name }, new() { Value = holiday.First },
                new() { Value = holiday.Last },
            },
        };
        await audit.WithEntryAsync(add, new(school, AuditActions.HolidayMade, holiday.Id.ToString(), new Dictionary<string, object?>
        {
            ["name"] = holiday.Name, ["first_day"] = holiday.First, ["last_day"] = holiday.Last,
        }), ct);
    }

    public async Task<bool> RemoveAsync(SchoolId school, HolidayId id, CancellationToken ct)
    {
        await using var remove = new NpgsqlCommand(DeleteHoliday) { Parameters = { Value(school), new() { Value = id.Value } } };
        return await audit.WithEntryAsync(remove, new(school, AuditActions.HolidayRemoved, id.ToString()), ct);
    }

    public static async Task<IReadOnlyList<Lesson>> ListAllAsync(NpgsqlConnection connection, SchoolId school, CancellationToken ct)
    {
        await using var list = new NpgsqlCommand(ListAll, connection) { Parameters = { Value(school) } };
        await using var reader = await list.ExecuteReaderAsync(ct);
        var found = new List<Lesson>();
        while (await reader.ReadAsync(ct)) found.Add(Read(reader));
        return found;
    }

    public static async Task<IReadOnlyList<Holiday>> ListHolidaysAsync(NpgsqlConnection connection, SchoolId school, CancellationToken ct)
    {
        await using var list = new NpgsqlCommand(ListHolidays, connection) { Parameters = { Value(school) } };
        await using var reader = await list.ExecuteReaderAsync(ct);
        var found = new List<Holiday>();
        while (await reader.ReadAsync(ct))
        {
            found.Add(new(
                new(reader.GetGuid(0)), reader.GetString(1), reader.GetFieldValue<DateOnly>(2), reader.GetFieldValue<DateOnly>(3)));
        }
        return found;
    }

    private static ImportedLesson Import(NpgsqlBatch write, SchoolId school, Lesson lesson, Lesson? there)
    {
        if (there is null)
        {
            Add(write, school, lesson, isNew: true);
            return new(lesson.Id, ImportOutcome.Created);
        }
        var changed = lesson with { Id = there.Id };
        var isSame = changed.Hours == there.Hours && changed.ValidFrom == there.ValidFrom && changed.ValidUntil == there.ValidUntil
            && changed.Students.SequenceEqual(there.Students);
        if (!isSame) Add(write, school, changed, isNew: false);
        return new(there.Id, isSame ? ImportOutcome.Unchanged : ImportOutcome.Updated);
    }

    private static (string, string?, string, TimeOnly) KeyOf(Lesson lesson) =>
        (lesson.Name, lesson.ClassName, string.Join(',', lesson.Weekdays), lesson.Hours.Starts);

    /// <summary>The statement that writes the lesson, and those that write its students.</summary>
    private static void Add(NpgsqlBatch write, SchoolId school, Lesson lesson, bool isNew)
    {
        var students = new NpgsqlParameter { Value = lesson.Students.Select(s => s.Value).ToArray() };
        write.BatchCommands.Add(new(isNew ? Insert : Update)
        {
            Parameters =
            {
                Value(school), Value(lesson.Id), new() { Value = lesson.Name }, Text(lesson.ClassName),
                new() { Value = lesson.Weekdays.Select(d => (short)d).ToArray() }, new() { Value = lesson.Hours.Starts },
                new() { Value = lesson.Hours.Ends }, new() { Value = lesson.Hours.OpensBefore }, new() { Value = lesson.Hours.Grace },
                new() { Value = lesson.ValidFrom },
                new() { Value = (object?)lesson.ValidUntil ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date },
            },
        });
        if (!isNew) write.BatchCommands.Add(Command(LeaveStudents, school, Value(lesson.Id), students));
        if (lesson.Students.Count > 0) write.BatchCommands.Add(Command(InsertStudents, school, Value(lesson.Id), students.Clone()));
    }

    private NpgsqlBatchCommand EntryOf(string action, SchoolId school, Lesson lesson) =>
        audit.EntryOf(new(school, action, lesson.Id.ToString(), new Dictionary<string, object?>
        {
            ["name"] = lesson.Name,
            ["class_name"] = lesson.ClassName,
            ["weekdays"] = lesson.Weekdays.Select(Words.Of),
            ["starts"] = lesson.Hours.Starts,
            ["ends"] = lesson.Hours.Ends,
            ["grace"] = lesson.Hours.Grace,
            ["valid_from"] = lesson.ValidFrom,
            ["valid_until"] = lesson.ValidUntil,
            ["students"] = lesson.Students.Count,
        }));

    private static Error UnknownStudents(IEnumerable<StudentId> students) =>
        ClassSessionErrors.UnknownStudents(students.Select(s => s.Value)) with { Field = "students" };

    private static Lesson Read(NpgsqlDataReader reader) => new(
        new(reader.GetGuid(0)), reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2),
        [.. reader.GetFieldValue<short[]>(3).Select(d => (DayOfWeek)d)],
        LessonHours.Create(
            reader.GetFieldValue<TimeOnly>(4), reader.GetFieldValue<TimeOnly>(5), reader.GetTimeSpan(6), reader.GetTimeSpan(7)).Value,
        [.. reader.GetFieldValue<string[]>(10).Select(s => new StudentId(s))], reader.GetFieldValue<DateOnly>(8),
        reader.IsDBNull(9) ? null : reader.GetFieldValue<DateOnly>(9));

    private static NpgsqlBatchCommand Command(string sql, SchoolId school, params NpgsqlParameter[] others)
    {
        var command = new NpgsqlBatchCommand(sql) { Parameters = { Value(school) } };
        command.Parameters.AddRange(others);
        return command;
    }

    private static NpgsqlParameter Value(SchoolId school) => new() { Value = school.Value };

    private static NpgsqlParameter Value(LessonId lesson) => new() { Value = lesson.Value };

    private static NpgsqlParameter Text(string? text) =>
        new() { Value = (object?)text ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar };
}
