using System.Diagnostics.CodeAnalysis;
using FaceAttendance.Infrastructure.Imaging.Native;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// Native memory for one picture's pixels, lent from a small store: a fresh block of a 12-megapixel picture costs 17 ms of page faults, a
/// used one nothing. The borrower gives it back once; one that is forgotten is freed by its finalizer. The store is thread-safe, a buffer
/// is not.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "Who borrows it gives it back; the store frees its memory.")]
internal sealed class PixelBuffer
{
    // At rest the store holds at most one 12-megapixel picture and some video frames.
    private const long MostIdleBytes = 64L << 20;

    private static readonly Lock StoreLock = new();
    private static readonly List<PixelBuffer> Store = [];
    private static long _idleBytes;
    private static int _lent;

    private readonly NativeBytes _memory;
    private int _used;

    private PixelBuffer(int capacity) => _memory = new NativeBytes(capacity);

    /// <summary>Buffers of this process that were lent and not given back; tests watch that it returns to where it was.</summary>
    public static int Lent => Volatile.Read(ref _lent);

    /// <summary>As many as were asked for, at the same place until <see cref="Return"/>.</summary>
    public Span<byte> Bytes => _memory.Span[.._used];

    /// <summary>The bytes of a used one are zero.</summary>
    public static PixelBuffer Rent(int length)
    {
        Interlocked.Increment(ref _lent);
        lock (StoreLock)
        {
            for (var i = Store.Count - 1; i >= 0; i--)
            {
                var idle = Store[i];
                // A buffer more than twice too large stays for the picture that needs it.
                if (idle._memory.Length < length || idle._memory.Length / 2 > length) continue;
                Store.RemoveAt(i);
                _idleBytes -= idle._memory.Length;
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
        Bytes.Clear();
        Interlocked.Decrement(ref _lent);
        lock (StoreLock)
        {
            Store.Add(this);
            _idleBytes += _memory.Length;
            // The oldest go first, so that the store follows a change of picture size.
            while (_idleBytes > MostIdleBytes)
            {
                _idleBytes -= Store[0]._memory.Length;
                Store[0]._memory.Dispose();
                Store.RemoveAt(0);
            }
        }
    }
}
