using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>Attendance records by what is wanted of them, in PostgreSQL. Thread-safe.</summary>
internal sealed class AttendanceRecordReader(NpgsqlDataSource database) : IAttendanceRecords
{
    private const string List = $"SELECT {Columns} FROM attendance_records AS r {Wanted}";

    private const string ListCorrected =
        $"""
        SELECT {Columns}, {CorrectionLedger.Columns}
        FROM attendance_corrections AS c CROSS JOIN LATERAL jsonb_populate_record(NULL::attendance_records, c.original) AS r
        {Wanted}
        """;

    private const string Columns = $"{AttendanceRecords.Columns}, s.full_name, s.class_name, l.name";

    private const int Names = AttendanceRecords.ColumnCount;

    // The statement is planned with its values, so a condition that is not asked for costs nothing.
    private const string Wanted =
        """
        JOIN students AS s ON s.school_id = $1 AND s.id = r.student_id
        LEFT JOIN class_sessions AS l ON l.school_id = $1 AND l.id = r.session_id
        WHERE r.school_id = $1
            AND ($2 IS NULL OR r.at >= $2) AND ($3 IS NULL OR r.at < $3)
            AND ($4 IS NULL OR r.student_id = $4) AND ($5 IS NULL OR s.class_name = $5)
            AND ($6 IS NULL OR r.status = $6) AND ($7 IS NULL OR r.origin = $7) AND ($8 IS NULL OR r.session_id = $8)
            AND ($9 IS NULL OR (r.at, r.id) > ($9, $10))
            AND ($12 IS NULL OR r.needs_review = $12)
        ORDER BY r.at, r.id LIMIT $11
        """;

    public async Task<IReadOnlyList<AttendanceLine>> ListAsync(
        SchoolId school, AttendanceFilter filter, AttendanceCursor? after, int limit, CancellationToken ct)
    {
        await using var list = database.CreateCommand(filter.Corrected ? ListCorrected : List);
        list.Parameters.AddRange(new[]
        {
            new() { Value = school.Value },
            Of(filter.From?.ToUniversalTime(), NpgsqlDbType.TimestampTz), Of(filter.Before?.ToUniversalTime(), NpgsqlDbType.TimestampTz),
            Of(filter.Student?.Value, NpgsqlDbType.Varchar), Of(filter.ClassName, NpgsqlDbType.Varchar),
            Of(filter.Status is { } status ? Words.Of(status) : null, NpgsqlDbType.Varchar),
            Of(filter.Origin is { } origin ? Words.Of(origin) : null, NpgsqlDbType.Varchar),
            Of(filter.Session?.Value, NpgsqlDbType.Uuid),
            Of(after?.At.ToUniversalTime(), NpgsqlDbType.TimestampTz), Of(after?.Record.Value, NpgsqlDbType.Uuid),
            new NpgsqlParameter { Value = limit }, Of(filter.NeedsReview, NpgsqlDbType.Boolean),
        });
        await using var reader = await list.ExecuteReaderAsync(ct);
        var lines = new List<AttendanceLine>();
        while (await reader.ReadAsync(ct))
        {
            lines.Add(new(
                AttendanceRecords.Read(reader), Text(reader, Names), Text(reader, Names + 1), Text(reader, Names + 2),
                filter.Corrected ? CorrectionLedger.ReadCorrection(reader, Names + 3) : null));
        }
        return lines;
    }

    private static NpgsqlParameter Of(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
