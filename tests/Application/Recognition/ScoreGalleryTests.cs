using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Recognition;

[NonParallelizable] // One look through a gallery at a time in the process.
public sealed class ScoreGalleryTests
{
    [Test]
    public async Task Handle_Gallery_IsScoredAgainstTheThresholdInForce()
    {
        var scores = new AskedScores();

        var scored = await new ScoreGalleryHandler(new FakeGallery("ann", "bob"), scores, Settings.Recognition)
            .Handle(new(SchoolId.First), default);

        Assert.That(scores.Asked, Is.EqualTo((0.5f, 2_000, 200)));
        Assert.That((scored.Value.Threshold, scored.Value.Students.Total), Is.EqualTo((0.5f, 2)));
        Assert.That(scored.Value.RateCalibrated, Is.Null, "the embedder has no calibration");
    }

    private sealed class AskedScores : IGalleryScores
    {
        public (float, int, int) Asked { get; private set; }

        public GalleryScores ScoresAgainst(SchoolId school, float threshold, int most, int mostOthers, CancellationToken ct)
        {
            Asked = (threshold, most, mostOthers);
            return GalleryScores.None;
        }
    }
}
