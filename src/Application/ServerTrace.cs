using System.Diagnostics;

namespace FaceAttendance.Application;

/// <summary>
/// The spans of this server, beside <see cref="ServerMeter"/>. Their names are words out of this code, and they bear no attributes: never a
/// person, a school, an id, a position or a URL. While nobody listens, which is the rule, a span is null and costs nothing.
/// </summary>
public static class ServerTrace
{
    public const string Name = "FaceAttendance";

    private static readonly ActivitySource Source = new(Name);

    /// <summary>A span until it is disposed.</summary>
    public static Activity? Start(string name) => Source.StartActivity(name);

    /// <summary>A span that ends now.</summary>
    public static void Took(string name, TimeSpan duration)
    {
        if (!Source.HasListeners()) return;
        var began = TimeProvider.System.GetUtcNow() - duration;
        Source.StartActivity(name, ActivityKind.Internal, parentContext: default, startTime: began)?.Dispose();
    }
}
