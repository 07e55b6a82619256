using System.Diagnostics.Metrics;
using FaceAttendance.Application;

namespace FaceAttendance.Infrastructure.Broadcast;

/// <summary>Who listens live, and what those who do not keep up lose.</summary>
public static class LiveMetrics
{
    private static readonly UpDownCounter<long> Connections = ServerMeter.Meter.CreateUpDownCounter<long>(
        "faceattendance.listeners", null, "Open connections by kind: socket and hub for live events, liveness for sessions.");

    private static readonly Counter<long> Drops = ServerMeter.Meter.CreateCounter<long>(
        "faceattendance.drops", null,
        "What was dropped because somebody was too slow, by place: listener, other_processes, liveness_frame.");

    /// <summary>Counts a connection until the answer is disposed.</summary>
    public static IDisposable Connected(string kind) => new Connection(ServerMeter.Label("kind", kind));

    public static void Dropped(string place) => Drops.Add(1, ServerMeter.Label("place", place));

    private sealed class Connection : IDisposable
    {
        private readonly KeyValuePair<string, object?> _kind;

        public Connection(KeyValuePair<string, object?> kind)
        {
            _kind = kind;
            Connections.Add(1, kind);
        }

        public void Dispose() => Connections.Add(-1, _kind);
    }
}
