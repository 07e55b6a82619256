using FaceAttendance.WebApi.Requests;

namespace FaceAttendance.WebApi.Tests.Requests;

public sealed class RefusalPaceTests
{
    [Test]
    public void Next_WithinThePace_IsNotHeldBack()
    {
        var clock = new Clock();
        var pace = new RefusalPace(perSecond: 1000, clock);

        for (var i = 0; i < 1000; i++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(1));
            Assert.That(pace.Next(), Is.EqualTo(TimeSpan.Zero));
        }
    }

    [Test]
    public void Next_ManyInOneMoment_AreHeldBackOneAfterAnotherUpToALimit()
    {
        var clock = new Clock();
        clock.Advance(TimeSpan.FromMinutes(1));
        var pace = new RefusalPace(perSecond: 1000, clock);
        clock.Advance(TimeSpan.FromMinutes(1));

        var waits = Enumerable.Range(0, 1000).Select(_ => pace.Next()).ToList();

        Assert.That(waits[..101], Is.All.EqualTo(TimeSpan.Zero), "a burst of a tenth of a second");
        Assert.That(waits[150].TotalMilliseconds, Is.EqualTo(50).Within(0.1));
        Assert.That(waits[^1], Is.EqualTo(RefusalPace.Longest));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.That(pace.Next(), Is.EqualTo(TimeSpan.Zero), "the flood is over");
    }

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan by) => _now += by.Ticks;
    }
}
