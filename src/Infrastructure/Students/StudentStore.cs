using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Students;

/// <summary>The school's students in PostgreSQL. Thread-safe.</summary>
internal sealed class StudentStore(
    IDbContextFactory<AttendanceDb> contexts, IStudentRights rights, AuditLog audit) : IStudents, IRoster
{
    private const string Upsert =
        """
        INSERT INTO students (school_id, id, full_name, birth_date, class_name, address) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (school_id, id) DO UPDATE SET
            full_name  = COALESCE(EXCLUDED.full_name,  students.full_name),
            birth_date = COALESCE(EXCLUDED.birth_date, students.birth_date),
            class_name = COALESCE(EXCLUDED.class_name, students.class_name),
            address    = COALESCE(EXCLUDED.address,    students.address),
            updated_at = clock_timestamp()
        """;

    private const string Insert =
        """
        INSERT INTO students (school_id, id, full_name, birth_date, class_name, address) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (school_id, id) DO NOTHING
        """;

    private const string Replace =
        """
        UPDATE students SET full_name = $3, birth_date = $4, class_name = $5, address = $6, updated_at = clock_timestamp()
        WHERE school_id = $1 AND id = $2
        """;

    public async Task<Student> UpsertAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct)
    {
        await WriteAsync(Upsert, school, id, profile, ct);
        // Removed again by somebody else in the meantime: then this is what was stored.
        return await FindAsync(school, id, ct)
            ?? new Student(id, profile.FullName, profile.BirthDate, profile.ClassName, profile.Address, 0, null);
    }

    public async Task<Student?> AddAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct) =>
        await WriteAsync(Insert, school, id, profile, ct)
            ? new(id, profile.FullName, profile.BirthDate, profile.ClassName, profile.Address, EmbeddingCount: 0, LastEnrolledAt: null)
            : null;

    public async Task<Student?> ReplaceAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct) =>
        await WriteAsync(Replace, school, id, profile, ct) ? await FindAsync(school, id, ct) : null;

    public async Task<IReadOnlyList<SchoolClass>> ListClassesAsync(SchoolId school, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return await db.Students.Where(s => s.SchoolId == school.Value && s.ClassName != null).GroupBy(s => s.ClassName!)
            .OrderBy(c => c.Key).Select(c => new SchoolClass(c.Key, c.Count())).ToListAsync(ct);
    }

    public async Task<Student?> FindAsync(SchoolId school, StudentId id, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var found = await Read(db, db.Students.Where(s => s.SchoolId == school.Value && s.Id == id.Value)).SingleOrDefaultAsync(ct);
        return found?.ToStudent();
    }

    public async Task<(IReadOnlyList<Student> Items, int Total)> ListAsync(
        SchoolId school, string? query, string? className, int limit, int offset, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        var students = db.Students.Where(s => s.SchoolId == school.Value);
        if (!string.IsNullOrEmpty(query))
        {
            var pattern = Containing(query);
            students = students.Where(s => EF.Functions.ILike(s.Id, pattern, @"\")
                || (s.FullName != null && EF.Functions.ILike(s.FullName, pattern, @"\"))
                || (s.ClassName != null && EF.Functions.ILike(s.ClassName, pattern, @"\")));
        }
        if (className is not null) students = students.Where(s => s.ClassName == className);
        var total = await students.CountAsync(ct);
        var page = await Read(db, students.OrderBy(s => s.Id).Skip(offset).Take(limit)).ToListAsync(ct);
        return ([.. page.Select(row => row.ToStudent())], total);
    }

    public async Task<bool> RemoveAsync(SchoolId school, StudentId id, CancellationToken ct) =>
        await rights.EraseAsync(school, id, ct) is not null;

    /// <returns>Whether there was something to write.</returns>
    private async Task<bool> WriteAsync(string statement, SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct)
    {
        await using var write = new NpgsqlCommand(statement);
        write.Parameters.AddWithValue(school.Value);
        write.Parameters.AddWithValue(id.Value);
        write.Parameters.Add(new() { Value = (object?)profile.FullName ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        write.Parameters.Add(new() { Value = (object?)profile.BirthDate ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
        write.Parameters.Add(new() { Value = (object?)profile.ClassName ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        write.Parameters.Add(new() { Value = (object?)profile.Address ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar });
        // Which fields, never what is in them: that goes with the student, and the log stays.
        return await audit.WithEntryAsync(write,
            new(school, AuditActions.StudentSaved, id.Value, new Dictionary<string, object?> { ["fields"] = FieldsOf(profile) }), ct);
    }

    private static string[] FieldsOf(StudentProfile profile) =>
    [
        .. from field in new (string Name, object? Value)[]
           {
               ("full_name", profile.FullName), ("birth_date", profile.BirthDate), ("class_name", profile.ClassName),
               ("address", profile.Address),
           }
           where field.Value is not null select field.Name,
    ];

    /// <summary>A LIKE pattern in which the searched text stands for itself.</summary>
    private static string Containing(string text)
    {
        var escaped = text.Replace(@"\", @"\\", StringComparison.Ordinal)
            .Replace("%", @"\%", StringComparison.Ordinal).Replace("_", @"\_", StringComparison.Ordinal);
        return $"%{escaped}%";
    }

    private static IQueryable<StudentReading> Read(AttendanceDb db, IQueryable<StudentRow> students) =>
        from s in students
        select new StudentReading(
            s.Id, s.FullName, s.BirthDate, s.ClassName, s.Address,
            db.Templates.Count(t => t.SchoolId == s.SchoolId && t.StudentId == s.Id),
            db.Templates.Where(t => t.SchoolId == s.SchoolId && t.StudentId == s.Id).Max(t => (DateTimeOffset?)t.EnrolledAt));

    private sealed record StudentReading(
        string Id, string? FullName, DateOnly? BirthDate, string? ClassName, string? Address, int Templates, DateTimeOffset? LastEnrolledAt)
    {
        public Student ToStudent() => new(new StudentId(Id), FullName, BirthDate, ClassName, Address, Templates, LastEnrolledAt);
    }
}
