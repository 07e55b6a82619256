using System.Collections.Concurrent;

namespace FaceAttendance.WebApi.Security;

/// <summary>
/// Locks out addresses that show wrong API keys again and again: not because a key could be guessed, but so that nobody keeps the database busy
/// with trying. Keys that were good a moment ago are taken during a lock, so that callers behind the same proxy keep working. Thread-safe.
/// </summary>
internal sealed class FailedKeys(TimeProvider clock)
{
    /// <summary>A program with an old key shows it on every call, and is told so this often.</summary>
    public const int MostInWindow = 20;

    private const int MostAddresses = 10_000;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FirstLock = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestLock = TimeSpan.FromMinutes(15);

    // After so long without a wrong key an address is as good as new.
    private static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, Record> _addresses = new();

    /// <returns>How long the address is still locked out; null when it is not.</returns>
    public TimeSpan? LockOf(string address)
    {
        if (!_addresses.TryGetValue(address, out var record)) return null;
        var now = clock.GetUtcNow();
        lock (record) return record.LockedUntil > now ? record.LockedUntil - now : null;
    }

    public void Count(string address)
    {
        var now = clock.GetUtcNow();
        if (_addresses.Count >= MostAddresses) Forget(now);
        var record = _addresses.GetOrAdd(address, static _ => new Record());
        lock (record)
        {
            if (now - record.LastAt > Memory) record.Locks = 0;
            if (now - record.WindowBegan > Window) (record.WindowBegan, record.Failures) = (now, 0);
            record.LastAt = now;
            if (++record.Failures < MostInWindow) return;
            // Doubled each time: 1, 2, 4, 8, 15 minutes.
            var length = FirstLock * Math.Pow(2, Math.Min(record.Locks, 10));
            (record.LockedUntil, record.Failures) = (now + (length < LongestLock ? length : LongestLock), 0);
            record.Locks++;
        }
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var (address, record) in _addresses)
        {
            if (now - record.LastAt > Window && record.LockedUntil < now) _addresses.TryRemove(address, out _);
        }
        // More addresses at work at once than any school has: forgetting a lock costs less than remembering without end.
        if (_addresses.Count >= MostAddresses) _addresses.Clear();
    }

    private sealed class Record
    {
        public DateTimeOffset WindowBegan;
        public DateTimeOffset LastAt;
        public DateTimeOffset LockedUntil;
        public int Failures;
        public int Locks;
    }
}
