using System.Runtime.InteropServices;
using FaceAttendance.Domain;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Requests;

/// <summary>
/// Knows how much of the callers' bodies is in the process, and keeps it below <see cref="UploadOptions"/>: one caller's share first, so
/// that nobody fills the room for all. Thread-safe.
/// </summary>
internal sealed class UploadRoom(IOptions<UploadOptions> options)
{
    private const long Mib = 1024 * 1024;

    // The time in which an upload under way usually ends.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (int Count, long Bytes)> _callers = [];
    private int _count;
    private long _bytes;

    /// <summary>What the bodies under way hold, or are going to.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _bytes;
        }
    }

    /// <param name="caller">Null for one who has no share of their own: this machine's user.</param>
    /// <param name="bytes">What the body is going to hold, as far as that is known.</param>
    /// <returns>The caller disposes the place when the request is over. Errors: <c>request.too_many_uploads</c>,
    /// <c>server.uploads_full</c>.</returns>
    public Result<Place> Enter(string? caller, long bytes)
    {
        lock (_lock)
        {
            if (Objection(caller, places: 1, bytes) is { } refusal) return refusal;
            Add(caller, 1, bytes);
            return new Place(this, caller, bytes);
        }
    }

    private Error? Objection(string? caller, int places, long bytes)
    {
        var share = caller is null ? default : _callers.GetValueOrDefault(caller);
        var limits = options.Value;
        if (caller is not null && share.Count + places > limits.AtOncePerCaller) return TooMany;
        // A caller's only body may be as large as its route takes.
        var isOnly = share.Count + places <= 1;
        if (caller is not null && !isOnly && share.Bytes + bytes > limits.MemoryMibPerCaller * Mib) return TooMany;
        return _count + places > limits.AtOnce || _bytes + bytes > limits.MemoryMib * Mib ? Full : null;
    }

    private void Add(string? caller, int places, long bytes)
    {
        _count += places;
        _bytes += bytes;
        if (caller is null) return;
        ref var share = ref CollectionsMarshal.GetValueRefOrAddDefault(_callers, caller, out _);
        share = (share.Count + places, share.Bytes + bytes);
        if (share.Count == 0) _callers.Remove(caller);
    }

    private static Error TooMany { get; } = new(
        "request.too_many_uploads",
        "The caller has as many uploads under way as are allowed at once; send the next one when one of them has ended.", ErrorKind.TooMany)
    {
        RetryAfter = RetryAfter,
    };

    private static Error Full { get; } = new(
        "server.uploads_full", "The server has as many uploads under way as it has memory for; try again shortly.", ErrorKind.Unavailable)
    {
        RetryAfter = RetryAfter,
    };

    /// <summary>One body's part of the room.</summary>
    public sealed class Place(UploadRoom room, string? caller, long bytes) : IDisposable
    {
        private bool _isLeft;

        public long Bytes { get; private set; } = bytes;

        /// <summary>For a body that did not say how long it is.</summary>
        /// <returns>Null, or why there is no room for more of it.</returns>
        public Error? Grow(long more)
        {
            lock (room._lock)
            {
                if (room.Objection(caller, places: 0, more) is { } refusal) return refusal;
                room.Add(caller, 0, more);
                Bytes += more;
                return null;
            }
        }

        public void Dispose()
        {
            lock (room._lock)
            {
                if (_isLeft) return;
                _isLeft = true;
                room.Add(caller, -1, -Bytes);
            }
        }
    }
}
