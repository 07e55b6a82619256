using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Recognition;

[NonParallelizable] // One survey at a time in the process, which is what one of the tests is about.
public sealed class SurveyGalleryTests
{
    [Test]
    public async Task Handle_Pairs_AreCountedByTwentiethsAndNamedOnceFromTheThresholdOn()
    {
        var survey = (await SurveyAsync(("ann", "bob", 0.62f), ("bob", "ann", 0.62f), ("cid", "ann", 0.31f), ("dee", "cid", 0.5f))).Value;

        Assert.That(survey.Looked, Is.EqualTo(4));
        Assert.That((survey.NearestOther[12], survey.NearestOther[6], survey.NearestOther[10]), Is.EqualTo((2, 1, 1)));
        Assert.That(survey.NearestOther.Sum(), Is.EqualTo(4));
        Assert.That(survey.Lookalikes.Select(p => (p.Student.Value, p.Other.Value)), Is.EqualTo(new[] { ("ann", "bob"), ("dee", "cid") }));
        Assert.That(survey.RateMeasured, Is.EqualTo(0.75));
        Assert.That((survey.RateSet, survey.RateEstimated), Is.EqualTo(((double?)null, (double?)null)), "the embedder has no calibration");
    }

    [TestCase(-0.3f, 0)]
    [TestCase(1f, 19)]
    public async Task Handle_SimilarityBeyondTheScale_CountsAtItsEnd(float similarity, int place)
    {
        var survey = (await SurveyAsync(("ann", "bob", similarity))).Value;

        Assert.That(survey.NearestOther[place], Is.EqualTo(1));
    }

    [Test]
    public async Task Handle_EmptyGallery_MeasuresNothing()
    {
        var survey = (await SurveyAsync()).Value;

        Assert.That((survey.Looked, survey.RateMeasured, survey.Lookalikes.Count), Is.EqualTo((0, (double?)null, 0)));
    }

    [Test]
    public async Task Handle_MoreLookalikesThanAreShown_ShowsTheMostAlike()
    {
        (string, string, float)[] pairs = [.. Enumerable.Range(0, 150).Select(i => ($"s{i}", $"t{i}", 0.5f + (i / 1000f)))];

        var survey = (await SurveyAsync(pairs)).Value;

        Assert.That(survey.Lookalikes, Has.Count.EqualTo(GallerySurvey.MostPairs));
        Assert.That((survey.Lookalikes[0].Student.Value, survey.Lookalikes[^1].Student.Value), Is.EqualTo(("s149", "s50")));
    }

    [Test]
    public async Task Handle_WhileAnotherIsUnderWay_IsBusyAndAfterwardsNot()
    {
        using var slow = new PairGallery([]) { IsHeld = true };
        var first = HandlerOf(slow).Handle(new(SchoolId.First), default);
        slow.Entered.Wait(TimeSpan.FromSeconds(30));

        var second = await SurveyAsync();
        slow.Release.Set();
        await first;
        var third = await SurveyAsync();

        Assert.That(second.Error!.Code, Is.EqualTo("recognition.busy"));
        Assert.That(third.IsSuccess, Is.True);
    }

    private static async Task<Domain.Result<GallerySurvey>> SurveyAsync(params (string, string, float)[] pairs)
    {
        using var gallery = new PairGallery(pairs);
        return await HandlerOf(gallery).Handle(new(SchoolId.First), default);
    }

    private static SurveyGalleryHandler HandlerOf(IGallery gallery) => new(gallery, Settings.Recognition);

    private sealed class PairGallery((string One, string Other, float Similarity)[] pairs) : IGallery, ISchoolGallery, IDisposable
    {
        public event Action<SchoolId>? Changed { add { } remove { } }

        public bool IsHeld { get; init; }

        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Release { get; } = new();

        public IReadOnlyList<Lookalike> NearestOthers(int most, CancellationToken ct)
        {
            Entered.Set();
            if (IsHeld) Release.Wait(TimeSpan.FromSeconds(30), ct);
            return [.. pairs.Select(p => new Lookalike(new StudentId(p.One), new StudentId(p.Other), p.Similarity)).Take(most)];
        }

        public long Version => 0;

        public int Templates => pairs.Length;

        public GallerySize Students => new(pairs.Length, 0);

        public ValueTask<Domain.Result<ISchoolGallery>> OpenAsync(SchoolId school, CancellationToken ct) =>
            new(Domain.Result<ISchoolGallery>.Ok(this));

        public GalleryScores ScoresAgainst(float threshold, int most, int mostOthers, CancellationToken ct) =>
            throw new NotSupportedException();

        public IReadOnlyList<IReadOnlyList<GalleryMatch>> Search(IReadOnlyList<Embedding> probes, int top) =>
            throw new NotSupportedException();

        public Embedding? DirectionOf(StudentId student) => throw new NotSupportedException();

        public float? SimilarityOf(StudentId one, StudentId other) => throw new NotSupportedException();

        public void Dispose()
        {
            Entered.Dispose();
            Release.Dispose();
        }
    }
}
