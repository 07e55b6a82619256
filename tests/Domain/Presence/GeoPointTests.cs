using FaceAttendance.Domain.Presence;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Presence;

internal sealed class GeoPointTests
{
    [TestCase(90, 180, ExpectedResult = true)]
    [TestCase(-90, -180, ExpectedResult = true)]
    [TestCase(90.0000001, 0, ExpectedResult = false)]
    [TestCase(-90.0000001, 0, ExpectedResult = false)]
    [TestCase(0, 180.0000001, ExpectedResult = false)]
    [TestCase(0, -180.0000001, ExpectedResult = false)]
    [TestCase(double.NaN, 0, ExpectedResult = false)]
    [TestCase(0, double.NaN, ExpectedResult = false)]
    [TestCase(double.PositiveInfinity, 0, ExpectedResult = false)]
    public bool IsValid_AroundEachEdge(double latitude, double longitude) => GeoPoint.IsValid(latitude, longitude);

    [Test]
    public void Constructor_OutOfRange_Throws() => Assert.That(() => new GeoPoint(91, 0), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void ToString_OfAnythingThatHoldsAPosition_TellsNone()
    {
        var fix = new LocationFix(new(-7.9673435, 112.6267206), 5, default, "phone", false);

        Assert.That($"{fix} {fix.Place} {CircularFence.Create(fix.Place, 20).Value}", Does.Not.Contain("7.9").And.Not.Contain("112"));
    }
}
