using FaceAttendance.Infrastructure.Events;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Events;

internal sealed class RetryScheduleTests
{
    private const double Middle = 0.5;

    [TestCase(1, 5)]
    [TestCase(2, 5 * 60)]
    [TestCase(3, 30 * 60)]
    [TestCase(4, 2 * 3600)]
    [TestCase(5, 5 * 3600)]
    [TestCase(6, 10 * 3600)]
    [TestCase(7, 10 * 3600)]
    public void PauseAfter_EachAttempt_FollowsTheSchedule(int attempt, double seconds) =>
        Assert.That(RetrySchedule.PauseAfter(attempt, RetrySchedule.Standard, null, Middle), Is.EqualTo(TimeSpan.FromSeconds(seconds)));

    [Test]
    public void PauseAfter_LastAttempt_IsNull() => Assert.That(RetrySchedule.PauseAfter(8, RetrySchedule.Standard, null, Middle), Is.Null);

    [Test]
    public void PauseAfter_LastAttemptWithRetryAfter_IsNull() =>
        Assert.That(RetrySchedule.PauseAfter(8, RetrySchedule.Standard, TimeSpan.FromSeconds(1), Middle), Is.Null);

    [TestCase(0.0, 4.0)]
    [TestCase(0.999999, 6.0)]
    public void PauseAfter_Jitter_StaysWithinTwentyPercent(double random, double seconds) =>
        Assert.That(
            RetrySchedule.PauseAfter(1, RetrySchedule.Standard, null, random)!.Value.TotalSeconds, Is.EqualTo(seconds).Within(1e-4));

    [TestCase(-30.0, 5.0, TestName = "PauseAfter_RetryAfterInThePast_KeepsThePause")]
    [TestCase(1.0, 5.0, TestName = "PauseAfter_RetryAfterShorter_KeepsThePause")]
    [TestCase(60.0, 60.0, TestName = "PauseAfter_RetryAfterLonger_IsHonoured")]
    [TestCase(1e9, 86400.0, TestName = "PauseAfter_RetryAfterBeyondADay_IsADay")]
    public void PauseAfter_RetryAfter(double asked, double seconds) =>
        Assert.That(RetrySchedule.PauseAfter(1, RetrySchedule.Standard, TimeSpan.FromSeconds(asked), Middle),
            Is.EqualTo(TimeSpan.FromSeconds(seconds)));
}
