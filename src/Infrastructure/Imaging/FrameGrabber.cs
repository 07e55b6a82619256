using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>ffmpeg cannot be started.</summary>
public sealed class GrabberMissingException(string message) : Exception(message);

/// <summary>A source cannot be had; the message says why, for people.</summary>
public sealed class SourceException(string message) : IOException(message);

/// <summary>How a run of ffmpeg ended.</summary>
/// <param name="Frames">How many came before.</param>
/// <param name="Complaint">What it said, or what became of it.</param>
public sealed record GrabberEnd(long Frames, string Complaint);

/// <summary>What is asked of ffmpeg.</summary>
/// <param name="Input">Its options for the source, up to and with <c>-i</c>.</param>
/// <param name="FramesPerSecond">At most; more only cost computing time.</param>
/// <param name="MaxWidth">Wider pictures are shrunk to it; null for as they are.</param>
/// <param name="Silence">After so long without a frame it is ended; null to wait for ever.</param>
/// <param name="InHardware">Whether a graphics device may decode; ffmpeg does it itself where there is none that can.</param>
public sealed record GrabberOrder(
    IReadOnlyList<string> Input, double FramesPerSecond, int? MaxWidth = null, TimeSpan? Silence = null, bool InHardware = false);

/// <summary>Frames as JPEG out of a camera, a stream or a video, decoded by ffmpeg in a child process.</summary>
public static class FrameGrabber
{
    public const string Program = "ffmpeg";

    public const string Remedy = "On Debian: apt-get install ffmpeg";

    // Enough for every line that ffmpeg writes at log level error about one failure.
    private const int KeptErrorLines = 4;
    private const int MaxErrorLine = 500;

    /// <summary>Runs until the source ends or the caller has had enough; no child is left in either case.</summary>
    /// <param name="feed">What the source needs beside ffmpeg: it writes to ffmpeg's standard input, where the order says that it is there,
    /// or to a socket that ffmpeg opens. Cancelled when ffmpeg has ended.</param>
    /// <param name="frame">Gets each frame; is to return at once.</param>
    /// <exception cref="GrabberMissingException">There is no ffmpeg.</exception>
    public static async Task<GrabberEnd> RunAsync(
        GrabberOrder order, Func<Stream, CancellationToken, Task>? feed, Action<byte[]> frame, CancellationToken ct)
    {
        using var ffmpeg = Start(order, feed is not null);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var complaints = CollectComplaintsAsync(ffmpeg.StandardError);
        var feeding = feed is null ? Task.FromResult<string?>(null) : FeedAsync(ffmpeg, feed, ending.Token);
        var frames = 0L;
        var complaint = "the stream ended";
        try
        {
            var reader = new MultipartJpegReader(ffmpeg.StandardOutput.BaseStream);
            using var silence = CancellationTokenSource.CreateLinkedTokenSource(ct);
            while (true)
            {
                if (order.Silence is { } longest) silence.CancelAfter(longest);
                if (await reader.ReadAsync(silence.Token) is not { } jpeg) break;
                frames++;
                frame(jpeg);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            complaint = string.Create(CultureInfo.InvariantCulture, $"no picture for {order.Silence!.Value.TotalSeconds:0} s");
        }
        catch (InvalidDataException e)
        {
            complaint = e.Message;
        }
        finally
        {
            Kill(ffmpeg);
            await ending.CancelAsync();
            await ffmpeg.WaitForExitAsync(CancellationToken.None);
        }
        // What the source itself said tells more than what ffmpeg made of it.
        var (fed, said) = (await feeding, await complaints);
        return new(frames, fed ?? (said.Length > 0 ? said : complaint));
    }

    private static Process Start(GrabberOrder order, bool isFed)
    {
        string[] words = ["-nostdin", "-hide_banner", "-loglevel", "error", .. Decoding(order), .. order.Input, .. Output(order)];
        var start = new ProcessStartInfo(Program, words)
        {
            RedirectStandardInput = isFed,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new GrabberMissingException($"ffmpeg, which reads cameras and videos, cannot be started ({e.Message}). {Remedy}");
        }
    }

    // Where there is no device, asking for it only makes ffmpeg complain of each kind that it misses.
    private static string[] Decoding(GrabberOrder order) => order.InHardware && HasHardware ? ["-hwaccel", "auto"] : [];

    /// <summary>Whether there is a graphics device that may decode.</summary>
    public static bool HasHardware { get; } = Directory.Exists("/dev/dri") || File.Exists("/dev/nvidiactl");

    // -q:v 3 of 2 to 31: at 2 files double, from 5 on block edges reach the face. Flushed, or small frames would wait in ffmpeg's buffer.
    private static string[] Output(GrabberOrder order)
    {
        // The first frame of each span of 1/rate s; a slow camera's are not repeated. A comma within an expression would end the filter.
        var rate = order.FramesPerSecond.ToString("0.###", CultureInfo.InvariantCulture);
        var filter = $@"select=isnan(prev_selected_t)+gt(floor(t*{rate})\,floor(prev_selected_t*{rate}))";
        if (order.MaxWidth is { } width) filter += string.Create(CultureInfo.InvariantCulture, $@",scale=min({width}\,iw):-2");
        return
        [
            "-an", "-sn", "-dn", "-vf", filter, "-vsync", "vfr",
            "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", "-flush_packets", "1", "-f", "mpjpeg", "pipe:1",
        ];
    }

    private static async Task<string?> FeedAsync(Process ffmpeg, Func<Stream, CancellationToken, Task> feed, CancellationToken ct)
    {
        try
        {
            await using var input = ffmpeg.StandardInput.BaseStream;
            await feed(input, ct);
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        catch (SourceException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            // A pipe that broke because ffmpeg ended says nothing of the source.
            return HasEnded(ffmpeg) || ct.IsCancellationRequested ? null : e.Message;
        }
    }

    private static async Task<string> CollectComplaintsAsync(StreamReader errors)
    {
        var last = new Queue<string>();
        while (await errors.ReadLineAsync() is { } line)
        {
            if (line.Length == 0) continue;
            last.Enqueue(line.Length > MaxErrorLine ? line[..MaxErrorLine] : line.Trim());
            if (last.Count > KeptErrorLines) last.Dequeue();
        }
        return string.Join("; ", last);
    }

    private static bool HasEnded(Process process)
    {
        try
        {
            return process.HasExited;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
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
