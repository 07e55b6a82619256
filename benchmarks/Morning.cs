using System.Globalization;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Ten thousand schools between half past six and nine: how many machines of two cores see everybody in time, and what they cost. Arrivals
/// are drawn, services take what was measured, and each process is a line with the gate's bounds. Schools lie on processes as nginx's
/// consistent hash lays them, so some have twice the work of others.
/// </summary>
internal static class Morning
{
    private const int Schools = 10_000;

    // Students of a school: a median of 400, two thirds of schools between 180 and 890.
    private const double MedianStudents = 400;
    private const double SizeSigma = 0.8;
    private const double Present = 0.95;

    // Most come in the twenty minutes before 7:50; the spread of a school around its own bell is 8 minutes.
    private const double Bell = 7.75 * 3600;
    private const double BellSpread = 600;
    private const double ComeSpread = 480;

    // In view of a door's camera for five frames (docs/scaling.md, "Cameras").
    private const int FramesInView = 5;
    private const double BetweenFrames = 0.7;

    // By phone: six seconds of liveness at two frames a second (docs/scaling.md, "Check-ins and sessions"). A client that is refused comes
    // again after the second of Retry-After and up to half a second more, three times.
    private const int LivenessFrames = 12;
    private const double BetweenLivenessFrames = 0.5;
    private const int Retries = 3;

    // What the gate has by default: InferenceOptions, and InferenceGate's BurstTime and StandingWait.
    private const int GatePlaces = 32;
    private const double GateDeadline = 5;
    private const double GateBurst = 0.25;
    private const double GateStandingFrames = 3;

    private const int TemplatesPerStudent = 3;
    private const double BytesPerTemplate = 640;

    // nginx's consistent hash has 160 points for each server on its ring.
    private const int RingPoints = 160;

    // A database is asked for no more than this share of what was measured, in its busiest minute.
    private const double DatabaseShare = 0.7;

    private const double Slowest = 1;
    private const double MostRefused = 0.001;

    /// <param name="root">The project's folder.</param>
    /// <param name="price">Of a machine of two cores, a month.</param>
    public static async Task<int> RunAsync(string root, int seed, double price)
    {
        var costs = await MeasuredCosts.ReadAsync(root);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"""
            Simulated (`./bench.sh morning`, seed {seed}), not run: {Schools:#,0} schools, their sizes log-normal around {MedianStudents} students,
            {Present:P0} of whom come. A school's bell is at 7:45, give or take 10 minutes, its students around it, give or take 8 (standard
            deviations); each is in view of a door for {FramesInView} frames, or holds a phone for {LivenessFrames}.

            - Measured, rows "whole frames", "judged" and "POST /recognize" of [RESULTS.md](../benchmarks/RESULTS.md): a frame keeps one of
              two busy cores for {costs.FrameSeconds * 1000:0.0} ms (95th percentile × {costs.FrameSpread:0.00}), its request {costs.RequestSeconds * 1000:0.0} ms more,
              a liveness frame {costs.LivenessSeconds * 1000:0.0} ms.
            - Measured, rows of "Start of a large school": a school's gallery is opened at its first frame, {costs.TemplateSeconds * 1e6:0.0} µs a
              template, {TemplatesPerStudent} templates a student.
            - Measured, [reliability.md](reliability.md), 16 connections: two cores with PostgreSQL record and tell {costs.SightingsPerSecond:#,0}
              sightings a second; machines for PostgreSQL are asked for {DatabaseShare:P0} of it, each for its own schools.
            - A process has two workers, {GatePlaces} places to wait and {GateDeadline:0} s; a line that stood for {GateBurst:0.00} s sends doors away that would
              wait for more than {GateStandingFrames:0} frames' time. A door's next frame comes whatever became of the last; a phone that is refused
              comes again after 1 to 1.5 s, {Retries} times at most. The proxy's consistent hash lays schools on processes.
            - Sought, to 2 %: the fewest machines of two cores at which p99 of the wait is at most {Slowest:0} s and fewer than {MostRefused:P1}
              of frames are refused. Money at {price:0.##} € a month for each; `./bench.sh morning <seed> <price>` takes yours.

            """));
        Console.WriteLine(
            "| morning | machines for faces | for PostgreSQL | frames/s, busiest minute | busy then: mean, fullest | wait p50 | p99 " +
            "| refused | on the worst | nobody saw | MB of templates on the fullest | € a month | a student |");
        Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
        foreach (var scenario in Scenarios()) Print(scenario, costs, seed, price);
        Console.WriteLine();
        Console.WriteLine(
            """
            Refused on the worst is the share of that process's frames; nobody saw is how many students had every frame refused. The first two rows
            differ by what the hash costs, which lays schools on processes without knowing their size: where a process is full in the mornings,
            give its largest schools a line of their own in the proxy's map. The simulated line is first come, first served; the gate's turns by
            school spare the small schools of a full process what its large ones wait. Disks, the network and the proxy are not simulated.
            """);
        Console.WriteLine();
        Console.WriteLine("| the simulated line beside theory | | formula | simulated |");
        Console.WriteLine("| --- | --- | --- | --- |");
        foreach (var (line, what, formula, simulated) in BoundedQueue.Check(seed))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {line} | {what} | {formula:0.000} | {simulated:0.000} |"));
            if (Math.Abs(simulated - formula) > 0.03 * formula) throw new InvalidOperationException($"{line}: the simulation is wrong.");
        }
        Console.WriteLine();
        return 0;
    }

    private static IEnumerable<Scenario> Scenarios() =>
    [
        new("doors, one time zone", 0, [1], Evenly: false),
        new("the same, schools laid by their size", 0, [1], Evenly: true),
        new("doors, three time zones (60, 30, 10 %)", 0, [0.6, 0.3, 0.1], Evenly: false),
        new("a quarter of schools by phone", 0.25, [1], Evenly: false),
    ];

    private static void Print(Scenario scenario, MeasuredCosts costs, int seed, double price)
    {
        var schools = Draw(scenario, seed);
        var students = schools.Sum(s => (long)s.Students);
        // From where the busiest minute's work would just be done, up until it is enough, and back between the last two.
        var all = Simulate(scenario, schools, Schools / 10, costs, seed);
        var (low, high) = ((int)(all.BusyMean * Schools / 10), (int)(all.BusyMean * Schools / 10 * 1.25) + 1);
        Outcome found;
        while (!(found = Simulate(scenario, schools, high, costs, seed)).IsGood) (low, high) = (high, (high * 5 / 4) + 1);
        while (high - low > Math.Max(1, high / 50))
        {
            var middle = (low + high) / 2;
            var tried = Simulate(scenario, schools, middle, costs, seed);
            if (tried.IsGood) (high, found) = (middle, tried);
            else low = middle;
        }
        var databases = (int)Math.Ceiling(found.EventsInBusiestMinute / 60 / (costs.SightingsPerSecond * DatabaseShare));
        var money = (high + databases) * price;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {scenario.Name}: {students / 1e6:0.0} million students | {high} | {databases} | {found.FramesInBusiestMinute / 60.0:#,0} " +
            $"| {found.BusyMean:P0}, {found.BusyMost:P0} | {found.P50 * 1000:0} ms | {found.P99 * 1000:0} ms | {found.Refused:P3} " +
            $"| {found.RefusedMost:P2} | {found.Unseen} | {found.MegabytesMost:0} | {money:#,0} | {money / students * 100:0.000} ct |"));
    }

    private static School[] Draw(Scenario scenario, int seed)
    {
        var random = new Random(seed);
        var schools = new School[Schools];
        for (var i = 0; i < Schools; i++)
        {
            var students = (int)Math.Clamp(MedianStudents * Math.Exp(SizeSigma * Normal(random)), 30, 6000);
            var zone = random.NextDouble();
            var hours = 0;
            while (hours < scenario.Zones.Length - 1 && zone >= scenario.Zones[hours]) zone -= scenario.Zones[hours++];
            schools[i] = new(
                students, Bell + (BellSpread * Normal(random)) + (hours * 3600), random.NextDouble() < scenario.Phones, random.Next());
        }
        return schools;
    }

    private static Outcome Simulate(Scenario scenario, School[] schools, int machines, MeasuredCosts costs, int seed)
    {
        var placed = scenario.Evenly ? PlaceBySize(schools, machines) : PlaceByHash(schools, machines, seed);
        var results = new MachineMorning[machines];
        Parallel.For(
            0, machines, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount },
            m => results[m] = SimulateMachine(placed[m], costs));
        return Outcome.Of(results);
    }

    private static MachineMorning SimulateMachine(List<School> schools, MeasuredCosts costs)
    {
        var times = new List<Arrival>();
        var result = new MachineMorning();
        foreach (var school in schools)
        {
            var random = new Random(school.Seed);
            var (frames, between) = school.ByPhone ? (LivenessFrames, BetweenLivenessFrames) : (FramesInView, BetweenFrames);
            for (var s = 0; s < school.Students; s++)
            {
                if (random.NextDouble() >= Present) continue;
                var came = school.Bell + (ComeSpread * Normal(random));
                var who = result.Seen.Count;
                result.Seen.Add(false);
                for (var f = 0; f < frames; f++) times.Add(new(came + (f * between), who, school.ByPhone ? Retries : 0, school));
            }
        }
        times.Sort(static (a, b) => a.At.CompareTo(b.At));
        var service = new Random(schools.Count + times.Count);
        var gate = new BoundedQueue(2, GatePlaces, GateDeadline, GateBurst, GateStandingFrames * costs.FrameSeconds);
        var sigma = Math.Log(costs.FrameSpread) / 1.645;
        var again = new PriorityQueue<Arrival, double>();
        var next = 0;
        var opened = new HashSet<School>();
        while (next < times.Count || again.Count > 0)
        {
            var arrival = again.TryPeek(out var back, out var at) && (next >= times.Count || at < times[next].At)
                ? again.Dequeue() : times[next++];
            var takes = arrival.School.ByPhone ? costs.LivenessSeconds
                : (costs.FrameSeconds * Math.Exp(sigma * Normal(service))) + costs.RequestSeconds;
            // Whoever is first of a school waits for its gallery.
            if (!opened.Contains(arrival.School)) takes += arrival.School.Students * TemplatesPerStudent * costs.TemplateSeconds;
            result.Frames++;
            result.Minute(arrival.At).Frames++;
            var before = gate.Busy;
            if (gate.Enter(arrival.At, takes, mayBeSentAway: !arrival.School.ByPhone) is { } start)
            {
                opened.Add(arrival.School);
                result.Waits.Add(start - arrival.At);
                result.Minute(arrival.At).Busy += gate.Busy - before;
                if (!result.Seen[arrival.Who])
                {
                    result.Seen[arrival.Who] = true;
                    result.Minute(start).Events++;
                }
            }
            else
            {
                result.Refused++;
                if (arrival.Left == 0) continue;
                var later = arrival.At + 1 + (service.NextDouble() / 2);
                again.Enqueue(arrival with { At = later, Left = arrival.Left - 1 }, later);
            }
        }
        result.Megabytes = schools.Sum(s => s.Students) * TemplatesPerStudent * BytesPerTemplate / 1e6;
        return result;
    }

    private static List<School>[] PlaceByHash(School[] schools, int machines, int seed)
    {
        var random = new Random(seed);
        var ring = new (uint Point, int Machine)[machines * RingPoints];
        for (var i = 0; i < ring.Length; i++) ring[i] = ((uint)random.NextInt64(1L << 32), i / RingPoints);
        Array.Sort(ring);
        var points = ring.Select(r => r.Point).ToArray();
        var placed = Enumerable.Range(0, machines).Select(_ => new List<School>()).ToArray();
        foreach (var school in schools)
        {
            var at = Array.BinarySearch(points, (uint)((uint)school.Seed * 2654435761u));
            if (at < 0) at = ~at;
            placed[ring[at % ring.Length].Machine].Add(school);
        }
        return placed;
    }

    /// <summary>The largest first, each where least lies.</summary>
    private static List<School>[] PlaceBySize(School[] schools, int machines)
    {
        var placed = Enumerable.Range(0, machines).Select(_ => new List<School>()).ToArray();
        var least = new PriorityQueue<int, long>(Enumerable.Range(0, machines).Select(m => (m, 0L)));
        foreach (var school in schools.OrderByDescending(s => s.Students))
        {
            least.TryDequeue(out var machine, out var load);
            placed[machine].Add(school);
            least.Enqueue(machine, load + school.Students);
        }
        return placed;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <param name="Phones">The share of schools whose students check in by phone.</param>
    /// <param name="Zones">Shares of schools, each an hour after the one before.</param>
    /// <param name="Evenly">Whether schools are laid by their size and not by the hash.</param>
    private sealed record Scenario(string Name, double Phones, double[] Zones, bool Evenly);

    /// <param name="Bell">Around when its students come, in seconds of the day.</param>
    private sealed record School(int Students, double Bell, bool ByPhone, int Seed);

    /// <param name="Who">A student of the process.</param>
    /// <param name="Left">How often it comes again when it is refused.</param>
    private readonly record struct Arrival(double At, int Who, int Left, School School);

    private sealed class Minute
    {
        public double Busy { get; set; }

        public int Frames { get; set; }

        public int Events { get; set; }
    }

    private sealed class MachineMorning
    {
        private readonly Dictionary<int, Minute> _minutes = [];

        public List<bool> Seen { get; } = [];

        public WaitCounts Waits { get; } = new();

        public long Frames { get; set; }

        public long Refused { get; set; }

        public double Megabytes { get; set; }

        public IReadOnlyDictionary<int, Minute> Minutes => _minutes;

        public Minute Minute(double at)
        {
            var number = (int)(at / 60);
            if (!_minutes.TryGetValue(number, out var minute)) _minutes[number] = minute = new();
            return minute;
        }
    }

    /// <summary>Waits by the millisecond, up to the gate's deadline.</summary>
    private sealed class WaitCounts
    {
        private readonly long[] _counts = new long[((int)GateDeadline * 1000) + 1];

        public void Add(double seconds) => _counts[(int)Math.Min(seconds * 1000, _counts.Length - 1)]++;

        public void Add(WaitCounts other)
        {
            for (var i = 0; i < _counts.Length; i++) _counts[i] += other._counts[i];
        }

        public double Quantile(double share)
        {
            var left = (long)(_counts.Sum() * share);
            var i = 0;
            while (i < _counts.Length - 1 && (left -= _counts[i]) >= 0) i++;
            return i / 1000.0;
        }
    }

    /// <param name="BusyMean">Of all machines' cores in the busiest minute of all.</param>
    /// <param name="BusyMost">Of a machine in its own busiest minute.</param>
    /// <param name="Unseen">Students of whom every frame was refused.</param>
    private sealed record Outcome(
        double P50, double P99, double Refused, double RefusedMost, int FramesInBusiestMinute, int EventsInBusiestMinute, double BusyMean,
        double BusyMost, int Unseen, double MegabytesMost)
    {
        public bool IsGood => P99 <= Slowest && Refused < MostRefused;

        public static Outcome Of(MachineMorning[] machines)
        {
            var waits = new WaitCounts();
            foreach (var machine in machines) waits.Add(machine.Waits);
            var minutes = machines.SelectMany(m => m.Minutes).GroupBy(m => m.Key, m => m.Value).ToList();
            var busiest = minutes.MaxBy(m => m.Sum(x => x.Frames))!;
            return new(
                waits.Quantile(0.5), waits.Quantile(0.99), (double)machines.Sum(m => m.Refused) / machines.Sum(m => m.Frames),
                machines.Max(m => (double)m.Refused / Math.Max(1, m.Frames)), busiest.Sum(m => m.Frames),
                minutes.Max(m => m.Sum(x => x.Events)), busiest.Sum(m => m.Busy) / (machines.Length * 120.0),
                Math.Min(1, machines.SelectMany(m => m.Minutes.Values).Max(m => m.Busy) / 120),
                machines.Sum(m => m.Seen.Count(seen => !seen)),
                machines.Max(m => m.Megabytes));
        }
    }
}
