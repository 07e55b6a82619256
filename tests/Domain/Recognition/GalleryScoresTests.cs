using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition;

public sealed class GalleryScoresTests
{
    private static readonly EmbeddingContractId Contract = new("test");

    [Test]
    public void ScoresAgainst_PhotosOfOneAndOfTwo_AreCountedApartInTheirSteps()
    {
        var gallery = With(("ann", [1, 0]), ("ann", [0.6f, 0.8f]), ("bob", [0, 1]));

        var scores = gallery.ScoresAgainst(0.7f, 100, 100, default);

        // Each of ann's photos with the other; ann's first photo with bob, and bob's with ann's middle.
        Assert.That(NotEmpty(scores.Genuine), Is.EqualTo(new[] { (0.6, 2L) }));
        Assert.That(NotEmpty(scores.Impostor), Is.EqualTo(new[] { (0.0, 1L), (0.44, 1L) }));
        Assert.That((scores.Missed.Hits, scores.Missed.Trials), Is.EqualTo((2, 2)), "0.6 is below 0.7");
        Assert.That((scores.Taken.Hits, scores.Taken.Trials), Is.EqualTo((0, 1)), "the two are one pair");
    }

    [TestCase(0.61f, 2)]
    [TestCase(0.59f, 0)]
    public void ScoresAgainst_ThresholdAroundTheScores_CountsTheMisses(float threshold, int missed) =>
        Assert.That(
            With(("ann", [1, 0]), ("ann", [0.6f, 0.8f])).ScoresAgainst(threshold, 10, 10, default).Missed.Hits, Is.EqualTo(missed));

    [Test]
    public void ScoresAgainst_OnePhotoOrNone_SaysNothing()
    {
        var one = With(("ann", [1, 0])).ScoresAgainst(0.5f, 10, 10, default);
        var none = GallerySnapshot.Empty(Contract, 2).ScoresAgainst(0.5f, 10, 10, default);

        Assert.That((one.Missed.Trials, one.Taken.Trials, none.Missed.Trials, none.Taken.Trials), Is.EqualTo((0, 0, 0, 0)));
        Assert.That(one.Taken.Interval, Is.EqualTo((0, 1)));
    }

    [Test]
    public void ScoresAgainst_TenThousandStudents_AsksASampleOfThem()
    {
        var random = new Random(7);
        var gallery = With([
            .. Enumerable.Range(0, 10_000).Select(i => ($"s{i}", new[] { 1f, (float)random.NextDouble(), (float)random.NextDouble() })),
        ]);

        var scores = gallery.ScoresAgainst(0.5f, 2_000, 500, default);

        Assert.That(scores.Impostor.Sum(), Is.EqualTo(2_000 * 500));
    }

    [TestCase(0, 1000, 0)]
    [TestCase(1e-4, 1000, 0.0951671)]
    [TestCase(1, 3, 1)]
    public void AnyOf_ManyStudents_GrowsWithThem(double rate, int students, double expected) =>
        Assert.That(GalleryScores.AnyOf(rate, students), Is.EqualTo(expected).Within(1e-6));

    private static (double, long)[] NotEmpty(IReadOnlyList<long> counts) =>
        [.. counts.Index().Where(c => c.Item > 0).Select(c => (Math.Round((c.Index * GalleryScores.Step) - 1, 2), c.Item))];

    private static GallerySnapshot With(params (string Student, float[] Raw)[] photos)
    {
        var entries = photos.Select(p => new GalleryEntry(
            new(Guid.NewGuid()), new StudentId(p.Student), Embedding.FromRaw(p.Raw, Contract).Values.ToArray()));
        return GallerySnapshot.Empty(Contract, photos[0].Raw.Length).Change().Add([.. entries]).ToSnapshot();
    }
}
