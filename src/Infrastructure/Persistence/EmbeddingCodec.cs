using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Persistence;

/// <summary>An embedding as it stands in the database: float32[D], little-endian. The one place that knows.</summary>
internal static class EmbeddingCodec
{
    public static byte[] Encode(ReadOnlySpan<float> unit)
    {
        var stored = new byte[unit.Length * sizeof(float)];
        for (var i = 0; i < unit.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(stored.AsSpan(i * sizeof(float)), unit[i]);
        return stored;
    }

    /// <returns>D, or null when the bytes are no embedding.</returns>
    public static int? DimensionOf(ReadOnlySpan<byte> stored) => stored.Length > 0 && stored.Length % sizeof(float) == 0 ? stored.Length / sizeof(float) : null;

    /// <param name="unit">float32[D]; receives the values.</param>
    public static void Decode(ReadOnlySpan<byte> stored, Span<float> unit)
    {
        if (BitConverter.IsLittleEndian)
        {
            stored.CopyTo(MemoryMarshal.AsBytes(unit));
            return;
        }
        for (var i = 0; i < unit.Length; i++) unit[i] = BinaryPrimitives.ReadSingleLittleEndian(stored[(i * sizeof(float))..]);
    }
}
