using System.ComponentModel;
using System.Diagnostics;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Recognition;

namespace FaceAttendance.Cli.Watching;

/// <summary>Where annotated frames go. Not thread-safe; dispose of it when no frame follows.</summary>
internal abstract class FrameDisplay : IAsyncDisposable
{
    /// <returns>False when nobody looks any more.</returns>
    /// <exception cref="CommandFailedException">The frame cannot be shown.</exception>
    public abstract Task<bool> ShowAsync(byte[] jpeg, CancellationToken ct);

    public abstract ValueTask DisposeAsync();

    /// <summary>A window of ffplay, which Debian's ffmpeg package brings. Closing it ends the show.</summary>
    public sealed class Window : FrameDisplay
    {
        private const string VideoDriver = "SDL_VIDEODRIVER";

        private readonly Process _player;
        private readonly Task<string> _complaints;

        /// <exception cref="CommandFailedException">ffplay cannot be started.</exception>
        public Window(string title)
        {
            // Frames are shown as they arrive; nobuffer and framedrop keep the window from lagging behind the camera.
            var start = new ProcessStartInfo(
                "ffplay",
                [
                    "-hide_banner", "-loglevel", "error", "-window_title", title,
                    "-fflags", "nobuffer", "-framedrop", "-f", "mjpeg", "-i", "pipe:0",
                ])
            {
                RedirectStandardInput = true,
                RedirectStandardError = true,
            };
            // Left to itself SDL, which draws the window, falls back to drawing where nobody sees it.
            start.Environment.TryAdd(VideoDriver, "wayland,x11");
            try
            {
                _player = Process.Start(start)!;
            }
            catch (Win32Exception e)
            {
                throw new CommandFailedException(
                    $"ffplay, which shows the window, cannot be started ({e.Message}). On Debian: apt-get install ffmpeg; or use --out.");
            }
            _complaints = _player.StandardError.ReadToEndAsync();
        }

        public override async Task<bool> ShowAsync(byte[] jpeg, CancellationToken ct)
        {
            try
            {
                await _player.StandardInput.BaseStream.WriteAsync(jpeg, ct);
                await _player.StandardInput.BaseStream.FlushAsync(ct);
                return true;
            }
            catch (IOException)
            {
                await _player.WaitForExitAsync(ct);
                if (_player.ExitCode == 0) return false;
                var complaint = string.Join("; ", (await _complaints).Split('\n', StringSplitOptions.RemoveEmptyEntries));
                throw new CommandFailedException(
                    $"The window cannot be shown: {complaint}. Use --out to write the frames to a folder or a file.");
            }
        }

        public override async ValueTask DisposeAsync()
        {
            try
            {
                _player.Kill();
            }
            catch (InvalidOperationException)
            {
                // It ended by itself.
            }
            await _player.WaitForExitAsync();
            await _complaints;
            _player.Dispose();
        }
    }

    /// <summary>One numbered file for each frame.</summary>
    public sealed class Folder(string folder) : FrameDisplay
    {
        private int _shown;

        public override async Task<bool> ShowAsync(byte[] jpeg, CancellationToken ct)
        {
            try
            {
                Directory.CreateDirectory(folder);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new CommandFailedException($"The folder {folder} cannot be made: {e.Message}");
            }
            _shown++;
            await Annotation.WriteAsync(Path.Combine(folder, $"frame-{_shown:D6}.jpg"), jpeg, ct);
            return true;
        }

        public override ValueTask DisposeAsync() => default;
    }

    /// <summary>One file that always holds the latest frame.</summary>
    public sealed class LatestFile(string file) : FrameDisplay
    {
        public override async Task<bool> ShowAsync(byte[] jpeg, CancellationToken ct)
        {
            await Annotation.WriteAsync(file, jpeg, ct);
            return true;
        }

        public override ValueTask DisposeAsync() => default;
    }
}
