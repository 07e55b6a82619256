using System.Buffers;
using System.Net.WebSockets;
using FaceAttendance.WebApi.Access;

namespace FaceAttendance.WebApi.Live;

/// <summary>
/// Carries a liveness session over a plain WebSocket: reads frames into the conversation, which alone writes, and closes with the code that
/// tells why it ended. Does not own the socket.
/// </summary>
internal sealed class LivenessSocket(WebSocket socket, LivenessConversation conversation)
{
    // How long a client may take to answer the closing frame.
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(3);

    // Written before the conversation is told to end.
    private volatile bool _sentTooMuch;

    /// <summary>Runs until the verdict, until the client leaves, or until the server stops. Never throws for what the client or the network
    /// does.</summary>
    /// <param name="stopping">The server stops.</param>
    /// <param name="lapsed">The credentials that opened the connection are no longer good.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken lapsed)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, lapsed);
        var receiving = ReceiveAsync(ending);
        var end = await conversation.RunAsync((message, ct) => SendAsync(socket, message, ct), answersEach: true, ending.Token);
        var (status, reason) = end switch
        {
            LivenessEnd.Passed => (WebSocketCloseStatus.NormalClosure, ""),
            LivenessEnd.Failed => (WebSocketCloseStatus.PolicyViolation, "The session failed."),
            LivenessEnd.TimeUp => (WebSocketCloseStatus.PolicyViolation, "The session's time is up."),
            LivenessEnd.Flooded =>
                (WebSocketCloseStatus.PolicyViolation, $"More than {LivenessConversation.MostFramesPerSecond} frames a second."),
            LivenessEnd.Left when stopping.IsCancellationRequested => (WebSocketCloseStatus.EndpointUnavailable, "The server is stopping."),
            LivenessEnd.Left when lapsed.IsCancellationRequested => (WebSocketCloseStatus.PolicyViolation, CredentialWatch.Reason),
            LivenessEnd.Left when _sentTooMuch => (WebSocketCloseStatus.MessageTooBig, "A frame has more than 2 MiB."),
            LivenessEnd.Left => (WebSocketCloseStatus.NormalClosure, ""),
        };
        await CloseAsync(status, reason, receiving);
    }

    /// <summary>Says why there is no session, then closes with 1008.</summary>
    public static async Task RefuseAsync(WebSocket socket, LivenessRefusal refusal, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(ClosePatience);
        try
        {
            await SendAsync(socket, refusal.Message, patience.Token);
            await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, refusal.Text, patience.Token);
        }
        catch (Exception e) when (LivenessConversation.IsConnectionsEnd(e))
        {
            socket.Abort();
        }
    }

    private static Task SendAsync(WebSocket socket, LivenessMessage message, CancellationToken ct) =>
        socket.SendAsync(message.Utf8, WebSocketMessageType.Text, endOfMessage: true, ct).AsTask();

    /// <summary>Reads frames until there is nothing more that may be read; then ends <paramref name="ending"/>.</summary>
    private async Task ReceiveAsync(CancellationTokenSource ending)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var length = 0;
            while (true)
            {
                if (length == buffer.Length) buffer = Grow(buffer);
                var part = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                if (part.MessageType == WebSocketMessageType.Close) return;
                length += part.Count;
                _sentTooMuch = length > LivenessConversation.MaxFrameBytes;
                if (_sentTooMuch) return;
                if (!part.EndOfMessage) continue;
                var message = buffer.AsSpan(0, length);
                conversation.Offer(part.MessageType == WebSocketMessageType.Binary ? message.ToArray()
                    : LivenessConversation.Decode(message));
                length = 0;
            }
        }
        catch (Exception e) when (LivenessConversation.IsConnectionsEnd(e))
        {
            // The client left without a word, which ends the session as a closing frame would.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            await ending.CancelAsync();
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        return larger;
    }

    private async Task CloseAsync(WebSocketCloseStatus status, string reason, Task receiving)
    {
        using var patience = new CancellationTokenSource(ClosePatience);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                await socket.CloseOutputAsync(status, reason, patience.Token);
            await receiving.WaitAsync(patience.Token);
            // What was sent too much has to be read: closing on unread bytes resets the connection, and the client would never see why.
            var rest = new byte[16 * 1024];
            while (_sentTooMuch && (await socket.ReceiveAsync(rest.AsMemory(), patience.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception e) when (LivenessConversation.IsConnectionsEnd(e))
        {
            socket.Abort();
            await receiving;
        }
    }
}
