using System.Numerics;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// Turns a detector's outputs into faces in pixels of its input, before suppression. Stateless after construction, thread-safe.
/// </summary>
internal abstract class FaceDecoder
{
    private static readonly int[] Strides = [8, 16, 32];

    /// <summary>The graph's outputs in the order in which the decoder reads them.</summary>
    public abstract IReadOnlyList<string> Outputs { get; }

    public static FaceDecoder For(DetectorEntry entry) => entry.Decoder switch
    {
        DetectorDecoder.RetinaFace => new RetinaFaceDecoder(entry),
        DetectorDecoder.YuNet => new YuNetDecoder(entry),
        DetectorDecoder.Scrfd => new ScrfdDecoder(entry),
        DetectorDecoder.Direct => new DirectDecoder(entry),
    };

    /// <summary>What the input's sides must be multiples of.</summary>
    public virtual int Multiple => Strides[^1];

    /// <summary>Whether the outputs are as long as an input of that size makes them.</summary>
    public abstract bool Fits(OrtModel.Binding outputs, int width, int height);

    /// <param name="outputs">As a run over an input of that size left them.</param>
    /// <param name="confidence">Least score.</param>
    public abstract void Decode(OrtModel.Binding outputs, int width, int height, float confidence, List<DetectedFace> faces);

    /// <param name="values">Of an anchor, by role; each role has an output for every stride.</param>
    private static bool FitLevels(OrtModel.Binding outputs, int width, int height, int anchorsPerCell, ReadOnlySpan<int> values)
    {
        for (var i = 0; i < values.Length * Strides.Length; i++)
        {
            var stride = Strides[i % Strides.Length];
            var anchors = (width / stride) * (height / stride) * anchorsPerCell;
            if (outputs.Output(i).Length != anchors * values[i / Strides.Length]) return false;
        }
        return true;
    }

    private static FacePoints Points(ReadOnlySpan<float> p, Vector2 origin, float unit) => new(
        origin + (new Vector2(p[0], p[1]) * unit), origin + (new Vector2(p[2], p[3]) * unit), origin + (new Vector2(p[4], p[5]) * unit),
        origin + (new Vector2(p[6], p[7]) * unit), origin + (new Vector2(p[8], p[9]) * unit));

    /// <summary>
    /// Offsets from a grid of priors (github.com/biubug6/Pytorch_Retinaface, layers/functions/prior_box.py and utils/box_utils.py, config
    /// cfg_mnet).
    /// </summary>
    private sealed class RetinaFaceDecoder(DetectorEntry entry) : FaceDecoder
    {
        private const float CentreVariance = 0.1f;
        private const float SizeVariance = 0.2f;

        // Two prior sizes in pixels for each of the strides.
        private static readonly float[][] PriorSizes = [[16, 32], [64, 128], [256, 512]];

        public override IReadOnlyList<string> Outputs { get; } =
            [entry.Outputs["scores"][0], entry.Outputs["boxes"][0], entry.Outputs["points"][0]];

        // Cells at the right and at the bottom may be cut.
        public override int Multiple => Strides[0];

        public override bool Fits(OrtModel.Binding outputs, int width, int height)
        {
            var anchors = 0;
            for (var level = 0; level < Strides.Length; level++)
                anchors += Cells(width, Strides[level]) * Cells(height, Strides[level]) * PriorSizes[level].Length;
            return (outputs.Output(0).Length, outputs.Output(1).Length, outputs.Output(2).Length)
                == (2 * anchors, 4 * anchors, 10 * anchors);
        }

        public override void Decode(OrtModel.Binding outputs, int width, int height, float confidence, List<DetectedFace> faces)
        {
            // float32[1, A, 2] softmax with the face second, float32[1, A, 4], float32[1, A, 10].
            ReadOnlySpan<float> scores = outputs.Output(0), boxes = outputs.Output(1), points = outputs.Output(2);
            var anchor = 0;
            for (var level = 0; level < Strides.Length; level++)
            {
                var stride = Strides[level];
                int rows = Cells(height, stride), columns = Cells(width, stride);
                for (var cell = 0; cell < rows * columns; cell++)
                {
                    foreach (var prior in PriorSizes[level])
                    {
                        var score = scores[(2 * anchor) + 1];
                        if (score > confidence)
                        {
                            var centre = new Vector2((cell % columns) + 0.5f, (cell / columns) + 0.5f) * stride;
                            var b = boxes.Slice(4 * anchor, 4);
                            var middle = centre + (new Vector2(b[0], b[1]) * CentreVariance * prior);
                            var half = new Vector2(MathF.Exp(b[2] * SizeVariance), MathF.Exp(b[3] * SizeVariance)) * prior / 2;
                            faces.Add(new(
                                new(middle.X - half.X, middle.Y - half.Y, middle.X + half.X, middle.Y + half.Y),
                                Points(points.Slice(10 * anchor, 10), centre, CentreVariance * prior), score));
                        }
                        anchor++;
                    }
                }
            }
        }

        private static int Cells(int length, int stride) => (length + stride - 1) / stride;
    }

    /// <summary>One anchor a cell (github.com/ShiqiYu/libfacedetection.train, mmdet/models/dense_heads/yunet_head.py).</summary>
    private sealed class YuNetDecoder(DetectorEntry entry) : FaceDecoder
    {
        public override IReadOnlyList<string> Outputs { get; } =
            [.. entry.Outputs["classes"], .. entry.Outputs["scores"], .. entry.Outputs["boxes"], .. entry.Outputs["points"]];

        public override bool Fits(OrtModel.Binding outputs, int width, int height) =>
            FitLevels(outputs, width, height, anchorsPerCell: 1, [1, 1, 4, 10]);

        public override void Decode(OrtModel.Binding outputs, int width, int height, float confidence, List<DetectedFace> faces)
        {
            for (var level = 0; level < Strides.Length; level++)
            {
                var stride = Strides[level];
                ReadOnlySpan<float> classes = outputs.Output(level), objectness = outputs.Output(3 + level);
                ReadOnlySpan<float> boxes = outputs.Output(6 + level), points = outputs.Output(9 + level);
                var columns = width / stride;
                for (var cell = 0; cell < classes.Length; cell++)
                {
                    var score = MathF.Sqrt(Math.Clamp(classes[cell], 0, 1) * Math.Clamp(objectness[cell], 0, 1));
                    if (!(score > confidence)) continue;
                    var corner = new Vector2(cell % columns, cell / columns) * stride;
                    var b = boxes.Slice(4 * cell, 4);
                    var middle = corner + (new Vector2(b[0], b[1]) * stride);
                    var half = new Vector2(MathF.Exp(b[2]), MathF.Exp(b[3])) * stride / 2;
                    faces.Add(new(
                        new(middle.X - half.X, middle.Y - half.Y, middle.X + half.X, middle.Y + half.Y),
                        Points(points.Slice(10 * cell, 10), corner, stride), score));
                }
            }
        }
    }

    /// <summary>Distances to the four sides from two anchors a cell (github.com/deepinsight/insightface, detection/scrfd).</summary>
    private sealed class ScrfdDecoder(DetectorEntry entry) : FaceDecoder
    {
        private const int AnchorsPerCell = 2;

        public override IReadOnlyList<string> Outputs { get; } =
            [.. entry.Outputs["scores"], .. entry.Outputs["boxes"], .. entry.Outputs["points"]];

        public override bool Fits(OrtModel.Binding outputs, int width, int height) =>
            FitLevels(outputs, width, height, anchorsPerCell: AnchorsPerCell, [1, 4, 10]);

        public override void Decode(OrtModel.Binding outputs, int width, int height, float confidence, List<DetectedFace> faces)
        {
            for (var level = 0; level < Strides.Length; level++)
            {
                var stride = Strides[level];
                ReadOnlySpan<float> scores = outputs.Output(level), boxes = outputs.Output(3 + level), points = outputs.Output(6 + level);
                var columns = width / stride;
                for (var anchor = 0; anchor < scores.Length; anchor++)
                {
                    if (!(scores[anchor] > confidence)) continue;
                    var cell = anchor / AnchorsPerCell;
                    var centre = new Vector2(cell % columns, cell / columns) * stride;
                    var d = boxes.Slice(4 * anchor, 4);
                    faces.Add(new(
                        new(centre.X - (d[0] * stride), centre.Y - (d[1] * stride), centre.X + (d[2] * stride), centre.Y + (d[3] * stride)),
                        Points(points.Slice(10 * anchor, 10), centre, stride), scores[anchor]));
                }
            }
        }
    }

    /// <summary>The graph has done it all: onnx-models/starter/README.md.</summary>
    private sealed class DirectDecoder(DetectorEntry entry) : FaceDecoder
    {
        public override IReadOnlyList<string> Outputs { get; } =
            [entry.Outputs["scores"][0], entry.Outputs["boxes"][0], entry.Outputs["points"][0]];

        public override bool Fits(OrtModel.Binding outputs, int width, int height) =>
            (outputs.Output(1).Length, outputs.Output(2).Length) == (4 * outputs.Output(0).Length, 10 * outputs.Output(0).Length);

        public override void Decode(OrtModel.Binding outputs, int width, int height, float confidence, List<DetectedFace> faces)
        {
            ReadOnlySpan<float> scores = outputs.Output(0), boxes = outputs.Output(1), points = outputs.Output(2);
            for (var i = 0; i < scores.Length; i++)
            {
                if (!(scores[i] > confidence)) continue;
                var b = boxes.Slice(4 * i, 4);
                faces.Add(new(new(b[0], b[1], b[2], b[3]), Points(points.Slice(10 * i, 10), Vector2.Zero, 1), scores[i]));
            }
        }
    }
}
