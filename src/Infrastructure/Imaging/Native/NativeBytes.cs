using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Imaging.Native;

/// <summary>Bytes outside of managed memory. Freed when it is disposed; what is forgotten is freed by its finalizer.</summary>
internal sealed unsafe class NativeBytes : SafeHandle
{
    // A cache line, and the widest vector load.
    private const int Alignment = 64;

    public NativeBytes(int length) : base(0, ownsHandle: true)
    {
        Length = length;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)length, Alignment));
    }

    public int Length { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>At the same place as long as this is not disposed, and not valid any longer.</summary>
    public Span<byte> Span => new((void*)handle, Length);

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
