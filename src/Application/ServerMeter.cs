using System.Diagnostics.Metrics;

namespace FaceAttendance.Application;

/// <summary>
/// What the server counts and times. Instruments stand beside the capability that they watch. Labels are words out of closed sets in this
/// code: never a person, a school, an id, a position or a URL.
/// </summary>
public static class ServerMeter
{
    public const string Name = "FaceAttendance";

    /// <summary>Lives as long as the process, as the instruments do.</summary>
    public static readonly Meter Meter = new(Name);

    // From a search of a small gallery to a frame that waited its whole deadline.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    public static Histogram<double> Seconds(string name, string description) =>
        Meter.CreateHistogram(name, "s", description, tags: null, Durations);

    public static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
