using FaceAttendance.Domain.Schools;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>The schools that there are.</summary>
internal static class SchoolList
{
    private const string ListSchools = "SELECT id FROM schools ORDER BY id";

    public static async Task<IReadOnlyList<SchoolId>> ReadAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        var schools = new List<SchoolId>();
        await using var list = database.CreateCommand(ListSchools);
        await using var reader = await list.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) schools.Add(new SchoolId(reader.GetGuid(0)));
        return schools;
    }
}
