using System.Buffers;
using System.Buffers.Text;
using System.Threading.Channels;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.WebApi.Errors;

namespace FaceAttendance.WebApi.Live;

/// <summary>Why a conversation is over.</summary>
internal enum LivenessEnd
{
    Passed,
    Failed,

    /// <summary>The client sent nothing more until the session's time was up.</summary>
    TimeUp,

    /// <summary>The client sent more frames than any camera makes.</summary>
    Flooded,

    /// <summary>The client is gone, or takes nothing more, or the server stops.</summary>
    Left,
}

/// <summary>
/// One person's liveness session, whatever carries it: frames come into a slot of one, where the newest replaces what was not judged yet,
/// and one loop judges and answers. Frames may be offered from any thread.
/// </summary>
internal sealed partial class LivenessConversation
{
    /// <summary>Of one frame as it comes.</summary>
    public const int MaxFrameBytes = 2 * 1024 * 1024;

    /// <summary>Cameras make 60 a second at most; what was held up on the way may come at once, two seconds of it.</summary>
    public const int MostFramesPerSecond = 60;

    private const int MostFramesAtOnce = 2 * MostFramesPerSecond;

    /// <summary>A client that takes no byte for so long is not slow but stuck.</summary>
    public static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(20);

    private readonly LivenessSessions _sessions;
    private readonly SchoolId _school;
    private readonly StudentId _student;
    private readonly LivenessAnswer _started;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Channel<byte[]> _slot;
    private readonly long _began;

    // What was asked last, and whether the client can know of it, or showed anything.
    private LivenessAction? _asked;
    private bool _wasAsked;
    private long _offered;
    private long _dropped;

    /// <param name="started">The session's beginning.</param>
    public LivenessConversation(
        LivenessSessions sessions, SchoolId school, StudentId student, LivenessAnswer started, TimeProvider clock, ILogger logger)
    {
        (_sessions, _school, _student, _started, _clock, _logger) = (sessions, school, student, started, clock, logger);
        _slot = Channel.CreateBounded<byte[]>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true }, _ => Drop());
        (_asked, _began) = (started.Judgement.Challenge, clock.GetTimestamp());
    }

    /// <summary>The first message: what is asked before any frame has come. For transports that tell it.</summary>
    public LivenessMessage AskFirst()
    {
        _wasAsked = true;
        return new(IsVerdict: false, AsksAnew: true, LivenessMessage.Write(null, _started, _asked, null, 0));
    }

    /// <summary>Puts a frame into the slot; nothing waits for anything. A client that floods ends the conversation.</summary>
    public void Offer(byte[] frame)
    {
        // A frame more than the time since the start allows is one too many.
        var allowed = MostFramesAtOnce + (_clock.GetElapsedTime(_began).TotalSeconds * MostFramesPerSecond);
        if (Interlocked.Increment(ref _offered) > allowed) _slot.Writer.TryComplete();
        _slot.Writer.TryWrite(frame);
    }

    /// <summary>
    /// Runs until the verdict, until the client has left, or until the session's time is up. Never throws for what the client or the
    /// network does.
    /// </summary>
    /// <param name="tell">Sends a message; the only one who does. May throw what connections throw.</param>
    /// <param name="answersEach">Whether frames that a newer one replaced are answered too, with where the session stands: one answer a
    /// frame.</param>
    /// <param name="left">The client is gone, or the server stops.</param>
    public async Task<LivenessEnd> RunAsync(Func<LivenessMessage, CancellationToken, Task> tell, bool answersEach, CancellationToken left)
    {
        var (last, answeredDrops, droppedBefore) = (_started, 0L, 0L);
        using var counted = LiveMetrics.Connected("liveness");
        // Whoever sends nothing more is told so when the session's time is up.
        using var overdue = new CancellationTokenSource(_started.Judgement.Left, _clock);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(left, overdue.Token, _started.FaceGone);
        try
        {
            while (true)
            {
                byte[] frame;
                try
                {
                    frame = await _slot.Reader.ReadAsync(waiting.Token);
                }
                catch (ChannelClosedException)
                {
                    await TellAsync(LivenessWire.TooManyFrames, null, null, isVerdict: true);
                    return LivenessEnd.Flooded;
                }
                catch (OperationCanceledException) when (_started.FaceGone.IsCancellationRequested && !left.IsCancellationRequested)
                {
                    await TellAsync(LivenessWire.FaceNotRegistered, null, LivenessErrors.NotEnrolled, isVerdict: true);
                    return LivenessEnd.Failed;
                }
                catch (OperationCanceledException) when (!left.IsCancellationRequested)
                {
                    await TellAsync(LivenessWire.TextOf(LivenessFault.TimeUp), null, null, isVerdict: true);
                    return LivenessEnd.TimeUp;
                }
                for (; answersEach && answeredDrops < Interlocked.Read(ref _dropped); answeredDrops++)
                    await TellAsync(null, last, null, isVerdict: false);
                var outcome = await JudgeAsync(frame);
                if (outcome != LivenessOutcome.Running) return outcome == LivenessOutcome.Passed ? LivenessEnd.Passed : LivenessEnd.Failed;
            }
        }
        catch (Exception e) when (IsConnectionsEnd(e))
        {
            return LivenessEnd.Left;
        }
        finally
        {
            await EndAsync();
        }

        async Task<LivenessOutcome> JudgeAsync(byte[] frame)
        {
            _wasAsked = true;
            var (answer, error) = await SubmitAsync(frame);
            if (error?.Code == LivenessErrors.NotEnrolled.Code)
            {
                await TellAsync(LivenessWire.FaceNotRegistered, null, error, isVerdict: true);
                return LivenessOutcome.Failed;
            }
            if (answer is null)
            {
                // A frame that is no picture, or came while the machine was full or the database away: the session goes on with the next
                // one.
                await TellAsync(error!.Kind is ErrorKind.Invalid or ErrorKind.TooLarge ? LivenessWire.InvalidImage
                    : LivenessWire.InternalError, null, error, isVerdict: false);
                return LivenessOutcome.Running;
            }
            // Frames that were dropped came fast enough: it is the server that is slow.
            var dropped = Interlocked.Read(ref _dropped);
            if (answer.Judgement.Hint == LivenessHint.Faster && dropped > droppedBefore)
                answer = answer with { Judgement = answer.Judgement with { Hint = LivenessHint.Act, FramesPerSecond = null } };
            (last, droppedBefore) = (answer, dropped);
            var (outcome, fault, challenge) = (answer.Judgement.Outcome, answer.Judgement.Fault, answer.Judgement.Challenge);
            await TellAsync(fault is { } wrong ? LivenessWire.TextOf(wrong) : null, answer, null, outcome != LivenessOutcome.Running);
            _asked = challenge ?? _asked;
            if (outcome != LivenessOutcome.Running)
                Log.Ended(_logger, outcome, fault, answer.Judgement.StepsDone, Interlocked.Read(ref _dropped));
            return outcome;
        }

        async Task<(LivenessAnswer? Answer, Error? Error)> SubmitAsync(byte[] frame)
        {
            try
            {
                var judged = await _sessions.SubmitAsync(_school, _student, _started.Session, frame, left);
                return judged.Error is { } refused ? (null, refused) : (judged.Value, null);
            }
            catch (Exception e) when (ErrorMapping.Foreseen(e) is { } error)
            {
                return (null, error);
            }
        }

        async Task TellAsync(string? text, LivenessAnswer? answer, Error? error, bool isVerdict)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(left);
            patience.CancelAfter(SendPatience);
            _wasAsked |= answer is not null;
            var asksAnew = answer?.Judgement.Challenge is { } challenge && challenge != _asked;
            await tell(new(isVerdict, asksAnew, LivenessMessage.Write(text, answer, _asked, error, Interlocked.Read(ref _dropped))),
                patience.Token);
        }
    }

    /// <summary>The session's memory goes, whether its pictures can be kept or not.</summary>
    private async Task EndAsync()
    {
        try
        {
            await _sessions.EndAsync(_started.Session, _wasAsked);
        }
        catch (Exception e) when (ErrorMapping.Foreseen(e) is not null)
        {
            Log.NotRemembered(_logger);
        }
    }

    /// <returns>
    /// The picture in a text: base64 in either alphabet, padded or not, bare or in a data URL; white space is skipped. Empty when it is
    /// none, which no decoder takes for a picture.
    /// </returns>
    public static byte[] Decode(ReadOnlySpan<byte> text)
    {
        text = text.Trim(" \t\r\n"u8);
        if (text.StartsWith("data:"u8)) text = text[(text.IndexOf((byte)',') + 1)..];
        var picture = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64.DecodeFromUtf8(text, picture, out _, out var written) == OperationStatus.Done) return picture[..written];
        var url = text.ToArray();
        url.AsSpan().Replace((byte)'+', (byte)'-');
        url.AsSpan().Replace((byte)'/', (byte)'_');
        return Base64Url.DecodeFromUtf8(url, picture, out _, out written) == OperationStatus.Done ? picture[..written] : [];
    }

    /// <summary>What transports throw when the other side is gone or takes nothing more.</summary>
    public static bool IsConnectionsEnd(Exception e) =>
        e is System.Net.WebSockets.WebSocketException or OperationCanceledException or IOException or ObjectDisposedException;

    private void Drop()
    {
        Interlocked.Increment(ref _dropped);
        LiveMetrics.Dropped("liveness_frame");
    }

    private static partial class Log
    {
        [LoggerMessage(
            1840, LogLevel.Information, "A liveness session ended: {Outcome}, {Fault}, after {Steps} steps and {Dropped} dropped frames.")]
        public static partial void Ended(ILogger logger, LivenessOutcome outcome, LivenessFault? fault, int steps, long dropped);

        [LoggerMessage(
            1842, LogLevel.Warning, "The database was away when a liveness session ended: a recording of it would not be known again.")]
        public static partial void NotRemembered(ILogger logger);
    }
}
