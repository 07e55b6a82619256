using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Presence;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Presence;

internal sealed class SiteStoreTests : DatabaseFixture
{
    private const string OtherSchool = "00000000-0000-7000-8000-0000000000ff";

    private static readonly SchoolId School = SchoolId.First;

    // The ground that exists from the first start.
    private static readonly GeoPoint Ground = new(-7.9673435, 112.6267206);

    [TestCase(0, 0, -20, true)]
    [TestCase(0, 0.00018, 19.845 - 20, true)]
    [TestCase(0, 0.00019, 20.948 - 20, false)]
    [TestCase(0.000181, 0, 20.018 - 20, false)]
    [TestCase(0.00018, 0, 19.907 - 20, true)]
    [TestCase(-7.9674532 - -7.9673435, 112.627025 - 112.6267206, 35.7 - 20, false)]
    public async Task FindNearestAsync_FirstGround_MeasuresAsPromised(double north, double east, double edge, bool isInside)
    {
        var sites = await StartSitesAsync();

        var nearest = await sites.FindNearestAsync(School, new(Ground.Latitude + north, Ground.Longitude + east), default);

        Assert.That(nearest!.DistanceMeters, Is.EqualTo(edge).Within(isInside || edge < 10 ? 0.0006 : 0.06));
        Assert.That(FencePolicy.Classify(nearest.DistanceMeters, 0, nearest.SizeMeters) == PresenceVerdict.Inside, Is.EqualTo(isInside));
    }

    [Test]
    public async Task FindNearestAsync_ExactlyOnTheCircle_IsInside()
    {
        var sites = await StartSitesAsync();
        var place = new GeoPoint(12.345678, 98.765432);
        var radius = await Database.ReadAsync<double>(
            "SELECT st_distance('SRID=4326;POINT(98.7651 12.3459)'::geography, st_setsrid(st_makepoint(98.765432, 12.345678), " +
            "4326)::geography, true)");
        await sites.AddAsync(School, Circle(new(12.3459, 98.7651), radius), default);

        var nearest = await sites.FindNearestAsync(School, place, default);

        Assert.That(nearest!.DistanceMeters, Is.Zero);
    }

    [Test]
    public async Task FindNearestAsync_LargeCircleFartherAway_WinsByItsEdge()
    {
        var sites = await StartSitesAsync();
        var small = Circle(new(50, 10.01), 1);
        var large = Circle(new(50, 10.05), 3000);
        await sites.AddAsync(School, small, default);
        await sites.AddAsync(School, large, default);

        var nearest = await sites.FindNearestAsync(School, new(50, 10), default);

        Assert.That(nearest!.Id, Is.EqualTo(large.Id));
        Assert.That(nearest.DistanceMeters, Is.EqualTo(Geodesic.Distance(50, 10, 50, 10.05) - 3000).Within(0.001));
    }

    [Test]
    public async Task FindNearestAsync_ManySitesOfAllSizes_AgreesWithALookAtEach()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        var sites = await StartSitesAsync();
        var circles = Enumerable.Range(0, 60).Select(_ => (
            Latitude: 89.5 + (0.5 * random.NextDouble()), Longitude: (random.NextDouble() * 360) - 180,
            Radius: Math.Exp(random.NextDouble() * 9))).ToArray();
        foreach (var (latitude, longitude, radius) in circles)
            await sites.AddAsync(School, Circle(new(latitude, longitude), radius), default);

        for (var i = 0; i < 100; i++)
        {
            var place = new GeoPoint(89.5 + (0.5 * random.NextDouble()), (random.NextDouble() * 360) - 180);

            var nearest = await sites.FindNearestAsync(School, place, default);

            var expected = circles.Min(c => Geodesic.Distance(place.Latitude, place.Longitude, c.Latitude, c.Longitude) - c.Radius);
            Assert.That(nearest!.DistanceMeters, Is.EqualTo(expected).Within(0.001));
        }
    }

    [TestCase(150)]
    [TestCase(199.999)]
    [TestCase(200.001)]
    [TestCase(260)]
    public async Task FindNearestAsync_LargeCircleBehindASmallOne_NearbyOrNotTheNearestEdgeWins(double metres)
    {
        var sites = await StartSitesAsync();
        // The small one's centre is nearer, the large one's edge is.
        await sites.AddAsync(School, Circle(North(metres + 11), 1), default);
        var large = Circle(North(metres + 5000), 5000);
        await sites.AddAsync(School, large, default);

        var nearest = await sites.FindNearestAsync(School, new(50, 10), default);

        Assert.That(nearest!.Id, Is.EqualTo(large.Id));
        Assert.That(nearest.DistanceMeters, Is.EqualTo(metres).Within(0.001));

        static GeoPoint North(double metres)
        {
            double least = 50, most = 51;
            for (var i = 0; i < 60; i++)
            {
                var middle = (least + most) / 2;
                (least, most) = Geodesic.Distance(50, 10, middle, 10) < metres ? (middle, most) : (least, middle);
            }
            return new(least, 10);
        }
    }

    // A square of about 111 m with a hole of about 22 m in its midst, at a latitude and longitude of choice.
    [TestCase(0, 0, 0.0005, 0.0005, ExpectedResult = false, TestName = "FindNearestAsync_InTheHole_IsOutside")]
    [TestCase(0, 0, 0.0001, 0.0001, ExpectedResult = true, TestName = "FindNearestAsync_InThePolygon_IsInside")]
    [TestCase(0, 0, -0.0001, 0.0001, ExpectedResult = false, TestName = "FindNearestAsync_BesideThePolygon_IsOutside")]
    [TestCase(-17, 179.9995, 0.0001, 0.0001, ExpectedResult = true, TestName = "FindNearestAsync_WestOfTheAntimeridian_IsInside")]
    [TestCase(-17, 179.9995, 0.0001, 0.0009, ExpectedResult = true, TestName = "FindNearestAsync_EastOfTheAntimeridian_IsInside")]
    [TestCase(-17, 179.9995, 0.0005, 0.0005, ExpectedResult = false, TestName = "FindNearestAsync_InAHoleOnTheAntimeridian_IsOutside")]
    [TestCase(-17, 179.9995, 0.0001, 0.0011, ExpectedResult = false, TestName = "FindNearestAsync_BeyondTheAntimeridian_IsOutside")]
    public async Task<bool> FindNearestAsync_SquareWithAHole(double latitude, double longitude, double north, double east)
    {
        var sites = await StartSitesAsync();
        var made = PolygonFence.Create([Square(latitude, longitude, 0, 0.001), Square(latitude, longitude, 0.0004, 0.0006)]);
        await sites.AddAsync(School, new(SiteId.New(), "Yard", made.Value), default);

        var nearest = await sites.FindNearestAsync(School, new(latitude + north, Wrapped(longitude + east)), default);

        Assert.That(nearest!.Name, Is.EqualTo("Yard"));
        // Never more than to the nearest of all edges, and the square is small enough to check by degrees.
        Assert.That(Math.Abs(nearest.DistanceMeters), Is.EqualTo(0.0001 * 110_700).Within(0.6));
        return nearest.DistanceMeters <= 0;
    }

    [TestCase(90, ExpectedResult = true)]
    [TestCase(89.9995, ExpectedResult = true)]
    [TestCase(89.998, ExpectedResult = false)]
    public async Task<bool> FindNearestAsync_PolygonAroundThePole(double latitude)
    {
        var sites = await StartSitesAsync();
        GeoPoint[] ring = [.. Enumerable.Range(0, 9).Select(i => new GeoPoint(89.999, Math.IEEERemainder(i % 8 * 45, 360)))];
        await sites.AddAsync(School, new(SiteId.New(), "Pole", PolygonFence.Create([ring]).Value), default);

        var nearest = await sites.FindNearestAsync(School, new(latitude, 17), default);

        return nearest!.DistanceMeters <= 0;
    }

    [Test]
    public async Task FindNearestAsync_OtherSchoolsSite_IsNotSeen()
    {
        var sites = await StartSitesAsync();
        await Database.ExecuteAsync($"INSERT INTO schools (id, name, code) VALUES ('{OtherSchool}', 'Other', 'other')");
        await sites.AddAsync(new(new Guid(OtherSchool)), Circle(new(10, 10), 100), default);

        var nearest = await sites.FindNearestAsync(School, new(10, 10), default);

        Assert.That(nearest!.DistanceMeters, Is.GreaterThan(1_000_000));
    }

    [Test]
    public async Task FindNearestAsync_NoSite_IsNull()
    {
        var sites = await StartSitesAsync();
        await Database.ExecuteAsync("DELETE FROM sites");

        Assert.That(await sites.FindNearestAsync(School, Ground, default), Is.Null);
    }

    [TestCase(SiteStore.FindNearby, 1, "Index Cond: ((school_id")]
    [TestCase(SiteStore.FindNearest, 2, "Order By: (shape <->")]
    public async Task FindNearestAsync_HundredThousandSites_UsesTheIndex(string sql, int looks, string condition)
    {
        await StartSitesAsync();
        await Database.ExecuteAsync(
            $"""
            INSERT INTO schools (id, name, code) VALUES ('{OtherSchool}', 'Other', 'other');
            INSERT INTO sites (school_id, id, name, shape, radius_m)
            SELECT (CASE WHEN n % 2 = 0 THEN '{OtherSchool}' ELSE '{School.Value}' END)::uuid, gen_random_uuid(), 'Site ' || n,
                   st_setsrid(st_makepoint(-180 + 360 * random(), -85 + 170 * random()), 4326)::geography, 20 + 80 * random()
            FROM generate_series(1, 100000) AS n;
            ANALYZE sites;
            """);
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await using var connection = await source.OpenConnectionAsync();
        await using var explain = new NpgsqlCommand("EXPLAIN (ANALYZE, TIMING OFF) " + sql, connection)
        {
            Parameters = { new() { Value = School.Value }, new() { Value = Ground.Latitude }, new() { Value = Ground.Longitude } },
        };
        if (looks == 1) explain.Parameters.Add(new() { Value = SiteStore.NearbyMeters });

        var plan = new List<string>();
        await using (var reader = await explain.ExecuteReaderAsync()) while (await reader.ReadAsync()) plan.Add(reader.GetString(0));

        var text = string.Join('\n', plan);
        TestContext.Out.WriteLine(text);
        Assert.That(
            plan.Count(l => l.Contains("sites_by_place", StringComparison.Ordinal)), Is.EqualTo(looks), "Every look goes by the index.");
        Assert.That(text, Does.Contain(condition).And.Not.Contain("Seq Scan"));
    }

    [Test]
    public async Task FindAsync_AfterAddAndReplace_GivesTheFenceBack()
    {
        var sites = await StartSitesAsync();
        var circle = Circle(new(-17, 180), 25.5);
        await sites.AddAsync(School, circle, default);
        var polygon = (PolygonFence)PolygonFence.Create([Square(-17, 179.9995, 0, 0.001), Square(-17, 179.9995, 0.0004, 0.0006)]).Value;

        var added = await sites.FindAsync(School, circle.Id, default);
        var replaced = await sites.ReplaceAsync(School, circle with { Name = "Yard", Fence = polygon }, default);
        var found = await sites.FindAsync(School, circle.Id, default);

        Assert.That(added!.Fence,
            Is.InstanceOf<CircularFence>().With.Property("RadiusMeters").EqualTo(25.5).And.Property("Centre")
                .EqualTo(new GeoPoint(-17, 180)));
        Assert.That(replaced, Is.True);
        Assert.That(found!.Name, Is.EqualTo("Yard"));
        Assert.That(((PolygonFence)found.Fence).Rings, Is.EqualTo(polygon.Rings));
    }

    [Test]
    public async Task ListAsync_Pages_AreInOrderOfCreation()
    {
        var sites = await StartSitesAsync();
        for (var i = 0; i < 4; i++) await sites.AddAsync(School, Circle(new(i, 0), 10) with { Name = $"S{i}" }, default);

        var (items, total) = await sites.ListAsync(School, 2, 2, default);

        Assert.That(total, Is.EqualTo(5));
        Assert.That(items.Select(s => s.Name), Is.EqualTo(new[] { "S1", "S2" }));
    }

    [Test]
    public async Task RemoveAsync_Once_IsGone()
    {
        var sites = await StartSitesAsync();
        var site = Circle(new(1, 1), 10);
        await sites.AddAsync(School, site, default);

        Assert.That(await sites.RemoveAsync(School, site.Id, default), Is.True);
        Assert.That(await sites.RemoveAsync(School, site.Id, default), Is.False);
        Assert.That(await sites.FindAsync(School, site.Id, default), Is.Null);
    }

    [Test]
    public async Task GetAsync_PolicyNeverChosen_IsTheDefault()
    {
        var policies = await StartSitesAsync();

        var before = await policies.GetAsync(School, default);
        await policies.SetAsync(School, new(EvidenceAction.Note, 0.7), default);
        await policies.SetAsync(School, new(EvidenceAction.Review, 0.9), default);

        Assert.That(before, Is.EqualTo(EvidencePolicy.Default));
        Assert.That(await policies.GetAsync(School, default), Is.EqualTo(new EvidencePolicy(EvidenceAction.Review, 0.9)));
    }

    private async Task<SiteStore> StartSitesAsync() => (await StartProcessAsync()).Get<SiteStore>();

    private static Site Circle(GeoPoint centre, double radius) => new(SiteId.New(), "Circle", CircularFence.Create(centre, radius).Value);

    private static GeoPoint[] Square(double latitude, double longitude, double from, double to) =>
    [
        new(latitude + from, Wrapped(longitude + from)), new(latitude + from, Wrapped(longitude + to)),
        new(latitude + to, Wrapped(longitude + to)),
        new(latitude + to, Wrapped(longitude + from)), new(latitude + from, Wrapped(longitude + from)),
    ];

    private static double Wrapped(double longitude) => longitude > 180 ? longitude - 360 : longitude;
}
