using System.Threading.Channels;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Cli.Cameras;

/// <summary>
/// Frames of a camera, a stream or a video file, decoded by ffmpeg in a child process. The newest frame wins: one that nobody has taken
/// when the next arrives is gone. A live source that stops is opened again for ever; a file ends. One reader; dispose of it to end ffmpeg.
/// </summary>
internal sealed class Camera : IAsyncDisposable
{
    // A camera that is unplugged, restarted or out of reach: soon at first, then without filling the log.
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    // ffmpeg's option takes microseconds; a camera that says nothing for 10 s is gone.
    private const string StreamTimeoutMicroseconds = "10000000";

    private readonly Channel<byte[]> _newest = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true });

    private readonly CancellationTokenSource _closing = new();
    private readonly FrameSource _source;
    private readonly double _framesPerSecond;
    private readonly Screen _screen;
    private readonly Task _pump;

    private Camera(FrameSource source, double framesPerSecond, Screen screen)
    {
        (_source, _framesPerSecond, _screen) = (source, framesPerSecond, screen);
        _pump = PumpAsync(_closing.Token);
    }

    /// <summary>
    /// The newest frame not yet taken, as JPEG. Completes with the file's end; faults with <see cref="CommandFailedException"/> when there
    /// is nothing to be had.
    /// </summary>
    public ChannelReader<byte[]> Frames => _newest.Reader;

    /// <param name="framesPerSecond">How many frames to take from the source at most; more only cost computing time.</param>
    public static Camera Open(FrameSource source, double framesPerSecond, Screen screen) => new(source, framesPerSecond, screen);

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _pump;
        _closing.Dispose();
    }

    /// <summary>Frames enough for one to be fresh whenever the caller comes for it.</summary>
    /// <param name="every">How often the caller comes.</param>
    public static double RateFor(TimeSpan every) => Math.Clamp(2 / every.TotalSeconds, 1, 30);

    private async Task PumpAsync(CancellationToken ct)
    {
        Exception? failure = null;
        try
        {
            var pause = FirstPause;
            while (true)
            {
                var run = await RunFfmpegAsync(ct);
                if (!_source.IsLive)
                {
                    if (run.Frames == 0) throw new CommandFailedException($"No picture in {_source.Name}: {run.Complaint}");
                    break;
                }
                if (run.Frames > 0) pause = FirstPause;
                _screen.Note($"No picture from {_source.Name}: {run.Complaint}; trying again in {pause.TotalSeconds} s.");
                await Task.Delay(pause, ct);
                pause = TimeSpan.FromTicks(Math.Min(2 * pause.Ticks, LongestPause.Ticks));
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Closed by the owner: the frames simply end.
        }
        catch (Exception e)
        {
            failure = e;
        }
        _newest.Writer.Complete(failure);
    }

    private async Task<GrabberEnd> RunFfmpegAsync(CancellationToken ct)
    {
        try
        {
            // The channel takes every frame at once: it drops the older one.
            var end = await FrameGrabber.RunAsync(
                new(Input(), _framesPerSecond), feed: null, frame => _newest.Writer.TryWrite(frame), ct);
            return end with { Complaint = _source.Redact(end.Complaint) };
        }
        catch (GrabberMissingException e)
        {
            throw new CommandFailedException(e.Message);
        }
    }

    private string[] Input() => _source switch
    {
        FrameSource.Device device => ["-f", "v4l2", "-i", device.Path],
        // TCP, because a frame with lost packets shows a face that nobody has.
        FrameSource.Stream { Url.Scheme: "rtsp" or "rtsps" } stream =>
            ["-rtsp_transport", "tcp", "-timeout", StreamTimeoutMicroseconds, "-fflags", "nobuffer", "-i", stream.Url.OriginalString],
        FrameSource.Stream stream => ["-rw_timeout", StreamTimeoutMicroseconds, "-fflags", "nobuffer", "-i", stream.Url.OriginalString],
        // -re: at the video's own speed. The prefix keeps a name with a colon from being read as a protocol.
        FrameSource.VideoFile file => ["-re", "-i", $"file:{file.Path}"],
        _ => throw new InvalidOperationException($"Unforeseen source {_source.GetType().Name}."),
    };
}
