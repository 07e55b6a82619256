using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// Native memory for one picture's pixels, lent from a small store: a fresh block of a 12-megapixel picture costs 17 ms of page faults, a
/// used one nothing. The borrower gives it back once; one that is forgotten is freed by its finalizer. The store is thread-safe, a buffer
/// is not.
/// </summary>
internal sealed unsafe class PixelBuffer : SafeHandle
{
    // A cache line, and the widest vector load.
    private const int Alignment = 64;

    // At rest the store holds at most one 12-megapixel picture and some video frames.
    private const long MostIdleBytes = 64L << 20;

    private static readonly Lock StoreLock = new();
    private static readonly List<PixelBuffer> Store = [];
    private static long _idleBytes;
    private static int _lent;

    private readonly int _capacity;
    private int _used;

    private PixelBuffer(int capacity) : base(0, ownsHandle: true)
    {
        _capacity = capacity;
        SetHandle((nint)NativeMemory.AlignedAlloc((nuint)capacity, Alignment));
    }

    /// <summary>Buffers of this process that were lent and not given back; tests watch that it returns to where it was.</summary>
    public static int Lent => Volatile.Read(ref _lent);

    public override bool IsInvalid => handle == 0;

    /// <summary>Valid until <see cref="Return"/>.</summary>
    public byte* Pointer => (byte*)handle;

    /// <summary>At least <paramref name="length"/> bytes; those of a used one are zero.</summary>
    public static PixelBuffer Rent(int length)
    {
        Interlocked.Increment(ref _lent);
        lock (StoreLock)
        {
            for (var i = Store.Count - 1; i >= 0; i--)
            {
                var idle = Store[i];
                // A buffer more than twice too large stays for the picture that needs it.
                if (idle._capacity < length || idle._capacity / 2 > length) continue;
                Store.RemoveAt(i);
                _idleBytes -= idle._capacity;
                idle._used = length;
                return idle;
            }
        }
        return new PixelBuffer(length) { _used = length };
    }

    /// <summary>Clears the memory and gives it back; it may belong to another picture at once.</summary>
    public void Return()
    {
        // No face lies in idle memory; 1 MB takes some 30 µs.
        NativeMemory.Clear(Pointer, (nuint)_used);
        Interlocked.Decrement(ref _lent);
        lock (StoreLock)
        {
            Store.Add(this);
            _idleBytes += _capacity;
            // The oldest go first, so that the store follows a change of picture size.
            while (_idleBytes > MostIdleBytes)
            {
                _idleBytes -= Store[0]._capacity;
                Store[0].Dispose();
                Store.RemoveAt(0);
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
