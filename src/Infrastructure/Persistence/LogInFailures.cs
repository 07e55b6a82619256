using System.Text;
using FaceAttendance.Application.Accounts;
using FaceAttendance.Domain.Accounts;
using FaceAttendance.Infrastructure.Security;
using Npgsql;

namespace FaceAttendance.Infrastructure.Persistence;

/// <summary>Failed log-ins in PostgreSQL, counted by its clock, so that all processes agree. Thread-safe.</summary>
internal sealed class LogInFailures(NpgsqlDataSource database, ServerSecrets secrets) : ILogInFailures
{
    private const string ForgetOld = "DELETE FROM log_in_failures WHERE failed_at < clock_timestamp() - $1";

    // Nothing comes back for a name that is locked.
    private const string CountOne =
        """
        INSERT INTO log_in_failures AS f (name_mac, failures, failed_at) VALUES ($1, 1, clock_timestamp())
        ON CONFLICT (name_mac) DO UPDATE SET failures = f.failures + 1, failed_at = clock_timestamp()
        WHERE f.locked_until IS NULL OR f.locked_until <= clock_timestamp()
        RETURNING failures
        """;

    private const string Lock = "UPDATE log_in_failures SET locked_until = clock_timestamp() + $2 WHERE name_mac = $1";

    private const string Delete = "DELETE FROM log_in_failures WHERE name_mac = $1";

    public async Task<bool> CountAsync(string name, LockRule rule, TimeSpan forgottenAfter, CancellationToken ct)
    {
        await using (var forget = database.CreateCommand(ForgetOld))
        {
            forget.Parameters.AddWithValue(forgottenAfter);
            await forget.ExecuteNonQueryAsync(ct);
        }
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var count = new NpgsqlCommand(CountOne, connection) { Parameters = { new() { Value = MacOf(secrets, name) } } };
        if (await count.ExecuteScalarAsync(ct) is not int failures) return false;
        if (rule.LockedFor(failures) is var locked && locked > TimeSpan.Zero)
        {
            await using var hold = new NpgsqlCommand(Lock, connection) { Parameters = { new() { Value = MacOf(secrets, name) }, new() { Value = locked } } };
            await hold.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
        return true;
    }

    public async Task ForgetAsync(string name, CancellationToken ct)
    {
        await using var forget = database.CreateCommand(Delete);
        forget.Parameters.AddWithValue(MacOf(secrets, name));
        await forget.ExecuteNonQueryAsync(ct);
    }

    // People type passwords there by mistake, which a plain hash would let be guessed.
    internal static byte[] MacOf(ServerSecrets secrets, string name) => secrets.MacOf(SecretUse.TypedNames, Encoding.UTF8.GetBytes(name.ToLowerInvariant()));
}
