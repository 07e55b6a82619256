using System.Text.Json;
using FaceAttendance.Domain.Students;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Persistence;

/// <summary>Writes to the audit log within the transaction of what is audited.</summary>
internal static class AuditLog
{
    public const string DuplicateOverridden = "template.duplicate_overridden";
    public const string TemplateRemoved = "template.removed";
    public const string StudentRemoved = "student.removed";
    public const string AttendanceMarked = "attendance.marked";

    private const string Insert = "INSERT INTO audit (school_id, id, action, subject, details) VALUES ($1, $2, $3, $4, $5)";

    public static NpgsqlBatchCommand Entry(SchoolId school, string action, StudentId subject, IReadOnlyDictionary<string, object> details) => new(Insert)
    {
        Parameters =
        {
            new() { Value = school.Value },
            new() { Value = Guid.CreateVersion7() },
            new() { Value = action },
            new() { Value = subject.Value },
            new() { Value = JsonSerializer.Serialize(details), NpgsqlDbType = NpgsqlDbType.Jsonb },
        },
    };
}
