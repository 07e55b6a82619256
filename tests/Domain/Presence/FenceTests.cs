using FaceAttendance.Domain.Presence;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Presence;

internal sealed class FenceTests
{
    [TestCase(0.999, ExpectedResult = "site.invalid_radius")]
    [TestCase(1, ExpectedResult = null)]
    [TestCase(10_000, ExpectedResult = null)]
    [TestCase(10_000.1, ExpectedResult = "site.invalid_radius")]
    [TestCase(double.NaN, ExpectedResult = "site.invalid_radius")]
    public string? Create_Radius_AroundEachEdge(double radius) => CircularFence.Create(new(0, 0), radius).Error?.Code;

    [TestCase("0 0, 0 1", TestName = "Create_TwoPositions_IsNoPolygon")]
    [TestCase("0 0, 0 0.001, 0.001 0, 0.001 0.001", TestName = "Create_OpenRing_IsNoPolygon")]
    [TestCase("0 0, 0.001 0.001, 0 0.001, 0.001 0, 0 0", TestName = "Create_OutlineCrossesItself_IsNoPolygon")]
    [TestCase("0 0, 0 0.001, 0 0.002, 0 0", TestName = "Create_NoArea_IsNoPolygon")]
    [TestCase("0 0, 0 10, 10 10, 10 0, 0 0", TestName = "Create_LargerThanAnyCampus_IsNoPolygon")]
    [TestCase("0 0, 0 120, 0 -120, 0 0", TestName = "Create_AroundTheWorld_IsNoPolygon")]
    [TestCase("0 0, 0 0.003, 0.003 0.003, 0.003 0, 0 0 | 0.01 0.01, 0.01 0.011, 0.011 0.011, 0.01 0.01",
        TestName = "Create_HoleOutside_IsNoPolygon")]
    [TestCase(
        "0 179.999, 0.001 -179.999, 0 -179.999, 0.001 179.999, 0 179.999", TestName = "Create_CrossesItselfAtTheAntimeridian_IsNoPolygon")]
    public void Create_BadRings_Refused(string rings) =>
        Assert.That(PolygonFence.Create(Rings(rings)).Error?.Code, Is.EqualTo("site.invalid_polygon"));

    [TestCase("0 0, 0 0.003, 0.003 0.003, 0.003 0, 0 0", TestName = "Create_Square_IsAPolygon")]
    [TestCase("0 0, 0 0.003, 0.003 0.003, 0.003 0, 0 0 | 0.001 0.001, 0.002 0.001, 0.002 0.002, 0.001 0.001",
        TestName = "Create_Hole_IsAPolygon")]
    [TestCase("0 179.999, 0 -179.999, 0.001 -179.999, 0.001 179.999, 0 179.999", TestName = "Create_OverTheAntimeridian_IsAPolygon")]
    [TestCase("89.999 0, 89.999 90, 89.999 180, 89.999 -90, 89.999 0", TestName = "Create_AroundTheNorthPole_IsAPolygon")]
    [TestCase("-89.999 0, -89.999 90, -89.999 180, -89.999 -90, -89.999 0", TestName = "Create_AroundTheSouthPole_IsAPolygon")]
    public void Create_GoodRings_Taken(string rings)
    {
        var made = PolygonFence.Create(Rings(rings));

        Assert.That(made.Error, Is.Null);
        Assert.That(made.Value.Shape.SRID, Is.EqualTo(4326));
    }

    [Test]
    public void Create_RingsInTheOtherDirection_AreTurned()
    {
        var counterClockwise = Rings("0 0, 0 0.003, 0.003 0.003, 0.003 0, 0 0 | 0.001 0.001, 0.002 0.001, 0.002 0.002, 0.001 0.001");
        GeoPoint[][] turned = [.. counterClockwise.Select(r => r.Reverse().ToArray())];

        var made = (PolygonFence)PolygonFence.Create(turned).Value;

        Assert.That(made.Rings, Is.EqualTo(((PolygonFence)PolygonFence.Create(counterClockwise).Value).Rings));
        Assert.That(made.Rings[0], Is.EqualTo(counterClockwise[0]));
    }

    [Test]
    public void Create_AnyConvexOutlineAnywhere_IsAPolygon()
    {
        // A ring around a place drawn at random: by latitude all over the world, poles and antimeridian included.
        var place = Gen.Zip(Gen.Choose(-90_000, 90_000), Gen.Choose(-180_000, 180_000)).ToArbitrary();
        Prop.ForAll(place, p =>
        {
            var ring = RingAround(p.Item1 / 1000.0, p.Item2 / 1000.0, corners: 12, degrees: 0.01);
            return PolygonFence.Create([ring]).IsSuccess;
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>Corners at one angle from a centre, by rotating the pole's parallel to it.</summary>
    private static GeoPoint[] RingAround(double latitude, double longitude, int corners, double degrees)
    {
        var (sinLat, cosLat) = Math.SinCos(double.DegreesToRadians(latitude));
        var (sinR, cosR) = Math.SinCos(double.DegreesToRadians(degrees));
        var ring = new GeoPoint[corners + 1];
        for (var i = 0; i < corners; i++)
        {
            var (sinA, cosA) = Math.SinCos(2 * Math.PI * i / corners);
            var sin = (sinLat * cosR) + (cosLat * sinR * cosA);
            var turn = Math.Atan2(sinA * sinR * cosLat, cosR - (sinLat * sin));
            var lon = Math.IEEERemainder(longitude + double.RadiansToDegrees(turn), 360);
            ring[i] = new(double.RadiansToDegrees(Math.Asin(Math.Clamp(sin, -1, 1))), lon);
        }
        ring[corners] = ring[0];
        return ring;
    }

    private static GeoPoint[][] Rings(string text) =>
    [
        .. text.Split('|')
            .Select(ring => ring.Split(',').Select(p => p.Trim().Split(' ').Select(double.Parse).ToArray())
                .Select(p => new GeoPoint(p[0], p[1])).ToArray()),
    ];
}
