using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Presence;

internal sealed class GeodesicTests : DatabaseFixture
{
    // The farthest that the comparison goes: beyond, two points are antipodal and several ways compete.
    private const double FarthestMeters = 20_000_000;

    [TestCase(40, 0, 41.79331020506, 137.84490004377, 10_000_000, TestName = "Distance_KarneysDirectExample_IsTenThousandKilometers")]
    [TestCase(-30, 0, 29.9, 179.8, 19_989_832.82761, TestName = "Distance_KarneysNearAntipodalExample_IsHis")]
    [TestCase(0, 0, 0, 90, 10_018_754.171395, TestName = "Distance_AQuarterOfTheEquator_IsThat")]
    [TestCase(0, 12, 90, -77, 10_001_965.729313, TestName = "Distance_EquatorToPole_IsAQuarterMeridian")]
    [TestCase(-90, 0, 90, 0, 20_003_931.458625, TestName = "Distance_PoleToPole_IsHalfTheMeridian")]
    [TestCase(0, 0, 0, 180, 20_003_931.458625, TestName = "Distance_HalfTheEquator_GoesOverAPole")]
    [TestCase(-17, 179.9999, -17, -179.9999, 21.29717, TestName = "Distance_OverTheAntimeridian_IsShort")]
    public void Distance_PublishedPairs(double latitude1, double longitude1, double latitude2, double longitude2, double meters) =>
        Assert.That(Geodesic.Distance(latitude1, longitude1, latitude2, longitude2), Is.EqualTo(meters).Within(0.0002));

    [Test]
    public async Task PostGis_TenThousandRandomPairs_AgreesWithinAMillimeter()
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"Seed {seed}");
        var random = new Random(seed);
        var pairs = Enumerable.Range(0, 10_000).Select(i => Pair(random, i)).ToArray();

        var measured = await MeasureAsync(pairs);

        var worst = 0.0;
        for (var i = 0; i < pairs.Length; i++)
        {
            var (latitude1, longitude1, latitude2, longitude2) = pairs[i];
            var expected = Geodesic.Distance(latitude1, longitude1, latitude2, longitude2);
            if (expected > FarthestMeters) continue;
            var error = Math.Abs(measured[i] - expected);
            worst = Math.Max(worst, error);
            Assert.That(error, Is.LessThan(0.001), $"{pairs[i]}: PostGIS {measured[i]:R} m, integrals {expected:R} m");
        }
        TestContext.Out.WriteLine($"Largest difference {worst * 1e9:0.0} nm");
    }

    /// <summary>A third all over the world, a third within a school's size, a third nearly opposite.</summary>
    private static (double, double, double, double) Pair(Random random, int i)
    {
        var (latitude, longitude) = (double.RadiansToDegrees(Math.Asin((2 * random.NextDouble()) - 1)), (random.NextDouble() * 360) - 180);
        if (i % 3 == 0)
            return (latitude, longitude, double.RadiansToDegrees(Math.Asin((2 * random.NextDouble()) - 1)),
                (random.NextDouble() * 360) - 180);
        var reach = i % 3 == 1 ? 0.01 : 2.0;
        var (latitude2, longitude2) = i % 3 == 1 ? (latitude, longitude) : (-latitude, longitude + 180);
        latitude2 = Math.Clamp(latitude2 + ((random.NextDouble() - 0.5) * reach), -90, 90);
        longitude2 = Math.IEEERemainder(longitude2 + ((random.NextDouble() - 0.5) * reach), 360);
        return (latitude, longitude, latitude2, longitude2);
    }

    private async Task<double[]> MeasureAsync((double Latitude1, double Longitude1, double Latitude2, double Longitude2)[] pairs)
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await using var measure = source.CreateCommand(
            """
            SELECT array_agg(st_distance(st_setsrid(st_makepoint(x1, y1), 4326)::geography, st_setsrid(st_makepoint(x2, y2),
                4326)::geography, true) ORDER BY n)
            FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS pair (y1, x1, y2, x2, n)
            """);
        measure.Parameters.AddWithValue(pairs.Select(p => p.Latitude1).ToArray());
        measure.Parameters.AddWithValue(pairs.Select(p => p.Longitude1).ToArray());
        measure.Parameters.AddWithValue(pairs.Select(p => p.Latitude2).ToArray());
        measure.Parameters.AddWithValue(pairs.Select(p => p.Longitude2).ToArray());
        return (double[])(await measure.ExecuteScalarAsync())!;
    }
}
