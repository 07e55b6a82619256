using System.Diagnostics.Metrics;
using FaceAttendance.WebApi.Operations;

namespace FaceAttendance.WebApi.Tests.Operations;

public sealed class MetricsCollectorTests
{
    private readonly Meter _meter = new("tests");

    [OneTimeTearDown]
    public void Dispose() => _meter.Dispose();

    [Test]
    public void Take_ManyThreadsAtOnce_LosesNothing()
    {
        var family = new Family(Histogram("Halves.", 0.5), null);

        Parallel.For(0, 400_000, i => family.Take(i % 2, [new("stage", "detect")]));

        var (_, series) = family.Series.Single();
        Assert.That(series.Buckets, Is.EqualTo(new[] { 200_000, 200_000 }));
        Assert.That(series.Value, Is.EqualTo(200_000));
    }

    [Test]
    public void Take_SeriesThatIsKnown_AllocatesNothing()
    {
        var family = new Family(Histogram("Short ones.", 0.001, 0.01, 0.1), null);
        var label = new KeyValuePair<string, object?>("stage", "detect");
        for (var i = 0; i < 100; i++) family.Take(0.005, [label]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 10_000; i++) family.Take(0.005, [label]);

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Take_LabelsNotAskedFor_AreAddedUp()
    {
        var family = new Family(_meter.CreateCounter<long>("requests"), ["route"]);

        family.Take(1, [new("error.type", "A"), new("route", "/x")]);
        family.Take(1, [new("route", "/x"), new("error.type", "B")]);

        Assert.That(family.Series.Single().Value.Value, Is.EqualTo(2));
        Assert.That(family.Series.Single().Key.ToString(), Is.EqualTo("route=/x"));
    }

    [Test]
    public void Write_EachType_IsTheFormatsText()
    {
        var text = new PrometheusText(isOpenMetrics: false);
        var histogram = new Family(Histogram("How long.", 0.5, 1), null);
        foreach (var value in new[] { 0.25, 0.5, 0.75, 3 }) histogram.Take(value, [new("stage", "a\"b\\c\nd")]);
        var counter = new Family(_meter.CreateCounter<long>("some.events", null, "Events\nof two lines."), null);
        counter.Take(3, []);

        text.Write(histogram);
        text.Write(counter);
        text.Write("a_gauge", "A gauge.", double.PositiveInfinity);

        Assert.That(text.End(), Is.EqualTo("""
            # HELP some_time_seconds How long.
            # TYPE some_time_seconds histogram
            some_time_seconds_bucket{stage="a\"b\\c\nd",le="0.5"} 2
            some_time_seconds_bucket{stage="a\"b\\c\nd",le="1.0"} 3
            some_time_seconds_bucket{stage="a\"b\\c\nd",le="+Inf"} 4
            some_time_seconds_sum{stage="a\"b\\c\nd"} 4.5
            some_time_seconds_count{stage="a\"b\\c\nd"} 4
            # HELP some_events_total Events\nof two lines.
            # TYPE some_events_total counter
            some_events_total 3
            # HELP a_gauge A gauge.
            # TYPE a_gauge gauge
            a_gauge +Inf

            """.ReplaceLineEndings("\n")));
    }

    // A meter gives the same instrument again for the same words.
    private Histogram<double> Histogram(string description, params double[] bounds) =>
        _meter.CreateHistogram(
            "some.time", "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = bounds });
}
