using System.Globalization;

namespace FaceAttendance.Domain.Presence;

/// <summary>Where a device says that it was.</summary>
/// <param name="AccuracyMeters">Radius of the 68 % circle, as phones report it.</param>
/// <param name="DeviceId">1 to 64 characters.</param>
/// <param name="Mocked">The system of the device says that an app made the position up.</param>
public sealed record LocationFix(GeoPoint Place, double AccuracyMeters, DateTimeOffset CapturedAt, string DeviceId, bool Mocked)
{
    public override string ToString() => "LocationFix(withheld)";
}

/// <summary>Something that speaks against a fix.</summary>
/// <param name="Code">Stable; one of the constants of <see cref="LocationEvidence"/>.</param>
/// <param name="Weight">From 0 to 1: how much it alone says that the position is not true.</param>
public sealed record EvidenceFinding(string Code, string Message, double Weight);

/// <summary>What the school wants done with a fix whose evidence weighs enough.</summary>
public enum EvidenceAction
{
    /// <summary>The record says so, and nothing else happens.</summary>
    Note,

    /// <summary>The check-in counts and waits for a person's look.</summary>
    Review,

    /// <summary>The check-in does not count.</summary>
    Refuse,
}

/// <summary>A school's own answer to evidence.</summary>
/// <param name="DecisiveWeight">From this sum of weights on the action is taken; below it, findings are noted.</param>
public sealed record EvidencePolicy(EvidenceAction Action, double DecisiveWeight)
{
    /// <summary>Any finding but a repeated position is enough by itself.</summary>
    public static readonly EvidencePolicy Default = new(EvidenceAction.Refuse, 0.5);

    public EvidenceAction ActionFor(IReadOnlyCollection<EvidenceFinding> findings) =>
        // Weights are decimal fractions, their sum is not: a hair below the mark is on it.
        findings.Count > 0 && findings.Sum(f => f.Weight) >= DecisiveWeight - 1e-9 ? Action : EvidenceAction.Note;
}

/// <summary>Rules against faked positions, over a fix, the same student's earlier ones and the time. No clock, no I/O.</summary>
/// <param name="MaxSpeedKmh">Nobody comes to school faster, in km/h.</param>
/// <param name="MaxAge">An older fix may tell of another place.</param>
/// <param name="MaxClockLead">How far a phone's clock may run ahead of the server's.</param>
/// <param name="RepeatSpan">A receiver's position trembles; the very same digits again after this long were not measured.</param>
public sealed record LocationEvidence(double MaxSpeedKmh, TimeSpan MaxAge, TimeSpan MaxClockLead, TimeSpan RepeatSpan)
{
    public const string Mocked = "evidence.mocked_location";
    public const string ImpossibleSpeed = "evidence.impossible_speed";
    public const string RepeatedCoordinates = "evidence.repeated_coordinates";
    public const string StaleFix = "evidence.stale_fix";
    public const string FutureFix = "evidence.future_fix";

    // Our own judgement, in steps of what an honest cause could be: none for a system that says so itself; a swapped account for the speed;
    // a slow phone or a wrong clock for the times; a kiosk that stands still for the repeated position.
    private const double MockedWeight = 1.0;
    private const double SpeedWeight = 0.8;
    private const double TimeWeight = 0.6;
    private const double RepeatWeight = 0.4;

    // Errors of a plane fix are Rayleigh-distributed: its 99 % circle has twice the radius of its 68 % one (sqrt(ln 0.01 / ln 0.32) =
    // 2.01).
    private const double NearlyCertainCircle = 2;

    /// <summary>Speed: faster than express trains in most countries. Age: 30 s. Clock: phones that set their clock from the network are
    /// within seconds.</summary>
    public static readonly LocationEvidence Default = new(200, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(2));

    /// <param name="previous">Earlier fixes of the same student, in any order.</param>
    /// <returns>Every finding, the heaviest first.</returns>
    public IReadOnlyList<EvidenceFinding> Judge(LocationFix fix, IReadOnlyCollection<LocationFix> previous, DateTimeOffset now)
    {
        // Looked for in the order of their weights.
        var findings = new List<EvidenceFinding>();
        if (fix.Mocked) findings.Add(new(Mocked, "The device says that the position was made up by an app.", MockedWeight));
        if (FastestKmh(fix, previous) is var speed && speed > MaxSpeedKmh)
        {
            var told = double.IsInfinity(speed) ? "two places at one time" : string.Create(CultureInfo.InvariantCulture, $"{speed:0} km/h");
            findings.Add(new(ImpossibleSpeed,
                $"Coming from an earlier position would have taken {told}; the limit is {MaxSpeedKmh:0} km/h.", SpeedWeight));
        }
        var age = now - fix.CapturedAt;
        if (age > MaxAge) findings.Add(new(StaleFix, $"The position is older than {MaxAge.TotalSeconds:0} s.", TimeWeight));
        if (age < -MaxClockLead) findings.Add(new(FutureFix, "The position is from the future; the device's clock is wrong.", TimeWeight));
        if (previous.Any(p => IsRepeated(fix, p)))
        {
            findings.Add(new(RepeatedCoordinates,
                $"The position repeats to the last digit one from at least {RepeatSpan.TotalMinutes:0.#} min before.", RepeatWeight));
        }
        return findings;
    }

    /// <summary>The speed that the way from an earlier fix needs at least: what the errors of both allow is taken off the way. 0 when
    /// nothing is left.</summary>
    private static double FastestKmh(LocationFix fix, IReadOnlyCollection<LocationFix> previous)
    {
        var fastest = 0.0;
        foreach (var earlier in previous)
        {
            var meters = Sphere.DistanceMeters(earlier.Place, fix.Place)
                - (NearlyCertainCircle * (earlier.AccuracyMeters + fix.AccuracyMeters));
            if (meters <= 0) continue;
            var hours = Math.Abs((fix.CapturedAt - earlier.CapturedAt).TotalHours);
            fastest = Math.Max(fastest, meters / 1000 / hours);
        }
        return fastest;
    }

    private bool IsRepeated(LocationFix fix, LocationFix earlier) =>
        fix.Place == earlier.Place && (fix.CapturedAt - earlier.CapturedAt).Duration() >= RepeatSpan;
}
