using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Application;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Schools;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Presence;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>
/// Check-ins in PostgreSQL. Locks in this order: key, student, class session, token. The key's row makes a second request with it wait for
/// the first one's end; the student's lock makes check-ins of one student pass one after another. Thread-safe.
/// </summary>
internal sealed class CheckInLedger(
    NpgsqlDataSource database, EventWriter events, ICaller caller, ISchoolCalendars calendars, IOptions<AttendanceOptions> options)
    : ICheckIns
{
    // Stronger than the key share of a foreign key, so that two check-ins exclude each other and a camera's sighting passes beside them.
    internal const string HoldStudent = "SELECT 1 FROM students WHERE school_id = $1 AND id = $2 FOR NO KEY UPDATE";

    // FOR SHARE keeps the absences from being written while a check-in is under way.
    private const string HoldSession =
        """
        SELECT s.opens_at, s.starts_at, s.grace, s.ends_at, s.settled_at IS NOT NULL,
            EXISTS (SELECT 1 FROM class_session_students AS r WHERE r.school_id = $1 AND r.session_id = $2 AND r.student_id = $3),
            EXISTS (SELECT 1 FROM attendance_records AS r WHERE r.school_id = $1 AND r.session_id = $2 AND r.student_id = $3)
        FROM class_sessions AS s WHERE s.school_id = $1 AND s.id = $2 FOR SHARE OF s
        """;

    // Of several that are open, the one that the student comes for.
    private const string FindOpenSession =
        """
        SELECT s.id FROM class_session_students AS named JOIN class_sessions AS s ON s.school_id = named.school_id AND s.id = named.session_id
        WHERE named.school_id = $1 AND named.student_id = $2 AND s.settled_at IS NULL
            AND s.starts_at BETWEEN $3 - interval '1 day' AND $3 + interval '1 day' AND $3 BETWEEN s.opens_at AND s.ends_at
            AND NOT EXISTS (
                SELECT 1 FROM attendance_records AS r WHERE r.school_id = $1 AND r.session_id = s.id AND r.student_id = $2)
        ORDER BY s.starts_at DESC, s.id LIMIT 1
        """;

    private const string UseToken =
        """
        INSERT INTO used_liveness_tokens (school_id, session_id, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (school_id, session_id) DO NOTHING
        """;

    // As many as a phone that checks in again and again makes within the time that counts.
    private const string ReadFixes =
        """
        SELECT st_y(place::geometry), st_x(place::geometry), accuracy_m, captured_at, device_id, mocked FROM location_fixes
        WHERE school_id = $1 AND student_id = $2 AND received_at > $3 ORDER BY received_at DESC LIMIT 20
        """;

    private const string InsertFix =
        """
        INSERT INTO location_fixes (school_id, id, student_id, device_id, place, accuracy_m, captured_at, received_at, mocked)
        VALUES ($1, $2, $3, $4, st_setsrid(st_makepoint($6, $5), 4326)::geography, $7, $8, $9, $10)
        """;

    /// <summary>How long a fix is compared with later ones, and kept at all: from one school day to the next.</summary>
    internal static readonly TimeSpan FixMemory = TimeSpan.FromHours(24);

    private static readonly JsonSerializerOptions Stored = new() { Converters = { new JsonStringEnumConverter() } };

    private readonly AttendanceOptions _options = options.Value;

    public Task<Result<CheckInAnswer>> DecideAsync(
        CheckInClaim claim, Func<CheckInFacts, CheckInConclusion> conclude, CancellationToken ct) =>
        AttendanceRecords.OnceMoreAfterRivalAsync(() => TryDecideAsync(claim, conclude, ct));

    private async Task<Result<CheckInAnswer>> TryDecideAsync(
        CheckInClaim claim, Func<CheckInFacts, CheckInConclusion> conclude, CancellationToken ct)
    {
        using var span = ServerTrace.Start("ledger");
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (claim.Key is { } key)
        {
            var earlier = await IdempotencyKeys.TakeAsync(connection, claim.School, caller, key, CheckInErrors.KeyReused, ct);
            if (earlier.Error is { } reused) return reused;
            if (earlier.Value is { } answered) return JsonSerializer.Deserialize<StoredAnswer>(answered, Stored)!.ToAnswer();
        }
        if (!await ExistsAsync(connection, HoldStudent, claim, ct)) return StudentErrors.NotFound;
        SessionFacts? session = null;
        var counted = claim.Session ?? await FindOpenSessionAsync(connection, claim, ct);
        if (counted is { } held)
        {
            session = await FindSessionAsync(connection, claim, held, ct);
            if (session is null) return ClassSessionErrors.NotFound;
        }

        var facts = new CheckInFacts(
            await UseTokenAsync(connection, claim, ct), claim.Fix,
            await SiteStore.FindNearestAsync(connection, claim.School, claim.Fix.Place, ct),
            await ReadFixesAsync(connection, claim, ct), session, await SiteStore.GetAsync(connection, claim.School, ct), claim.Now);
        var conclusion = conclude(facts);
        if (conclusion.Record is { } made) conclusion = conclusion with { Record = made with { Session = counted } };
        await using (var write = new NpgsqlBatch(connection))
        {
            foreach (var command in CommandsOf(claim, conclusion)) write.BatchCommands.Add(command);
            if (write.BatchCommands.Count > 0) await write.ExecuteNonQueryAsync(ct);
        }
        // From here on a caller who hangs up would not know what became of it.
        await transaction.CommitAsync(CancellationToken.None);
        return conclusion.Answer;
    }

    private IEnumerable<NpgsqlBatchCommand> CommandsOf(CheckInClaim claim, CheckInConclusion conclusion)
    {
        if (conclusion.KeepsFix) yield return FixOf(claim);
        if (conclusion.Record is { } record)
        {
            yield return AttendanceRecords.InsertOf(claim.School, record);
            if (_options.RecordLocally)
            {
                var day = calendars.Of(claim.School).DayOf(claim.Now);
                yield return AttendanceRecords.DayOf(claim.School, claim.Student, day, claim.Now, _options.Dedup);
            }
            yield return events.InsertOf(claim.School, EventTypes.CheckedIn, RecordEvent.Of(record));
        }
        if (claim.Key is { } key)
        {
            yield return IdempotencyKeys.AnswerOf(
                claim.School, caller, key, claim.Student, JsonSerializer.Serialize(StoredAnswer.Of(conclusion.Answer), Stored));
        }
    }

    private static async Task<bool> ExistsAsync(NpgsqlConnection connection, string sql, CheckInClaim claim, CancellationToken ct)
    {
        await using var find = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new() { Value = claim.School.Value }, new() { Value = claim.Student.Value } },
        };
        return await find.ExecuteScalarAsync(ct) is not null;
    }

    private static async Task<ClassSessionId?> FindOpenSessionAsync(NpgsqlConnection connection, CheckInClaim claim, CancellationToken ct)
    {
        await using var find = new NpgsqlCommand(FindOpenSession, connection)
        {
            Parameters =
            {
                new() { Value = claim.School.Value }, new() { Value = claim.Student.Value }, new() { Value = claim.Now.ToUniversalTime() },
            },
        };
        return await find.ExecuteScalarAsync(ct) is Guid id ? new ClassSessionId(id) : null;
    }

    private static async Task<SessionFacts?> FindSessionAsync(
        NpgsqlConnection connection, CheckInClaim claim, ClassSessionId session, CancellationToken ct)
    {
        await using var find = new NpgsqlCommand(HoldSession, connection)
        {
            Parameters = { new() { Value = claim.School.Value }, new() { Value = session.Value }, new() { Value = claim.Student.Value } },
        };
        await using var reader = await find.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new SessionFacts(ClassSessionStore.ReadWindow(reader, 0), reader.GetBoolean(5), IsSettled: reader.GetBoolean(4),
                IsRecorded: reader.GetBoolean(6))
            : null;
    }

    private static async Task<LivenessProof> UseTokenAsync(NpgsqlConnection connection, CheckInClaim claim, CancellationToken ct)
    {
        if (claim.Proof != LivenessProof.Valid || claim.LivenessSession is not var (id, expiresAt)) return claim.Proof;
        await using var use = new NpgsqlCommand(UseToken, connection)
        {
            Parameters = { new() { Value = claim.School.Value }, new() { Value = id }, new() { Value = expiresAt.ToUniversalTime() } },
        };
        return await use.ExecuteNonQueryAsync(ct) == 1 ? LivenessProof.Valid : LivenessProof.Used;
    }

    private static async Task<IReadOnlyCollection<LocationFix>> ReadFixesAsync(
        NpgsqlConnection connection, CheckInClaim claim, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand(ReadFixes, connection)
        {
            Parameters =
            {
                new() { Value = claim.School.Value }, new() { Value = claim.Student.Value },
                new() { Value = (claim.Now - FixMemory).ToUniversalTime() },
            },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        var fixes = new List<LocationFix>();
        while (await reader.ReadAsync(ct))
        {
            fixes.Add(new(
                new(reader.GetDouble(0), reader.GetDouble(1)), reader.GetDouble(2), reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetString(4), reader.GetBoolean(5)));
        }
        return fixes;
    }

    private static NpgsqlBatchCommand FixOf(CheckInClaim claim) => new(InsertFix)
    {
        Parameters =
        {
            new() { Value = claim.School.Value }, new() { Value = Guid.CreateVersion7() }, new() { Value = claim.Student.Value },
            new() { Value = claim.Fix.DeviceId }, new() { Value = claim.Fix.Place.Latitude }, new() { Value = claim.Fix.Place.Longitude },
            new() { Value = claim.Fix.AccuracyMeters }, new() { Value = claim.Fix.CapturedAt.ToUniversalTime() },
            new() { Value = claim.Now.ToUniversalTime() }, new() { Value = claim.Fix.Mocked },
        },
    };

    /// <summary>An answer as it lies beside its key, in types whose JSON stays the same.</summary>
    private sealed record StoredAnswer(
        CheckInOutcome Outcome, Guid? Record, string Student, DateTimeOffset At, AttendanceStatus? Status, PresenceVerdict? Verdict,
        Guid? Site, double? DistanceMeters, CheckInReason[] Reasons)
    {
        public static StoredAnswer Of(CheckInAnswer answer) => new(
            answer.Outcome, answer.Record?.Value, answer.Student.Value, answer.At, answer.Status, answer.Verdict, answer.Site?.Value,
            answer.DistanceMeters, [.. answer.Reasons]);

        public CheckInAnswer ToAnswer() => new(
            Outcome, Record is { } record ? new RecordId(record) : null, new StudentId(Student), At, Status, Verdict,
            Site is { } site ? new SiteId(site) : null, DistanceMeters, Reasons);
    }
}
