using FaceAttendance.Domain.Presence;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Presence;

internal sealed class FencePolicyTests
{
    [TestCase(-10, 9.9, ExpectedResult = PresenceVerdict.Inside, TestName = "Classify_CircleWithinFence_IsInside")]
    [TestCase(-10, 10, ExpectedResult = PresenceVerdict.Inside, TestName = "Classify_CircleReachesTheEdgeFromWithin_IsInside")]
    [TestCase(-10, 10.1, ExpectedResult = PresenceVerdict.Uncertain, TestName = "Classify_CircleJustOverTheEdge_IsUncertain")]
    [TestCase(0, 0, ExpectedResult = PresenceVerdict.Inside, TestName = "Classify_ExactlyOnTheEdge_IsInside")]
    [TestCase(1e-9, 0, ExpectedResult = PresenceVerdict.Outside, TestName = "Classify_ExactAndJustBeyond_IsOutside")]
    [TestCase(5, 5, ExpectedResult = PresenceVerdict.Uncertain, TestName = "Classify_CircleTouchesFromWithout_IsUncertain")]
    [TestCase(5.1, 5, ExpectedResult = PresenceVerdict.Outside, TestName = "Classify_CircleMissesTheFence_IsOutside")]
    public PresenceVerdict Classify(double distance, double accuracy) => FencePolicy.Classify(distance, accuracy);

    [TestCase(double.NaN, 1)]
    [TestCase(1, double.NaN)]
    [TestCase(1, -0.1)]
    public void Classify_NoMeasure_IsRefusedAsABug(double distance, double accuracy) =>
        Assert.That(() => FencePolicy.Classify(distance, accuracy), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(FenceRule.CircleTouches, 5, 5, ExpectedResult = true)]
    [TestCase(FenceRule.CircleTouches, 5.1, 5, ExpectedResult = false)]
    [TestCase(FenceRule.CentreInside, 0, 5, ExpectedResult = true)]
    [TestCase(FenceRule.CentreInside, 0.1, 5, ExpectedResult = false)]
    [TestCase(FenceRule.CircleInside, -5, 5, ExpectedResult = true)]
    [TestCase(FenceRule.CircleInside, -4.9, 5, ExpectedResult = false)]
    public bool IsPresent_AtEachRulesEdge(FenceRule rule, double distance, double accuracy) => new FencePolicy(rule, 50).IsPresent(distance, accuracy);

    [TestCase(49.9, ExpectedResult = true)]
    [TestCase(50, ExpectedResult = true)]
    [TestCase(50.1, ExpectedResult = false)]
    [TestCase(double.NaN, ExpectedResult = false)]
    public bool IsAccurate_AroundFiftyMeters(double accuracy) => FencePolicy.Default.IsAccurate(accuracy);

    [Test]
    public void IsPresent_FartherAway_NeverTurnsTrueAgain() => Prop.ForAll(
        ArbMap.Default.ArbFor<NormalFloat>(), ArbMap.Default.ArbFor<NormalFloat>(), ArbMap.Default.ArbFor<(FenceRule, NormalFloat)>(),
        (distance, more, given) =>
        {
            var policy = new FencePolicy(given.Item1, 50);
            var accuracy = Math.Abs(given.Item2.Get);
            return policy.IsPresent(distance.Get, accuracy) || !policy.IsPresent(distance.Get + Math.Abs(more.Get), accuracy);
        }).QuickCheckThrowOnFailure();
}
