using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Recognition;

[NonParallelizable] // One look through a gallery at a time in the process.
public sealed class ScoreGalleryTests
{
    [Test]
    public async Task Handle_Gallery_IsScoredAgainstTheThresholdInForce()
    {
        var gallery = new FakeGallery("ann", "bob");

        var scored = await new ScoreGalleryHandler(gallery, Settings.Recognition)
            .Handle(new(SchoolId.First), default);

        Assert.That(gallery.Scored, Is.EqualTo((0.5f, 2_000, 200)));
        Assert.That((scored.Value.Threshold, scored.Value.Students.Total), Is.EqualTo((0.5f, 2)));
        Assert.That(scored.Value.RateCalibrated, Is.Null, "the embedder has no calibration");
    }
}
