using System.ComponentModel.DataAnnotations;
using FaceAttendance.Domain.Presence;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Presence;

/// <summary>How locations are judged. Section: <c>Presence</c>.</summary>
public sealed class PresenceOptions
{
    /// <summary>How much of a fix must lie in the fence. Default: its 68 % circle touches it, and a person looks where not all of it lies
    /// inside.</summary>
    public FenceRule Rule { get; set; } = FencePolicy.Default.Rule;

    /// <summary>A fix less accurate than this does not count, in metres. Default 50; more lets in phones that see no satellites, and their
    /// errors.</summary>
    [Range(1.0, 10_000.0)]
    public double MaxAccuracyMeters { get; set; } = FencePolicy.Default.MaxAccuracyMeters;

    /// <summary>Nobody comes to school faster, in km/h. Default 200.</summary>
    [Range(1.0, 100_000.0)]
    public double MaxSpeedKmh { get; set; } = LocationEvidence.Default.MaxSpeedKmh;

    /// <summary>An older fix may tell of another place. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan MaxFixAge { get; set; } = LocationEvidence.Default.MaxAge;

    /// <summary>How far a phone's clock may run ahead of the server's. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan MaxClockLead { get; set; } = LocationEvidence.Default.MaxClockLead;

    /// <summary>The very same digits again after this long count as made up. Default 2 min.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "1.00:00:00")]
    public TimeSpan RepeatSpan { get; set; } = LocationEvidence.Default.RepeatSpan;

    public FencePolicy ToFencePolicy() => new(Rule, MaxAccuracyMeters);

    public LocationEvidence ToEvidence() => new(MaxSpeedKmh, MaxFixAge, MaxClockLead, RepeatSpan);
}

[OptionsValidator]
public sealed partial class PresenceOptionsValidator : IValidateOptions<PresenceOptions>;
