using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Attendance;

internal sealed class ClassSessionTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 7, 0, 0, TimeSpan.Zero);
    private static readonly StudentId Ani = new("ani");
    private static readonly StudentId Budi = new("budi");

    [TestCase(0, 10, AttendanceOrigin.CheckIn, ExpectedResult = null)]
    [TestCase(5, 10, AttendanceOrigin.CheckIn, ExpectedResult = null)]
    [TestCase(5, 4, AttendanceOrigin.CheckIn, ExpectedResult = "session.judged_otherwise",
        TestName = "Replace_ShorterGrace_WouldMakeACheckInLate")]
    [TestCase(5, 4, AttendanceOrigin.Camera, ExpectedResult = "session.judged_otherwise")]
    [TestCase(5, 4, AttendanceOrigin.Manual, ExpectedResult = null, TestName = "Replace_ShorterGrace_LeavesAPersonsWordAlone")]
    [TestCase(-15, 10, AttendanceOrigin.CheckIn, ExpectedResult = null)]
    public string? Replace_Times(double minutes, double grace, AttendanceOrigin origin) =>
        Session().Replace("7B", Window(grace), [Ani, Budi], [Record(Ani, minutes, origin)]).Error?.Code;

    [Test]
    public void Replace_WindowMovedPastACheckIn_IsRefusedWithItsStudent()
    {
        var later = ClassWindow.Create(Start.AddHours(2), Start.AddHours(2), TimeSpan.Zero, Start.AddHours(3)).Value;

        var replaced = Session()
            .Replace("7B", later, [Ani, Budi], [Record(Budi, 0, AttendanceOrigin.CheckIn), Record(Ani, 0, AttendanceOrigin.Manual)]);

        Assert.That(replaced.Error!.Code, Is.EqualTo("session.judged_otherwise"));
        Assert.That(replaced.Error.Details!["students"], Is.EqualTo(new[] { "budi" }));
    }

    [Test]
    public void Replace_Roster_KeepsWhoHasARecordAndLetsOthersGo()
    {
        AttendanceRecord[] records = [Record(Ani, 0, AttendanceOrigin.Manual)];

        Assert.That(Session().Replace("7B", Window(10), [Budi], records).Error!.Code, Is.EqualTo("session.student_recorded"));
        Assert.That(Session().Replace("7B", Window(10), [Ani], records).Value.Roster, Is.EqualTo(new[] { Ani }));
    }

    [Test]
    public void Replace_GuestOfTheRoster_IsNoReasonAgainst()
    {
        var replaced = Session().Replace("8C", Window(10), [Ani, Budi], [Record(new("guest"), 0, AttendanceOrigin.Manual)]);

        Assert.That(replaced.Value.Name, Is.EqualTo("8C"));
    }

    [Test]
    public void Replace_Settled_IsRefused() => Assert.That(
        (Session() with { SettledAt = Start.AddHours(1) }).Replace("7B", Window(10), [Ani, Budi], []).Error!.Code,
        Is.EqualTo("session.settled"));

    private static ClassSession Session() => new(ClassSessionId.New(), "7B", Window(10), [Ani, Budi], null);

    private static ClassWindow Window(double grace) =>
        ClassWindow.Create(Start.AddMinutes(-15), Start, TimeSpan.FromMinutes(grace), Start.AddMinutes(45)).Value;

    private static AttendanceRecord Record(StudentId student, double minutes, AttendanceOrigin origin) => new(
        RecordId.New(), student, null, Start.AddMinutes(minutes), AttendanceStatus.Present, NeedsReview: false, EvidenceOf(origin));

    private static Evidence EvidenceOf(AttendanceOrigin origin) => origin switch
    {
        AttendanceOrigin.Camera => new Evidence.Camera(0.2, 0.7, null, null),
        AttendanceOrigin.CheckIn => new Evidence.CheckIn(null, null, null, null, null, null, null, []),
        AttendanceOrigin.Manual => new Evidence.Manual("seen", null),
        AttendanceOrigin.Schedule => new Evidence.Schedule(),
    };
}
