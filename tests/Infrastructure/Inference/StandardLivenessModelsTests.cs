using System.Text.Json;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

/// <summary>
/// What only the standard weights have: passive detection, and a second measure of the eyes, which still tells a blink of a face that fills
/// the frame.
/// </summary>
public sealed class StandardLivenessModelsTests() : LivenessModelsFixture("standard")
{
    [TestCase("blink/franck_a", 1.8f)]
    [TestCase("blink/franck_a", 3)]
    [TestCase("blink/franck_b", 2.4f)]
    public async Task Session_BlinkOfAFaceThatFillsTheFrame_Passes(string clip, float times)
    {
        var frames = Clip(clip);
        var face = (await Player.AnalyzeAsync(frames[0])).Face!;
        var near = frames.Where((_, i) => i % 3 == 0)
            .Select(f => FaceWarp.Zoom(ImageCanvas.Open(f).Value, face.Box, times).Encode(".jpg", 92)).ToList();

        var verdict = await Player.PlayAsync(near, 25 / 3.0, [LivenessAction.Blink], [face.Embedding]);

        Assert.That((await Player.AnalyzeAsync(near[0])).Face!.Share, Is.GreaterThan(LivenessRules.MostShare));
        Assert.That((verdict.Outcome, verdict.Fault), Is.EqualTo((LivenessOutcome.Passed, (LivenessFault?)null)));
    }

    [TestCase("spoof/image_F2.jpg")]
    [TestCase("spoof/mini_old-1.jpg")]
    [TestCase("spoof/image_F1.jpg")]
    public async Task Session_PrintOrScreenThatActs_IsAPresentationAttack(string picture)
    {
        var canvas = Collage.Shrink(ImageCanvas.Open(Read(picture)).Value, 640);
        var points = (await Player.AnalyzeAsync(canvas.Encode(".png"))).Face!.Points;

        var verdict = await Player.PlayAsync(
            LivenessPlayer.Act([(canvas, points)], 5, [LivenessAction.MouthOpen]), 5, [LivenessAction.MouthOpen],
                [await TemplateAsync(Read(picture))]);

        Assert.That(verdict.Fault, Is.EqualTo(LivenessFault.PresentationAttack));
    }

    [Test]
    public void Pad_GoldenPictures_LiveProbabilityAsTheReference()
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(SharedFiles.Require("golden/golden.json")));
        using var worker = new FaceWorker(Models, minFacePixels: 0);
        var compared = 0;
        foreach (var entry in golden.RootElement.EnumerateArray())
        {
            var face = entry.GetProperty("faces").EnumerateArray().FirstOrDefault();
            if (face.ValueKind != JsonValueKind.Object || !face.TryGetProperty("pad", out var pad)) continue;
            var picture = entry.GetProperty("picture").GetString()!;

            var encoded = File.ReadAllBytes(SharedFiles.Require($"faces/{picture}"));
            using var image = ImageDecoder.Decode(encoded, ImageDecoder.ReadHeader(encoded).Value, FaceAnalyzer.FirstLook).Value;
            var view = new RgbView(image.Rgb, image.Width, image.Height);
            // The crop follows the box, and the reference's is the thorough detector's.
            worker.Detector.DetectThoroughly(view, worker.Faces);
            var box = worker.Faces.MaxBy(f => f.Box.Height).Box;

            Assert.That(worker.Pad!.Measure(view, box), Is.EqualTo(pad[1].GetSingle()).Within(0.1f), picture);
            compared++;
        }
        Assert.That(compared, Is.GreaterThanOrEqualTo(10));
    }
}
