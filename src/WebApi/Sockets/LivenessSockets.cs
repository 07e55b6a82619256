using FaceAttendance.Application.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.Liveness;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Security;
using MediatR;

namespace FaceAttendance.WebApi.Sockets;

/// <summary>
/// GET /ws/liveness/?user_id=…: each message a frame, each answer a JSON object. Close codes: 1000 passed or left, 1001 the server stops, 1008 no
/// session, a failed one, credentials that are no longer good or more frames than any camera makes, 1009 a frame of more than 2 MiB.
/// </summary>
internal static class LivenessSockets
{
    public static void MapLivenessSocket(this IEndpointRouteBuilder app) => app.MapGet("/ws/liveness", ServeAsync).NeedsCredentials(Scopes.Liveness)
        .Describe("Live", "Liveness session as a plain WebSocket",
            "Opens a WebSocket (RFC 6455) for the student that user_id names: with a student's own token that student (or the account's name), otherwise any. The token comes in the Authorization header or as access_token. Each text message is one frame as base64 (a data URL is taken too), each binary message one encoded picture. Frames that come faster than they are judged replace one another.")
        .Answers(101, "The WebSocket is open", """{"error":null,"challenge":"blink","action_detected":false,"step":1,"steps":2,"hint":"look_straight","expires_in":60}""")
        .Answers(426, "The request was no WebSocket handshake", """{"detail":"Upgrade Required"}""");

    private static async Task ServeAsync(HttpContext http, IMediator mediator, LivenessEntrance entrance, IHostApplicationLifetime lifetime)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.Headers.Upgrade = "websocket"; // RFC 9110, 15.5.22: a 426 names the protocol.
            await ErrorMapping.ToAnswer(StatusCodes.Status426UpgradeRequired, http).ExecuteAsync(http);
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        var (conversation, refusal) = await entrance.EnterAsync(http, mediator, http.Request.Query["user_id"], http.RequestAborted);
        if (refusal is not null) await LivenessSocket.RefuseAsync(socket, refusal, lifetime.ApplicationStopping);
        else
        {
            using var credentials = CredentialWatch.Over(http);
            await new LivenessSocket(socket, conversation!).RunAsync(lifetime.ApplicationStopping, credentials.Lapsed);
        }
    }
}
