using System.Diagnostics.Metrics;
using FaceAttendance.Application;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>The cameras that this process looks through, all schools' together: one by one the API tells of them.</summary>
internal static class CameraMetrics
{
    private static readonly UpDownCounter<long> Cameras = ServerMeter.Meter.CreateUpDownCounter<long>(
        "faceattendance.cameras", null, "Cameras that this process holds, by their state.");

    private static readonly Counter<long> Frames = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.camera.frames", null,
        "Frames of such cameras: taken, or dropped for a newer one or because the server was too busy.");

    private static readonly Counter<long> Losses = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.camera.losses", null, "How often such a camera could not be opened, or stopped.");

    public static void Held(CameraState state) => Cameras.Add(1, LabelOf(state));

    public static void LetGo(CameraState state) => Cameras.Add(-1, LabelOf(state));

    public static void Taken() => Frames.Add(1, ServerMeter.Label("outcome", "taken"));

    public static void Dropped() => Frames.Add(1, ServerMeter.Label("outcome", "dropped"));

    public static void Lost() => Losses.Add(1);

    private static KeyValuePair<string, object?> LabelOf(CameraState state) => ServerMeter.Label("state", Words.Of(state));
}
