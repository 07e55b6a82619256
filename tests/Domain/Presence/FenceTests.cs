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

    [Test]
    public void Create_Hole_IsAHoleInTheShape()
    {
        var fence = PolygonFence.Create(
            Rings("0 0, 0 0.003, 0.003 0.003, 0.003 0, 0 0 | 0.001 0.001, 0.002 0.001, 0.002 0.002, 0.001 0.001")).Value;

        // In square degrees: a square of 0.003 less a triangle of 0.001.
        Assert.That(fence.Shape.Area, Is.EqualTo(8.5e-6).Within(1e-9));
    }

    [TestCase(2_000, null)]
    [TestCase(2_001, "site.invalid_polygon")]
    public void Create_PointsAroundTheMost_AreTakenUpToIt(int points, string? code) =>
        Assert.That(PolygonFence.Create([RingAround(0, 0, points - 1, 0.01)]).Error?.Code, Is.EqualTo(code));

    [Test]
    public void Create_PointsOfAllRings_CountTogether()
    {
        GeoPoint[][] rings = [RingAround(0, 0, 1_200, 0.01), RingAround(0, 0, 1_200, 0.001)];

        Assert.That(PolygonFence.Create(rings).Error!.Message, Does.Contain("2000 points"));
    }

    [TestCase("", "no outline")]
    [TestCase("0 0, 0 1", "four positions")]
    [TestCase("0 0, 0 0.001, 0.001 0, 0.001 0.001", "must equal its first")]
    [TestCase("0 0, 0 10, 10 10, 10 0, 0 0", "100 km from its midst")]
    [TestCase("0 0, 0 0.003, 0.003 0.003, 0.003 0, 0 0 | 10 10, 10 10.001, 10.001 10.001, 10 10", "outside the outline")]
    public void Create_BadRings_SaysWhatIsWrongAndInWhichField(string rings, string told)
    {
        var error = PolygonFence.Create(rings.Length == 0 ? [] : Rings(rings)).Error!;

        Assert.That((error.Field, error.Message), Is.EqualTo(("geometry", error.Message)));
        Assert.That(error.Message, Does.StartWith("The polygon cannot be a fence:").And.Contain(told));
    }

    [Test]
    public void Create_BadRadius_SaysItsLimitsAndItsField()
    {
        var error = CircularFence.Create(new(0, 0), 0).Error!;

        Assert.That((error.Field, error.Message), Is.EqualTo(("radius_m", "radius_m must lie between 1 and 10000 metres.")));
    }

    [Test]
    public void Create_Circle_StandsWhereItsCentreIs()
    {
        var circle = (CircularFence)CircularFence.Create(new(-7.5, 112.25), 20).Value;

        Assert.That((circle.Centre, circle.RadiusMeters), Is.EqualTo((new GeoPoint(-7.5, 112.25), 20.0)));
        Assert.That((circle.Shape.Coordinate.Y, circle.Shape.Coordinate.X), Is.EqualTo((-7.5, 112.25)));
    }

    [Test]
    public void ToString_OfAnyPlace_TellsNoPosition()
    {
        var place = new GeoPoint(-7.5, 112.25);
        object[] places =
        [
            place, CircularFence.Create(place, 20).Value, new LocationFix(place, 5, DateTimeOffset.UnixEpoch, "phone", false),
            new NearestSite(SiteId.New(), "School", 7.5, 20),
        ];

        foreach (var shown in places) Assert.That(shown.ToString(), Does.Contain("withheld").And.Not.Contain("7.5").And.Not.Contain("112"));
    }
}
