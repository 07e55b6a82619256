using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// Looks for faces in a picture too large for one look: a class photographed at full size has faces of some per cent of its width, of which
/// a detector's input of 640 pixels leaves nothing. The picture is looked at as a whole for large faces, and in overlapping tiles for small
/// ones. What is decoded has a quarter of the original's sides; all lengths here are in its pixels unless they say otherwise.
/// </summary>
internal static class FaceTiles
{
    /// <summary>
    /// Original pixels of the longer side up to which one look serves: faces from 154 px are found in it, and phones' pictures have no
    /// more.
    /// </summary>
    public const int MostInOneLook = 4096;

    // The input of most detectors, so that nothing is resampled: 2,560 pixels of the original, of which 100 make a face of 25.
    private const int Side = 640;

    // Original pixels a pixel.
    private const int Shrink = 4;

    // A whole picture is found to have all faces of at least 24/640 of its longer side; 40/640 leaves room for doubt.
    private const int OverlapDivisor = 16;

    // A box this near to an edge that is none of the picture's belongs to a face that may be cut.
    private const int Margin = 4;

    // Of a small face's area within a large one: a mouth or an eye that was taken for a face.
    private const float MostWithin = 0.7f;

    public static bool AreNeeded(ImageHeader header) => LongSide(header) > MostInOneLook;

    /// <summary>The longer side to decode to.</summary>
    public static int WantedSide(ImageHeader header) => LongSide(header) / Shrink;

    /// <summary>How many there are; 35 for 12,000 × 8,000.</summary>
    public static int Count(ImageHeader header)
    {
        var overlap = OverlapOf(LongSide(header) / Shrink);
        return Starts(header.Width / Shrink, overlap) * Starts(header.Height / Shrink, overlap);
    }

    /// <param name="image">Decoded to <see cref="WantedSide"/>.</param>
    /// <param name="faces">Cleared, then filled, in pixels of <paramref name="image"/>.</param>
    public static void Detect(FaceDetector detector, DecodedImage image, List<DetectedFace> faces, CancellationToken ct)
    {
        var longSide = Math.Max(image.Width, image.Height);
        var overlap = OverlapOf(longSide);
        var tallest = overlap - (2 * Margin);
        var small = new List<DetectedFace>();
        DetectWhole(detector, image, longSide, faces, ct);
        // A face of up to this height is whole in one tile at least; any other is only trusted as the whole picture shows it.
        small.AddRange(faces.Where(f => f.Box.Height <= tallest));
        faces.RemoveAll(f => f.Box.Height <= tallest);

        int columns = Starts(image.Width, overlap), rows = Starts(image.Height, overlap);
        int width = Math.Min(Side, image.Width), height = Math.Min(Side, image.Height);
        var view = FaceAnalyzer.View(image);
        var found = new List<DetectedFace>();
        for (var tile = 0; tile < rows * columns; tile++)
        {
            ct.ThrowIfCancellationRequested();
            // Spread evenly, so that the last one ends where the picture does.
            var left = Start(tile % columns, columns, image.Width - width);
            var top = Start(tile / columns, rows, image.Height - height);
            detector.Detect(view, new(left, top, width, height), Side, found);
            foreach (var face in found)
            {
                var box = face.Box;
                var isCut = (left > 0 && box.Left < left + Margin) || (top > 0 && box.Top < top + Margin)
                    || (left + width < image.Width && box.Right > left + width - Margin)
                        || (top + height < image.Height && box.Bottom > top + height - Margin);
                if (!isCut && box.Height <= tallest) small.Add(face);
            }
        }

        NonMaximumSuppression.Apply(small, detector.Overlap);
        var large = faces.Count;
        foreach (var face in small)
        {
            var isWithin = false;
            for (var i = 0; i < large && !isWithin; i++)
            {
                isWithin = faces[i].Box.IntersectionOverUnion(face.Box) > detector.Overlap
                    || faces[i].Box.SharedArea(face.Box) > MostWithin * face.Box.Area;
            }
            if (!isWithin) faces.Add(face);
        }
    }

    private static void DetectWhole(FaceDetector detector, DecodedImage image, int longSide, List<DetectedFace> faces, CancellationToken ct)
    {
        var factor = 1;
        while (factor < 8 && longSide / (factor * 2) >= FaceAnalyzer.FirstLook) factor *= 2;
        if (factor == 1)
        {
            detector.DetectThoroughly(FaceAnalyzer.View(image), faces);
            return;
        }
        using var smaller = image.Shrunk(factor, ct);
        detector.DetectThoroughly(FaceAnalyzer.View(smaller), faces);
        for (var i = 0; i < faces.Count; i++) faces[i] = faces[i].Scale(factor);
    }

    private static int LongSide(ImageHeader header) => Math.Max(header.Width, header.Height);

    private static int OverlapOf(int longSide) => longSide / OverlapDivisor;

    private static int Starts(int length, int overlap) =>
        length <= Side ? 1 : 1 + ((length - Side + (Side - overlap) - 1) / (Side - overlap));

    private static int Start(int index, int count, int last) => count == 1 ? 0 : (int)((long)last * index / (count - 1));
}
