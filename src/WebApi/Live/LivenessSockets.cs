using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Live;

/// <summary>
/// GET /ws/liveness/?user_id=…: each message a frame, each answer a JSON object. Close codes: 1000 passed or left, 1001 the server stops,
/// 1008 no session, a failed one, credentials that are no longer good or more frames than any camera makes, 1009 a frame of more than 2
/// MiB.
/// </summary>
internal static partial class LivenessSockets
{
    public static void MapLivenessSocket(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<LivenessOptions>>().Value.Open) Log.Open(app.Logger);
        app.MapGet("/ws/liveness", ServeAsync).NeedsUnlessOpen(Scopes.Liveness).WithMetadata(new RefusalOnSocket(RefuseAsync)).IsLive()
            .Describe("RunLiveness", ApiGroup.Live, "Liveness session as a plain WebSocket",
                "Opens a WebSocket (RFC 6455) for the student that `user_id` names: with a student's own token that student (or the " +
                "account's name), otherwise any. The token comes in the Authorization header or as access_token. Without one, this " +
                "machine's own user in Development, and anybody where LIVENESS_OPEN is set, may begin a session that asks only blink, " +
                "mouth_open and nod and ends without a result_token; all others are told so on the socket, which then closes with 1008. " +
                "mirrored=true says that the pictures come mirrored, as the person sees them; without it the first turn tells. " +
                "actions=move_closer says that the client can ask a person to come closer, which then is asked too. Each text message " +
                "is one frame as base64 (a data URL is taken too), each binary message one encoded picture. Frames that come faster " +
                "than they are judged replace one another.")
            .Answers(101, "The WebSocket is open; docs/sockets.md describes its messages")
            .Answers<DetailAnswer>(426, "The request was no WebSocket handshake", """{"detail":"Upgrade Required"}""");

    }

    private static async Task RefuseAsync(HttpContext http, Error error)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        await LivenessSocket.RefuseAsync(socket, new(error.Message, error), http.RequestAborted);
    }

    private static async Task ServeAsync(HttpContext http, LivenessEntrance entrance, IHostApplicationLifetime lifetime)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.Headers.Upgrade = "websocket"; // RFC 9110, 15.5.22: a 426 names the protocol.
            await ErrorMapping.ToAnswer(StatusCodes.Status426UpgradeRequired, http).ExecuteAsync(http);
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        var query = http.Request.Query;
        var (conversation, refusal) = await entrance.EnterAsync(
            http, new(query["user_id"], query["mirrored"], query["actions"]), http.RequestAborted);
        if (refusal is not null) await LivenessSocket.RefuseAsync(socket, refusal, lifetime.ApplicationStopping);
        else
        {
            using var credentials = CredentialWatch.Over(http);
            await new LivenessSocket(socket, conversation!).RunAsync(lifetime.ApplicationStopping, credentials.Lapsed);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1843, LogLevel.Warning,
            "LIVENESS_OPEN is set: anybody who reaches this server may begin liveness sessions without credentials, and so try whose " +
            "face is whose. Nothing can be checked in with one.")]
        public static partial void Open(ILogger logger);
    }
}
