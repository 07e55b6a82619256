using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>
/// Sees to it that the class sessions ahead are those of the timetable: as days pass, and as students join and leave their classes. Runs
/// in every process.
/// </summary>
internal sealed partial class TimetableKeeper(
    NpgsqlDataSource database, TimetableMaker timetable, DatabaseClock agreed, TimeProvider clock, ILogger<TimetableKeeper> log)
    : BackgroundService
{
    private const string ListSchools = "SELECT school_id FROM lessons UNION SELECT school_id FROM timetables";

    // So long a student who joins a class may be missing from its next lesson.
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isInterrupted = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // By a wrong clock it would be another day.
                if (await agreed.AgreesAsync(stoppingToken)) await MakeAllAsync(stoppingToken);
                isInterrupted = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                if (!isInterrupted) Log.Interrupted(log, DatabaseFailures.IsUnavailable(e) ? null : e, e.Message);
                isInterrupted = true;
            }
            catch (OperationCanceledException)
            {
                break;
            }
            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    internal async Task MakeAllAsync(CancellationToken ct)
    {
        var schools = new List<SchoolId>();
        await using (var list = database.CreateCommand(ListSchools))
        await using (var reader = await list.ExecuteReaderAsync(ct))
        {
            while (await reader.ReadAsync(ct)) schools.Add(new(reader.GetGuid(0)));
        }
        foreach (var school in schools) await timetable.MakeAsync(school, ct);
    }

    private static partial class Log
    {
        [LoggerMessage(1304, LogLevel.Warning, "The class sessions of the timetable wait for the database ({Reason}).")]
        public static partial void Interrupted(ILogger log, Exception? exception, string reason);
    }
}
