using FaceAttendance.Application.Notices;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Schools;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Gallery;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Notices;

/// <summary>What there is to tell staff of at a moment. Thread-safe.</summary>
internal sealed class NoticeCauses(
    NpgsqlDataSource database, InMemoryGallery gallery, IBackups backups, IServerCertificate certificate, OperatorsEndpoint operators,
    IOptions<RecognitionOptions> recognition, ISchoolCalendars calendars)
{
    private const string ListDevices =
        """
        SELECT k.school_id, k.device_id, k.name, k.last_heartbeat_at, EXISTS (
            SELECT 1 FROM class_sessions AS c WHERE c.school_id = k.school_id AND c.opens_at <= $1 AND c.ends_at >= $1)
        FROM api_keys AS k WHERE k.device_id IS NOT NULL AND k.revoked_at IS NULL AND k.last_heartbeat_at IS NOT NULL
        """;

    private const string ListCameras =
        """
        SELECT c.school_id, c.device_id, c.name, r.last_frame_at, c.updated_at, EXISTS (
            SELECT 1 FROM class_sessions AS s WHERE s.school_id = c.school_id AND s.opens_at <= $1 AND s.ends_at >= $1),
            c.weekdays, c.starts, c.ends
        FROM cameras AS c LEFT JOIN camera_runs AS r ON r.school_id = c.school_id AND r.camera_id = c.id WHERE c.enabled
        """;

    // A test that failed was told to whoever made it, and of an erased student's event there is nothing left to send.
    private const string Undelivered =
        """
        SELECT o.school_id, o.endpoint_id, count(*) FILTER (WHERE o.status = 'dead') AS dead,
            min(o.created_at) FILTER (WHERE o.status = 'pending' AND o.last_message IS NOT NULL) AS failing_since
        FROM outbox AS o JOIN events AS e ON e.school_id = o.school_id AND e.id = o.event_id
        WHERE o.status <> 'sent' AND NOT o.erased AND e.type <> 'webhook.test' GROUP BY o.school_id, o.endpoint_id
        """;

    // Whoever turned an endpoint off by hand knows what waits for it. The operator's has no row: the oldest event that it was offered and
    // did not take says since when it fails.
    private const string ListEndpoints =
        $"""
        WITH undelivered AS ({Undelivered})
        SELECT w.school_id, w.id, w.url, w.failing_since, w.disabled_reason IS NOT NULL, coalesce(u.dead, 0)
        FROM webhook_endpoints AS w LEFT JOIN undelivered AS u ON u.school_id = w.school_id AND u.endpoint_id = w.id
        WHERE w.disabled_reason IS DISTINCT FROM 'by_hand' AND (w.failing_since IS NOT NULL OR w.disabled_reason IS NOT NULL OR u.dead > 0)
        UNION ALL
        SELECT school_id, endpoint_id, NULL, failing_since, false, dead FROM undelivered WHERE endpoint_id = $1 AND $2
        """;

    // A template may have come to another process that has not told this one yet.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(1);

    // The machine's, of which backups and certificates are; a container's is its own.
    private static readonly string Machine = Environment.MachineName;

    /// <param name="raised">What is raised already.</param>
    public async Task<IReadOnlyList<NewNotice>> FindAsync(IReadOnlyList<Notice> raised, DateTimeOffset now, CancellationToken ct)
    {
        var silent = raised.Where(n => n.What.Kind == NoticeKind.CameraSilent).Select(n => (n.What.School, n.What.Subject)).ToHashSet();
        var found = await ListSilentAsync(silent, now, ct);
        found.AddRange(await ListDarkAsync(silent, now, ct));
        found.AddRange(await ListFailingAsync(now, ct));
        if (backups.Look() is { } backup && NoticeRules.IsBackupOverdue(backup.NewestAt, backup.MostAge, now))
            found.Add(new(OperatorsEndpoint.School, NoticeKind.BackupOverdue, Machine, backup.Folder, backup.NewestAt));
        if (await certificate.ReadAsync(ct) is { } shown && NoticeRules.IsCertificateEnding(shown.NotBefore, shown.NotAfter, now))
            found.Add(new(OperatorsEndpoint.School, NoticeKind.CertificateEnding, Machine, shown.Name, shown.NotAfter));
        return found;
    }

    /// <summary>Whether this process can tell that a notice's cause has ended when <see cref="FindAsync"/> does not name it.</summary>
    public bool HasEnded(Notice notice, DateTimeOffset now) => notice.What.Kind switch
    {
        NoticeKind.Lookalike => HaveParted(notice, now),
        NoticeKind.BackupOverdue or NoticeKind.CertificateEnding => notice.What.Subject == Machine,
        NoticeKind.CameraSilent or NoticeKind.DeliveriesFailing => true,
    };

    private bool HaveParted(Notice notice, DateTimeOffset now)
    {
        if (notice.What is not { School: var school, Student: { } one, Other: { } other }) return true;
        // A school that nobody asks for is not loaded for it: there is nobody to be taken for somebody else.
        if (now - notice.RaisedAt < Settling || gallery.Peek(school) is not { } faces) return false;
        return !NoticeRules.AreLookalikes(faces.SimilarityOf(one, other), recognition.Value.PolicyFor(faces.Students).Threshold);
    }

    /// <summary>Cameras that the server looks through and sees nothing by.</summary>
    private async Task<List<NewNotice>> ListDarkAsync(HashSet<(SchoolId, string)> known, DateTimeOffset now, CancellationToken ct)
    {
        var found = new List<NewNotice>();
        await using var list = database.CreateCommand(ListCameras);
        list.Parameters.AddWithValue(now.ToUniversalTime());
        await using var reader = await list.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (school, device) = (new SchoolId(reader.GetGuid(0)), reader.GetString(1));
            DateTimeOffset? lastFrame = reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3);
            var hours = reader.IsDBNull(6) ? null
                : new CameraHours(
                    [.. reader.GetFieldValue<short[]>(6).Select(d => (DayOfWeek)d)], reader.GetFieldValue<TimeOnly>(7),
                    reader.GetFieldValue<TimeOnly>(8));
            var isSilent = NoticeRules.IsCameraSilent(
                lastFrame, reader.GetFieldValue<DateTimeOffset>(4), hours, calendars.Of(school).LocalOf(now), reader.GetBoolean(5),
                known.Contains((school, device)));
            if (isSilent) found.Add(new(school, NoticeKind.CameraSilent, device, reader.GetString(2), lastFrame));
        }
        return found;
    }

    private async Task<List<NewNotice>> ListSilentAsync(HashSet<(SchoolId, string)> known, DateTimeOffset now, CancellationToken ct)
    {
        var found = new List<NewNotice>();
        await using var list = database.CreateCommand(ListDevices);
        list.Parameters.AddWithValue(now.ToUniversalTime());
        await using var reader = await list.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var (school, device) = (new SchoolId(reader.GetGuid(0)), reader.GetString(1));
            var lastHeard = reader.GetFieldValue<DateTimeOffset>(3);
            if (NoticeRules.IsSilent(lastHeard, now, reader.GetBoolean(4), known.Contains((school, device))))
                found.Add(new(school, NoticeKind.CameraSilent, device, reader.GetString(2), lastHeard));
        }
        return found;
    }

    private async Task<List<NewNotice>> ListFailingAsync(DateTimeOffset now, CancellationToken ct)
    {
        var found = new List<NewNotice>();
        await using var list = database.CreateCommand(ListEndpoints);
        list.Parameters.AddWithValue(EndpointId.Operators.Value);
        list.Parameters.AddWithValue(operators.IsConfigured);
        await using var reader = await list.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            DateTimeOffset? since = reader.IsDBNull(3) ? null : reader.GetFieldValue<DateTimeOffset>(3);
            if (!NoticeRules.DeliveriesFail(since, reader.GetBoolean(4), reader.GetInt64(5), now)) continue;
            // A path may hold a secret.
            var label = reader.IsDBNull(2) ? "ATTENDANCE_WEBHOOK_URL" : new Uri(reader.GetString(2)).Authority;
            found.Add(new(new(reader.GetGuid(0)), NoticeKind.DeliveriesFailing, reader.GetGuid(1).ToString(), label, since));
        }
        return found;
    }
}
