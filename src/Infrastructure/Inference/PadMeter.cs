using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// Passive presentation attack detection: the mean of the profile's models. For one thread at a time: each worker has its own.
/// </summary>
internal sealed class PadMeter(IReadOnlyList<FaceModel<AntiSpoofEntry>> models) : IDisposable
{
    private readonly FaceModelRun<AntiSpoofEntry>[] _models = [.. models.Select(m => new FaceModelRun<AntiSpoofEntry>(m))];

    /// <param name="box">In pixels of <paramref name="image"/>.</param>
    /// <returns>Probability in [0, 1] that the face is a live person's.</returns>
    public float Measure(RgbView image, in FaceBox box)
    {
        var sum = 0f;
        foreach (var model in _models)
        {
            var logits = model.Run(image, RectangleOf(box, model.Entry.CropScale, image.Width, image.Height)).Output(0);
            sum += Softmax(logits, model.Entry.LiveClass);
        }
        return sum / _models.Length;
    }

    public void Dispose()
    {
        foreach (var model in _models) model.Dispose();
    }

    /// <summary>
    /// The surroundings of a face, as the models were trained with them: smaller where the picture has no room, and moved in where they
    /// stick out (github.com/minivision-ai/Silent-Face-Anti-Spoofing @ b6d5f04, src/generate_patches.py).
    /// </summary>
    internal static PixelRectangle RectangleOf(in FaceBox box, float wanted, int imageWidth, int imageHeight)
    {
        var scale = Math.Min(wanted, Math.Min((imageHeight - 1) / box.Height, (imageWidth - 1) / box.Width));
        float width = box.Width * scale, height = box.Height * scale;
        var left = Math.Clamp(((box.Left + box.Right) / 2) - (width / 2), 0, Math.Max(0, imageWidth - 1 - width));
        var top = Math.Clamp(((box.Top + box.Bottom) / 2) - (height / 2), 0, Math.Max(0, imageHeight - 1 - height));
        return new((int)left, (int)top, (int)(left + width) - (int)left + 1, (int)(top + height) - (int)top + 1);
    }

    private static float Softmax(ReadOnlySpan<float> logits, int wanted)
    {
        var most = float.NegativeInfinity;
        foreach (var logit in logits) most = Math.Max(most, logit);
        var sum = 0f;
        foreach (var logit in logits) sum += MathF.Exp(logit - most);
        return MathF.Exp(logits[wanted] - most) / sum;
    }
}
