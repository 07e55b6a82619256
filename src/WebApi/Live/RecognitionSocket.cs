using System.Net.WebSockets;
using System.Threading.Channels;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.WebApi.Access;

namespace FaceAttendance.WebApi.Live;

/// <summary>
/// One listener's connection: a loop that reads what the client sends, to notice its leaving, and a loop that sends. Only the sending loop
/// ever writes, the closing frame included. Does not own the socket.
/// </summary>
internal sealed class RecognitionSocket(WebSocket socket, ChannelReader<LiveMessage> messages)
{
    /// <summary>A client has nothing to say here, so a larger message is a fault or an attack.</summary>
    public const int MaxIncomingBytes = 64 * 1024;

    // A client that takes no byte for so long is not slow but stuck.
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(20);

    // How long a client may take to answer the closing frame.
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(3);

    // Written before the sending loop is told to end, so that it reads what ended it.
    private volatile bool _sentTooMuch;

    /// <summary>Runs until the client leaves, its credentials lapse or the server stops. Never throws for what the client or the network
    /// does.</summary>
    /// <param name="stopping">The server stops.</param>
    /// <param name="lapsed">The credentials that opened the connection are no longer good.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken lapsed)
    {
        // Four things can end this: the client closes or vanishes, it sends too much, its credentials lapse, or the server stops.
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping, lapsed);
        using var gone = new CancellationTokenSource();
        var receiving = ReceiveAsync(ending, gone.Token);
        if (await SendAsync(ending.Token)) await CloseAsync(receiving, stopping, lapsed);
        await gone.CancelAsync();
        await receiving;
    }

    /// <summary>Reads and ignores; ends <paramref name="ending"/> when there is nothing more that may be read.</summary>
    private async Task ReceiveAsync(CancellationTokenSource ending, CancellationToken gone)
    {
        try
        {
            _sentTooMuch = !await ReadOverAsync(MaxIncomingBytes, gone);
        }
        catch (Exception e) when (IsConnectionsEnd(e))
        {
            // The client left without a word, which ends its session as a closing frame would.
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    /// <returns>True at the client's closing frame, false as soon as a message has more than <paramref name="mostBytes"/>.</returns>
    private async Task<bool> ReadOverAsync(long mostBytes, CancellationToken ct)
    {
        var buffer = new byte[1024];
        var length = 0L;
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer.AsMemory(), ct);
            if (part.MessageType == WebSocketMessageType.Close) return true;
            length += part.Count;
            if (length > mostBytes) return false;
            if (part.EndOfMessage) length = 0;
        }
    }

    /// <returns>False when the connection broke.</returns>
    private async Task<bool> SendAsync(CancellationToken ending)
    {
        try
        {
            // Only the wait for a message is cut short: an interrupted send would leave half a frame on the wire.
            while (await messages.WaitToReadAsync(ending))
            {
                while (!ending.IsCancellationRequested && messages.TryRead(out var message))
                {
                    using var patience = new CancellationTokenSource(SendPatience);
                    await socket.SendAsync(message.Json, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
                }
            }
            return true;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested
            && socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
        {
            return true;
        }
        catch (Exception e) when (IsConnectionsEnd(e))
        {
            return false;
        }
    }

    private async Task CloseAsync(Task receiving, CancellationToken stopping, CancellationToken lapsed)
    {
        var sentTooMuch = _sentTooMuch;
        var (status, reason) = sentTooMuch
            ? (WebSocketCloseStatus.MessageTooBig, "A message has more than 64 KiB.")
            : stopping.IsCancellationRequested
                ? (WebSocketCloseStatus.EndpointUnavailable, "The server is stopping.")
                : lapsed.IsCancellationRequested
                ? (WebSocketCloseStatus.PolicyViolation, CredentialWatch.Reason)
                : (WebSocketCloseStatus.NormalClosure, "");
        using var patience = new CancellationTokenSource(ClosePatience);
        try
        {
            await socket.CloseOutputAsync(status, reason, patience.Token);
            // Until the client's own closing frame. What it had sent too much has to be read: closing on unread bytes resets the
            // connection, and the client would never see why.
            if (sentTooMuch) await ReadOverAsync(long.MaxValue, patience.Token);
            else await receiving.WaitAsync(patience.Token);
        }
        catch (Exception e) when (IsConnectionsEnd(e))
        {
            socket.Abort();
        }
    }

    private static bool IsConnectionsEnd(Exception e) =>
        e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException;
}
