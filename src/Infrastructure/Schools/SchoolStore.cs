using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Schools;
using Npgsql;

namespace FaceAttendance.Infrastructure.Schools;

/// <summary>The schools in PostgreSQL. Thread-safe.</summary>
internal sealed class SchoolStore(NpgsqlDataSource database) : ISchools
{
    private const string Find = "SELECT name, code FROM schools WHERE id = $1";

    public async Task<School> FindAsync(SchoolId school, CancellationToken ct)
    {
        await using var find = database.CreateCommand(Find);
        find.Parameters.Add(new() { Value = school.Value });
        await using var row = await find.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(school, row.GetString(0), row.GetString(1))
            : throw new InvalidOperationException($"There is no school {school}.");
    }
}
