using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Watching;

/// <summary>Prints the server's live events, and connects again for ever when the connection is lost.</summary>
internal sealed class RecognitionListener(FaceServer server, Screen screen, TimeSpan pingEvery)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // A spread of a fifth, so that a room of listeners does not come back to a restarted server at one instant.
    private const double Spread = 0.2;

    // An event carries at most 2 KB of a receiver's answer; more than this is no event.
    private const int MaxEventBytes = 1024 * 1024;

    /// <returns>Never, but by an exception.</returns>
    /// <exception cref="CommandFailedException">The server does not let the caller in.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var pause = FirstPause;
        while (true)
        {
            string lost;
            try
            {
                using var socket = await server.ListenAsync(ct);
                screen.Note($"Listening to {server}.");
                pause = FirstPause;
                lost = await ListenAsync(socket, ct);
            }
            catch (NoAnswerException e)
            {
                lost = e.Message;
            }

            var wait = pause * (1 + (Spread * ((2 * Random.Shared.NextDouble()) - 1)));
            screen.Note($"No connection to {server}: {lost}; trying again in {wait.TotalSeconds:0.#} s.");
            await Task.Delay(wait, ct);
            pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
        }
    }

    /// <returns>Why the connection ended.</returns>
    private async Task<string> ListenAsync(WebSocket socket, CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var pinging = PingAsync(socket, over.Token);
        try
        {
            return await ReceiveAsync(socket, ct);
        }
        catch (WebSocketException e)
        {
            return e.GetBaseException().Message.TrimEnd('.');
        }
        finally
        {
            await over.CancelAsync();
            await pinging;
        }
    }

    private async Task<string> ReceiveAsync(WebSocket socket, CancellationToken ct)
    {
        var buffer = new byte[16 * 1024];
        using var message = new MemoryStream();
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), ct);
            if (part.MessageType == WebSocketMessageType.Close)
                return $"the server closed it ({(int?)socket.CloseStatus} {socket.CloseStatusDescription})";
            if (message.Length + part.Count > MaxEventBytes) return "the server sent a message without end";
            message.Write(buffer, 0, part.Count);
            if (!part.EndOfMessage) continue;

            if (part.MessageType == WebSocketMessageType.Text) Show(Encoding.UTF8.GetString(message.GetBuffer(), 0, (int)message.Length));
            message.SetLength(0);
        }
    }

    private void Show(string text)
    {
        try
        {
            screen.Line(JsonDocument.Parse(text).RootElement, "WS: " + text);
        }
        catch (JsonException)
        {
            screen.Line(new { type = "text", text }, "WS: " + text);
        }
    }

    private async Task PingAsync(WebSocket socket, CancellationToken ct)
    {
        try
        {
            while (true)
            {
                await Task.Delay(pingEvery, ct);
                await socket.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true, ct);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or WebSocketException or InvalidOperationException)
        {
            // The receiving side notices the same end and says why.
        }
    }
}
