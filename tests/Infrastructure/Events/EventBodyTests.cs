using FaceAttendance.Infrastructure.Events;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Events;

internal sealed class EventBodyTests
{
    [Test]
    public void Of_KnownFace_IsTheContractsExample()
    {
        var body = EventBody.Of(Sightings.Of("siswaA", DateTimeOffset.FromUnixTimeMilliseconds(1727580000999)));

        Assert.That(body, Is.EqualTo(
            """{"event":"attendance.recognized","student_id":"siswaA","distance":0.38,"ts":1727580000,"frame_info":{"w":640,"h":480},"box":{"top":120,"right":260,"bottom":220,"left":160}}"""));
    }

    [Test]
    public void Of_GivenContext_AddsOnlyWhatWasGiven()
    {
        var body = EventBody.Of(Sightings.Of("siswaA", context: new("gate-1", null, "7 \"B\"", null)));

        Assert.That(body, Does.EndWith(""","device_id":"gate-1","class_id":"7 \"B\""}"""));
        Assert.That(body, Does.Not.Contain("location_id").And.Not.Contain("session_id"));
    }

    [Test]
    public void Of_UnknownFaceInAnEmptyGallery_HasTheReservedIdAndTheGreatestDistance()
    {
        var body = EventBody.Of(Sightings.Of(null, distance: 1));

        Assert.That(body, Does.Contain("\"student_id\":\"Unknown\",\"distance\":1,"));
    }
}
