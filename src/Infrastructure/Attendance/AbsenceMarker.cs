using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>
/// Writes the absences of class sessions that have ended, and forgets what check-ins need no longer. Any number of processes do this side
/// by side: each session is settled in one transaction that holds it.
/// </summary>
internal sealed partial class AbsenceMarker(
    NpgsqlDataSource database, EventWriter events, DatabaseClock agreed, TimeProvider clock, ILogger<AbsenceMarker> log) : BackgroundService
{
    // SKIP LOCKED: a session in which a check-in or another process is at work comes next time. While the clocks differ, each waits.
    private const string Claim =
        """
        SELECT school_id, id, ends_at FROM class_sessions WHERE settled_at IS NULL AND ends_at < now() AND abs(extract(epoch
        FROM now() - $1)) < extract(epoch FROM $2)
        ORDER BY ends_at LIMIT 1 FOR UPDATE SKIP LOCKED
        """;

    private const string WriteAbsences =
        """
        INSERT INTO attendance_records (school_id, id, student_id, session_id, at, status, origin, evidence)
        SELECT r.school_id, gen_random_uuid(), r.student_id, r.session_id, $3, 'absent', 'schedule', '{}'
        FROM class_session_students AS r WHERE r.school_id = $1 AND r.session_id = $2
        ON CONFLICT (school_id, session_id, student_id) WHERE session_id IS NOT NULL DO NOTHING
        RETURNING id, student_id
        """;

    private const string Settle = "UPDATE class_sessions SET settled_at = clock_timestamp() WHERE school_id = $1 AND id = $2";

    private const string ForgetFixes = "DELETE FROM location_fixes WHERE received_at < now() - $1";
    private const string ForgetTokens = "DELETE FROM used_liveness_tokens WHERE expires_at < now() - $1";
    private const string ForgetSightings = "DELETE FROM held_sightings WHERE expires_at < now() - $1";
    private const string ForgetKeys = "DELETE FROM idempotency_keys WHERE created_at < now() - $1";

    // A lesson's absences may come this much after its end; a school notices minutes, not seconds.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(15);

    // Clients that retry for longer than a day have given up; a token is refused by its own expiry long before.
    private static readonly TimeSpan Memory = TimeSpan.FromHours(24);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isInterrupted = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await SettleNextAsync(stoppingToken))
                {
                }
                var agrees = await agreed.AgreesAsync(stoppingToken);
                if (agrees && agreed.HasSettled) await ForgetAsync(stoppingToken);
                if (!agrees && !isInterrupted) Log.ClocksDiffer(log);
                isInterrupted = !agrees;
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

    /// <returns>Whether there was one to settle.</returns>
    internal async Task<bool> SettleNextAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await ClaimAsync(connection, ct) is not var (school, session, endsAt)) return false;
        var absences = await WriteAbsencesAsync(connection, school, session, endsAt, ct);
        await using (var finish = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(Settle) { Parameters = { new() { Value = school.Value }, new() { Value = session.Value } } },
                events.InsertOf(school, EventTypes.Absent, [.. absences.Select(RecordEvent.Of)]),
            },
        })
        {
            await finish.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(ct);
        return true;
    }

    private async Task<(SchoolId School, ClassSessionId Session, DateTimeOffset EndsAt)?> ClaimAsync(
        NpgsqlConnection connection, CancellationToken ct)
    {
        await using var claim = new NpgsqlCommand(Claim, connection)
        {
            Parameters = { new() { Value = clock.GetUtcNow() }, new() { Value = DatabaseClock.MostApart } },
        };
        await using var reader = await claim.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (new(reader.GetGuid(0)), new(reader.GetGuid(1)), reader.GetFieldValue<DateTimeOffset>(2))
            : null;
    }

    private static async Task<List<AttendanceRecord>> WriteAbsencesAsync(
        NpgsqlConnection connection, SchoolId school, ClassSessionId session, DateTimeOffset endsAt, CancellationToken ct)
    {
        await using var write = new NpgsqlCommand(WriteAbsences, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = session.Value }, new() { Value = endsAt.ToUniversalTime() } },
        };
        var absences = new List<AttendanceRecord>();
        await using var reader = await write.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            absences.Add(new(
                new(reader.GetGuid(0)), new(reader.GetString(1)), session, endsAt, AttendanceStatus.Absent, NeedsReview: false,
                new Evidence.Schedule()));
        }
        return absences;
    }

    private async Task ForgetAsync(CancellationToken ct)
    {
        await using var forget = database.CreateBatch();
        forget.BatchCommands.Add(new(ForgetFixes) { Parameters = { new() { Value = CheckInLedger.FixMemory } } });
        forget.BatchCommands.Add(new(ForgetTokens) { Parameters = { new() { Value = Memory } } });
        forget.BatchCommands.Add(new(ForgetSightings) { Parameters = { new() { Value = Memory } } });
        forget.BatchCommands.Add(new(ForgetKeys) { Parameters = { new() { Value = Memory } } });
        await forget.ExecuteNonQueryAsync(ct);
    }

    private static partial class Log
    {
        [LoggerMessage(1303, LogLevel.Error,
            "The server's clock and the database's differ by minutes: absences wait, and nothing is forgotten, until they agree.")]
        public static partial void ClocksDiffer(ILogger log);

        [LoggerMessage(1302, LogLevel.Warning, "Absences wait for the database ({Reason}).")]
        public static partial void Interrupted(ILogger log, Exception? exception, string reason);
    }
}
