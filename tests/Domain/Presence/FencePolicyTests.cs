using FaceAttendance.Domain.Presence;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Presence;

internal sealed class FencePolicyTests
{
    [TestCase(-10, 9.9, 20, ExpectedResult = PresenceVerdict.Inside, TestName = "Classify_CircleWithinFence_IsInside")]
    [TestCase(-10, 10, 20, ExpectedResult = PresenceVerdict.Inside, TestName = "Classify_CircleReachesTheEdgeFromWithin_IsInside")]
    [TestCase(-10, 10.1, 20, ExpectedResult = PresenceVerdict.Uncertain, TestName = "Classify_CircleJustOverTheEdge_IsUncertain")]
    [TestCase(-20, 50, 20, ExpectedResult = PresenceVerdict.Uncertain, TestName = "Classify_CentreOfTheFenceKnownPoorly_IsUncertain")]
    [TestCase(0, 0, 20, ExpectedResult = PresenceVerdict.Inside, TestName = "Classify_ExactlyOnTheEdge_IsInside")]
    [TestCase(1e-9, 0, 20, ExpectedResult = PresenceVerdict.Outside, TestName = "Classify_ExactAndJustBeyond_IsOutside")]
    [TestCase(5, 5, 20, ExpectedResult = PresenceVerdict.Uncertain, TestName = "Classify_CircleTouchesFromWithout_IsUncertain")]
    [TestCase(5.1, 5, 20, ExpectedResult = PresenceVerdict.Outside, TestName = "Classify_CircleMissesTheFence_IsOutside")]
    [TestCase(19.9, 50, 20, ExpectedResult = PresenceVerdict.Uncertain, TestName = "Classify_PoorAndJustWithinTheFencesSize_IsUncertain")]
    [TestCase(20, 50, 20, ExpectedResult = PresenceVerdict.Uncertain, TestName = "Classify_PoorAndAtTheFencesSize_IsUncertain")]
    [TestCase(20.1, 50, 20, ExpectedResult = PresenceVerdict.Outside, TestName = "Classify_PoorAndBeyondTheFencesSize_IsOutside")]
    [TestCase(49, 50, 20, ExpectedResult = PresenceVerdict.Outside, TestName = "Classify_ClaimOfFiftyMetersBeforeASmallFence_IsOutside")]
    [TestCase(49, 50, 100, ExpectedResult = PresenceVerdict.Uncertain, TestName = "Classify_FiftyMetersBeforeALargeFence_IsUncertain")]
    [TestCase(1, 50, 0, ExpectedResult = PresenceVerdict.Outside, TestName = "Classify_FenceWithoutSize_IsWidenedByNothing")]
    public PresenceVerdict Classify(double distance, double accuracy, double size) => FencePolicy.Classify(distance, accuracy, size);

    [TestCase(double.NaN, 1, 1)]
    [TestCase(1, double.NaN, 1)]
    [TestCase(1, -0.1, 1)]
    [TestCase(1, 1, -0.1)]
    [TestCase(1, 1, double.NaN)]
    public void Classify_NoMeasure_IsRefusedAsABug(double distance, double accuracy, double size) =>
        Assert.That(() => FencePolicy.Classify(distance, accuracy, size), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(49.9, ExpectedResult = true)]
    [TestCase(50, ExpectedResult = true)]
    [TestCase(50.1, ExpectedResult = false)]
    [TestCase(double.NaN, ExpectedResult = false)]
    public bool IsAccurate_AroundFiftyMeters(double accuracy) => FencePolicy.Default.IsAccurate(accuracy);

    [Test]
    public void Classify_FartherAway_IsNeverMoreInside() => Prop.ForAll(
        ArbMap.Default.ArbFor<NormalFloat>(), ArbMap.Default.ArbFor<NormalFloat>(),
        ArbMap.Default.ArbFor<(NormalFloat Accuracy, NormalFloat Size)>(), (distance, more, given) =>
        {
            int Of(double d) => FencePolicy.Classify(d, Math.Abs(given.Accuracy.Get), Math.Abs(given.Size.Get)) switch
            {
                PresenceVerdict.Inside => 0,
                PresenceVerdict.Uncertain => 1,
                _ => 2,
            };
            return Of(distance.Get) <= Of(distance.Get + Math.Abs(more.Get));
        }).QuickCheckThrowOnFailure();
}
