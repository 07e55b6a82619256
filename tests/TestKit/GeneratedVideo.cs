using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FaceAttendance.TestKit;

/// <summary>Videos made by ffmpeg.</summary>
public static class GeneratedVideo
{
    /// <summary>320×240, ten frames a second.</summary>
    public static void Write(string file, double seconds) =>
        Run("-f", "lavfi", "-i", string.Create(CultureInfo.InvariantCulture, $"testsrc=size=320x240:rate=10:duration={seconds}"), file);

    /// <summary>The picture standing still, ten frames a second.</summary>
    public static void WriteStill(string file, string picture, double seconds) => Run(
        "-loop", "1", "-framerate", "10", "-i", picture, "-t", seconds.ToString(CultureInfo.InvariantCulture), file);

    private static void Run(params string[] words)
    {
        Process ffmpeg;
        try
        {
            ffmpeg = Process.Start("ffmpeg", ["-nostdin", "-loglevel", "error", "-y", .. words[..^1], "-pix_fmt", "yuv420p", words[^1]]);
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException("These tests need ffmpeg. On Debian: apt-get install ffmpeg", e);
        }
        using (ffmpeg)
        {
            ffmpeg.WaitForExit();
            if (ffmpeg.ExitCode != 0) throw new InvalidOperationException($"ffmpeg ended with {ffmpeg.ExitCode}.");
        }
    }
}
