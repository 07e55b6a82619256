using System.Numerics;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>A graph that looks at one face, with how to fill its input; shared by all workers. The owner disposes it after them.</summary>
internal sealed class FaceModel<T>(ModelFile<T> file, IReadOnlyList<string> outputs) : IDisposable
    where T : ModelEntry
{
    public T Entry { get; } = file.Entry;

    public PixelTensor Format { get; } = new(file.Entry.Input);

    public OrtModel Graph { get; } = ModelLoading.Open(file, outputs);

    public void Dispose() => Graph.Dispose();
}

/// <summary>A worker's own tensors of a <see cref="FaceModel{T}"/>. For one thread at a time; its owner disposes it.</summary>
internal sealed class FaceModelRun<T>(FaceModel<T> model) : IDisposable
    where T : ModelEntry
{
    private readonly OrtModel.Binding _binding = model.Graph.Bind(1, 3, model.Entry.Input.Side, model.Entry.Input.Side);
    private readonly FaceCropper _cropper = new(model.Format, model.Entry.Input.Side);

    public T Entry { get; } = model.Entry;

    /// <returns>The binding, whose outputs are valid until the next run.</returns>
    public OrtModel.Binding Run(RgbView image, in PixelRectangle crop)
    {
        _cropper.Fill(image, crop, _binding.Input);
        _binding.Run();
        return _binding;
    }

    public void Dispose() => _binding.Dispose();
}

/// <summary>From a face in a picture to eyes, mouth and head pose. For one thread at a time: each worker has its own.</summary>
internal sealed class GeometryMeter(FaceModel<LandmarksEntry> landmarks, IReadOnlyList<FaceModel<HeadPoseEntry>> poses) : IDisposable
{
    private const int Points = 68;

    // Where the eyes, and the inner lips, begin among the 68 points (iBUG order).
    private const int LeftEye = 36;
    private const int RightEye = 42;
    private const int InnerLips = 60;

    // slim's one output: behind the points three angles, then the logits.
    private const int SlimPitch = 136;
    private const int SlimYaw = 137;
    private const int SlimRoll = 138;
    private const int SlimFirstEyeShut = 139;
    private const int SlimSecondEyeShut = 140;
    private const float SlimDegreesPerUnit = 90;

    private readonly FaceModelRun<LandmarksEntry> _landmarks = new(landmarks);
    private readonly FaceModelRun<HeadPoseEntry>[] _poses = [.. poses.Select(p => new FaceModelRun<HeadPoseEntry>(p))];
    private readonly Vector2[] _points = new Vector2[Points];

    /// <summary>The 68 points of the last face, in pixels of its picture.</summary>
    public ReadOnlySpan<Vector2> LastPoints => _points;

    /// <param name="box">In pixels of <paramref name="image"/>.</param>
    public FaceGeometry Measure(RgbView image, in FaceBox box)
    {
        var crop = FaceCropper.RectangleOf(box, _landmarks.Entry.Crop, image.Width, image.Height);
        var outputs = _landmarks.Run(image, crop);
        var all = outputs.Output(0);
        for (var i = 0; i < Points; i++)
            _points[i] = new(crop.Left + (all[2 * i] * crop.Width), crop.Top + (all[(2 * i) + 1] * crop.Height));

        var (pose, eyesShut) = _landmarks.Entry.Decoder switch
        {
            LandmarksDecoder.Slim => (
                new HeadPose(-all[SlimYaw] * SlimDegreesPerUnit, all[SlimPitch] * SlimDegreesPerUnit, all[SlimRoll] * SlimDegreesPerUnit),
                (float?)Math.Min(all[SlimFirstEyeShut], all[SlimSecondEyeShut])),
            LandmarksDecoder.Direct => (new HeadPose(outputs.Output(1)[0], outputs.Output(1)[1], outputs.Output(1)[2]), null),
        };
        return new(
            OpeningOf(LeftEye), OpeningOf(RightEye), LipsOpening(), eyesShut, _poses.Length == 0 ? pose : MeanPose(image, box));
    }

    /// <summary>The last face as the relief is measured on it.</summary>
    /// <param name="image">The picture it was measured in.</param>
    /// <param name="toOriginal">Pixels of the original for one of the picture.</param>
    /// <returns>Null where the landmarks span no face.</returns>
    public FaceView? ViewOfLast(RgbView image, float toOriginal)
    {
        if (FitAnchors() is not { } placed) return null;
        // As many samples a pixel as it covers, within reason.
        var eyes = Vector2.Distance(_points[LeftEye], _points[RightEye + 3]);
        var samples = Math.Clamp((int)MathF.Ceiling(eyes / FaceView.PixelsPerUnit), 1, 4);
        var grey = new byte[FaceView.Side * FaceView.Side];
        for (var i = 0; i < grey.Length; i++)
        {
            var sum = 0f;
            for (var s = 0; s < samples * samples; s++)
            {
                var within = (new Vector2(s % samples, s / samples) + new Vector2(0.5f)) / samples;
                var place = FaceView.PlaceOf((i % FaceView.Side) + within.X - 0.5f, (i / FaceView.Side) + within.Y - 0.5f);
                sum += GreyAt(image, Vector2.Transform(place, placed));
            }
            grey[i] = (byte)(sum / (samples * samples));
        }
        return new(grey, eyes * toOriginal);
    }

    public void Dispose()
    {
        _landmarks.Dispose();
        foreach (var pose in _poses) pose.Dispose();
    }

    /// <returns>From a view's places to pixels: the affine map that puts the anchors nearest to their landmarks (least squares).</returns>
    private Matrix3x2? FitAnchors()
    {
        Vector2 from = default, to = default;
        foreach (var (landmark, place) in FaceView.Anchors) (from, to) = (from + place, to + _points[landmark]);
        (from, to) = (from / FaceView.Anchors.Count, to / FaceView.Anchors.Count);
        float xx = 0, xy = 0, yy = 0;
        Vector2 x = default, y = default;
        foreach (var (landmark, place) in FaceView.Anchors)
        {
            Vector2 a = place - from, b = _points[landmark] - to;
            (xx, xy, yy) = (xx + (a.X * a.X), xy + (a.X * a.Y), yy + (a.Y * a.Y));
            (x, y) = (x + (a.X * b), y + (a.Y * b));
        }
        var determinant = (xx * yy) - (xy * xy);
        Vector2 right = ((yy * x) - (xy * y)) / determinant, down = ((xx * y) - (xy * x)) / determinant;
        var map = new Matrix3x2(right.X, right.Y, down.X, down.Y, 0, 0);
        map.Translation = to - Vector2.Transform(from, map);
        return Math.Abs(map.GetDeterminant()) > 1 ? map : null;
    }

    /// <summary>ITU-R BT.601, bilinear; beyond the picture, its rim.</summary>
    private static float GreyAt(RgbView image, Vector2 at)
    {
        float x = Math.Clamp(at.X, 0, image.Width - 1), y = Math.Clamp(at.Y, 0, image.Height - 1);
        int left = (int)x, top = (int)y, right = Math.Min(left + 1, image.Width - 1), below = Math.Min(top + 1, image.Height - 1);
        float toRight = x - left, toBelow = y - top;
        float upper = (Grey(left, top, image) * (1 - toRight)) + (Grey(right, top, image) * toRight);
        float lower = (Grey(left, below, image) * (1 - toRight)) + (Grey(right, below, image) * toRight);
        return (upper * (1 - toBelow)) + (lower * toBelow);

        static float Grey(int x, int y, RgbView image)
        {
            var rgb = image.Pixels.Slice(((y * image.Width) + x) * 3, 3);
            return (0.299f * rgb[0]) + (0.587f * rgb[1]) + (0.114f * rgb[2]);
        }
    }

    private HeadPose MeanPose(RgbView image, in FaceBox box)
    {
        float yaw = 0, pitch = 0, roll = 0;
        foreach (var pose in _poses)
        {
            var angles = pose.Run(image, FaceCropper.RectangleOf(box, pose.Entry.Crop, image.Width, image.Height)).Output(0);
            yaw += angles[0] * pose.Entry.Yaw;
            pitch += angles[1] * pose.Entry.Pitch;
            roll += angles[2] * pose.Entry.Roll;
        }
        return new(yaw / _poses.Length, pitch / _poses.Length, roll / _poses.Length);
    }

    /// <summary>
    /// Eye aspect ratio of six points from corner to corner (Soukupová and Čech 2016, "Real-Time Eye Blink Detection using Facial
    /// Landmarks", eq. 1).
    /// </summary>
    private float OpeningOf(int first)
    {
        float Distance(int a, int b) => Vector2.Distance(_points[first + a], _points[first + b]);
        return Ratio(Distance(1, 5) + Distance(2, 4), 2 * Distance(0, 3));
    }

    private float LipsOpening()
    {
        float Distance(int a, int b) => Vector2.Distance(_points[InnerLips + a], _points[InnerLips + b]);
        return Ratio(Distance(1, 7) + Distance(2, 6) + Distance(3, 5), 2 * Distance(0, 4));
    }

    // Corners that coincide give no ratio: as good as shut.
    private static float Ratio(float height, float width) => width > 1e-3f ? height / width : 0;
}
