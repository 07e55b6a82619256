using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Access;

/// <summary>
/// How many passwords are judged at once and how often. A hash keeps a core busy for a good part of a second, as it is meant to, so that
/// passwords are judged one after another and only a few wait. An address that types wrong ones has a small bucket of its own. Thread-safe.
/// </summary>
public sealed class PasswordPace : IDisposable
{
    private static readonly TimeSpan BusyRetryAfter = TimeSpan.FromSeconds(2);

    private readonly ConcurrencyLimiter _strangers;
    private readonly ConcurrencyLimiter _one;
    private readonly PartitionedRateLimiter<string> _wrong;
    private readonly PartitionedRateLimiter<string> _lookUps;

    public PasswordPace(IOptions<AccountOptions> options)
    {
        // Strangers never take all places of the queue: an address from which the name has logged in before finds one.
        _strangers = new(new() { PermitLimit = options.Value.PasswordQueue, QueueLimit = 0 });
        _one = new(new() { PermitLimit = 1, QueueLimit = options.Value.PasswordQueue * 4 });
        _wrong = BucketsOf(options.Value.WrongPasswordBurst, options.Value.WrongPasswordPause);
        _lookUps = BucketsOf(5, TimeSpan.FromSeconds(1) / 5);
    }

    /// <returns>How long to wait before the address, or the name at it, may type another password; null when it may now.</returns>
    public TimeSpan? WaitOf(string who)
    {
        // Zero permits would be had for a fraction of one.
        if (_wrong.GetStatistics(who) is not { CurrentAvailablePermits: < 1 }) return null;
        using var lease = _wrong.AttemptAcquire(who);
        return lease.IsAcquired ? null : RetryAfterOf(lease);
    }

    /// <summary>A password was wrong.</summary>
    public void Count(string who) => _wrong.AttemptAcquire(who).Dispose();

    /// <summary>Whether the database may be asked about an address that has typed too many wrong passwords, so that this costs little
    /// too.</summary>
    public bool MayLookUp(string address)
    {
        using var lease = _lookUps.AttemptAcquire(address);
        return lease.IsAcquired;
    }

    /// <summary>Waits for the turn of one password.</summary>
    /// <param name="isKnown">Whether the name has logged in from the address before.</param>
    /// <returns>The turn, to be disposed when the password is judged; null when too many wait.</returns>
    public async ValueTask<IDisposable?> TakeTurnAsync(bool isKnown, CancellationToken ct)
    {
        var place = isKnown ? null : _strangers.AttemptAcquire();
        if (place is { IsAcquired: false }) return null;
        try
        {
            var turn = new Turn(await _one.AcquireAsync(1, ct), place);
            if (turn.IsMine) return turn;
            turn.Dispose();
            return null;
        }
        catch
        {
            place?.Dispose();
            throw;
        }
    }

    /// <summary>What is said to whoever found no place.</summary>
    public static TimeSpan RetryAfterBusy => BusyRetryAfter;

    public void Dispose()
    {
        _strangers.Dispose();
        _one.Dispose();
        _wrong.Dispose();
        _lookUps.Dispose();
    }

    // The limiter forgets a bucket once it is full again.
    private static PartitionedRateLimiter<string> BucketsOf(int burst, TimeSpan pause) =>
        PartitionedRateLimiter.Create<string, string>(who =>
        RateLimitPartition.GetTokenBucketLimiter(who, _ => new() { TokenLimit = burst, TokensPerPeriod = 1, ReplenishmentPeriod = pause }));

    private static TimeSpan RetryAfterOf(RateLimitLease lease) =>
        lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);

    private sealed class Turn(RateLimitLease one, RateLimitLease? place) : IDisposable
    {
        public bool IsMine => one.IsAcquired;

        public void Dispose()
        {
            one.Dispose();
            place?.Dispose();
        }
    }
}
