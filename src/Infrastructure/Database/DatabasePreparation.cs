using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>Waits for the database and brings its schema up to this program's.</summary>
internal sealed partial class DatabasePreparation(
    NpgsqlDataSource database, OwnerDatabase owner, Migrator migrator, ServerRole role, IOptions<DatabaseOptions> options,
    TimeProvider clock, ILogger<DatabasePreparation> log)
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(500);

    /// <exception cref="DatabaseStartupException">It cannot be used; the message says why and what to do.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        await ConnectAsync(ct);
        try
        {
            await migrator.MigrateAsync(Migration.Embedded(), ct, connection => role.GrantAsync(connection, ct));
            await role.WarnAsync(ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new DatabaseStartupException(
                $"{Where()}: the user may not set up the schema ({e.MessageText}). Make it, or the one that ConnectionStrings__Owner " +
                "names, the database's owner, and let a superuser run CREATE EXTENSION postgis once.", e);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedFile or PostgresErrorCodes.FeatureNotSupported)
        {
            throw new DatabaseStartupException(
                $"{Where()}: PostGIS is not installed on the database's machine ({e.MessageText}). On Debian: apt-get install " +
                "postgresql-15-postgis-3.", e);
        }
    }

    /// <summary>Waits until the database answers the server's role and the owner.</summary>
    /// <exception cref="DatabaseStartupException">It does not, or refuses one of them.</exception>
    public async Task ConnectAsync(CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        for (var tries = 0; ; tries++)
        {
            try
            {
                await using (await database.OpenConnectionAsync(ct))
                await using (await owner.Source.OpenConnectionAsync(ct))
                {
                    return;
                }
            }
            catch (NpgsqlException e) when (DatabaseFailures.IsUnavailable(e))
            {
                if (clock.GetElapsedTime(began) >= options.Value.StartupWait)
                {
                    throw new DatabaseStartupException(
                        $"{Where()} did not answer within {options.Value.StartupWait.TotalSeconds:0} s ({Reason(e)}). Start PostgreSQL " +
                        "there, or correct Persistence:ConnectionString.", e);
                }
                if (tries == 0) Log.Waiting(log, Where(), Reason(e), options.Value.StartupWait.TotalSeconds);
            }
            catch (PostgresException e)
            {
                // A wrong password or a database that does not exist will not mend itself.
                throw new DatabaseStartupException(
                    $"{Where()} refuses the connection: {e.MessageText}. Correct Persistence:ConnectionString, or " +
                    "Persistence:OwnerConnectionString where it is given.", e);
            }
            await Task.Delay(BetweenTries, clock, ct);
        }
    }

    /// <summary>Host and database, never the password.</summary>
    private string Where()
    {
        var target = new NpgsqlConnectionStringBuilder(options.Value.ConnectionString);
        return $"Database '{target.Database ?? target.Username}' on {target.Host}:{target.Port}";
    }

    private static string Reason(NpgsqlException e) => (e as PostgresException)?.MessageText ?? e.InnerException?.Message ?? e.Message;

    private static partial class Log
    {
        [LoggerMessage(1301, LogLevel.Warning, "{Where} does not answer yet ({Reason}); waiting up to {Seconds} s.")]
        public static partial void Waiting(ILogger log, string where, string reason, double seconds);
    }
}
