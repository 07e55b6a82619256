using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Schools;

/// <summary>The schools in PostgreSQL. Thread-safe.</summary>
internal sealed class SchoolStore(NpgsqlDataSource database, AuditLog audit, SchoolCalendars calendars) : ISchools
{
    private const string Find = "SELECT name, code FROM schools WHERE id = $1";

    private const string Change =
        "UPDATE schools SET name = $2, time_zone = coalesce($3, time_zone) WHERE id = $1 RETURNING name, code";

    public async Task<School> FindAsync(SchoolId school, CancellationToken ct)
    {
        await using var find = database.CreateCommand(Find);
        find.Parameters.Add(new() { Value = school.Value });
        return await ReadAsync(find, school, ct);
    }

    public async Task<School> ChangeAsync(SchoolId school, string name, string? timeZone, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var change = new NpgsqlCommand(Change, connection)
        {
            Parameters =
            {
                new() { Value = school.Value }, new() { Value = name },
                new() { Value = (object?)timeZone ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
            },
        };
        var changed = await ReadAsync(change, school, ct);
        await using (var tell = new NpgsqlBatch(connection))
        {
            if (timeZone is not null) tell.BatchCommands.Add(SchoolCalendars.TellOf(school, timeZone));
            tell.BatchCommands.Add(audit.EntryOf(ChangeOf(school, name, timeZone)));
            await tell.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        if (timeZone is not null) calendars.Keep(school, timeZone);
        return changed;
    }

    /// <summary>What the audit log says of a change.</summary>
    public static AuditEntry ChangeOf(SchoolId school, string name, string? timeZone) => new(
        school, AuditActions.SchoolChanged, "school", new Dictionary<string, object?> { ["name"] = name, ["time_zone"] = timeZone });

    private static async Task<School> ReadAsync(NpgsqlCommand command, SchoolId school, CancellationToken ct)
    {
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(school, row.GetString(0), row.GetString(1))
            : throw new InvalidOperationException($"There is no school {school}.");
    }
}
