using System.Text;
using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Access;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;

namespace FaceAttendance.Infrastructure.Access;

/// <summary>Log-ins that failed and addresses that are known, in PostgreSQL and by its clock, so that all processes agree.
/// Thread-safe.</summary>
internal sealed class LogInHistory(NpgsqlDataSource database, ServerSecrets secrets) : ILogInHistory
{
    // Where people work, and where they are now and then; of more, the oldest are forgotten.
    private const int MostAddressesOfAName = 50;

    // An address is known for so long after the last log-in from it.
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(90);

    private const string IsKnown =
        "SELECT EXISTS (SELECT 1 FROM known_addresses WHERE name_mac = $1 AND address_mac = $2 AND seen_at > clock_timestamp() - $3)";

    private const string ForgetOld = "DELETE FROM log_in_failures WHERE failed_at < clock_timestamp() - $1";

    // Nothing comes back for one that is locked.
    private const string CountOne =
        """
        INSERT INTO log_in_failures AS f (name_mac, address_mac, failures, failed_at) VALUES ($1, $2, 1, clock_timestamp())
        ON CONFLICT (name_mac, address_mac) DO UPDATE SET failures = f.failures + 1, failed_at = clock_timestamp()
        WHERE f.locked_until IS NULL OR f.locked_until <= clock_timestamp()
        RETURNING failures
        """;

    private const string Lock = "UPDATE log_in_failures SET locked_until = clock_timestamp() + $3 WHERE name_mac = $1 AND address_mac = $2";

    private const string Know =
        """
        INSERT INTO known_addresses AS k (name_mac, address_mac, seen_at) VALUES ($1, $2, clock_timestamp())
        ON CONFLICT (name_mac, address_mac) DO UPDATE SET seen_at = clock_timestamp()
        """;

    private const string ForgetAddresses =
        """
        DELETE FROM known_addresses WHERE seen_at < clock_timestamp() - $2 OR (name_mac = $1 AND address_mac IN (
            SELECT address_mac FROM known_addresses WHERE name_mac = $1 ORDER BY seen_at DESC OFFSET $3))
        """;

    private const string Delete = "DELETE FROM log_in_failures WHERE name_mac = $1";

    // In place of an address: all that are not known.
    private static readonly byte[] Strangers = [];

    public async Task<bool> IsKnownAsync(string name, string address, CancellationToken ct)
    {
        await using var ask = database.CreateCommand(IsKnown);
        Bind(ask, MacOf(secrets, name), MacOf(secrets, address), KnownFor);
        return (bool)(await ask.ExecuteScalarAsync(ct))!;
    }

    public async Task<bool> CountAsync(
        string name, string address, LockRule atTheAddress, LockRule atAllOfThem, TimeSpan forgottenAfter, CancellationToken ct)
    {
        await using (var forget = database.CreateCommand(ForgetOld))
        {
            Bind(forget, forgottenAfter);
            await forget.ExecuteNonQueryAsync(ct);
        }
        // One that is locked counts nowhere: leaving without a commit takes the other's count back.
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (!await CountAsync(connection, MacOf(secrets, name), Strangers, atAllOfThem, ct)
            || !await CountAsync(connection, MacOf(secrets, name), MacOf(secrets, address), atTheAddress, ct)) return false;
        await transaction.CommitAsync(ct);
        return true;
    }

    public async Task SucceedAsync(string name, string address, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(Delete) { Parameters = { new() { Value = MacOf(secrets, name) } } });
        batch.BatchCommands.Add(
            new(Know) { Parameters = { new() { Value = MacOf(secrets, name) }, new() { Value = MacOf(secrets, address) } } });
        batch.BatchCommands.Add(new(ForgetAddresses)
        {
            Parameters = { new() { Value = MacOf(secrets, name) }, new() { Value = KnownFor }, new() { Value = MostAddressesOfAName } },
        });
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static async Task<bool> CountAsync(
        NpgsqlConnection connection, byte[] name, byte[] address, LockRule rule, CancellationToken ct)
    {
        await using var count = new NpgsqlCommand(CountOne, connection);
        Bind(count, name, address);
        if (await count.ExecuteScalarAsync(ct) is not int failures) return false;
        if (rule.LockedFor(failures) is var locked && locked > TimeSpan.Zero)
        {
            await using var hold = new NpgsqlCommand(Lock, connection);
            Bind(hold, name, address, locked);
            await hold.ExecuteNonQueryAsync(ct);
        }
        return true;
    }

    private static void Bind(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
    }

    // People type passwords there by mistake, which a plain hash would let be guessed; and there are not so many addresses that theirs
    // could not be.
    internal static byte[] MacOf(ServerSecrets secrets, string typed) =>
        secrets.MacOf(SecretUse.TypedNames, Encoding.UTF8.GetBytes(typed.ToLowerInvariant()));
}
