using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Secrets;

/// <summary>An embedding as bytes, before it is sealed: float32[D], little-endian. The one place that knows.</summary>
internal static class EmbeddingCodec
{
    public static byte[] Encode(ReadOnlySpan<float> unit)
    {
        var stored = new byte[unit.Length * sizeof(float)];
        for (var i = 0; i < unit.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(stored.AsSpan(i * sizeof(float)), unit[i]);
        return stored;
    }

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
