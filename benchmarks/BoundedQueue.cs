namespace FaceAttendance.Benchmarks;

/// <summary>
/// A line before some servers, each of which serves one at a time: first come, first served, as many waiting as may, and nobody longer
/// than a deadline. Whoever comes is told at once when they begin, since everybody's service before them is known: arrivals have to come
/// in the order of their times. Times are seconds.
/// </summary>
/// <param name="places">How many may wait.</param>
/// <param name="deadline">Who would wait longer keeps their place until then and is refused.</param>
/// <param name="burst">A line that was not empty for longer is no burst any more, and holds whoever may be sent away to
/// <paramref name="standingWait"/>.</param>
internal sealed class BoundedQueue(int servers, int places, double deadline, double burst, double standingWait)
{
    private readonly double[] _freeAt = new double[servers];

    // When those who wait leave the line: the next one first.
    private readonly Queue<double> _leave = new();

    private double _notEmptySince;

    /// <summary>The sum of all service.</summary>
    public double Busy { get; private set; }

    /// <param name="mayBeSentAway">From a line that stands, when it would wait for too long.</param>
    /// <returns>When the service begins; null when there is no place, or not in time.</returns>
    public double? Enter(double now, double service, bool mayBeSentAway)
    {
        while (_leave.TryPeek(out var left) && left <= now) _leave.Dequeue();
        if (_leave.Count == 0) _notEmptySince = now;
        var first = 0;
        for (var i = 1; i < servers; i++) if (_freeAt[i] < _freeAt[first]) first = i;
        var start = Math.Max(now, _freeAt[first]);
        if (start > now)
        {
            if (_leave.Count >= places) return null;
            if (mayBeSentAway && now - _notEmptySince > burst && start - now > standingWait) return null;
            // Starts never fall, and so neither do these.
            _leave.Enqueue(Math.Min(start, now + deadline));
            if (start - now > deadline) return null;
        }
        _freeAt[first] = start + service;
        Busy += service;
        return start;
    }

    /// <summary>Simulated beside what queueing theory says of the same line.</summary>
    /// <returns>Rows of a table; the third and fourth column agree.</returns>
    public static IEnumerable<(string Line, string What, double Formula, double Simulated)> Check(int seed)
    {
        const int Arrivals = 4_000_000;
        const double Load = 0.8;
        foreach (var c in new[] { 1, 2, 8 })
        {
            var (wait, _) = Simulate(c, Load * c, int.MaxValue, random => -Math.Log(1 - random.NextDouble()), Arrivals, seed);
            yield return ($"M/M/{c}, load {Load}", "mean wait in services", ErlangC(c, Load * c) / (c - (Load * c)), wait);
        }
        var (fixedWait, _) = Simulate(1, Load, int.MaxValue, _ => 1, Arrivals, seed);
        // Pollaczek and Khinchine.
        yield return ($"M/D/1, load {Load}", "mean wait in services", Load / (2 * (1 - Load)), fixedWait);
        var (_, refused) = Simulate(2, 2.4, 6, random => -Math.Log(1 - random.NextDouble()), Arrivals, seed);
        yield return ("M/M/2 with 6 places, load 1.2", "share refused", Blocked(2, 6, 2.4), refused);
    }

    private static (double Wait, double Refused) Simulate(
        int servers, double rate, int places, Func<Random, double> service, int arrivals, int seed)
    {
        var random = new Random(seed);
        var line = new BoundedQueue(
            servers, places, double.PositiveInfinity, double.PositiveInfinity, double.PositiveInfinity);
        double now = 0, waited = 0;
        var refused = 0;
        for (var i = 0; i < arrivals; i++)
        {
            now += -Math.Log(1 - random.NextDouble()) / rate;
            if (line.Enter(now, service(random), mayBeSentAway: true) is { } start) waited += start - now;
            else refused++;
        }
        return (waited / (arrivals - refused), (double)refused / arrivals);
    }

    /// <summary>Erlang's C: how likely one waits, with an unbounded line.</summary>
    /// <param name="offered">Arrivals in the time of one service.</param>
    private static double ErlangC(int servers, double offered)
    {
        double term = 1, sum = 1;
        for (var i = 1; i < servers; i++) sum += term *= offered / i;
        var all = term * offered / (servers - offered);
        return all / (sum + all);
    }

    /// <summary>How likely an arrival finds everything full, of M/M/c/K.</summary>
    private static double Blocked(int servers, int places, double offered)
    {
        double term = 1, sum = 1;
        for (var i = 1; i <= servers + places; i++) sum += term *= offered / Math.Min(i, servers);
        return term / sum;
    }
}
