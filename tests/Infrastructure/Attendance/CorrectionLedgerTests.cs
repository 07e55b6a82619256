using System.Runtime.InteropServices;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Attendance;
using FaceAttendance.Infrastructure.Tests.Events;
using FaceAttendance.Infrastructure.Tests.Gallery;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Attendance;

/// <summary>A sighting of siswaA that was siswaB, or nobody whom the school knows.</summary>
internal sealed class CorrectionLedgerTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly StudentId Ani = new("siswaA");
    private static readonly StudentId Budi = new("siswaB");

    // Between here and its end an hour later the session takes sightings, and nobody settles it.
    private readonly DateTimeOffset _start = DateTimeOffset.FromUnixTimeSeconds(DateTimeOffset.UtcNow.ToUnixTimeSeconds()).AddMinutes(-5);

    private ServerProcess _process = null!;
    private ClassSessionId _session;

    [SetUp]
    public async Task StartAsync()
    {
        _process = await StartProcessAsync([
            .. Unsent, ("Webhook:Events", "attendance.checked_in,attendance.marked,attendance.absent,attendance.corrected")]);
        foreach (var student in new[] { Ani, Budi })
            await _process.Get<IStudents>().UpsertAsync(School, student, new(student.Value, null, null, null), default);
        var window = ClassWindow.Create(_start.AddMinutes(-15), _start, TimeSpan.FromMinutes(10), _start.AddHours(1)).Value;
        _session = (await _process.Get<IClassSessions>().AddAsync(
            School, new(ClassSessionId.New(), "7B", window, [Ani, Budi], null), default)).Value.Id;
    }

    [Test]
    public async Task CorrectAsync_ItWasTheOther_GivesThemTheAttendanceAndTakesItFromTheNamed()
    {
        var record = await SeeAsync(Ani, _start);

        var corrected = await CorrectAsync(record, Budi);

        Assert.That(corrected.IsSuccess, Is.True, corrected.Error?.Code);
        Assert.That((await RosterAsync()), Is.EqualTo(["siswaA -", "siswaB present manual"]));
        Assert.That(await DaysAsync(), Is.EqualTo("siswaB 1"));
        Assert.That(
            await EventsAsync(),
            Is.EqualTo(
                $"siswaA {{\"event\": \"attendance.corrected\", \"counts\": false, \"undone\": false, \"status\": \"present\"}}\n" +
                $"siswaB {{\"event\": \"attendance.corrected\", \"counts\": true, \"undone\": false, \"status\": \"present\"}}"));
        var listed = await ListAsync(corrected: true);
        Assert.That(listed.Single().Record.Id, Is.EqualTo(record), "the original is kept");
        Assert.That(listed.Single().Record.Evidence, Is.TypeOf<Evidence.Camera>());
        Assert.That(
            listed.Single().Correction is { Reason: "Her sister.", By: "server" } kept && kept.Student == Budi
                && kept.Given == corrected.Value.Given, Is.True);
        Assert.That((await ListAsync()).Select(l => l.Record.Student), Is.EqualTo([Budi]));
        Assert.That(
            await Database.ReadAsync<string>("SELECT action || ' ' || subject FROM audit WHERE action LIKE 'attendance%'"),
            Is.EqualTo("attendance.corrected siswaA"));
    }

    [Test]
    public async Task UndoAsync_AfterACorrection_LeavesAllAsItWas()
    {
        var record = await SeeAsync(Ani, _start);
        await MarkAsync(Budi, AttendanceStatus.Absent);
        var before = await StateAsync();

        await CorrectAsync(record, Budi);
        var between = await RosterAsync();
        var undone = await UndoAsync(record);

        Assert.That(between, Is.EqualTo(["siswaA -", "siswaB present manual"]));
        Assert.That(undone.IsSuccess, Is.True, undone.Error?.Code);
        Assert.That(await StateAsync(), Is.EqualTo(before));
        Assert.That(await ListAsync(corrected: true), Is.Empty);
        Assert.That(
            (await EventsAsync()).Split('\n').TakeLast(2),
            Is.EqualTo([
                "siswaA {\"event\": \"attendance.corrected\", \"counts\": true, \"undone\": true, \"status\": \"present\"}",
                "siswaB {\"event\": \"attendance.corrected\", \"counts\": false, \"undone\": true, \"status\": \"present\"}"]));
        Assert.That((await UndoAsync(record)).Error, Is.EqualTo(CorrectionErrors.NotFound));
    }

    [Test]
    public async Task CorrectAsync_NobodyKnown_TakesTheDayFromTheNamedAlone()
    {
        var wrong = await SeeAsync(Ani, _start);
        await SeeAsync(Ani, _start.AddMinutes(3));

        await CorrectAsync(wrong, null);

        Assert.That(await RosterAsync(), Is.EqualTo(["siswaA -", "siswaB -"]));
        Assert.That(
            await Database.ReadAsync<string>("SELECT student_id || ' ' || hits || ' ' || (first_seen = last_seen) FROM attendance_days"),
            Is.EqualTo("siswaA 1 true"), "what was seen of the student later holds");
    }

    [Test]
    public async Task CorrectAsync_OtherIsPresentAlready_LeavesTheirRecord()
    {
        var wrong = await SeeAsync(Ani, _start.AddMinutes(2));
        var own = await SeeAsync(Budi, _start);

        var corrected = await CorrectAsync(wrong, Budi);

        Assert.That(corrected.Value.Given, Is.Null);
        Assert.That((await ListAsync()).Select(l => l.Record.Id), Is.EqualTo([own]));
        Assert.That(await EventsAsync(), Does.Not.Contain("siswaB"));
    }

    [Test]
    public async Task CorrectAsync_SessionIsSettled_TheNamedWasAbsentUntilItIsUndone()
    {
        var record = await SeeAsync(Ani, _start);
        await SettleAsync();

        await CorrectAsync(record, Budi);
        var between = await RosterAsync();
        await UndoAsync(record);

        Assert.That(between, Is.EqualTo(["siswaA absent schedule", "siswaB present manual"]));
        Assert.That(await RosterAsync(), Is.EqualTo(["siswaA present camera", "siswaB absent schedule"]));
        Assert.That(await EventsAsync(), Does.Contain("siswaA {\"event\": \"attendance.absent\""));
    }

    [Test]
    public async Task UndoAsync_SeenOrMarkedSince_KeepsTheSightingAndRefusesBesideTheMark()
    {
        var first = await SeeAsync(Ani, _start);
        await CorrectAsync(first, null);
        var later = await SeeAsync(Ani, _start.AddMinutes(20));
        var seen = await UndoAsync(first);
        var records = await ListAsync();
        await CorrectAsync(first, null);
        await MarkAsync(Ani, AttendanceStatus.Sick);

        var marked = await UndoAsync(first);

        Assert.That(seen.IsSuccess, Is.True, seen.Error?.Code);
        Assert.That(
            records.Select(l => (l.Record.Id, l.Record.Session, l.Record.Status)),
            Is.EqualTo([(first, (ClassSessionId?)_session, AttendanceStatus.Present), (later, null, AttendanceStatus.Present)]));
        Assert.That(marked.Error, Is.EqualTo(CorrectionErrors.Overtaken));
        Assert.That(await RosterAsync(), Is.EqualTo(["siswaA sick manual", "siswaB -"]));
    }

    [Test]
    public async Task UndoAsync_GivenRecordWasMarkedAnew_LeavesTheMark()
    {
        var record = await SeeAsync(Ani, _start);
        await CorrectAsync(record, Budi);
        await MarkAsync(Budi, AttendanceStatus.Late);

        await UndoAsync(record);

        Assert.That(await RosterAsync(), Is.EqualTo(["siswaA present camera", "siswaB late manual"]));
    }

    [Test]
    public async Task CorrectAsync_AtOnceInTwoWays_OneWinsAndARepetitionIsAnswered()
    {
        var record = await SeeAsync(Ani, _start);
        var other = await StartProcessAsync([.. Unsent]);

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => CorrectAsync(record, i % 2 == 0 ? Budi : null, i % 4 < 2 ? _process : other)));

        var winner = answers.First(a => a.IsSuccess).Value;
        Assert.That(
            answers.Select((a, i) => a.IsSuccess ? a.Value.Id == winner.Id && (i % 2 == 0 ? Budi : (StudentId?)null) == winner.Student
                : a.Error == CorrectionErrors.Exists),
            Is.All.True);
        Assert.That(answers.Count(a => a.IsSuccess), Is.EqualTo(4));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM audit WHERE action = 'attendance.corrected'"), Is.EqualTo(1));
    }

    [Test]
    public async Task CorrectAsync_WhatIsNoWrongName_IsRefusedAndNothingChanges()
    {
        var record = await SeeAsync(Ani, _start);
        var mark = await MarkAsync(Budi, AttendanceStatus.Present);
        var before = await StateAsync();

        Assert.That((await CorrectAsync(RecordId.New(), Budi)).Error, Is.EqualTo(CorrectionErrors.RecordNotFound));
        Assert.That((await CorrectAsync(record, Ani)).Error, Is.EqualTo(CorrectionErrors.SameStudent));
        Assert.That((await CorrectAsync(record, new("ghost"))).Error, Is.EqualTo(StudentErrors.NotFound));
        Assert.That((await CorrectAsync(mark, Ani)).Error, Is.EqualTo(CorrectionErrors.NotASighting));
        Assert.That((await UndoAsync(record)).Error, Is.EqualTo(CorrectionErrors.NotFound));
        Assert.That(await StateAsync(), Is.EqualTo(before));
    }

    [Test]
    public async Task EraseAsync_WhomItWas_LeavesNothingOfThemWithTheCorrection()
    {
        var record = await SeeAsync(Ani, _start);
        await MarkAsync(Budi, AttendanceStatus.Absent);
        await CorrectAsync(record, Budi);

        var receipt = await _process.Get<IStudentRights>().EraseAsync(School, Budi, default);
        var after = await Database.ReadAsync<string>("SELECT attendance_corrections::text FROM attendance_corrections");
        var own = await _process.Get<IStudentRights>().EraseAsync(School, Ani, default);

        Assert.That(receipt!.Removed["corrections_that_named_them"], Is.EqualTo(1));
        Assert.That(after, Does.Not.Contain("siswaB").And.Not.Contain("sister").And.Contain("siswaA"));
        Assert.That(own!.Removed["attendance_corrections"], Is.EqualTo(1));
    }

    [Test]
    public async Task CorrectAsync_FaceOfTheSighting_IsTheStudentsNoMoreInAnyProcessUntilItIsUndone()
    {
        var other = await StartProcessAsync(Unsent);
        await EnrollAsync(Ani, 1);
        var record = await SeeAsync(Ani, _start, Faces.Of(2));
        await Eventually.TrueAsync(() => Seen(other) == 1, "the template came");

        var corrected = await CorrectAsync(record, Budi);

        Assert.That(corrected.Value.IsExample, Is.True);
        Assert.That(LeadIn(_process, Faces.Of(2)), Is.Negative, "it holds here when it is answered");
        Assert.That(LeadIn(_process, Faces.Of(1)), Is.GreaterThan(MatchPolicy.NegativeMargin));
        await Eventually.TrueAsync(() => LeadIn(other, Faces.Of(2)) < 0, "the other process heard of it");
        var late = await StartProcessAsync(Unsent);
        Assert.That(LeadIn(late, Faces.Of(2)), Is.Negative, "one that starts later knows it");

        await UndoAsync(record);
        Assert.That(LeadIn(_process, Faces.Of(2)), Is.Null);
        await Eventually.TrueAsync(() => LeadIn(other, Faces.Of(2)) is null, "the other process forgot it");
        Assert.That((await CorrectAsync(record, null)).Value.IsExample, Is.True, "and again");
        Assert.That(LeadIn(_process, Faces.Of(2)), Is.Negative);
        await Eventually.TrueAsync(() => LeadIn(other, Faces.Of(2)) < 0, "the other process heard of that too");
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task EraseOrWithdraw_WhoseFaceItWas_TakesTheExampleFromEveryGallery(bool erase)
    {
        await EnrollAsync(Ani, 1);
        var record = await SeeAsync(Ani, _start, Faces.Of(2));
        await CorrectAsync(record, Budi);
        var before = LeadIn(_process, Faces.Of(2));

        if (erase) await _process.Get<IStudentRights>().EraseAsync(School, Budi, default);
        else await _process.Get<IConsents>().RecordAsync(School, Budi, ConsentState.Withdrawn, "paper", null, default);

        Assert.That(before, Is.Negative);
        Assert.That(LeadIn(_process, Faces.Of(2)), Is.Null);
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM sighting_faces"), Is.Zero);
    }

    [Test]
    public async Task CorrectAsync_FaceOfSomebodyWhoWithdrewConsent_IsForgottenInPlaceOfKept()
    {
        await EnrollAsync(Ani, 1);
        await _process.Get<IConsents>().RecordAsync(School, Budi, ConsentState.Withdrawn, "paper", null, default);
        var record = await SeeAsync(Ani, _start, Faces.Of(2));

        var corrected = await CorrectAsync(record, Budi);

        Assert.That((corrected.IsSuccess, corrected.Value.IsExample), Is.EqualTo((true, false)));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM sighting_faces"), Is.Zero);
    }

    [Test]
    public async Task RecordAsync_FaceOfARecord_LiesSealedAndGoesUnderANewKeyWithTheTemplates()
    {
        await EnrollAsync(Ani, 1);
        var record = await SeeAsync(Ani, _start, Faces.Of(2));
        await _process.Get<IAttendanceLedger>().RecordAsync(
            Sightings.Of(Ani.Value, _start.AddSeconds(1), new(null, null, null, _session.ToString())) with { Face = Faces.Of(3) }, default);
        await CorrectAsync(record, null);
        var stored = (await Database.ReadAsync<byte[]>("SELECT embedding FROM sighting_faces"))!;
        var rotating = await StartProcessAsync([.. Unsent, ("StorageKeys:Keys", $"{TestKeys.Second},{TestKeys.First}")]);

        var remaining = (await rotating.Get<ITemplateKeys>().GetAsync(School, default)).Remaining;
        await rotating.Get<ITemplateKeys>().RotateAsync(School, int.MaxValue, default);

        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM sighting_faces"), Is.EqualTo(1), "of what left a record");
        Assert.That(Contains(stored, MemoryMarshal.AsBytes(Faces.Of(2).Values)[..16]), Is.False);
        Assert.That(await Database.ReadAsync<string>("SELECT string_agg(DISTINCT key_id, ',') FROM sighting_faces"), Is.EqualTo("test-2"));
        Assert.That(remaining, Is.GreaterThanOrEqualTo(2));
        var after = await StartProcessAsync([.. Unsent, ("StorageKeys:Keys", TestKeys.Second)]);
        Assert.That(LeadIn(after, Faces.Of(2)), Is.Negative);
    }

    [Test]
    public async Task RecordAsync_FacesAreNotToBeKept_KeepsNone()
    {
        var process = await StartProcessAsync([.. Unsent, ("Privacy:SightingDays", "0")]);
        await process.Get<IAttendanceLedger>().RecordAsync(Sightings.Of(Ani.Value, _start) with { Face = Faces.Of(2) }, default);
        var record = (await ListAsync()).Single().Record.Id;

        Assert.That((await CorrectAsync(record, Budi)).Value.IsExample, Is.False);
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM sighting_faces"), Is.Zero);
    }

    [Test]
    public async Task RecordAsync_SightingThatCountsOrRepeats_NamesTheRecordThatItLeft()
    {
        var sighting = Sightings.Of("siswaA", _start, new(null, null, null, _session.ToString()));

        var first = await _process.Get<IAttendanceLedger>().RecordAsync(sighting, default);
        var second = await _process.Get<IAttendanceLedger>().RecordAsync(sighting, default);

        Assert.That(first.Record, Is.EqualTo((await ListAsync()).Single().Record.Id));
        Assert.That(second.Record, Is.Null);
    }

    private static bool Contains(ReadOnlySpan<byte> all, ReadOnlySpan<byte> part) => all.IndexOf(part) >= 0;

    private async Task EnrollAsync(StudentId student, int person) =>
        await _process.Get<ITemplates>().AddAsync(Faces.TemplateOf(student.Value, person), default);

    private static int Seen(ServerProcess process) => process.Get<IGallery>().Open(School).Templates;

    private static float? LeadIn(ServerProcess process, Embedding probe) =>
        process.Get<IGallery>().Search(School, probe, 1).Select(m => m.LeadOverNegative).FirstOrDefault();

    private async Task<RecordId> SeeAsync(StudentId student, DateTimeOffset at, Embedding? face = null)
    {
        await _process.Get<IAttendanceLedger>().RecordAsync(
            Sightings.Of(student.Value, at, new("gate-1", null, null, _session.ToString())) with { Face = face }, default);
        return new((await Database.ReadAsync<Guid>(
            $"SELECT id FROM attendance_records WHERE student_id = '{student}' AND origin = 'camera' ORDER BY at DESC LIMIT 1")));
    }

    private async Task<RecordId> MarkAsync(StudentId student, AttendanceStatus status) =>
        (await _process.Get<IManualMarks>().MarkAsync(new(School, student, _session, status, _start, "said so"), default)).Value.Id;

    private Task<Result<Correction>> CorrectAsync(RecordId record, StudentId? was, ServerProcess? process = null) =>
        (process ?? _process).Get<ICorrections>().CorrectAsync(new(School, record, was, "Her sister."), default);

    private Task<Result<Done>> UndoAsync(RecordId record) => _process.Get<ICorrections>().UndoAsync(School, record, default);

    private async Task SettleAsync()
    {
        await Database.ExecuteAsync("UPDATE class_sessions SET grace = '0', ends_at = now() - interval '1 s'");
        await Eventually.TrueAsync(
            async () =>
            {
                await _process.Get<IEnumerable<IHostedService>>().OfType<AbsenceMarker>().Single().SettleNextAsync(default);
                return await Database.ReadAsync<bool>("SELECT settled_at IS NOT NULL FROM class_sessions");
            },
            "the session is settled");
    }

    private async Task<string[]> RosterAsync() =>
    [
        .. (await _process.Get<IClassRosters>().ListAsync(School, _session, default)).Select(e =>
            $"{e.Student} {(e.Record is { } record ? $"{Words.Of(record.Status)} {Words.Of(record.Origin)}" : "-")}"),
    ];

    private Task<IReadOnlyList<AttendanceLine>> ListAsync(bool corrected = false) => _process.Get<IAttendanceRecords>().ListAsync(
        School, new(null, null, null, null, null, null, null, null, corrected), null, 10, default);

    private async Task<string?> DaysAsync() =>
        await Database.ReadAsync<string>("SELECT string_agg(student_id || ' ' || hits, ', ' ORDER BY student_id) FROM attendance_days");

    private async Task<string> EventsAsync() => (await Database.ReadAsync<string>(
        """
        SELECT string_agg(student_key || ' {"event": "' || (payload::jsonb ->> 'event') || '"'
            || coalesce(', "counts": ' || (payload::jsonb ->> 'counts') || ', "undone": ' || (payload::jsonb ->> 'undone'), '')
            || ', "status": "' || (payload::jsonb ->> 'status') || '"}', E'\n' ORDER BY created_at, student_key)
        FROM events WHERE type <> 'attendance.marked'
        """))!;

    /// <summary>All that attendance stands on, but the events that announced it.</summary>
    private async Task<string> StateAsync() => (await Database.ReadAsync<string>(
        """
        SELECT (SELECT string_agg(r::text, E'\n' ORDER BY r.id) FROM attendance_records AS r) || E'\n'
            || (SELECT string_agg(d::text, E'\n' ORDER BY d.student_id) FROM attendance_days AS d)
        """))!;
}
