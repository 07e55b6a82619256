using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Recognition;

/// <summary>Rows of directions and whose they are: in bytes, which a search reads, and in floats, which judge the few that
/// matter.</summary>
internal sealed class GalleryChunk(int dimension, int capacity)
{
    // 1024 rows of 128 values are 640 KiB: small enough to copy when a row changes, large enough that chunk borders cost nothing.
    public const int MostRows = 1024;

    /// <summary>Rows a small gallery begins with.</summary>
    public const int LeastRows = ByteDots.BlockRows;

    private readonly AlignedMemory<float> _values = new(capacity * dimension);

    /// <summary>Rows there is room for.</summary>
    public int Capacity => capacity;

    /// <summary>What a row of so many values takes: in floats, in bytes, their scale, and whose it is.</summary>
    public static int BytesOfRow(int dimension) => (dimension * sizeof(float)) + ByteRows.LengthOf(dimension) + sizeof(float) + IntPtr.Size;

    /// <summary>What the chunk takes, in bytes.</summary>
    public long Size => (long)capacity * BytesOfRow(dimension);

    public StudentId[] Students { get; } = new StudentId[capacity];

    public ByteRows Bytes { get; } = new(capacity, dimension);

    /// <summary>Rows that some snapshot may show.</summary>
    public int Shown { get; private set; }

    public ReadOnlySpan<float> Row(int row) => _values.Span.Slice(row * dimension, dimension);

    public ReadOnlySpan<float> Rows(int count) => _values.Span[..(count * dimension)];

    public void Set(int row, StudentId student, ReadOnlySpan<float> values)
    {
        values.CopyTo(_values.Span.Slice(row * dimension, dimension));
        Bytes.Set(row, values);
        Students[row] = student;
        Shown = Math.Max(Shown, row + 1);
    }

    /// <param name="room">Rows the copy has room for.</param>
    public GalleryChunk Copy(int room)
    {
        var copy = new GalleryChunk(dimension, room) { Shown = Shown };
        Rows(Shown).CopyTo(copy._values.Span);
        Bytes.CopyTo(copy.Bytes, Shown);
        Students.AsSpan(0, Shown).CopyTo(copy.Students);
        return copy;
    }
}
