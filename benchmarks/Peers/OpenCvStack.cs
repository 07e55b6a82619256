using OpenCvSharp;
using OpenCvSharp.Dnn;

namespace FaceAttendance.Benchmarks.Peers;

/// <summary>YuNet and MobileFaceNet, all of it by OpenCV.</summary>
internal sealed class OpenCvStack : IStack
{
    // Of faces that four detectors agree on, YuNet's own 0.9 loses many; this is where it stands beside the others.
    private const float Confidence = 0.6f;
    private const float Overlap = 0.3f;

    private readonly string _detectorFile;
    private readonly Dictionary<Size, FaceDetectorYN> _detectors = [];
    private readonly Net _embedder;

    public OpenCvStack(string models)
    {
        Cv2.SetNumThreads(1);
        _detectorFile = Path.Combine(models, "yunet_n_640_640.onnx");
        _embedder = CvDnn.ReadNetFromOnnx(Path.Combine(models, "MobileFaceNet.onnx"))!;
    }

    public string Name => $"YuNet + MobileFaceNet, OpenCvSharp {Cv2.GetVersionString()}";

    public IReadOnlyList<Face> Embed(byte[] jpeg)
    {
        using var image = Cv2.ImDecode(jpeg, ImreadModes.Color);
        var detector = DetectorFor(image.Size());
        using var found = new Mat();
        detector.Detect(image, found);
        var faces = new Face[found.Rows];
        Span<(float, float)> points = stackalloc (float, float)[5];
        for (var i = 0; i < faces.Length; i++)
        {
            for (var p = 0; p < 5; p++) points[p] = (found.At<float>(i, 4 + (2 * p)), found.At<float>(i, 5 + (2 * p)));
            var (a, b, tx, ty) = Steps.ToTemplate(points);
            using var transform = Mat.FromArray(new float[,] { { a, -b, tx }, { b, a, ty } });
            using var face = new Mat();
            Cv2.WarpAffine(image, face, transform, new Size(112, 112));
            using var input = CvDnn.BlobFromImage(face, 1 / 127.5, new Size(112, 112), Scalar.All(127.5), swapRB: true, crop: false);
            _embedder.SetInput(input);
            using var output = _embedder.Forward();
            output.GetArray(out float[] raw);
            faces[i] = new(
                found.At<float>(i, 0) + (found.At<float>(i, 2) / 2), found.At<float>(i, 1) + (found.At<float>(i, 3) / 2),
                Steps.Normalized(raw));
        }
        return faces;
    }

    public void Dispose()
    {
        foreach (var detector in _detectors.Values) detector.Dispose();
        _embedder.Dispose();
    }

    // Made once for each size: setting another on the same one would lay its network out anew.
    private FaceDetectorYN DetectorFor(Size size)
    {
        if (!_detectors.TryGetValue(size, out var detector))
            _detectors[size] = detector = FaceDetectorYN.Create(_detectorFile, "", size, Confidence, Overlap);
        return detector;
    }
}
