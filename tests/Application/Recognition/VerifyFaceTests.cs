using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Recognition;

public sealed class VerifyFaceTests
{
    private static readonly LivenessOptions Liveness = new() { VerificationThreshold = 0.4f };

    [TestCase(0.41f, true)]
    [TestCase(0.39f, false)]
    public async Task Handle_SimilarityAroundTheThreshold_MatchesFromIt(float cosine, bool isMatch)
    {
        var answer = (await HandleAsync("ann", new FakeAnalyzer(FakeAnalyzer.Face(0, cosine)))).Value;

        Assert.That((answer.IsMatch, answer.Threshold), Is.EqualTo((isMatch, 0.4f)));
        Assert.That(answer.Similarity, Is.EqualTo(cosine).Within(1e-5));
    }

    [Test]
    public async Task Handle_StudentWithoutATemplate_IsNotEnrolledAndThePictureIsNotLookedAt()
    {
        var analyzer = new FakeAnalyzer(FakeAnalyzer.Face(0));

        Assert.That((await HandleAsync("cid", analyzer)).Error, Is.EqualTo(VerificationErrors.NotEnrolled));
        Assert.That(analyzer.Analyzed, Is.Zero);
    }

    [Test]
    public async Task Handle_NoFaceOrSeveral_IsRefused()
    {
        var none = await HandleAsync("ann", new FakeAnalyzer());
        var several = await HandleAsync("ann", new FakeAnalyzer(FakeAnalyzer.Face(0), FakeAnalyzer.Face(1)));

        Assert.That((none.Error, several.Error), Is.EqualTo((VerificationErrors.NoFace, VerificationErrors.SeveralFaces)));
    }

    [Test]
    public async Task Handle_SmallBystander_IsNotCounted() => Assert.That(
        (await HandleAsync("ann", new FakeAnalyzer(FakeAnalyzer.Face(0), FakeAnalyzer.Face(1, height: 20)))).Value.IsMatch, Is.True);

    [Test]
    public async Task Handle_PictureThatCannotBeRead_IsTheAnalyzersError()
    {
        var refused = RecognitionErrors.InvalidImage("empty");

        Assert.That((await HandleAsync("ann", new RefusingAnalyzer(refused))).Error, Is.EqualTo(refused));
    }

    private static Task<Result<FaceVerification>> HandleAsync(string student, IFaceAnalyzer analyzer) =>
        new VerifyFaceHandler(analyzer, new FakeGallery("ann", "bob"), Options.Create(Liveness)).Handle(
            new(SchoolId.First, new(student), new byte[] { 1 }), default);
}
