using System.Numerics;

namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>
/// Where a picture differs from an earlier one of the same camera by more than light and noise do. A lamp that is dimmed, or a camera that
/// sets its exposure, changes every pixel by one factor and one offset, which are found and taken out; a sensor's noise is measured on the
/// pictures themselves.
/// </summary>
public sealed class PictureChange
{
    // Grey levels: nothing smaller counts, for encoders round by as much.
    private const float LeastStep = 2.5f;

    // Grey levels: a step of so many is no noise, whatever the rest of the picture does.
    private const float LargestStep = 14;

    // Normal noise is beyond six deviations in one of 500 million pixels.
    private const float DeviationsOfStep = 6;

    // By which a deviation is told from the median of the differences' sizes.
    private const float MedianOfDeviation = 0.6745f;

    // Of the picture: when so much differs, it is another scene, or the camera moved.
    private const float ShareOfCut = 0.4f;

    private readonly int _width;
    private readonly int _height;

    // Sums of changed pixels above and to the left of each, so that a rectangle is counted by four of them.
    private readonly int[] _sums;

    private PictureChange(int width, int height, int[] sums) => (_width, _height, _sums) = (width, height, sums);

    /// <summary>Pixels of the small picture that changed.</summary>
    public int Count => _sums[^1];

    /// <summary>So much changed that nothing known of the earlier picture can be relied on.</summary>
    public bool IsCut => Count > ShareOfCut * _width * _height;

    /// <returns>Whether something changed within a rectangle, in pixels of the original.</returns>
    public bool IsWithin(in FaceBox place) => CountWithin(place) > 0;

    /// <returns>Around all that changed and lies in none of the rectangles, in pixels of the original; null where there is none.</returns>
    public FaceBox? Outside(IReadOnlyList<FaceBox> places)
    {
        var (left, top, right, bottom) = (_width, _height, -1, -1);
        for (var y = 0; y < _height; y++)
        {
            if (CountWithin(0, y, _width, y + 1) == 0) continue;
            for (var x = 0; x < _width; x++)
            {
                if (CountWithin(x, y, x + 1, y + 1) == 0 || Covers(places, x, y)) continue;
                (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x), Math.Max(bottom, y));
            }
        }
        return right < 0 ? null : new FaceBox(left, top, right + 1, bottom + 1).Scale(LumaPicture.Scale);
    }

    /// <exception cref="ArgumentException">The pictures differ in size.</exception>
    public static PictureChange Between(LumaPicture before, LumaPicture now)
    {
        if ((before.Width, before.Height) != (now.Width, now.Height))
            throw new ArgumentException("Pictures of two sizes cannot be compared.", nameof(now));
        ReadOnlySpan<byte> earlier = before.Pixels, later = now.Pixels;
        // Most frames of a camera before which nothing happens.
        if (AreAlike(earlier, later)) return new(now.Width, now.Height, new int[(now.Width + 1) * (now.Height + 1)]);
        // What changed would bend the line that is to show what the light did, so it is left out the second time.
        var line = Line.Through(earlier, later, Line.Same, float.PositiveInfinity);
        line = Line.Through(earlier, later, line, StepFor(earlier, later, line));
        var step = StepFor(earlier, later, line);

        var (width, height) = (now.Width, now.Height);
        var sums = new int[(width + 1) * (height + 1)];
        for (var y = 0; y < height; y++)
        {
            var row = 0;
            for (var x = 0; x < width; x++)
            {
                var at = (y * width) + x;
                if (MathF.Abs(line.ResidueOf(earlier[at], later[at])) > step) row++;
                sums[((y + 1) * (width + 1)) + x + 1] = sums[(y * (width + 1)) + x + 1] + row;
            }
        }
        return new(width, height, sums);
    }

    /// <summary>Whether no pixel differs by as much as counts at all.</summary>
    private static bool AreAlike(ReadOnlySpan<byte> earlier, ReadOnlySpan<byte> later)
    {
        const byte Most = (byte)LeastStep;
        var most = new Vector<byte>(Most);
        var i = 0;
        for (; i + Vector<byte>.Count <= earlier.Length; i += Vector<byte>.Count)
        {
            var (one, other) = (new Vector<byte>(earlier[i..]), new Vector<byte>(later[i..]));
            if (Vector.GreaterThanAny(Vector.Max(one, other) - Vector.Min(one, other), most)) return false;
        }
        for (; i < earlier.Length; i++)
        {
            if (Math.Abs(earlier[i] - later[i]) > Most) return false;
        }
        return true;
    }

    /// <summary>The least difference that counts: beyond the noise of those that are near the line, whatever the others are.</summary>
    private static float StepFor(ReadOnlySpan<byte> earlier, ReadOnlySpan<byte> later, Line line)
    {
        // The median of whole numbers is too coarse a measure of little noise, and the deviation bends to what changed: so the one tells
        // what is near, and the other is measured there.
        const int Parts = 8;
        Span<int> counts = stackalloc int[(int)(LargestStep * Parts) + 1];
        counts.Clear();
        for (var i = 0; i < earlier.Length; i++)
            counts[(int)MathF.Min(MathF.Abs(line.ResidueOf(earlier[i], later[i])) * Parts, LargestStep * Parts)]++;
        var (median, below) = (0, counts[0]);
        while (below * 2 < earlier.Length) below += counts[++median];
        var near = Math.Min(counts.Length - 1, (int)(Math.Max(1, median) / MedianOfDeviation * 3));
        near = Math.Max(near, Math.Min(counts.Length - 1, (int)LeastStep * Parts));
        double count = 0, squares = 0;
        for (var part = 0; part <= near; part++)
        {
            var residue = (part + 0.5) / Parts;
            count += counts[part];
            squares += counts[part] * residue * residue;
        }
        var deviation = count > 0 ? (float)Math.Sqrt(squares / count) : 0;
        return Math.Clamp((DeviationsOfStep * deviation) + 1, LeastStep, LargestStep);
    }

    private bool Covers(IReadOnlyList<FaceBox> places, int x, int y)
    {
        foreach (var place in places)
        {
            var pixels = place.Scale(1f / LumaPicture.Scale).ToPixelsAround(_width, _height);
            if (x >= pixels.Left && x < pixels.Right && y >= pixels.Top && y < pixels.Bottom) return true;
        }
        return false;
    }

    private int CountWithin(in FaceBox place)
    {
        var (top, right, bottom, left) = place.Scale(1f / LumaPicture.Scale).ToPixelsAround(_width, _height);
        return CountWithin(left, top, right, bottom);
    }

    private int CountWithin(int left, int top, int right, int bottom)
    {
        var stride = _width + 1;
        return _sums[(bottom * stride) + right] - _sums[(top * stride) + right] - _sums[(bottom * stride) + left]
            + _sums[(top * stride) + left];
    }

    /// <summary>What the light did to every pixel.</summary>
    private readonly record struct Line(float Factor, float Offset)
    {
        // A picture whose greys all lie so close says nothing of a factor.
        private const double LeastVariance = 4;

        public static Line Same => new(1, 0);

        public float ResidueOf(byte earlier, byte later) => later - ((earlier * Factor) + Offset);

        /// <summary>The line of least squares through the pixels that lie within a step of another line.</summary>
        public static Line Through(ReadOnlySpan<byte> earlier, ReadOnlySpan<byte> later, Line near, float step)
        {
            long count = 0, sumX = 0, sumY = 0, sumXx = 0, sumXy = 0;
            for (var i = 0; i < earlier.Length; i++)
            {
                int x = earlier[i], y = later[i];
                if (MathF.Abs(near.ResidueOf(earlier[i], later[i])) > step) continue;
                count++;
                sumX += x;
                sumY += y;
                sumXx += x * x;
                sumXy += x * y;
            }
            if (count == 0) return near;
            double meanX = (double)sumX / count, meanY = (double)sumY / count;
            var variance = ((double)sumXx / count) - (meanX * meanX);
            var factor = variance < LeastVariance ? 1 : Math.Clamp((((double)sumXy / count) - (meanX * meanY)) / variance, 0.25, 4);
            return new((float)factor, (float)(meanY - (factor * meanX)));
        }
    }
}
