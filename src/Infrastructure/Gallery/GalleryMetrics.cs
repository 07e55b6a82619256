using System.Diagnostics.Metrics;
using FaceAttendance.Application;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>Schools that come into memory and leave it.</summary>
internal static class GalleryMetrics
{
    private static readonly Histogram<double> Loads =
        ServerMeter.Seconds("faceattendance.gallery.load", "Galleries that were loaded, at the start or when they were asked for.");

    private static readonly Counter<long> Evictions = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.gallery.evictions", null, "Galleries that left to make room for others.");

    public static void Loaded(TimeSpan took) => Loads.Record(took.TotalSeconds);

    public static void Evicted() => Evictions.Add(1);
}
