using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Recognition;

public sealed class RecognizeFrameTests
{
    [TestCase(0.51f, "bob")]
    [TestCase(0.49f, null)]
    public async Task Handle_FaceAroundTheThreshold_IsNamedFromIt(float cosine, string? name)
    {
        var frame = (await HandleAsync(new FakeAnalyzer(FakeAnalyzer.Face(1, cosine)))).Value;

        Assert.That(frame.Faces.Single().Who.Student?.Value, Is.EqualTo(name));
        Assert.That((frame.Width, frame.Height, frame.Threshold), Is.EqualTo((640, 480, 0.5f)));
    }

    [Test]
    public async Task Handle_SeveralFaces_KeepTheirOrder()
    {
        var frame = (await HandleAsync(new FakeAnalyzer(FakeAnalyzer.Face(1), FakeAnalyzer.Face(5), FakeAnalyzer.Face(0)))).Value;

        Assert.That(frame.Faces.Select(f => f.Who.Student?.Value), Is.EqualTo(["bob", null, "ann"]));
    }

    [Test]
    public async Task Handle_NoFace_IsAnAnswerAndNoError() =>
        Assert.That((await HandleAsync(new FakeAnalyzer())).Value.Faces, Is.Empty);

    [Test]
    public async Task Handle_PictureThatCannotBeRead_IsTheAnalyzersError()
    {
        var refused = RecognitionErrors.InvalidImage("empty");

        Assert.That((await HandleAsync(new RefusingAnalyzer(refused))).Error, Is.EqualTo(refused));
    }

    private static Task<Result<RecognizedFrame>> HandleAsync(IFaceAnalyzer analyzer)
    {
        var gallery = new FakeGallery("ann", "bob");
        return new RecognizeFrameHandler(new(analyzer, new FakeTracks(), gallery, Settings.Recognition)).Handle(
            new(SchoolId.First, new byte[] { 1 }), default);
    }
}

/// <summary>Cannot look at any picture.</summary>
internal sealed class RefusingAnalyzer(Error error) : IFaceAnalyzer
{
    public EmbeddingContractId Contract { get; } = new("fake");

    public Task<Result<FrameAnalysis>> AnalyzeAsync(
        SchoolId school, ReadOnlyMemory<byte> image, FramePurpose purpose, CancellationToken ct) =>
        Task.FromResult<Result<FrameAnalysis>>(error);
}
