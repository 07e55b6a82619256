using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Students;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Attendance;
using FaceAttendance.Infrastructure.Tests.Events;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Attendance;

internal sealed class ClassSessionTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly StudentId Ani = new("siswaA");
    private static readonly StudentId Budi = new("siswaB");

    [Test]
    public async Task AbsenceMarker_SessionEnded_MarksWhoDidNotComeOnceOnAnyNumberOfProcesses()
    {
        var first = await StartAsync();
        var session = await AddAsync(first, startsAt: DateTimeOffset.UtcNow.AddHours(-2), Ani, Budi);
        await first.Get<IManualMarks>()
            .MarkAsync(
                new(School, Ani, session, AttendanceStatus.Present, DateTimeOffset.UtcNow.AddHours(-2), "was there"), default);
        ServerProcess[] processes = [first, await StartAsync(), await StartAsync()];

        await Eventually.TrueAsync(
            async () =>
            {
                await Task.WhenAll(
                    processes.Select(p => p.Get<IEnumerable<IHostedService>>().OfType<AbsenceMarker>().Single().SettleNextAsync(default)));
                return await Database.ReadAsync<long>("SELECT count(*) FROM class_sessions WHERE settled_at IS NOT NULL") == 1;
            },
            "the session is settled");

        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT string_agg(student_id || ' ' || status || ' ' || origin, ', ' ORDER BY student_id) FROM attendance_records"),
            Is.EqualTo("siswaA present manual, siswaB absent schedule"));
        Assert.That(
            await Database.ReadAsync<bool>(
                "SELECT at = ends_at FROM attendance_records JOIN class_sessions ON class_sessions.id = session_id WHERE status = " +
                "'absent'"), Is.True);
        Assert.That(await Database.ReadAsync<string>("SELECT string_agg(payload, '') FROM events WHERE type = 'attendance.absent'"),
            Does.StartWith("{\"event\":\"attendance.absent\",\"student_id\":\"siswaB\""));
        Assert.That(
            await Database.ReadAsync<long>(
                "SELECT count(*) FROM outbox JOIN attendance_records USING (event_id) WHERE origin = 'schedule'"),
            Is.EqualTo(1));
    }

    [Test]
    public async Task AbsenceMarker_OperatorAskedForNoAbsences_TellsOnlyEndpointsThatDo()
    {
        var process = await StartAsync(("Webhook:Events", null));
        await AddAsync(process, startsAt: DateTimeOffset.UtcNow.AddHours(-2), Ani);
        await SettleAsync(process);
        var told = await Database.ReadAsync<long>("SELECT count(*) FROM events");
        await process.Get<IWebhookEndpoints>()
            .AddAsync(School, new("http://127.0.0.1:9/"), "", [], new Dictionary<string, string>(), enabled: true, default);
        await AddAsync(process, startsAt: DateTimeOffset.UtcNow.AddHours(-2), Budi);
        await SettleAsync(process);

        Assert.That(told, Is.Zero);
        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT string_agg(student_key || ' ' || (endpoint_id IN (SELECT id FROM webhook_endpoints)), ',') FROM outbox"),
            Is.EqualTo("siswaB true"));
    }

    [Test]
    public async Task AbsenceMarker_SessionStillOpen_LeavesItAlone()
    {
        var process = await StartAsync();
        await AddAsync(process, DateTimeOffset.UtcNow, Ani);

        var settled = await process.Get<IEnumerable<IHostedService>>().OfType<AbsenceMarker>().Single().SettleNextAsync(default);

        Assert.That(settled, Is.False);
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records"), Is.Zero);
    }

    [Test]
    public async Task AbsenceMarker_SessionInOtherHands_IsSkippedUntilTheyLetGo()
    {
        var process = await StartAsync();
        var marker = process.Get<IEnumerable<IHostedService>>().OfType<AbsenceMarker>().Single();
        // Ends in a moment, so that nobody can settle it before it is held.
        await AddAsync(process, DateTimeOffset.UtcNow.AddMinutes(-45).AddSeconds(3), Ani);
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await using var other = await source.OpenConnectionAsync();
        await using var holding = await other.BeginTransactionAsync();
        await using (var hold = new NpgsqlCommand("SELECT 1 FROM class_sessions FOR SHARE", other)) await hold.ExecuteNonQueryAsync();
        await Eventually.TrueAsync(
            () => Database.ReadAsync<bool>("SELECT ends_at < clock_timestamp() FROM class_sessions"), "the session ends");

        var whileHeld = await marker.SettleNextAsync(default);
        await holding.RollbackAsync();
        await marker.SettleNextAsync(default);

        Assert.That(whileHeld, Is.False);
        await Eventually.TrueAsync(
            async () => await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records WHERE status = 'absent'") == 1,
            "the absence is written");
    }

    [Test]
    public async Task MarkAsync_AfterAnAbsence_TakesItsPlaceAndIsAudited()
    {
        var process = await StartAsync();
        var session = await AddAsync(process, DateTimeOffset.UtcNow.AddMinutes(-30), Ani);
        var at = DateTimeOffset.UtcNow.AddMinutes(-29);
        await process.Get<IManualMarks>().MarkAsync(new(School, Ani, session, AttendanceStatus.Absent, at, "not seen"), default);

        var marked = await process.Get<IManualMarks>()
            .MarkAsync(new(School, Ani, session, AttendanceStatus.Late, at, "bus broke down"), default);

        var entries = await process.Get<IClassRosters>().ListAsync(School, session, default);
        Assert.That(entries, Has.Count.EqualTo(1));
        Assert.That(entries[0].Record!.Id, Is.EqualTo(marked.Value.Id));
        Assert.That(entries[0].Record!.Status, Is.EqualTo(AttendanceStatus.Late));
        Assert.That(entries[0].Record!.Origin, Is.EqualTo(AttendanceOrigin.Manual));
        Assert.That((entries[0].Record!.Evidence as Evidence.Manual)?.Reason, Is.EqualTo("bus broke down"));
        Assert.That(
            await Database.ReadAsync<string>(
                """
                SELECT audit_details(a.details, w.words) #>> '{replaced,status}' FROM audit AS a JOIN audit_words AS w USING (school_id, id)
                WHERE a.action = 'attendance.marked' ORDER BY a.at DESC LIMIT 1
                """),
            Is.EqualTo("absent"));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM events WHERE payload LIKE '%\"event\":\"attendance.marked\"%'"),
            Is.EqualTo(2));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_days"), Is.EqualTo(1),
            "an absence is no day of attendance, lateness is");
    }

    [Test]
    public async Task MarkAsync_UnknownStudentOrSession_IsRefused()
    {
        var marks = (await StartAsync()).Get<IManualMarks>();

        var student =
            await marks.MarkAsync(new(School, new("nobody"), null, AttendanceStatus.Present, DateTimeOffset.UtcNow, "x"), default);
        var session =
            await marks.MarkAsync(
                new(School, Ani, ClassSessionId.New(), AttendanceStatus.Present, DateTimeOffset.UtcNow, "x"), default);

        Assert.That(student.Error, Is.EqualTo(StudentErrors.NotFound));
        Assert.That(session.Error, Is.EqualTo(ClassSessionErrors.NotFound));
    }

    [TestCase(0, ExpectedResult = "present camera")]
    [TestCase(20, ExpectedResult = "late camera")]
    [TestCase(60, ExpectedResult = null)]
    public async Task<string?> RecordAsync_CameraOfAClassSession_MarksItsRoster(double minutesAfterStart)
    {
        var process = await StartAsync();
        var now = DateTimeOffset.UtcNow;
        var session = await AddAsync(process, now.AddMinutes(-minutesAfterStart), Ani);
        var sighting = Sightings.Of("siswaA", context: new("gate-1", null, null, session.ToString())) with { SeenAt = now };
        var outsider = Sightings.Of("siswaB", context: new("gate-1", null, null, session.ToString())) with { SeenAt = now };

        for (var i = 0; i < 2; i++)
        {
            await process.Get<IAttendanceLedger>().RecordAsync(sighting, default);
            await process.Get<IAttendanceLedger>().RecordAsync(outsider, default);
        }

        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records WHERE origin = 'camera'"), Is.EqualTo(2),
            "one for each student");
        return await Database.ReadAsync<string>(
            $"SELECT string_agg(status || ' ' || origin, ',') FROM attendance_records WHERE session_id = '{session}'");
    }

    // The window is judged by Domain for check-ins, and in the database for cameras.
    [TestCase(0)]
    [TestCase(10)]
    [TestCase(45)]
    public async Task RecordAsync_AtEveryEdgeOfTheWindow_IsWhatTheRuleSays(int graceMinutes)
    {
        var process = await StartAsync(("Webhook:Url", null));
        // Yet to come, so that nobody settles it meanwhile; the database keeps microseconds.
        var start = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()).AddHours(3).AddMicroseconds(123_456);
        var window = ClassWindow.Create(start.AddMinutes(-15), start, TimeSpan.FromMinutes(graceMinutes), start.AddMinutes(45)).Value;
        DateTimeOffset[] edges = [window.OpensAt, window.StartsAt, window.StartsAt + window.Grace, window.EndsAt];
        var moments = edges.SelectMany(edge => new[] { -1, 0, 1 }.Select(by => edge.AddMicroseconds(by))).Distinct()
            .Select((at, i) => (Student: new StudentId($"edge-{i:00}"), At: at)).ToArray();
        await Database.ExecuteAsync(
            string.Concat(moments.Select(m => $"INSERT INTO students (school_id, id) VALUES ('{School}', '{m.Student}');")));
        var session = new ClassSession(ClassSessionId.New(), "7B Mathematics", window, [.. moments.Select(m => m.Student)], null);
        await process.Get<IClassSessions>().AddAsync(School, session, default);

        foreach (var (student, at) in moments)
        {
            await process.Get<IAttendanceLedger>().RecordAsync(
                Sightings.Of(student.Value, at, context: new(null, null, null, session.Id.ToString())), default);
        }

        var entries = await process.Get<IClassRosters>().ListAsync(School, session.Id, default);
        Assert.That(
            entries.Select(e => (e.Student, e.Record?.Status)),
            Is.EqualTo(moments.Select(m => (m.Student, window.Classify(m.At)))));
    }

    [Test]
    public async Task AddAsync_UnknownStudents_AreNamedAndNothingIsStored()
    {
        var process = await StartAsync();

        var added = await process.Get<IClassSessions>().AddAsync(School, Session(DateTimeOffset.UtcNow, Ani, new("ghost")), default);

        Assert.That(added.Error!.Code, Is.EqualTo("session.unknown_students"));
        Assert.That(added.Error.Details!["students"], Is.EqualTo(new[] { "ghost" }));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM class_sessions"), Is.Zero);
    }

    [Test]
    public async Task FindAndListAsync_Added_GiveItBack()
    {
        var sessions = (await StartAsync()).Get<IClassSessions>();
        var session = Session(DateTimeOffset.FromUnixTimeSeconds(1_800_000_000), Ani, Budi);
        await sessions.AddAsync(School, session, default);

        var found = await sessions.FindAsync(School, session.Id, default);
        var listed = await sessions.ListAsync(School, session.Window.StartsAt, session.Window.StartsAt.AddSeconds(1), 10, default);
        var none = await sessions.ListAsync(School, session.Window.StartsAt.AddSeconds(1), session.Window.StartsAt.AddDays(1), 10, default);

        Assert.That(found!.Window, Is.EqualTo(session.Window));
        Assert.That(found.Roster, Is.EqualTo(new[] { Ani, Budi }));
        Assert.That(listed.Select(s => s.Id), Is.EqualTo(new[] { session.Id }));
        Assert.That(none, Is.Empty);
    }

    [Test]
    public async Task RemoveAsync_EmptyGoesAndRecordedStays()
    {
        var process = await StartAsync();
        var sessions = process.Get<IClassSessions>();
        var empty = await AddAsync(process, DateTimeOffset.UtcNow, Ani);
        var recorded = await AddAsync(process, DateTimeOffset.UtcNow, Ani);
        await process.Get<IManualMarks>()
            .MarkAsync(new(School, Ani, recorded, AttendanceStatus.Present, DateTimeOffset.UtcNow, "seen"), default);

        Assert.That((await sessions.RemoveAsync(School, empty, default)).IsSuccess, Is.True);
        Assert.That((await sessions.RemoveAsync(School, empty, default)).Error, Is.EqualTo(ClassSessionErrors.NotFound));
        Assert.That((await sessions.RemoveAsync(School, recorded, default)).Error, Is.EqualTo(ClassSessionErrors.HasRecords));
    }

    private async Task<ServerProcess> StartAsync(params (string, string?)[] settings)
    {
        var process = await StartProcessAsync([.. Unsent, .. settings]);
        foreach (var student in new[] { Ani, Budi })
            await process.Get<IStudents>().UpsertAsync(School, student, new(student.Value, null, null, null), default);
        return process;
    }

    /// <summary>Every session that has ended, by the process's own hand or the background's.</summary>
    private Task SettleAsync(ServerProcess process) => Eventually.TrueAsync(
        async () =>
        {
            await process.Get<IEnumerable<IHostedService>>().OfType<AbsenceMarker>().Single().SettleNextAsync(default);
            return await Database.ReadAsync<long>("SELECT count(*) FROM class_sessions WHERE settled_at IS NULL") == 0;
        },
        "the sessions are settled");

    private static async Task<ClassSessionId> AddAsync(ServerProcess process, DateTimeOffset startsAt, params StudentId[] roster)
    {
        var session = Session(startsAt, roster);
        return (await process.Get<IClassSessions>().AddAsync(School, session, default)).Value.Id;
    }

    private static ClassSession Session(DateTimeOffset startsAt, params StudentId[] roster) => new(
        ClassSessionId.New(), "7B Mathematics",
        ClassWindow.Create(startsAt.AddMinutes(-15), startsAt, TimeSpan.FromMinutes(10), startsAt.AddMinutes(45)).Value, roster, null);
}
