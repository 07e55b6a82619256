using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Webhooks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Persistence;

/// <summary>
/// Waits for the database, migrates it and loads the galleries. It does so in the host's first phase, before any service of the second
/// (the web server, the dispatcher) starts: whoever can reach the server finds it ready.
/// </summary>
internal sealed partial class DatabaseStartup(
    NpgsqlDataSource database, Migrator migrator, TemplateKeeper templates, InMemoryGallery gallery, WebhookSecrets secrets,
    IOptions<PersistenceOptions> options, TimeProvider clock, ILogger<DatabaseStartup> log) : IHostedLifecycleService
{
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(500);

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await WaitForDatabaseAsync(cancellationToken);
        try
        {
            await migrator.MigrateAsync(Migration.Embedded(), cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw new DatabaseStartupException(
                $"{Where()}: the user may not set up the schema ({e.MessageText}). Make it the database's owner, and let a superuser run CREATE EXTENSION postgis once.", e);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.UndefinedFile or PostgresErrorCodes.FeatureNotSupported)
        {
            throw new DatabaseStartupException(
                $"{Where()}: PostGIS is not installed on the database's machine ({e.MessageText}). On Debian: apt-get install postgresql-15-postgis-3.", e);
        }
        // Made at the first start, so that the receiver's operator can be told it before the first event.
        await secrets.KeyOfAsync(SchoolId.First, cancellationToken);
        await templates.PrepareAsync(cancellationToken);
        await gallery.LoadAsync(cancellationToken);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task WaitForDatabaseAsync(CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        for (var tries = 0; ; tries++)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(ct);
                return;
            }
            catch (NpgsqlException e) when (DatabaseFailures.IsUnavailable(e))
            {
                if (clock.GetElapsedTime(began) >= options.Value.StartupWait)
                {
                    throw new DatabaseStartupException(
                        $"{Where()} did not answer within {options.Value.StartupWait.TotalSeconds:0} s ({Reason(e)}). Start PostgreSQL there, or correct Persistence:ConnectionString.", e);
                }
                if (tries == 0) Log.Waiting(log, Where(), Reason(e), options.Value.StartupWait.TotalSeconds);
            }
            catch (PostgresException e)
            {
                // A wrong password or a database that does not exist will not mend itself.
                throw new DatabaseStartupException($"{Where()} refuses the connection: {e.MessageText}. Correct Persistence:ConnectionString.", e);
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
