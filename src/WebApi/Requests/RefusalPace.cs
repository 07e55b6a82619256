namespace FaceAttendance.WebApi.Requests;

/// <summary>
/// How quickly pictures are refused. Clients that try again at once would otherwise be refused as often as the machine can, and take it
/// from the pictures that are served: an answer that is held back costs a connection and no time. Thread-safe.
/// </summary>
/// <param name="perSecond">Refusals that are answered without delay.</param>
internal sealed class RefusalPace(double perSecond, TimeProvider clock)
{
    /// <summary>Beyond it clients give up, and what is held takes memory.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(250);

    /// <summary>A refusal and the picture that came for nothing take a tenth of a millisecond of a core; this many take a twentieth of
    /// it.</summary>
    public const double PerCoreAndSecond = 500;

    // What may come in one moment, in time at that pace: many cameras post on the same second.
    private static readonly TimeSpan Burst = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly long _began = clock.GetTimestamp();
    private TimeSpan _next;

    /// <returns>How long the next refusal is held back.</returns>
    public TimeSpan Next()
    {
        lock (_lock)
        {
            var now = clock.GetElapsedTime(_began);
            if (_next < now - Burst) _next = now - Burst;
            var wait = _next - now;
            // Whoever is not held longer does not make others wait longer either.
            if (wait >= Longest) return Longest;
            _next += TimeSpan.FromSeconds(1 / perSecond);
            return wait > TimeSpan.Zero ? wait : TimeSpan.Zero;
        }
    }
}
