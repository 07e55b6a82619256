using System.Numerics;

namespace FaceAttendance.Domain.Recognition;

/// <summary>The students who are nearest to a probe, of all rows that it was shown. For one thread at a time.</summary>
internal sealed class NearestStudents(Embedding probe, ByteProbe bytes, int top)
{
    private readonly GalleryMatch[] _matches = new GalleryMatch[top];
    private int _count;

    /// <summary>The probe as it is compared with bytes.</summary>
    public ByteProbe Bytes => bytes;

    /// <summary>A row of a lower similarity is not among them.</summary>
    public float Least => _count < top ? float.NegativeInfinity : _matches[_count - 1].Similarity;

    /// <param name="first">The row that the lowest bit stands for.</param>
    /// <param name="rows">A bit for each row that may be among the nearest.</param>
    public void Add(GalleryChunk chunk, int first, uint rows)
    {
        for (; rows != 0; rows &= rows - 1)
        {
            var row = first + BitOperations.TrailingZeroCount(rows);
            Add(new GalleryMatch(chunk.Students[row], Math.Clamp(DotProducts.Of(chunk.Row(row), probe.Values), -1f, 1f)));
        }
    }

    public void Add(NearestStudents other)
    {
        for (var i = 0; i < other._count; i++) Add(other._matches[i]);
    }

    public List<GalleryMatch> ToList() => [.. _matches.AsSpan(0, _count)];

    public void Add(in GalleryMatch match)
    {
        if (_count < top) _count++;
        else if (!Precedes(match, _matches[_count - 1])) return;
        var at = _count - 1;
        for (; at > 0 && Precedes(match, _matches[at - 1]); at--) _matches[at] = _matches[at - 1];
        _matches[at] = match;
    }

    private static bool Precedes(in GalleryMatch a, in GalleryMatch b) => a.Similarity > b.Similarity
        || (a.Similarity == b.Similarity && string.CompareOrdinal(a.Student.Value, b.Student.Value) < 0);
}
