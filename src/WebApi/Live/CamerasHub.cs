using FaceAttendance.Application.Access;
using FaceAttendance.Application.Cameras;
using FaceAttendance.Domain;
using FaceAttendance.WebApi.Access;
using MediatR;
using Microsoft.AspNetCore.SignalR;

namespace FaceAttendance.WebApi.Live;

/// <summary>
/// /hubs/cameras: the frames of cameras that the server cannot open itself. A client calls <c>Push</c> with a camera's id and a stream of
/// JPEGs for each camera that it has; the server calls nothing. The call ends with the stream, or fails and says why.
/// </summary>
internal sealed class CamerasHub(IMediator mediator) : Hub
{
    /// <summary>Of one camera, as base64 or as bytes.</summary>
    internal const int MaxFrameBytes = LivenessConversation.MaxFrameBytes;

    /// <param name="camera">The id of a camera whose source is <c>push</c>.</param>
    /// <param name="frames">As they come: what cannot be looked at in time gives way to the newest.</param>
    public async Task Push(string camera, IAsyncEnumerable<EncodedFrame> frames)
    {
        var http = Context.GetHttpContext()!;
        var own = http.DeviceOf(null).Value;
        var begun = Guid.TryParse(camera, out var id)
            ? await mediator.Send(new PushFrames(http.School(), new(id), own), Context.ConnectionAborted) : CameraErrors.NotFound;
        if (begun.Error is { } refused) throw Fault(refused);

        await using var push = begun.Value;
        try
        {
            await foreach (var frame in frames.WithCancellation(push.Ended))
            {
                if (frame.Bytes is not [0xFF, 0xD8, ..] || frame.Bytes.Length > MaxFrameBytes) throw Fault(CameraErrors.NotAFrame);
                push.Offer(frame.Bytes);
            }
        }
        catch (OperationCanceledException)
        {
            // Otherwise the client left in the middle of its stream, which is no fault of the server.
            if (Context.ConnectionAborted.IsCancellationRequested) return;
            if (push.Ended.IsCancellationRequested) throw Fault(CameraErrors.PushEnded);
        }
    }

    private static HubException Fault(Error error) => new($"{error.Code}: {error.Message}");
}

internal static class CamerasHubRoutes
{
    // A frame of the largest size as base64, and the envelope around it.
    private const int MaxMessageBytes = (CamerasHub.MaxFrameBytes / 3 * 4) + 4096;

    // One machine may send for all the cameras of a building over one connection.
    private const int MostAtOnce = 64;

    public static void AddCamerasHub(this IServiceCollection services) => services.AddSignalR().AddHubOptions<CamerasHub>(hub =>
    {
        hub.MaximumReceiveMessageSize = MaxMessageBytes;
        hub.MaximumParallelInvocationsPerClient = MostAtOnce;
    });

    public static void MapCamerasHub(this IEndpointRouteBuilder app) =>
        app.MapHub<CamerasHub>("/hubs/cameras").IsLive().NeedsCredentials(Scopes.Recognize);
}
