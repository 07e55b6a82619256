using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Attendance;
using FaceAttendance.Infrastructure.Tests.Events;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;
using static FaceAttendance.Application.Attendance.LedgerEntry;

namespace FaceAttendance.Infrastructure.Tests.Attendance;

/// <summary>Sightings that come after their time.</summary>
internal sealed class HeldSightingTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly StudentId Ani = new("siswaA");

    // To the second, as far as a statement's times and PostgreSQL's agree.
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds());

    [Test]
    public async Task RecordHeld_TheSameTwentyTimesAtOnceOnTwoProcesses_RecordsOneAndAnswersAllTheSame()
    {
        ServerProcess[] processes = [await StartAsync(), await StartAsync()];
        var held = Held(Now.AddMinutes(-30));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            Task.Run(() => processes[i % 2].Get<IAttendanceLedger>().RecordHeldAsync(held, default))));

        Assert.That(answers.Count(a => a.Entry is Announced { First: null }), Is.EqualTo(1));
        Assert.That(answers.Count(a => a.Entry is Repeated), Is.EqualTo(19));
        Assert.That(answers.Select(a => a.Record).Distinct().Single(), Is.Not.Null);
        Assert.That(await Database.ReadAsync<string>(
            "SELECT (SELECT count(*) FROM attendance_records) || ' ' || (SELECT count(*) FROM events) || ' ' || " +
            "(SELECT count(*) FROM outbox WHERE leased_until IS NULL AND attempts = 0)"), Is.EqualTo("1 1 1"));
        Assert.That(await Database.ReadAsync<bool>("SELECT r.event_id = e.id FROM attendance_records AS r, events AS e"), Is.True);
    }

    [Test]
    public async Task RecordHeld_SeveralInOneBurst_AreAnnouncedAndCountedByWhenTheyWereSeen()
    {
        var ledger = (await StartAsync(("Attendance:Cooldown", "00:01:00"))).Get<IAttendanceLedger>();

        var entries = new List<string>();
        foreach (var minutes in new[] { -30.0, -29.5, -20, -40 })
            entries.Add((await ledger.RecordHeldAsync(Held(Now.AddMinutes(minutes)), default)).Entry.GetType().Name);
        var live = await ledger.RecordAsync(Sightings.Of("siswaA", Now), default);

        Assert.That(entries, Is.EqualTo((string[])["Announced", "CoolingDown", "Announced", "Announced"]));
        Assert.That(live, Is.TypeOf<Announced>(), "the slot is free by now");
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records"), Is.EqualTo(4));
        Assert.That(await Database.ReadAsync<long>("SELECT last FROM event_sequences"), Is.EqualTo(4));
    }

    [TestCase(-100, "present", TestName = "RecordHeld_SeenWithinTheGraceOfASettledSession_TakesItsAbsenceBack")]
    [TestCase(-70, "late", TestName = "RecordHeld_SeenAfterTheGraceOfASettledSession_WasLate")]
    [TestCase(-30, "absent", TestName = "RecordHeld_SeenAfterTheSession_LeavesItsAbsence")]
    public async Task RecordHeld_SessionIsSettled(int minutes, string status)
    {
        var process = await StartAsync();
        await AddSessionAsync(process, Now.AddMinutes(-95));
        var marker = process.Get<IEnumerable<IHostedService>>().OfType<AbsenceMarker>().Single();
        await Eventually.TrueAsync(
            async () =>
            {
                await marker.SettleNextAsync(default);
                return await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records WHERE status = 'absent'") == 1;
            },
            "the absence is written");

        await process.Get<IAttendanceLedger>().RecordHeldAsync(Held(Now.AddMinutes(minutes)), default);

        Assert.That(
            await Database.ReadAsync<string>("SELECT status || ' ' || origin FROM attendance_records WHERE session_id IS NOT NULL"),
            Is.EqualTo($"{status} {(status == "absent" ? "schedule" : "camera")}"));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records"),
            Is.EqualTo(status == "absent" ? 2 : 1));
    }

    [Test]
    public async Task RecordAsync_NoSessionNamed_CountsInEachThatIsOpenForTheStudent()
    {
        var process = await StartAsync();
        var first = await AddSessionAsync(process, Now.AddMinutes(-50));
        var second = await AddSessionAsync(process, Now.AddMinutes(5));
        await AddSessionAsync(process, Now.AddHours(3));
        var ledger = process.Get<IAttendanceLedger>();

        await ledger.RecordAsync(Sightings.Of("siswaA", Now, new("gate-1", null, null, "the school's own word")), default);
        var named = await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records WHERE session_id IS NOT NULL");
        await ledger.RecordAsync(Sightings.Of("siswaA", Now.AddMinutes(2)), default);

        Assert.That(named, Is.Zero, "what a client calls its session is none of the school's");
        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT string_agg(session_id || ' ' || status, ', ' ORDER BY at, status) FROM attendance_records WHERE session_id IS " +
                "NOT NULL"),
            Is.EqualTo($"{first.Value} late, {second.Value} present"));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records"), Is.EqualTo(3));
    }

    [Test]
    public async Task RecordHeld_StudentWasRemovedAndTheirIdGivenToAnother_RecordsNothing()
    {
        var process = await StartAsync();
        var held = Held(Now.AddMinutes(-30));
        await process.Get<IStudents>().RemoveAsync(School, Ani, default);
        var removed = await process.Get<IAttendanceLedger>().RecordHeldAsync(held, default);
        await process.Get<IStudents>().UpsertAsync(School, Ani, new("Another", null, null, null), default);

        var another = await process.Get<IAttendanceLedger>().RecordHeldAsync(held, default);

        Assert.That(new[] { removed.Entry, another.Entry }, Is.All.TypeOf<StudentRemoved>());
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records"), Is.Zero);
    }

    [Test]
    public async Task Read_StatementOfAnotherProcess_IsWhatWasHeldAndAnyOtherIsRefusedByCode()
    {
        var held = Held(Now) with { Sighting = Sightings.Of("siswaA", Now, new("gate-1", "hall", "7B", null)) };
        var text = (await StartAsync()).Get<ISightingStatements>().Issue(held);
        var statements = (await StartAsync()).Get<ISightingStatements>();

        Assert.That(statements.Read(School, text, held.ExpiresAt.AddSeconds(-1)).Value, Is.EqualTo(held));
        Assert.That(statements.Read(School, text, held.ExpiresAt).Error!.Code, Is.EqualTo("sighting.expired"));
        Assert.That(statements.Read(new(Guid.NewGuid()), text, Now).Error!.Code, Is.EqualTo("sighting.invalid"));
        foreach (var forged in new[] { "", "no statement at all", (text[0] == 'A' ? 'B' : 'A') + text[1..], text[..^2] })
            Assert.That(statements.Read(School, forged, Now).Error!.Code, Is.EqualTo("sighting.invalid"), forged);
        Assert.That(text, Has.Length.LessThan(700).And.Not.Contain("siswaA"));
    }

    private static HeldSighting Held(DateTimeOffset at) =>
        new(Guid.NewGuid(), Sightings.Of("siswaA", at, new("kiosk-1", null, null, null)), at + HeldSighting.Lifetime);

    private static async Task<ClassSessionId> AddSessionAsync(ServerProcess process, DateTimeOffset startsAt)
    {
        var window = ClassWindow.Create(startsAt.AddMinutes(-10), startsAt, TimeSpan.FromMinutes(10), startsAt.AddMinutes(60)).Value;
        var session = new ClassSession(ClassSessionId.New(), "7B", window, [Ani], null);
        Assert.That((await process.Get<IClassSessions>().AddAsync(School, session, default)).IsSuccess);
        return session.Id;
    }

    private async Task<ServerProcess> StartAsync(params (string, string?)[] settings)
    {
        var process = await StartProcessAsync([.. Unsent, .. settings]);
        await Database.ExecuteAsync(
            $"INSERT INTO students (school_id, id, created_at) VALUES ('{School}', 'siswaA', now() - interval '1 day') ON CONFLICT DO " +
            "NOTHING");
        return process;
    }
}
