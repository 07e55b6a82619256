using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace FaceAttendance.Domain.Recognition;

/// <summary>Values that begin at a cache line and stay there, so that no load of a vector straddles two. Not cleared.</summary>
internal readonly struct AlignedMemory<T>
    where T : unmanaged
{
    private const int CacheLine = 64;

    private readonly T[] _memory;
    private readonly int _start;
    private readonly int _length;

    public AlignedMemory(int length)
    {
        var slack = CacheLine / Unsafe.SizeOf<T>();
        _memory = GC.AllocateUninitializedArray<T>(length + slack, pinned: true);
        var misaligned = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) / Unsafe.SizeOf<T>() % slack);
        (_start, _length) = ((slack - misaligned) % slack, length);
    }

    public Span<T> Span => _memory.AsSpan(_start, _length);
}
