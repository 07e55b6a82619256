using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using FaceAttendance.Cli.CommandLine;

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

    // Enough for every line that ffmpeg writes at log level error about one failure.
    private const int KeptErrorLines = 4;

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

    /// <returns>How many frames came before ffmpeg ended, and what it said.</returns>
    private async Task<(int Frames, string Complaint)> RunFfmpegAsync(CancellationToken ct)
    {
        using var ffmpeg = Start();
        var complaints = CollectComplaintsAsync(ffmpeg.StandardError);
        var frames = 0;
        var complaint = "the stream ended";
        try
        {
            var reader = new MultipartJpegReader(ffmpeg.StandardOutput.BaseStream);
            while (await reader.ReadAsync(ct) is { } frame)
            {
                await _newest.Writer.WriteAsync(frame, ct);
                frames++;
            }
        }
        catch (InvalidDataException e)
        {
            complaint = e.Message;
        }
        finally
        {
            Kill(ffmpeg);
            await ffmpeg.WaitForExitAsync(CancellationToken.None);
        }
        var said = await complaints;
        return (frames, said.Length > 0 ? _source.Redact(said) : complaint);
    }

    private Process Start()
    {
        var start = new ProcessStartInfo("ffmpeg", ["-nostdin", "-hide_banner", "-loglevel", "error", .. Input(), .. Output()])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new CommandFailedException(
                $"ffmpeg, which reads cameras and videos, cannot be started ({e.Message}). On Debian: apt-get install ffmpeg");
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

    // -q:v 3 of 2 to 31: at 2 files double, from 5 on block edges reach the face. Flushed, or small frames would wait in ffmpeg's buffer.
    private string[] Output() =>
    [
        "-an", "-sn", "-dn", "-vf", string.Create(CultureInfo.InvariantCulture, $"fps={_framesPerSecond:0.###}"),
        "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-flush_packets", "1", "-f", "mpjpeg", "pipe:1",
    ];

    private static async Task<string> CollectComplaintsAsync(StreamReader errors)
    {
        var last = new Queue<string>();
        while (await errors.ReadLineAsync() is { } line)
        {
            if (line.Length == 0) continue;
            last.Enqueue(line.Trim());
            if (last.Count > KeptErrorLines) last.Dequeue();
        }
        return string.Join("; ", last);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It ended by itself.
        }
    }
}
