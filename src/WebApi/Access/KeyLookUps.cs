namespace FaceAttendance.WebApi.Access;

/// <summary>
/// Bounds how fast keys are looked up that were not good lately: not because a key could be guessed, but so that nobody keeps the database
/// busy with trying. Each address has a bucket of look-ups, of which wrong keys take and good ones do not. While it is empty, the address's
/// keys are looked up in a slow lane, one at a time and the addresses in turn. So a good key waits there for a moment, and is not refused
/// for what others at its address show. Thread-safe.
/// </summary>
internal sealed class KeyLookUps(TimeProvider clock) : IDisposable
{
    /// <summary>A program with an old key shows it on every call, and is told so this often before it is told to wait.</summary>
    public const int MostAtOnce = 20;

    internal const int MostAddresses = 10_000;

    // Of one address. A look-up takes about a millisecond.
    internal const int MostWaiting = 1000;

    // No address is written so.
    private const string EverybodyElse = "*";

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    // Looking for full buckets takes a while, and finds little new in between.
    private static readonly TimeSpan BetweenSweeps = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Bucket> _buckets = [];
    private readonly SemaphoreSlim _lane = new(1);
    private TimeSpan _sweptAt = -BetweenSweeps;

    private TimeSpan Now => clock.GetElapsedTime(0);

    /// <summary>Takes one look-up from the address's bucket, before it is made: a flood comes at once.</summary>
    /// <returns>Null when there was one; otherwise how long until there is.</returns>
    public TimeSpan? Take(string address)
    {
        lock (_lock)
        {
            var (bucket, now) = (Of(address), Now);
            var fullAt = (bucket.FullAt > now ? bucket.FullAt : now) + Between;
            var wait = fullAt - now - (Between * MostAtOnce);
            if (wait > TimeSpan.Zero) return wait;
            bucket.FullAt = fullAt;
            return null;
        }
    }

    /// <summary>What was taken turned out to be for a good key.</summary>
    public void GiveBack(string address)
    {
        lock (_lock) Of(address).FullAt -= Between;
    }

    /// <summary>Looks a key up in the slow lane, for an address whose bucket is empty.</summary>
    /// <returns>Null also when too many keys of the address wait already, or the wait grows too long.</returns>
    public async Task<T?> InTurnAsync<T>(string address, Func<ValueTask<T?>> lookUp, CancellationToken ct) where T : class
    {
        Bucket bucket;
        lock (_lock)
        {
            bucket = Of(address);
            if (bucket.Waiting >= MostWaiting) return null;
            bucket.Waiting++;
        }
        try
        {
            // An address waits for the lane with one key at a time, so that the addresses take turns.
            return await InTurnAsync(bucket.Turn, () => InTurnAsync(_lane, async () => await lookUp(), ct), ct);
        }
        finally
        {
            lock (_lock) bucket.Waiting--;
        }
    }

    public void Dispose()
    {
        foreach (var bucket in _buckets.Values) bucket.Dispose();
        _lane.Dispose();
    }

    private static async Task<T?> InTurnAsync<T>(SemaphoreSlim turn, Func<Task<T?>> work, CancellationToken ct) where T : class
    {
        if (!await turn.WaitAsync(LongestWait, ct)) return null;
        try
        {
            return await work();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <summary>Forgets no bucket that is not full again: where more addresses are at work at once, those that come later share
    /// one.</summary>
    private Bucket Of(string address)
    {
        if (_buckets.TryGetValue(address, out var known)) return known;
        if (_buckets.Count >= MostAddresses) Sweep();
        if (_buckets.Count >= MostAddresses)
        {
            address = EverybodyElse;
            if (_buckets.TryGetValue(address, out known)) return known;
        }
        return _buckets[address] = new Bucket();
    }

    private void Sweep()
    {
        var now = Now;
        if (now - _sweptAt < BetweenSweeps) return;
        _sweptAt = now;
        foreach (var (address, bucket) in _buckets)
        {
            if (bucket.FullAt > now || bucket.Waiting > 0) continue;
            _buckets.Remove(address);
            bucket.Dispose();
        }
    }

    private sealed class Bucket : IDisposable
    {
        /// <summary>When nothing will be missing from the bucket, if nobody takes more; the past when nothing is.</summary>
        public TimeSpan FullAt;

        public int Waiting;

        public readonly SemaphoreSlim Turn = new(1);

        public void Dispose() => Turn.Dispose();
    }
}
