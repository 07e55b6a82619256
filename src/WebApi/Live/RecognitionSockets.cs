using FaceAttendance.Application.Access;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;

namespace FaceAttendance.WebApi.Live;

/// <summary>
/// GET /ws/recognitions: a plain WebSocket on which every event comes as one text frame. Close codes: 1000 when the client closes, 1001
/// when the server stops, 1008 when the credentials that opened it are no longer good, 1009 when the client sends a message of more than
/// 64 KiB.
/// </summary>
internal static partial class RecognitionSockets
{
    public static void UseLiveSockets(this WebApplication app) => app.UseWebSockets(new WebSocketOptions
    {
        // Under the 60 s after which common proxies drop a silent connection; a peer that answers no ping is gone.
        KeepAliveInterval = TimeSpan.FromSeconds(20),
        KeepAliveTimeout = TimeSpan.FromSeconds(20),
    });

    public static void MapRecognitionSocket(this IEndpointRouteBuilder app) =>
        app.MapGet("/ws/recognitions", ServeAsync).IsLive().Needs(Scopes.AttendanceRead)
        .Describe("ListenToRecognitions", ApiGroup.Live, "Live events as a plain WebSocket",
            "Opens a WebSocket (RFC 6455). The server sends one JSON object in each text frame; what the client sends is read and " +
            "ignored. A client that reads too slowly loses the oldest events.")
        .Answers(101, "The WebSocket is open; docs/sockets.md describes its messages")
        .Answers<DetailAnswer>(426, "The request was no WebSocket handshake", """{"detail":"Upgrade Required"}""");

    private static async Task ServeAsync(
        HttpContext http, AttendanceFeed feed, IHostApplicationLifetime lifetime, ILogger<RecognitionSocket> logger)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.Headers.Upgrade = "websocket"; // RFC 9110, 15.5.22: a 426 names the protocol.
            await ErrorMapping.ToAnswer(StatusCodes.Status426UpgradeRequired, http).ExecuteAsync(http);
            return;
        }
        // Before the handshake is answered, so that a client hears of everything that happens after it is connected.
        using var subscription = feed.Subscribe(http.School(), onlyContracts: true);
        using var counted = LiveMetrics.Connected("socket");
        using var socket = await http.WebSockets.AcceptWebSocketAsync();
        using var credentials = CredentialWatch.Over(http);
        await new RecognitionSocket(socket, subscription.Messages).RunAsync(lifetime.ApplicationStopping, credentials.Lapsed);
        Log.Left(logger, socket.CloseStatus is { } status ? (int)status : null, subscription.Dropped);
    }

    private static partial class Log
    {
        [LoggerMessage(1820, LogLevel.Information, "A live listener left with close status {Status} after {Dropped} dropped events.")]
        public static partial void Left(ILogger logger, int? status, long dropped);
    }
}
