using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>A camera that this process may look through, as it stands in the database.</summary>
internal sealed record HeldCamera(SchoolId School, Camera Camera, DateTimeOffset ChangedAt);

/// <summary>
/// Which of several processes looks through which camera: whoever holds its row until a time, which is put off again and again. The time is
/// the database's. Thread-safe.
/// </summary>
internal sealed class CameraLeases(NpgsqlDataSource database, CameraStore cameras)
{
    /// <summary>So long after a process was killed another one may take its cameras over.</summary>
    public static readonly TimeSpan Span = TimeSpan.FromSeconds(6);

    // A quarter of what is free at a time, so that processes that look at once share.
    private const string Take =
        """
        WITH free AS (
            SELECT c.school_id, c.id FROM cameras AS c LEFT JOIN camera_runs AS r ON r.school_id = c.school_id AND r.camera_id = c.id
            WHERE c.enabled AND NOT c.pushed AND (r.holder IS NULL OR r.expires_at <= clock_timestamp())),
        mine AS (SELECT * FROM free ORDER BY id LIMIT (SELECT (count(*) + 3) / 4 FROM free))
        INSERT INTO camera_runs (school_id, camera_id, holder, expires_at, state, since, frames_per_second, taken, dropped)
        SELECT school_id, id, $1, clock_timestamp() + $2, 'connecting', clock_timestamp(), 0, 0, 0 FROM mine
        ON CONFLICT (school_id, camera_id) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at, state = EXCLUDED.state,
            reason = NULL, since = EXCLUDED.since, frames_per_second = 0, taken = 0, dropped = 0
        WHERE camera_runs.expires_at <= clock_timestamp()
        """;

    private const string TakeOne =
        """
        INSERT INTO camera_runs (school_id, camera_id, holder, expires_at, state, since, frames_per_second, taken, dropped)
        SELECT c.school_id, c.id, $1, clock_timestamp() + $2, 'connecting', clock_timestamp(), 0, 0, 0
        FROM cameras AS c WHERE c.school_id = $3 AND c.id = $4 AND c.enabled AND c.pushed
        ON CONFLICT (school_id, camera_id) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at, state = EXCLUDED.state,
            reason = NULL, since = EXCLUDED.since, frames_per_second = 0, taken = 0, dropped = 0
        WHERE camera_runs.expires_at <= clock_timestamp() OR camera_runs.holder = EXCLUDED.holder
        """;

    // When a frame came last, and what went wrong, is known beyond the run in which it was so.
    private const string Renew =
        """
        UPDATE camera_runs AS r SET expires_at = clock_timestamp() + $2, state = t.state, reason = t.reason, since = t.since,
            frames_per_second = t.rate, taken = t.taken, dropped = t.dropped, last_frame_at = coalesce(t.frame_at, r.last_frame_at),
            last_error = coalesce(t.error, r.last_error), last_error_at = coalesce(t.error_at, r.last_error_at)
        FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::timestamptz[], $8::float8[], $9::bigint[], $10::bigint[],
            $11::timestamptz[], $12::text[], $13::timestamptz[])
            AS t (school, camera, state, reason, since, rate, taken, dropped, frame_at, error, error_at)
        WHERE r.school_id = t.school AND r.camera_id = t.camera AND r.holder = $1
        """;

    private const string Held =
        $"""
        SELECT {CameraStore.Columns}, c.school_id, c.updated_at FROM camera_runs AS r
        JOIN cameras AS c ON c.school_id = r.school_id AND c.id = r.camera_id
        WHERE r.holder = $1 AND r.expires_at > clock_timestamp() AND c.enabled
        """;

    private const int SchoolAt = 14;

    private const string Release = "UPDATE camera_runs SET expires_at = clock_timestamp() WHERE holder = $1";

    private const string ReleaseOne = $"{Release} AND school_id = $2 AND camera_id = $3";

    private readonly Guid _holder = Guid.NewGuid();

    /// <summary>Keeps what is held, tells how it goes there, and takes what is free.</summary>
    /// <returns>All that this process may look through until <see cref="Span"/> from before the call.</returns>
    public async Task<IReadOnlyList<HeldCamera>> RoundAsync(
        IReadOnlyCollection<(SchoolId School, CameraId Camera, CameraCondition Condition)> told, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        if (told.Count > 0) batch.BatchCommands.Add(RenewOf(told));
        batch.BatchCommands.Add(new(Take) { Parameters = { new() { Value = _holder }, new() { Value = Span } } });
        batch.BatchCommands.Add(new(Held) { Parameters = { new() { Value = _holder } } });
        var held = new List<HeldCamera>();
        await using var reader = await batch.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var school = new SchoolId(reader.GetGuid(SchoolAt));
            held.Add(new(school, cameras.Read(reader, school), reader.GetFieldValue<DateTimeOffset>(SchoolAt + 1)));
        }
        return held;
    }

    /// <summary>Takes a camera whose frames are sent to this process.</summary>
    /// <returns>Whether no other holds it.</returns>
    public async Task<bool> TakeAsync(SchoolId school, CameraId camera, CancellationToken ct)
    {
        await using var take = database.CreateCommand(TakeOne);
        foreach (var value in new object[] { _holder, Span, school.Value, camera.Value }) take.Parameters.AddWithValue(value);
        return await take.ExecuteNonQueryAsync(ct) == 1;
    }

    /// <summary>Leaves one to others.</summary>
    public async Task ReleaseAsync(SchoolId school, CameraId camera, CancellationToken ct)
    {
        await using var release = database.CreateCommand(ReleaseOne);
        foreach (var value in new object[] { _holder, school.Value, camera.Value }) release.Parameters.AddWithValue(value);
        await release.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Leaves all to others.</summary>
    public async Task ReleaseAsync(CancellationToken ct)
    {
        await using var release = database.CreateCommand(Release);
        release.Parameters.AddWithValue(_holder);
        await release.ExecuteNonQueryAsync(ct);
    }

    private NpgsqlBatchCommand RenewOf(IReadOnlyCollection<(SchoolId School, CameraId Camera, CameraCondition Condition)> told)
    {
        return new(Renew)
        {
            Parameters =
            {
                new() { Value = _holder }, new() { Value = Span },
                Array(t => t.School.Value, NpgsqlDbType.Uuid), Array(t => t.Camera.Value, NpgsqlDbType.Uuid),
                Array(t => Words.Of(t.Condition.State), NpgsqlDbType.Text), Array(t => t.Condition.Reason, NpgsqlDbType.Text),
                Array(t => t.Condition.Since, NpgsqlDbType.TimestampTz), Array(t => t.Condition.FramesPerSecond, NpgsqlDbType.Double),
                Array(t => t.Condition.Taken, NpgsqlDbType.Bigint), Array(t => t.Condition.Dropped, NpgsqlDbType.Bigint),
                Array(t => t.Condition.LastFrameAt, NpgsqlDbType.TimestampTz), Array(t => t.Condition.LastError, NpgsqlDbType.Text),
                Array(t => t.Condition.LastErrorAt, NpgsqlDbType.TimestampTz),
            },
        };

        NpgsqlParameter Array<T>(Func<(SchoolId School, CameraId Camera, CameraCondition Condition), T> value, NpgsqlDbType type) =>
            new() { Value = told.Select(value).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
    }
}
