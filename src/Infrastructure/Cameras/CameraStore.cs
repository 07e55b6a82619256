using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Cameras;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>Cameras in PostgreSQL. Thread-safe.</summary>
internal sealed class CameraStore(
    NpgsqlDataSource database, CameraSecrets secrets, ISchoolCalendars calendars, AuditLog audit, TimeProvider clock) : ICameras
{
    /// <summary>Of a camera that is called c.</summary>
    internal const string Columns =
        """
        c.id, c.name, c.source, c.device_id, c.location_id, c.class_id, c.weekdays, c.starts, c.ends, c.region, c.min_face_px, c.direction,
        c.frames_per_second, c.enabled
        """;

    // A run whose time is over tells nothing of now.
    private const string Select =
        $"""
        SELECT {Columns}, r.expires_at > clock_timestamp(), r.state, r.reason, r.since, r.frames_per_second, r.taken, r.dropped,
            r.last_frame_at, r.last_error, r.last_error_at
        FROM cameras AS c LEFT JOIN camera_runs AS r ON r.school_id = c.school_id AND r.camera_id = c.id
        WHERE c.school_id = $1
        """;

    private const int RunAt = 14;

    private const string List = $"{Select} ORDER BY lower(c.name), c.id LIMIT $2 OFFSET $3";

    private const string Count = "SELECT count(*)::int FROM cameras WHERE school_id = $1";

    private const string Find = $"{Select} AND c.id = $2";

    private const string Insert =
        """
        INSERT INTO cameras (school_id, id, name, source, device_id, location_id, class_id, weekdays, starts, ends, region, min_face_px,
            direction, frames_per_second, enabled, pushed)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16
        WHERE $17 > (SELECT count(*) FROM cameras AS o WHERE o.school_id = $1)
        """;

    private const string Update =
        """
        UPDATE cameras SET name = $3, source = $4, device_id = $5, location_id = $6, class_id = $7, weekdays = $8, starts = $9, ends = $10,
            region = $11, min_face_px = $12, direction = $13, frames_per_second = $14, enabled = $15, pushed = $16,
            updated_at = clock_timestamp()
        WHERE school_id = $1 AND id = $2
        """;

    private const string Delete = "DELETE FROM cameras WHERE school_id = $1 AND id = $2";

    private const string Tell = $"SELECT pg_notify('{CameraKeeper.ChannelName}', '')";

    public async Task<(IReadOnlyList<WatchedCamera> Items, int Total)> ListAsync(
        SchoolId school, int limit, int offset, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(Count) { Parameters = { new() { Value = school.Value } } });
        batch.BatchCommands.Add(
            new(List) { Parameters = { new() { Value = school.Value }, new() { Value = limit }, new() { Value = offset } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var total = reader.GetInt32(0);
        await reader.NextResultAsync(ct);
        var cameras = new List<WatchedCamera>();
        while (await reader.ReadAsync(ct)) cameras.Add(ReadWatched(reader, school));
        return (cameras, total);
    }

    public async Task<WatchedCamera?> FindAsync(SchoolId school, CameraId id, CancellationToken ct)
    {
        await using var find = database.CreateCommand(Find);
        find.Parameters.AddWithValue(school.Value);
        find.Parameters.AddWithValue(id.Value);
        await using var reader = await find.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? ReadWatched(reader, school) : null;
    }

    public async Task<Result<Done>> AddAsync(SchoolId school, Camera camera, CancellationToken ct)
    {
        await using var insert = CommandOf(Insert, school, camera);
        insert.Parameters.AddWithValue((long)ICameras.MostCameras);
        return await WriteAsync(insert, EntryOf(AuditActions.CameraMade, school, camera), CameraErrors.TooMany, ct);
    }

    public async Task<Result<Done>> ReplaceAsync(SchoolId school, Camera camera, CancellationToken ct)
    {
        await using var update = CommandOf(Update, school, camera);
        return await WriteAsync(update, EntryOf(AuditActions.CameraChanged, school, camera), CameraErrors.NotFound, ct);
    }

    public async Task<bool> RemoveAsync(SchoolId school, CameraId id, CancellationToken ct)
    {
        await using var delete = new NpgsqlCommand(Delete) { Parameters = { new() { Value = school.Value }, new() { Value = id.Value } } };
        var isGone = await audit.WithEntryAsync(delete, new(school, AuditActions.CameraRemoved, id.ToString()), ct);
        if (isGone) await TellAsync();
        return isGone;
    }

    /// <summary>Columns as <see cref="Columns"/> has them, from the first on.</summary>
    public Camera Read(NpgsqlDataReader row, SchoolId school)
    {
        var id = new CameraId(row.GetGuid(0));
        var hours = row.IsDBNull(6) ? null
            : new CameraHours(
                [.. row.GetFieldValue<short[]>(6).Select(d => (DayOfWeek)d)], row.GetFieldValue<TimeOnly>(7),
                row.GetFieldValue<TimeOnly>(8));
        var region = row.IsDBNull(9) ? null : row.GetFieldValue<double[]>(9) is [var left, var top, var width, var height]
            ? new FrameRegion(left, top, width, height) : null;
        return new(
            id, row.GetString(1), secrets.Open(school, id, row.GetString(2)), row.GetString(3), Text(row, 4), Text(row, 5), hours,
            new(region, row.IsDBNull(10) ? null : row.GetInt32(10)), Words.Parse<CameraDirection>(row.GetString(11))!.Value,
            row.GetDouble(12), row.GetBoolean(13));
    }

    private WatchedCamera ReadWatched(NpgsqlDataReader row, SchoolId school)
    {
        var camera = Read(row, school);
        var isPushed = camera.Source is CameraSource.Pushed;
        var told = !row.IsDBNull(RunAt) && row.GetBoolean(RunAt) ? new CameraCondition(
                Words.Parse<CameraState>(row.GetString(RunAt + 1)) ?? CameraState.Connecting, Text(row, RunAt + 2), Instant(row, RunAt + 3),
                row.GetDouble(RunAt + 4), row.GetInt64(RunAt + 5), row.GetInt64(RunAt + 6), Instant(row, RunAt + 7), Text(row, RunAt + 8),
                Instant(row, RunAt + 9))
            : CameraCondition.Unheld with
            {
                LastFrameAt = Instant(row, RunAt + 7), LastError = Text(row, RunAt + 8), LastErrorAt = Instant(row, RunAt + 9),
                State = isPushed ? CameraState.Waiting : CameraState.Connecting, Reason = isPushed ? "no client sends its frames" : null,
            };
        // What was decided a moment ago counts before what a process told before it heard.
        var isOn = camera.Hours?.Cover(calendars.Of(school).LocalOf(clock.GetUtcNow())) is not false;
        var state = !camera.IsEnabled ? CameraState.Disabled : !isOn ? CameraState.OffHours
            : told.State is CameraState.OffHours or CameraState.Disabled ? CameraState.Connecting : told.State;
        return new(camera, state == told.State ? told : told with { State = state, Reason = null, FramesPerSecond = 0 });
    }

    private async Task<Result<Done>> WriteAsync(NpgsqlCommand write, AuditEntry entry, Error otherwise, CancellationToken ct)
    {
        try
        {
            if (!await audit.WithEntryAsync(write, entry, ct)) return otherwise;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            return CameraErrors.DeviceTaken;
        }
        await TellAsync();
        return default(Done);
    }

    // It is committed: whoever does not hear of it sees it a moment later.
    private async Task TellAsync()
    {
        await using var tell = database.CreateCommand(Tell);
        await tell.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private NpgsqlCommand CommandOf(string sql, SchoolId school, Camera camera)
    {
        var region = camera.View.Region is { } r ? new[] { r.Left, r.Top, r.Width, r.Height } : null;
        return new(sql)
        {
            Parameters =
            {
                new() { Value = school.Value }, new() { Value = camera.Id.Value }, new() { Value = camera.Name },
                new() { Value = secrets.Seal(school, camera.Id, camera.Source) }, new() { Value = camera.DeviceId },
                OrNull(camera.LocationId, NpgsqlDbType.Varchar), OrNull(camera.ClassId, NpgsqlDbType.Varchar),
                OrNull(camera.Hours?.Weekdays.Select(d => (short)d).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Smallint),
                OrNull(camera.Hours?.From, NpgsqlDbType.Time), OrNull(camera.Hours?.To, NpgsqlDbType.Time),
                OrNull(region, NpgsqlDbType.Array | NpgsqlDbType.Double), OrNull(camera.View.MinFacePixels, NpgsqlDbType.Integer),
                new() { Value = Words.Of(camera.Direction) }, new() { Value = camera.FramesPerSecond }, new() { Value = camera.IsEnabled },
                new() { Value = camera.Source is CameraSource.Pushed },
            },
        };
    }

    private static AuditEntry EntryOf(string action, SchoolId school, Camera camera) => new(
        school, action, camera.Id.ToString(), new Dictionary<string, object?>
        {
            ["name"] = camera.Name,
            ["device_id"] = camera.DeviceId,
            ["source"] = camera.Source.Shown,
            ["enabled"] = camera.IsEnabled,
        });

    private static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
