using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Npgsql;

namespace FaceAttendance.Infrastructure.Liveness;

/// <summary>Attempts in PostgreSQL, counted by its clock, so that all processes agree. Thread-safe.</summary>
internal sealed class LivenessAttempts(NpgsqlDataSource database) : ILivenessAttempts
{
    /// <summary>
    /// Uses up the result of every session that the student has begun, whether it passed already or is still under way, in whatever
    /// process: what was shown before an erasure or a withdrawal checks nobody in after it.
    /// </summary>
    internal const string VoidResults =
        """
        INSERT INTO used_liveness_tokens (school_id, session_id, expires_at)
        SELECT school_id, session_id, clock_timestamp() + interval '1 hour' FROM liveness_attempts WHERE school_id = $1 AND student_id = $2
        ON CONFLICT (school_id, session_id) DO NOTHING
        """;

    // Attempts of one student wait for one another here; sightings, which only keep the student from being removed, do not wait.
    private const string LockStudent =
        "SELECT 1 FROM students WHERE school_id = $1 AND id = $2 AND consent <> 'withdrawn' FOR NO KEY UPDATE";

    // Those whose result may still be good stay: a session and its result last 20 minutes at most.
    private const string ForgetOld =
        "DELETE FROM liveness_attempts WHERE school_id = $1 AND student_id = $2 AND began_at <= clock_timestamp() - greatest($3, " +
        "interval '1 hour')";

    private const string ReadCounted =
        "SELECT began_at, clock_timestamp() FROM liveness_attempts WHERE school_id = $1 AND student_id = $2 AND tried_by = $3 AND NOT " +
        "passed";

    private const string Insert =
        "INSERT INTO liveness_attempts (school_id, student_id, tried_by, session_id, began_at) VALUES ($1, $2, $3, $4, clock_timestamp())";

    private const string Forgive =
        "UPDATE liveness_attempts SET passed = true WHERE school_id = $1 AND student_id = $2 AND session_id = $3";

    public async Task<TimeSpan?> BeginAsync(
        SchoolId school, StudentId student, LivenessSessionId session, LivenessTrier by, AttemptRule rule, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var hold = Command(LockStudent, connection, school, student))
        {
            // Erased, or consent withdrawn, since the gallery was asked.
            if (await hold.ExecuteScalarAsync(ct) is null) return null;
        }
        await using (var forget = Command(ForgetOld, connection, school, student))
        {
            forget.Parameters.Add(new() { Value = rule.Window });
            await forget.ExecuteNonQueryAsync(ct);
        }
        if (await LockedForAsync(connection, school, student, by, rule, ct) is var locked && locked > TimeSpan.Zero) return locked;
        await using (var insert = Command(Insert, connection, school, student))
        {
            insert.Parameters.Add(new() { Value = Words.Of(by) });
            insert.Parameters.Add(new() { Value = session.Value });
            await insert.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        return TimeSpan.Zero;
    }

    public async Task ForgiveAsync(SchoolId school, StudentId student, LivenessSessionId session, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var forgive = Command(Forgive, connection, school, student);
        forgive.Parameters.Add(new() { Value = session.Value });
        await forgive.ExecuteNonQueryAsync(ct);
    }

    private static async Task<TimeSpan> LockedForAsync(
        NpgsqlConnection connection, SchoolId school, StudentId student, LivenessTrier by, AttemptRule rule, CancellationToken ct)
    {
        await using var read = Command(ReadCounted, connection, school, student);
        read.Parameters.Add(new() { Value = Words.Of(by) });
        await using var rows = await read.ExecuteReaderAsync(ct);
        var began = new List<DateTimeOffset>();
        DateTimeOffset now = default;
        while (await rows.ReadAsync(ct))
        {
            began.Add(rows.GetFieldValue<DateTimeOffset>(0));
            now = rows.GetFieldValue<DateTimeOffset>(1);
        }
        return rule.LockedFor(began, now);
    }

    private static NpgsqlCommand Command(string sql, NpgsqlConnection connection, SchoolId school, StudentId student) =>
        new(sql, connection) { Parameters = { new() { Value = school.Value }, new() { Value = student.Value } } };
}
