using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace FaceAttendance.Cli.Tests;

/// <summary>Videos made by ffmpeg's own test picture.</summary>
internal static class GeneratedVideo
{
    /// <summary>320×240, ten frames a second.</summary>
    public static void Write(string file, double seconds)
    {
        var source = string.Create(CultureInfo.InvariantCulture, $"testsrc=size=320x240:rate=10:duration={seconds}");
        Process ffmpeg;
        try
        {
            ffmpeg = Process.Start(
                "ffmpeg", ["-nostdin", "-loglevel", "error", "-y", "-f", "lavfi", "-i", source, "-pix_fmt", "yuv420p", file]);
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
