using FaceAttendance.Application.Events;
using FaceAttendance.Application.Notices;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Notices;
using Microsoft.Extensions.DependencyInjection;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Notices;

/// <summary>Causes as they lie in the database, seen by one process or by two.</summary>
internal sealed class NoticeWatchTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;

    // The operator hears of notices, and nothing is sent for a minute.
    private static readonly (string, string?)[] Told =
        [.. Unsent, ("Webhook:Events", $"{EventTypes.NoticeRaised},{EventTypes.NoticeResolved}")];

    [Test]
    public async Task Look_CauseComesAndGoes_IsRaisedAndResolvedOnceByAnyNumberOfProcesses()
    {
        var processes = new[] { await StartProcessAsync(Told), await StartProcessAsync(Told), await StartProcessAsync(Told) };
        await AddDeviceAsync(TimeSpan.FromHours(25));

        await Task.WhenAll(processes.Concat(processes).Select(LookAsync));
        Assert.That(await ToldAsync(), Is.EqualTo("notice.raised"));
        await Database.ExecuteAsync("UPDATE api_keys SET last_heartbeat_at = now()");
        await Task.WhenAll(processes.Concat(processes).Select(LookAsync));

        Assert.That(await ToldAsync(), Is.EqualTo("notice.raised notice.resolved"));
        var notice = (await ListAsync(processes[0], onlyOpen: false)).Single();
        Assert.That((notice.What.Kind, notice.What.Subject, notice.What.Label),
            Is.EqualTo((NoticeKind.CameraSilent, "gate-1", "Main gate")));
        Assert.That(notice.State, Is.EqualTo(NoticeState.Resolved));
        Assert.That(await ListAsync(processes[0], onlyOpen: true), Is.Empty);
        Assert.That(
            await Database.ReadAsync<string>("SELECT payload FROM events WHERE type = 'notice.raised'"),
            Does.Match("""^\{"event":"notice.raised","notice_id":"[0-9a-f-]+","kind":"camera_silent","subject":"gate-1","ts":\d+\}$"""));
    }

    [Test]
    public async Task Look_DeviceSilentForAQuarterHour_IsToldOfDuringAClassSessionAlone()
    {
        var process = await StartProcessAsync(Told);
        await AddDeviceAsync(TimeSpan.FromMinutes(15));
        await LookAsync(process);
        Assert.That(await ListAsync(process), Is.Empty, "nobody is expected to come by");

        await Database.ExecuteAsync(
            """
            INSERT INTO class_sessions (school_id, id, name, opens_at, starts_at, grace, ends_at)
            SELECT id, gen_random_uuid(), '7B', now() - interval '20 min', now() - interval '5 min', interval '10 min', now() + interval '40 min'
            FROM schools
            """);
        await LookAsync(process);
        Assert.That((await ListAsync(process)).Single().What.Subject, Is.EqualTo("gate-1"));
        await Database.ExecuteAsync("DELETE FROM class_sessions");
        await LookAsync(process);
        Assert.That(await ListAsync(process), Has.Count.EqualTo(1), "the lesson is over, and the device is as silent as before");

        await Database.ExecuteAsync("UPDATE api_keys SET revoked_at = now()");
        await LookAsync(process);
        Assert.That(await ListAsync(process), Is.Empty, "it was removed");
    }

    [Test]
    public async Task Look_CameraThatShowsNothing_IsToldOfUntilItDoesOrIsSwitchedOff()
    {
        var process = await StartProcessAsync(Told);
        await Database.ExecuteAsync(
            """
            INSERT INTO cameras (school_id, id, name, source, device_id, direction, frames_per_second, enabled, pushed, updated_at)
            SELECT id, '019a0000-0000-7000-8000-000000000009', 'Hall', '', 'hall-1', 'in', 5, true, true, now() - interval '25 hours'
            FROM schools;
            """);

        await LookAsync(process);
        var never = (await ListAsync(process)).Single().What;
        await Database.ExecuteAsync(
            """
            INSERT INTO camera_runs (school_id, camera_id, holder, expires_at, state, since, frames_per_second, taken, dropped,
                last_frame_at)
            SELECT school_id, id, id, now(), 'live', now(), 5, 1, 0, now() FROM cameras
            """);
        await LookAsync(process);
        var seen = await ListAsync(process);
        await Database.ExecuteAsync("UPDATE camera_runs SET last_frame_at = now() - interval '25 hours'");
        await LookAsync(process);
        var dark = (await ListAsync(process)).Single().What;
        await Database.ExecuteAsync("UPDATE cameras SET enabled = false");
        await LookAsync(process);

        Assert.That((never.Kind, never.Subject, never.Label), Is.EqualTo((NoticeKind.CameraSilent, "hall-1", "Hall")));
        Assert.That(never.At, Is.Null);
        Assert.That(seen, Is.Empty);
        Assert.That(dark.At, Is.Not.Null);
        Assert.That(await ListAsync(process), Is.Empty);
    }

    [Test]
    public async Task Look_EndpointsThatFail_AreToldOfByTheirHostAndNotByTheirPath()
    {
        var process = await StartProcessAsync(Told);
        await Database.ExecuteAsync(
            """
            INSERT INTO webhook_endpoints (school_id, id, url, description, events, headers, secret, enabled, disabled_reason,
                failing_since)
            SELECT s.id, gen_random_uuid(), 'https://' || e.name || '.example/secret-path', '', '{}', '', '', e.reason IS NULL, e.reason,
                now() - e.since
            FROM schools AS s, (VALUES
                ('fresh', NULL, interval '5 min'), ('long', NULL, interval '20 min'), ('gone', 'gone', interval '5 min'),
                ('by-hand', 'by_hand', interval '9 days'), ('well', NULL, NULL)) AS e (name, reason, since)
            """);

        await LookAsync(process);

        Assert.That((await ListAsync(process)).Select(n => n.What.Label), Is.EquivalentTo(new[] { "long.example", "gone.example" }));
        await Database.ExecuteAsync("UPDATE webhook_endpoints SET failing_since = NULL, enabled = true, disabled_reason = NULL");
        await LookAsync(process);
        Assert.That(await ListAsync(process), Is.Empty);
    }

    [Test]
    public async Task Look_DeadDeliveries_AreToldOfUntilTheyAreReplayed()
    {
        var process = await StartProcessAsync(Told);
        await Database.ExecuteAsync(
            """
            INSERT INTO events (school_id, id, type, payload)
            SELECT id, gen_random_uuid(), t, '{}' FROM schools, unnest(ARRAY['attendance.marked', 'webhook.test']) AS t;
            INSERT INTO outbox (school_id, id, event_id, endpoint_id, attempts, next_attempt_at, status)
            SELECT school_id, gen_random_uuid(), id, '00000000-0000-7000-8000-00000000000a', 8, now(), 'dead' FROM events
            """);

        await LookAsync(process);
        Assert.That((await ListAsync(process)).Single().What.Label, Is.EqualTo("ATTENDANCE_WEBHOOK_URL"));
        await Database.ExecuteAsync(
            "UPDATE outbox SET status = 'sent' FROM events WHERE event_id = events.id AND type = 'attendance.marked'");
        await LookAsync(process);

        Assert.That(await ListAsync(process), Is.Empty, "a test that failed is nobody's trouble");
    }

    [Test]
    public async Task Look_BackupAndCertificate_ConcernTheOperatorsSchoolAlone()
    {
        var folder = Directory.CreateTempSubdirectory("backups");
        var certificate = new ShownCertificate(DateTimeOffset.UtcNow.AddDays(5));
        await using var process = await ServerProcess.StartAsync(
            Database, new Dictionary<string, string?> { ["Backups:Folder"] = folder.FullName },
            services => services.AddSingleton<IServerCertificate>(certificate));
        await Database.ExecuteAsync("INSERT INTO schools (id, name, code) VALUES (gen_random_uuid(), 'Second', 'second')");
        await LookAsync(process);

        Assert.That((await ListAsync(process)).Select(n => (n.What.Kind, n.What.Label)), Is.EquivalentTo(new[]
        {
            (NoticeKind.BackupOverdue, folder.FullName), (NoticeKind.CertificateEnding, "school.example"),
        }));
        Assert.That(await Database.ReadAsync<long>("SELECT count(DISTINCT school_id) FROM notices"), Is.EqualTo(1));

        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "attendance.dump"), "all of it");
        certificate.Ends = DateTimeOffset.UtcNow.AddDays(90);
        await Database.ExecuteAsync("UPDATE notices SET subject = 'another machine' WHERE kind = 'backup_overdue'");
        await LookAsync(process);
        folder.Delete(recursive: true);

        Assert.That((await ListAsync(process)).Select(n => n.What.Subject), Is.EqualTo(new[] { "another machine" }),
            "what another machine sees of its own disk is not for this one to say");
    }

    [Test]
    public async Task Look_LookalikesOfWhomOneIsGone_AreResolvedAndNamedNoMore()
    {
        var process = await StartProcessAsync(Told);
        await Database.ExecuteAsync(
            "INSERT INTO students (school_id, id) SELECT id, s FROM schools, unnest(ARRAY['ani', 'budi', 'citra']) AS s");
        var notices = process.Get<INotices>();
        foreach (var (one, other) in new[] { ("budi", "ani"), ("ani", "budi"), ("citra", "ani"), ("ani", "nobody") })
            await notices.RaiseAsync(NewNotice.OfLookalikes(School, new(one), new(other), 0.6f), default);
        Assert.That((await ListAsync(process)).Select(n => $"{n.What.Student} {n.What.Other}"),
            Is.EquivalentTo(new[] { "ani budi", "ani citra" }));

        await LookAsync(process);
        Assert.That(await ListAsync(process), Has.Count.EqualTo(2), "their templates may be on the way");
        await process.Get<IStudentRights>().EraseAsync(School, new("ani"), default);
        await LookAsync(process);

        Assert.That((await ListAsync(process, onlyOpen: false)).Select(n => (n.State, n.What.Student)),
            Is.All.EqualTo((NoticeState.Resolved, (StudentId?)null)));
        Assert.That(await ToldAsync(), Is.EqualTo("notice.raised notice.raised notice.resolved notice.resolved"));
        Assert.That(
            await Database.ReadAsync<string>("SELECT string_agg(payload, '') FROM events"),
            Does.Not.Contain("ani").And.Not.Contains("budi"));
    }

    [Test]
    public async Task Acknowledge_CauseLasts_IsNotOpenAndNotRaisedAgain()
    {
        var process = await StartProcessAsync(Told);
        await AddDeviceAsync(TimeSpan.FromDays(3));
        await LookAsync(process);
        var id = (await ListAsync(process)).Single().Id;

        var first = await process.Get<INotices>().AcknowledgeAsync(School, id, "key:one", default);
        var second = await process.Get<INotices>().AcknowledgeAsync(School, id, "key:two", default);
        await LookAsync(process);

        Assert.That((first!.AcknowledgedBy, second!.AcknowledgedBy), Is.EqualTo(("key:one", "key:one")));
        Assert.That(await ListAsync(process), Is.Empty);
        Assert.That((await ListAsync(process, onlyOpen: false)).Single().State, Is.EqualTo(NoticeState.Acknowledged));
        Assert.That(await ToldAsync(), Is.EqualTo("notice.raised"));
        Assert.That(await process.Get<INotices>().AcknowledgeAsync(School, NoticeId.New(), "key:one", default), Is.Null);
    }

    [Test]
    public async Task Raise_OperatorWhoDidNotAsk_IsToldNothing()
    {
        var process = await StartProcessAsync(Unsent);
        await AddDeviceAsync(TimeSpan.FromDays(3));

        await LookAsync(process);

        Assert.That(await ListAsync(process), Has.Count.EqualTo(1));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM events"), Is.Zero);
    }

    private static Task LookAsync(ServerProcess process) => process.Get<NoticeWatch>().LookAsync(default);

    private static async Task<IReadOnlyList<Notice>> ListAsync(ServerProcess process, bool onlyOpen = true) =>
        (await process.Get<INotices>().ListAsync(School, onlyOpen, 50, 0, default)).Items;

    private Task<string?> ToldAsync() => Database.ReadAsync<string?>("SELECT string_agg(type, ' ' ORDER BY type) FROM events");

    private Task<int> AddDeviceAsync(TimeSpan silentFor) => Database.ExecuteAsync(
        $"""
        INSERT INTO api_keys (school_id, id, name, secret_sha256, scopes, device_id, created_by, created_at, last_heartbeat_at)
        SELECT s.id, gen_random_uuid(), d.name, sha256(d.id::bytea), '{"{}"}', d.id, 'test', now(), d.beat
        FROM schools AS s, (VALUES
            ('gate-1', 'Main gate', now() - interval '{silentFor.TotalSeconds} s'),
            ('gate-2', 'Never heard of', NULL)) AS d (id, name, beat)
        """);

    private sealed class ShownCertificate(DateTimeOffset ends) : IServerCertificate
    {
        public DateTimeOffset Ends { get; set; } = ends;

        public Task<CertificateState?> ReadAsync(CancellationToken ct) =>
            Task.FromResult<CertificateState?>(new("school.example", "An authority", Ends.AddDays(-365), Ends, ""));
    }
}
