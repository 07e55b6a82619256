using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Notices;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Notices;

public sealed class NoticeRulesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    [TestCase(600, true, false, false)]
    [TestCase(601, true, false, true)]
    [TestCase(601, false, false, false)]
    [TestCase(86_400, false, false, false)]
    [TestCase(86_401, false, false, true)]
    [TestCase(601, false, true, true, Description = "the lesson has ended, the silence has not")]
    [TestCase(600, false, true, false, Description = "heard of again")]
    public void IsSilent_AroundItsEdges(int seconds, bool isLesson, bool isRaised, bool expected) =>
        Assert.That(NoticeRules.IsSilent(Now.AddSeconds(-seconds), Now, isLesson, isRaised), Is.EqualTo(expected));

    // It is Monday, 8:00; the camera's hours began at 7:00.
    [TestCase(600, false, true, false)]
    [TestCase(601, false, true, true)]
    [TestCase(null, false, true, true, Description = "nothing came since its hours began")]
    [TestCase(601, false, false, false, Description = "without hours, and without a lesson, after a day")]
    [TestCase(86_401, false, false, true)]
    [TestCase(601, true, false, true)]
    [TestCase(600, true, true, false, Description = "it shows something again")]
    public void IsCameraSilent_AroundItsEdges(int? seconds, bool isRaised, bool hasHours, bool expected)
    {
        var hours = hasHours ? CameraHours.Create([DayOfWeek.Monday], new(7, 0), new(16, 0)).Value : null;
        DateTimeOffset? lastFrame = seconds is { } s ? Now.AddSeconds(-s) : null;

        Assert.That(NoticeRules.IsCameraSilent(lastFrame, Now.AddDays(-9), hours, Now, isLesson: false, isRaised), Is.EqualTo(expected));
    }

    [TestCase(6, 59, false)]
    [TestCase(7, 10, false)]
    [TestCase(7, 11, true)]
    [TestCase(16, 0, false)]
    public void IsCameraSilent_OfOneThatShowedSomethingYesterday_CountsFromTheBeginningOfItsHours(int hour, int minute, bool expected)
    {
        var hours = CameraHours.Create([DayOfWeek.Monday], new(7, 0), new(16, 0)).Value;
        var now = new DateTimeOffset(2026, 1, 5, hour, minute, 0, TimeSpan.FromHours(7));

        Assert.That(
            NoticeRules.IsCameraSilent(now.AddDays(-1), now.AddDays(-9), hours, now, isLesson: true, isRaised: false),
            Is.EqualTo(expected));
    }

    [Test]
    public void IsCameraSilent_OfOneThatWasJustChanged_IsNot() => Assert.That(
        NoticeRules.IsCameraSilent(null, Now.AddMinutes(-9), hours: null, Now, isLesson: true, isRaised: false), Is.False);

    [TestCase(null, false, 0, false)]
    [TestCase(900, false, 0, false)]
    [TestCase(901, false, 0, true)]
    [TestCase(null, true, 0, true)]
    [TestCase(null, false, 1, true)]
    public void DeliveriesFail_AroundItsEdges(int? failingSeconds, bool isGivenUp, int dead, bool expected) =>
        Assert.That(
            NoticeRules.DeliveriesFail(failingSeconds is { } s ? Now.AddSeconds(-s) : null, isGivenUp, dead, Now), Is.EqualTo(expected));

    [TestCase(null, true)]
    [TestCase(26 * 3600, false)]
    [TestCase((26 * 3600) + 1, true)]
    [TestCase(-60, false, Description = "a clock that is behind the disk's")]
    public void IsBackupOverdue_AroundItsEdges(int? ageSeconds, bool expected) =>
        Assert.That(
            NoticeRules.IsBackupOverdue(ageSeconds is { } s ? Now.AddSeconds(-s) : null, TimeSpan.FromHours(26), Now),
            Is.EqualTo(expected));

    [TestCase(365, 14.0, false)]
    [TestCase(365, 13.9, true)]
    [TestCase(365, -1.0, true)]
    [TestCase(6, 1.5, false)]
    [TestCase(6, 1.4, true)]
    public void IsCertificateEnding_AroundItsEdges(int lifeDays, double leftDays, bool expected)
    {
        var ends = Now.AddDays(leftDays);

        Assert.That(NoticeRules.IsCertificateEnding(ends.AddDays(-lifeDays), ends, Now), Is.EqualTo(expected));
    }

    [TestCase(0.5f, true)]
    [TestCase(0.46f, true)]
    [TestCase(0.44f, false)]
    [TestCase(null, false)]
    public void AreLookalikes_AroundItsEdges(float? similarity, bool expected) =>
        Assert.That(NoticeRules.AreLookalikes(similarity, 0.5f), Is.EqualTo(expected));
}
