using FaceAttendance.Domain.Liveness;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Liveness;

public sealed class AttemptRuleTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 8, 0, 0, TimeSpan.Zero);

    [TestCase("", 0)]
    [TestCase("1,2", 0)]
    [TestCase("1,2,3", 7 * 60)]
    [TestCase("3,1,2", 7 * 60)]
    [TestCase("1,2,10", 0)]
    [TestCase("1,2,9", 60)]
    [TestCase("1,2,3,9", 7 * 60)]
    public void LockedFor_ThreeIn10Minutes_UntilTheThirdLastIsForgotten(string minutesAgo, double seconds)
    {
        var began = minutesAgo.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(m => Now - TimeSpan.FromMinutes(double.Parse(m)));

        var locked = new AttemptRule(3, TimeSpan.FromMinutes(10)).LockedFor(began, Now);

        Assert.That(locked, Is.EqualTo(TimeSpan.FromSeconds(seconds)));
    }
}
