using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Inference.Native;

/// <summary>
/// A native object of ONNX Runtime, released exactly once and only after the last call that uses it. Function pointers do not protect handles
/// as generated imports do, so every call goes through <see cref="Borrow"/>.
/// </summary>
internal abstract class OrtHandle : SafeHandle
{
    private static int _live;

    protected OrtHandle(nint pointer) : base(0, ownsHandle: true)
    {
        SetHandle(pointer);
        Interlocked.Increment(ref _live);
    }

    /// <summary>Objects not yet released in this process; tests watch that it returns to where it was.</summary>
    public static int Live => Volatile.Read(ref _live);

    public override bool IsInvalid => handle == 0;

    /// <summary>Keeps the object alive until the lease is disposed.</summary>
    /// <exception cref="ObjectDisposedException">It was disposed already.</exception>
    public Lease Borrow() => new(this);

    protected sealed override bool ReleaseHandle()
    {
        Release(handle);
        Interlocked.Decrement(ref _live);
        return true;
    }

    protected abstract void Release(nint pointer);

    internal readonly ref struct Lease
    {
        private readonly OrtHandle _owner;

        public Lease(OrtHandle owner)
        {
            var added = false;
            owner.DangerousAddRef(ref added);
            _owner = owner;
        }

        public nint Pointer => _owner.DangerousGetHandle();

        public void Dispose() => _owner.DangerousRelease();
    }
}

internal sealed class OrtEnvHandle() : OrtHandle(OrtNative.CreateEnv(severity: 3, "faceattendance"))
{
    protected override void Release(nint pointer) => OrtNative.ReleaseEnv(pointer);
}

internal sealed class OrtSessionOptionsHandle(int intraOpThreads) : OrtHandle(OrtNative.CreateSessionOptions(intraOpThreads))
{
    protected override void Release(nint pointer) => OrtNative.ReleaseSessionOptions(pointer);
}

internal sealed class OrtMemoryInfoHandle() : OrtHandle(OrtNative.CreateCpuMemoryInfo())
{
    protected override void Release(nint pointer) => OrtNative.ReleaseMemoryInfo(pointer);
}

internal sealed class OrtSessionHandle(nint pointer) : OrtHandle(pointer)
{
    protected override void Release(nint pointer) => OrtNative.ReleaseSession(pointer);
}

internal sealed class OrtValueHandle(nint pointer) : OrtHandle(pointer)
{
    protected override void Release(nint pointer) => OrtNative.ReleaseValue(pointer);
}

/// <summary>float32 memory aligned to 64 bytes, for tensors that live as long as a worker. Zeroed at birth. Freed on dispose.</summary>
internal sealed unsafe class NativeFloats : SafeHandle
{
    public NativeFloats(int length) : base(0, ownsHandle: true)
    {
        Length = length;
        // 64 bytes: a cache line, and what AVX-512 loads want.
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)length * sizeof(float), 64));
        Span.Clear();
    }

    public int Length { get; }

    public override bool IsInvalid => handle == 0;

    /// <summary>Valid until the owner disposes this.</summary>
    public Span<float> Span => new((void*)handle, Length);

    public float* Pointer => (float*)handle;

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
