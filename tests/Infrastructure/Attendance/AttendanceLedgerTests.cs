using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Tests.Events;
using NUnit.Framework;
using static FaceAttendance.Application.Attendance.LedgerEntry;

namespace FaceAttendance.Infrastructure.Tests.Attendance;

internal sealed class AttendanceLedgerTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly StudentId Ani = new("siswaA");

    // Long enough that it cannot pass while a test runs.
    private static readonly (string, string?) LongCooldown = ("Attendance:Cooldown", "00:30:00");

    [Test]
    public async Task RecordAsync_FiftyAtOnceOnTwoProcesses_AnnouncesOne()
    {
        var ledgers = new[] { await StartLedgerAsync(LongCooldown), await StartLedgerAsync(LongCooldown) };

        var entries =
            await Task.WhenAll(Enumerable.Range(0, 50)
                .Select(i => Task.Run(() => ledgers[i % 2].RecordAsync(Sightings.Of("siswaA"), default))));

        Assert.That(entries.Count(e => e is Announced), Is.EqualTo(1));
        var left = entries.OfType<CoolingDown>().Select(c => c.Left).ToArray();
        Assert.That(left, Has.Length.EqualTo(49).And.All.GreaterThan(TimeSpan.Zero).And.All.LessThanOrEqualTo(TimeSpan.FromMinutes(30)));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM outbox"), Is.EqualTo(1));
        Assert.That(await Database.ReadAsync<int>("SELECT hits FROM attendance_days"), Is.EqualTo(1));
    }

    [Test]
    public async Task RecordAsync_CooldownPassed_AnnouncesAgain()
    {
        var ledger = await StartLedgerAsync(("Attendance:Cooldown", "00:00:05"));
        var first = await ledger.RecordAsync(Sightings.Of("siswaA"), default);
        await Database.ExecuteAsync("UPDATE cooldowns SET taken_at = taken_at - interval '5 seconds'");

        var second = await ledger.RecordAsync(Sightings.Of("siswaA"), default);

        Assert.That(second, Is.TypeOf<Announced>());
        Assert.That(await Database.ReadAsync<Guid>("SELECT event_id FROM cooldowns"),
            Is.EqualTo(((Announced)second).EventId).And.Not.EqualTo(((Announced)first).EventId));
    }

    [Test]
    public async Task RecordAsync_AnotherStudentOrAnUnknownFace_HasASlotOfItsOwn()
    {
        var ledger = await StartLedgerAsync(LongCooldown);
        await AddStudentAsync("siswaB");

        LedgerEntry[] entries =
        [
            await ledger.RecordAsync(Sightings.Of("siswaA"), default),
            await ledger.RecordAsync(Sightings.Of("siswaB"), default),
            await ledger.RecordAsync(Sightings.Of(null), default),
            await ledger.RecordAsync(Sightings.Of(null), default),
        ];

        Assert.That(entries.Select(e => e.GetType()),
            Is.EqualTo((Type[])[typeof(Announced), typeof(Announced), typeof(Announced), typeof(CoolingDown)]));
        Assert.That(await Database.ReadAsync<string>("SELECT string_agg(student_id, ',' ORDER BY student_id) FROM attendance_days"),
            Is.EqualTo("siswaA,siswaB"));
    }

    [Test]
    public async Task RecordAsync_CooldownZero_AlwaysAnnounces()
    {
        var ledger = await StartLedgerAsync(("Attendance:Cooldown", "00:00:00"));

        var entries = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ledger.RecordAsync(Sightings.Of("siswaA"), default)));

        Assert.That(entries, Has.All.TypeOf<Announced>());
    }

    [Test]
    public async Task RecordAsync_DatabaseClockWasSetBack_IsNotHeldUpByTheFuture()
    {
        var ledger = await StartLedgerAsync(LongCooldown);
        await ledger.RecordAsync(Sightings.Of("siswaA"), default);
        await Database.ExecuteAsync("UPDATE cooldowns SET taken_at = clock_timestamp() + interval '31 minutes'");

        Assert.That(await ledger.RecordAsync(Sightings.Of("siswaA"), default), Is.TypeOf<Announced>());
    }

    [Test]
    public async Task RecordAsync_Announced_LeavesALeasedEventWithTheExactBody()
    {
        var ledger = await StartLedgerAsync(LongCooldown);

        var entry = (Announced)await ledger.RecordAsync(Sightings.Of("siswaA", context: new("gate-1", null, null, null)), default);

        Assert.That(await Database.ReadAsync<Guid>(
            "SELECT event_id FROM outbox WHERE status = 'pending' AND attempts = 1 AND student_key = 'siswaA'"), Is.EqualTo(entry.EventId));
        Assert.That(await Database.ReadAsync<string>("SELECT payload FROM events"),
            Does.StartWith("{\"event\":\"attendance.recognized\"").And.EndWith("\"device_id\":\"gate-1\"}"));
        Assert.That(await Database.ReadAsync<TimeSpan>("SELECT leased_until - created_at FROM outbox"),
            Is.EqualTo(TimeSpan.FromSeconds(15)).Within(TimeSpan.FromMilliseconds(50)));
    }

    [Test]
    public async Task RecordAsync_NothingToAnnounce_RecordsTheDayAlone()
    {
        var ledger = await StartLedgerAsync(LongCooldown, ("Webhook:Url", null));

        var entry = await ledger.RecordAsync(Sightings.Of("siswaA"), default);

        Assert.That(entry, Is.TypeOf<RecordedOnly>());
        Assert.That(await Database.ReadAsync<long>("SELECT (SELECT count(*) FROM cooldowns) + (SELECT count(*) FROM outbox)"), Is.Zero);
        Assert.That(await Database.ReadAsync<int>("SELECT hits FROM attendance_days"), Is.EqualTo(1));
    }

    [Test]
    public async Task RecordAsync_NoLocalRecord_AnnouncesAlone()
    {
        var ledger = await StartLedgerAsync(LongCooldown, ("Attendance:RecordLocally", "false"));

        var entry = await ledger.RecordAsync(Sightings.Of("siswaA"), default);

        Assert.That(entry, Is.TypeOf<Announced>());
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_days"), Is.Zero);
    }

    [TestCase("00:01:00", 59.999, ExpectedResult = 1, TestName = "RecordAsync_JustInsideTheDedup_DoesNotCount")]
    [TestCase("00:01:00", 60.0, ExpectedResult = 2, TestName = "RecordAsync_AtTheDedup_Counts")]
    [TestCase("00:01:00", 60.001, ExpectedResult = 2, TestName = "RecordAsync_JustOutsideTheDedup_Counts")]
    [TestCase("00:01:00", -59.999, ExpectedResult = 1, TestName = "RecordAsync_AnOlderSightingInsideTheDedup_DoesNotCount")]
    [TestCase("00:01:00", -60.0, ExpectedResult = 2, TestName = "RecordAsync_AnOlderSightingThatComesLate_Counts")]
    [TestCase("00:00:00", -7200.0, ExpectedResult = 1, TestName = "RecordAsync_DedupZero_DoesNotCountAnOlderOne")]
    [TestCase("00:00:00", 7200.0, ExpectedResult = 1, TestName = "RecordAsync_DedupZero_CountsOnceADay")]
    [TestCase("-00:00:01", 7200.0, ExpectedResult = 1, TestName = "RecordAsync_DedupNegative_CountsOnceADay")]
    public async Task<int> RecordAsync_SecondSighting(string dedup, double secondsLater)
    {
        // The second sighting lies inside the cooldown: what is announced does not decide what is recorded.
        var ledger = await StartLedgerAsync(LongCooldown, ("Attendance:Dedup", dedup));
        await ledger.RecordAsync(Sightings.Of("siswaA"), default);

        var later = Sightings.Noon.AddSeconds(secondsLater);
        var entry = await ledger.RecordAsync(Sightings.Of("siswaA", later), default);

        Assert.That(entry, Is.TypeOf<CoolingDown>());
        var day = (await ledger.ListStudentAsync(School, Ani, DateOnly.MinValue, default)).Single();
        var counted = day.Hits == 2 ? later : Sightings.Noon;
        Assert.That(new[] { day.FirstSeen, day.LastSeen },
            Is.EqualTo(new[] { Sightings.Noon, counted }.Order()).Within(TimeSpan.FromMilliseconds(0.01)));
        return day.Hits;
    }

    [TestCase("Asia/Jakarta", 4.99, "2025-03-10")]
    [TestCase("Asia/Jakarta", 5.0, "2025-03-11")]
    [TestCase("UTC", 11.99, "2025-03-10")]
    [TestCase("UTC", 12.0, "2025-03-11")]
    [TestCase("Pacific/Honolulu", -2.01, "2025-03-09")]
    [TestCase("Pacific/Honolulu", -2.0, "2025-03-10")]
    // The days of 23 and of 25 hours: each begins in one offset and ends in the other.
    [TestCase("Europe/Berlin", 466.99, "2025-03-29")]
    [TestCase("Europe/Berlin", 467.0, "2025-03-30")]
    [TestCase("Europe/Berlin", 489.99, "2025-03-30")]
    [TestCase("Europe/Berlin", 490.0, "2025-03-31")]
    [TestCase("Europe/Berlin", 5505.99, "2025-10-25")]
    [TestCase("Europe/Berlin", 5506.0, "2025-10-26")]
    [TestCase("Europe/Berlin", 5530.99, "2025-10-26")]
    [TestCase("Europe/Berlin", 5531.0, "2025-10-27")]
    public async Task RecordAsync_NearMidnight_IsTheSchoolsDay(string zone, double hoursAfterNoon, string day)
    {
        var ledger = await StartLedgerAsync(("Attendance:TimeZone", zone));

        await ledger.RecordAsync(Sightings.Of("siswaA", Sightings.Noon.AddHours(hoursAfterNoon)), default);

        Assert.That((await ledger.ListStudentAsync(School, Ani, DateOnly.MinValue, default)).Single().Date.ToString("O"), Is.EqualTo(day));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task RecordAsync_StudentRemovedMeanwhile_WritesNothing(bool isWanted)
    {
        var ledger = await StartLedgerAsync(LongCooldown, ("Webhook:Url", isWanted ? "http://127.0.0.1:9/" : null));

        var entry = await ledger.RecordAsync(Sightings.Of("removed"), default);

        Assert.That(entry, Is.TypeOf<StudentRemoved>());
        Assert.That(
            await Database.ReadAsync<long>(
                "SELECT (SELECT count(*) FROM cooldowns) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM attendance_days)"),
                Is.Zero);
    }

    [Test]
    public async Task RecordAsync_WhileTheStudentIsRemovedOverAndOver_NeverFailsAndLeavesNoOrphan()
    {
        var process = await StartProcessAsync([.. Unsent, ("Attendance:Cooldown", "00:00:00")]);
        var (ledger, students) = (process.Get<IAttendanceLedger>(), process.Get<IStudents>());

        var recording = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            for (var i = 0; i < 50; i++) await ledger.RecordAsync(Sightings.Of("siswaA"), default);
        })).ToArray();
        while (!Task.WhenAll(recording).IsCompleted)
        {
            await students.UpsertAsync(School, Ani, new("Ani", null, null, null), default);
            await students.RemoveAsync(School, Ani, default);
        }
        await Task.WhenAll(recording);
        await students.RemoveAsync(School, Ani, default);

        Assert.That(
            await Database.ReadAsync<long>(
                "SELECT (SELECT count(*) FROM cooldowns) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM attendance_days)"),
                Is.Zero);
    }

    [Test]
    public async Task ListDayAsync_SeveralStudents_AreLatestFirstWithNames()
    {
        var ledger = await StartLedgerAsync(("Attendance:Cooldown", "00:00:00"));
        await AddStudentAsync("siswaB");
        await AddStudentAsync("siswaC");
        await ledger.RecordAsync(Sightings.Of("siswaA", Sightings.Noon.AddMinutes(5)), default);
        await ledger.RecordAsync(Sightings.Of("siswaB", Sightings.Noon.AddMinutes(9)), default);
        await ledger.RecordAsync(Sightings.Of("siswaC", Sightings.Noon.AddMinutes(1)), default);
        await ledger.RecordAsync(Sightings.Of("siswaC", Sightings.Noon.AddDays(1)), default);
        var today = DateOnly.FromDateTime(Sightings.Noon.UtcDateTime);

        var all = await ledger.ListDayAsync(School, today, 100, 0, default);
        var second = await ledger.ListDayAsync(School, today, 1, 1, default);

        Assert.That(all.Select(d => d.Student.Value), Is.EqualTo((string[])["siswaB", "siswaA", "siswaC"]));
        Assert.That(second.Single(),
            Is.EqualTo(new AttendanceDay(Ani, "Name of siswaA", today, Sightings.Noon.AddMinutes(5), Sightings.Noon.AddMinutes(5), 1)));
    }

    [Test]
    public async Task ListStudentAsync_SeveralDays_AreNewestFirstFromTheGivenDay()
    {
        var ledger = await StartLedgerAsync(("Attendance:Cooldown", "00:00:00"));
        foreach (var day in new[] { 0, 2, 1, 3 })
            await ledger.RecordAsync(Sightings.Of("siswaA", Sightings.Noon.AddDays(day)), default);

        var days = await ledger.ListStudentAsync(School, Ani, new DateOnly(2025, 3, 11), default);

        Assert.That(days.Select(d => d.Date.Day), Is.EqualTo((int[])[13, 12, 11]));
    }

    [Test]
    public void Start_UnknownTimeZone_StopsAndNamesTheSetting()
    {
        var refused =
            Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() =>
                StartProcessAsync(("Attendance:TimeZone", "Asia/Atlantis")));

        Assert.That(refused!.Message, Does.Contain("SCHOOL_TIME_ZONE").And.Contain("Asia/Atlantis"));
    }

    private async Task<IAttendanceLedger> StartLedgerAsync(params (string, string?)[] settings)
    {
        var process = await StartProcessAsync([.. Unsent, .. settings]);
        await AddStudentAsync("siswaA");
        return process.Get<IAttendanceLedger>();
    }

    private async Task AddStudentAsync(string id) => await Database.ExecuteAsync(
        $"INSERT INTO students (school_id, id, full_name) VALUES ('{School}', '{id}', 'Name of {id}') ON CONFLICT DO NOTHING");
}
