using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Cameras;

/// <summary>Where frames come from.</summary>
internal abstract record FrameSource
{
    private FrameSource(string name) => Name = name;

    /// <summary>For messages; never holds a password.</summary>
    public string Name { get; }

    /// <summary>Whether the source goes on by itself and is opened again when it stops.</summary>
    public abstract bool IsLive { get; }

    /// <summary>A camera of this machine.</summary>
    /// <param name="Path">Such as <c>/dev/video0</c>.</param>
    public sealed record Device(string Path) : FrameSource(Path)
    {
        public override bool IsLive => true;
    }

    /// <summary>A camera on the network.</summary>
    public sealed record Stream(Uri Url) : FrameSource(Redacted(Url))
    {
        public override bool IsLive => true;
    }

    /// <summary>A recorded video, played at its own speed.</summary>
    /// <param name="Path">Full path.</param>
    public sealed record VideoFile(string Path) : FrameSource(Path)
    {
        public override bool IsLive => false;
    }

    /// <param name="text">A number or a path under /dev, a URL, or a file.</param>
    /// <exception cref="CommandFailedException">There is no such device or file.</exception>
    /// <exception cref="UsageException">The URL cannot be understood.</exception>
    public static FrameSource Parse(string text)
    {
        if (text.Length > 0 && text.All(char.IsAsciiDigit)) text = $"/dev/video{text}";
        if (text.Contains("://", StringComparison.Ordinal))
        {
            return Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "rtsp" or "rtsps" or "http" or "https"
                ? new Stream(url)
                : throw new UsageException("A camera's address begins with rtsp://, rtsps://, http:// or https://.");
        }

        var path = Path.GetFullPath(text);
        if (!File.Exists(path)) throw new CommandFailedException($"There is no camera or video file {path}.");
        return path.StartsWith("/dev/", StringComparison.Ordinal) ? new Device(path) : new VideoFile(path);
    }

    /// <summary>The text without this source's user name and password, which ffmpeg repeats in its messages.</summary>
    public string Redact(string text) => this is Stream { Url: { UserInfo: { Length: > 0 } secret } url }
        ? text.Replace(url.OriginalString, Name, StringComparison.Ordinal).Replace(secret + "@", "", StringComparison.Ordinal)
        : text;

    private static string Redacted(Uri url) => new UriBuilder(url) { UserName = "", Password = "" }.Uri.ToString();
}
