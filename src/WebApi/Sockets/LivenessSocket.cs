using System.Buffers;
using System.Buffers.Text;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.WebApi.Sockets;

/// <summary>
/// One person's liveness session on a plain WebSocket: a loop that reads frames into a slot of one, where the newest replaces what was not judged
/// yet, and a loop that judges and answers. Only the judging loop ever writes. Does not own the socket.
/// </summary>
internal sealed partial class LivenessSocket(
    WebSocket socket, IMediator mediator, SchoolId school, StudentId student, LivenessAnswer started, TimeProvider clock, ILogger logger)
{
    /// <summary>Of one frame as it comes, base64 included.</summary>
    public const int MaxFrameBytes = 2 * 1024 * 1024;

    // A client that takes no byte for so long is not slow but stuck.
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(20);

    // How long a client may take to answer the closing frame.
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(3);

    private readonly Channel<byte[]> _slot = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true });

    private LivenessAction? _asked = started.Judgement.Challenge;
    private long _dropped;

    // Written before the judging loop is told to end, so that it reads what ended it.
    private volatile bool _sentTooMuch;

    /// <summary>Runs until the verdict, until the client leaves, or until the server stops. Never throws for what the client or the network does.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        // Whoever sends nothing more is told so when the session's time is up.
        using var overdue = new CancellationTokenSource(started.Judgement.Left, clock);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ending.Token, overdue.Token);
        var receiving = ReceiveAsync(ending);
        var (status, reason) = (WebSocketCloseStatus.NormalClosure, "");
        try
        {
            while (true)
            {
                byte[] frame;
                try
                {
                    frame = await _slot.Reader.ReadAsync(waiting.Token);
                }
                catch (OperationCanceledException) when (!ending.IsCancellationRequested)
                {
                    await SendAsync(LivenessWire.TextOf(LivenessFault.TimeUp), null, ending.Token);
                    (status, reason) = (WebSocketCloseStatus.PolicyViolation, "The session's time is up.");
                    break;
                }
                var outcome = await JudgeAsync(frame, ending.Token);
                if (outcome == LivenessOutcome.Running) continue;
                if (outcome == LivenessOutcome.Failed) (status, reason) = (WebSocketCloseStatus.PolicyViolation, "The session failed.");
                break;
            }
        }
        catch (Exception e) when (IsConnectionsEnd(e))
        {
            if (stopping.IsCancellationRequested) (status, reason) = (WebSocketCloseStatus.EndpointUnavailable, "The server is stopping.");
            else if (_sentTooMuch) (status, reason) = (WebSocketCloseStatus.MessageTooBig, "A frame has more than 2 MiB.");
        }
        finally
        {
            await mediator.Send(new EndLiveness(started.Session), CancellationToken.None);
        }
        await CloseAsync(status, reason, receiving);
    }

    /// <summary>Says why there is no session, then closes with 1008.</summary>
    public static async Task RefuseAsync(WebSocket socket, string text, Error? error, CancellationToken ct)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(SendPatience);
        try
        {
            await socket.SendAsync(Write(text, null, null, null, error?.Details, 0), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
            await socket.CloseAsync(WebSocketCloseStatus.PolicyViolation, text, patience.Token);
        }
        catch (Exception e) when (IsConnectionsEnd(e))
        {
            socket.Abort();
        }
    }

    private async Task<LivenessOutcome> JudgeAsync(byte[] frame, CancellationToken ct)
    {
        var judged = await mediator.Send(new SubmitLivenessFrame(school, student, started.Session, frame), ct);
        if (judged.Error is { } error)
        {
            // A frame that is no picture, or came while the machine was full: the session goes on with the next one.
            await SendAsync(LivenessWire.InternalError, null, ct, error);
            return LivenessOutcome.Running;
        }
        var answer = judged.Value;
        await SendAsync(answer.Judgement.Fault is { } fault ? LivenessWire.TextOf(fault) : null, answer, ct);
        _asked = answer.Judgement.Challenge ?? _asked;
        if (answer.Judgement.Outcome != LivenessOutcome.Running)
            Log.Ended(logger, answer.Judgement.Outcome, answer.Judgement.Fault, answer.Judgement.StepsDone, Interlocked.Read(ref _dropped));
        return answer.Judgement.Outcome;
    }

    private async Task SendAsync(string? text, LivenessAnswer? answer, CancellationToken ct, Error? error = null)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(ct);
        patience.CancelAfter(SendPatience);
        var json = Write(text, answer, _asked, error?.Message, error?.Details, Interlocked.Read(ref _dropped));
        await socket.SendAsync(json, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
    }

    /// <summary>The three keys that clients know, then what may stand beside them.</summary>
    private static ReadOnlyMemory<byte> Write(
        string? text, LivenessAnswer? answer, LivenessAction? lastAsked, string? detail, IReadOnlyDictionary<string, object?>? details, long dropped)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("error", text);
        var challenge = answer?.Judgement.Challenge ?? lastAsked;
        json.WriteString("challenge", text is null && challenge is { } action ? LivenessActions.NameOf(action) : null);
        json.WriteBoolean("action_detected", answer?.Judgement.Outcome == LivenessOutcome.Passed);
        if (answer is not null)
        {
            var judgement = answer.Judgement;
            json.WriteString("session_id", answer.Session.ToString());
            json.WriteNumber("step", Math.Min(judgement.StepsDone + 1, judgement.Steps));
            json.WriteNumber("steps", judgement.Steps);
            json.WriteString("hint", judgement.Hint is { } hint ? LivenessWire.NameOf(hint) : null);
            json.WriteNumber("expires_in", Math.Ceiling(judgement.Left.TotalSeconds));
            if (judgement.LiveScore is { } score) json.WriteNumber("live_score", Math.Round(score, 3));
            if (answer.Pad == PadState.NotAvailable) json.WriteString("pad", "not available");
            if (answer.Token is { } token) json.WriteString("result_token", token);
        }
        if (detail is not null) json.WriteString("detail", detail);
        foreach (var (name, value) in details ?? new Dictionary<string, object?>())
        {
            json.WritePropertyName(name);
            JsonSerializer.Serialize(json, value);
        }
        if (dropped > 0) json.WriteNumber("dropped", dropped);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>Reads frames into the slot; ends <paramref name="ending"/> when there is nothing more that may be read.</summary>
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
                _sentTooMuch = length > MaxFrameBytes;
                if (_sentTooMuch) return;
                if (!part.EndOfMessage) continue;
                if (_slot.Reader.Count > 0) Interlocked.Increment(ref _dropped);
                _slot.Writer.TryWrite(part.MessageType == WebSocketMessageType.Binary ? buffer.AsSpan(0, length).ToArray() : Decode(buffer.AsSpan(0, length)));
                length = 0;
            }
        }
        catch (Exception e) when (IsConnectionsEnd(e))
        {
            // The client left without a word, which ends the session as a closing frame would.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await ending.CancelAsync();
        }
    }

    private static byte[] Grow(byte[] buffer)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    /// <returns>The picture in a text frame: bare base64, or a data URL. Empty when it is neither, which no decoder takes for a picture.</returns>
    internal static byte[] Decode(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("data:"u8)) text = text[(text.IndexOf((byte)',') + 1)..];
        var picture = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        return Base64.DecodeFromUtf8(text, picture, out _, out var written) == OperationStatus.Done ? picture[..written] : [];
    }

    private async Task CloseAsync(WebSocketCloseStatus status, string reason, Task receiving)
    {
        using var patience = new CancellationTokenSource(ClosePatience);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(status, reason, patience.Token);
            await receiving.WaitAsync(patience.Token);
            // What was sent too much has to be read: closing on unread bytes resets the connection, and the client would never see why.
            var rest = new byte[16 * 1024];
            while (_sentTooMuch && (await socket.ReceiveAsync(rest.AsMemory(), patience.Token)).MessageType != WebSocketMessageType.Close)
            {
            }
        }
        catch (Exception e) when (IsConnectionsEnd(e))
        {
            socket.Abort();
            await receiving;
        }
    }

    private static bool IsConnectionsEnd(Exception e) => e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException;

    private static partial class Log
    {
        [LoggerMessage(1840, LogLevel.Information, "A liveness session ended: {Outcome}, {Fault}, after {Steps} steps and {Dropped} dropped frames.")]
        public static partial void Ended(ILogger logger, LivenessOutcome outcome, LivenessFault? fault, int steps, long dropped);
    }
}
