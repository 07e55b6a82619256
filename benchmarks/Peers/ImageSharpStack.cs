using FaceAttendance.Infrastructure.Inference;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace FaceAttendance.Benchmarks.Peers;

/// <summary>SCRFD-500M and MobileFaceNet by ONNX Runtime's managed API, pictures by ImageSharp.</summary>
/// <remarks>SCRFD's weights are for research only: they are measured here, and nowhere else.</remarks>
internal sealed class ImageSharpStack : IStack
{
    private const int Side = 640;
    private const int FaceSide = 112;
    private const float Confidence = 0.5f;
    private const float Overlap = 0.4f;

    private static readonly (int Stride, string Scores, string Boxes, string Points)[] Levels =
        [(8, "443", "446", "449"), (16, "468", "471", "474"), (32, "493", "496", "499")];

    private readonly Configuration _inOnePiece = Configuration.Default.Clone();
    private readonly InferenceSession _detector;
    private readonly InferenceSession _embedder;

    public ImageSharpStack(string models)
    {
        _inOnePiece.PreferContiguousImageBuffers = true;
        // ONNX Runtime is loaded by our own stack's rules, which this process has to keep to.
        _ = OrtModel.RuntimeVersion;
        using var options = new SessionOptions { IntraOpNumThreads = 1 };
        _detector = new(Path.Combine(models, "det_500m.onnx"), options);
        _embedder = new(Path.Combine(models, "MobileFaceNet.onnx"), options);
    }

    public string Name => $"SCRFD-500M + MobileFaceNet, ONNX Runtime {OrtModel.RuntimeVersion} and ImageSharp 2.1";

    public IReadOnlyList<Face> Embed(byte[] jpeg)
    {
        using var image = Image.Load<Rgb24>(_inOnePiece, jpeg);
        var faces = Detect(image);
        return [.. faces.Select(f => new Face((f.Left + f.Right) / 2, (f.Top + f.Bottom) / 2, EmbedOne(image, f.Points)))];
    }

    public void Dispose()
    {
        _detector.Dispose();
        _embedder.Dispose();
    }

    private List<Found> Detect(Image<Rgb24> image)
    {
        var scale = Side / (float)Math.Max(image.Width, image.Height);
        var input = new DenseTensor<float>([1, 3, Side, Side]);
        if (scale == 1) Fill(image, input);
        else
        {
            using var small = image.Clone(c => c.Resize((int)(image.Width * scale), (int)(image.Height * scale)));
            Fill(small, input);
        }
        using var outputs = _detector.Run([NamedOnnxValue.CreateFromTensor("input.1", input)]);
        var byName = outputs.ToDictionary(o => o.Name, o => (DenseTensor<float>)o.AsTensor<float>());
        var found = new List<Found>();
        foreach (var (stride, scores, boxes, points) in Levels)
        {
            var score = byName[scores].Buffer.Span;
            var box = byName[boxes].Buffer.Span;
            var point = byName[points].Buffer.Span;
            var across = Side / stride;
            for (var i = 0; i < score.Length; i++)
            {
                if (score[i] <= Confidence) continue;
                // Two anchors a cell, side by side.
                float cx = i / 2 % across * stride, cy = i / 2 / across * stride;
                var marks = new (float, float)[5];
                for (var p = 0; p < 5; p++)
                {
                    var at = (i * 10) + (2 * p);
                    marks[p] = ((cx + (point[at] * stride)) / scale, (cy + (point[at + 1] * stride)) / scale);
                }
                found.Add(new(
                    score[i], (cx - (box[i * 4] * stride)) / scale, (cy - (box[(i * 4) + 1] * stride)) / scale,
                    (cx + (box[(i * 4) + 2] * stride)) / scale, (cy + (box[(i * 4) + 3] * stride)) / scale, marks));
            }
        }
        return Suppress(found);
    }

    private static List<Found> Suppress(List<Found> found)
    {
        var kept = new List<Found>();
        foreach (var face in found.OrderByDescending(f => f.Score))
        {
            if (kept.TrueForAll(k => OverlapOf(k, face) <= Overlap)) kept.Add(face);
        }
        return kept;
    }

    private static float OverlapOf(Found a, Found b)
    {
        var width = Math.Min(a.Right, b.Right) - Math.Max(a.Left, b.Left);
        var height = Math.Min(a.Bottom, b.Bottom) - Math.Max(a.Top, b.Top);
        if (width <= 0 || height <= 0) return 0;
        return width * height / (a.Area + b.Area - (width * height));
    }

    private float[] EmbedOne(Image<Rgb24> image, (float, float)[] points)
    {
        var input = new DenseTensor<float>([1, 3, FaceSide, FaceSide]);
        Warp(image, Steps.ToTemplate(points), input.Buffer.Span);
        using var outputs = _embedder.Run([NamedOnnxValue.CreateFromTensor("input0", input)]);
        return Steps.Normalized(((DenseTensor<float>)outputs.Single().AsTensor<float>()).Buffer.Span);
    }

    // By hand, bilinear, black outside: ImageSharp's own Transform took three times the whole frame.
    private static void Warp(Image<Rgb24> image, (float A, float B, float Tx, float Ty) to, Span<float> values)
    {
        if (!image.DangerousTryGetSinglePixelMemory(out var memory)) throw new InvalidOperationException("The picture lies in pieces.");
        var pixels = memory.Span;
        var (width, height, plane) = (image.Width, image.Height, FaceSide * FaceSide);
        var area = (to.A * to.A) + (to.B * to.B);
        for (var v = 0; v < FaceSide; v++)
        {
            for (var u = 0; u < FaceSide; u++)
            {
                var (dx, dy) = (u - to.Tx, v - to.Ty);
                var (x, y) = (((to.A * dx) + (to.B * dy)) / area, ((to.A * dy) - (to.B * dx)) / area);
                var (left, top) = ((int)MathF.Floor(x), (int)MathF.Floor(y));
                var (fx, fy) = (x - left, y - top);
                float r = 0, g = 0, b = 0;
                for (var k = 0; k < 4; k++)
                {
                    var (px, py) = (left + (k & 1), top + (k >> 1));
                    if ((uint)px >= (uint)width || (uint)py >= (uint)height) continue;
                    var weight = ((k & 1) == 1 ? fx : 1 - fx) * (k >> 1 == 1 ? fy : 1 - fy);
                    var pixel = pixels[(py * width) + px];
                    (r, g, b) = (r + (weight * pixel.R), g + (weight * pixel.G), b + (weight * pixel.B));
                }
                var at = (v * FaceSide) + u;
                values[at] = (r - 127.5f) / 127.5f;
                values[at + plane] = (g - 127.5f) / 127.5f;
                values[at + (2 * plane)] = (b - 127.5f) / 127.5f;
            }
        }
    }

    private static void Fill(Image<Rgb24> image, DenseTensor<float> input)
    {
        const float Divisor = 128;
        var (height, width) = (input.Dimensions[2], input.Dimensions[3]);
        var plane = height * width;
        var whole = input.Buffer;
        // Where no picture is there is black.
        whole.Span.Fill((0 - 127.5f) / Divisor);
        image.ProcessPixelRows(pixels =>
        {
            var values = whole.Span;
            for (var y = 0; y < Math.Min(height, pixels.Height); y++)
            {
                var row = pixels.GetRowSpan(y);
                for (var x = 0; x < Math.Min(width, row.Length); x++)
                {
                    var at = (y * width) + x;
                    values[at] = (row[x].R - 127.5f) / Divisor;
                    values[at + plane] = (row[x].G - 127.5f) / Divisor;
                    values[at + (2 * plane)] = (row[x].B - 127.5f) / Divisor;
                }
            }
        });
    }

    private sealed record Found(float Score, float Left, float Top, float Right, float Bottom, (float, float)[] Points)
    {
        public float Area => (Right - Left) * (Bottom - Top);
    }
}
