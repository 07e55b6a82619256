using FaceAttendance.Application.Access;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Presence;
using FaceAttendance.Infrastructure.Schools;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Operations;

/// <summary>The first school's first administrator, name, zone and place in one transaction. Thread-safe.</summary>
internal sealed class FirstSetUp(
    NpgsqlDataSource database, UserStore users, SiteStore sites, SchoolCalendars calendars, AuditLog audit) : IFirstSetUp
{
    private const string Open = "id = $1 AND set_up_at IS NULL AND NOT EXISTS (SELECT 1 FROM users WHERE school_id = $1)";

    private const string IsOpen = $"SELECT 1 FROM schools WHERE {Open}";

    // Of several at once, the others wait for the row and find it taken.
    private const string Take =
        $"UPDATE schools SET set_up_at = clock_timestamp(), name = $2, time_zone = coalesce($3, time_zone) WHERE {Open}";

    public async Task<bool> IsNeededAsync(CancellationToken ct)
    {
        await using var ask = database.CreateCommand(IsOpen);
        ask.Parameters.Add(new() { Value = SchoolId.First.Value });
        return await ask.ExecuteScalarAsync(ct) is not null;
    }

    public async Task<Account?> DoAsync(FirstSchool school, User administrator, string passwordHash, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var take = new NpgsqlCommand(Take, connection)
        {
            Parameters =
            {
                new() { Value = SchoolId.First.Value }, new() { Value = school.Name },
                new() { Value = (object?)school.TimeZone ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
            },
        })
        {
            if (await take.ExecuteNonQueryAsync(ct) == 0) return null;
        }
        if (await users.AddAsync(connection, SchoolId.First, administrator, passwordHash, ct) is not var (user, stamp)) return null;
        if (school.Site is { } site) await sites.AddAsync(connection, SchoolId.First, site, ct);
        await using (var tell = new NpgsqlBatch(connection))
        {
            if (school.TimeZone is { } zone) tell.BatchCommands.Add(SchoolCalendars.TellOf(SchoolId.First, zone));
            tell.BatchCommands.Add(audit.EntryOf(SchoolStore.ChangeOf(SchoolId.First, school.Name, school.TimeZone)));
            await tell.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        if (school.TimeZone is { } kept) calendars.Keep(SchoolId.First, kept);
        return new(SchoolId.First, user, stamp);
    }
}
