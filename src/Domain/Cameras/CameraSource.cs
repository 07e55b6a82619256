namespace FaceAttendance.Domain.Cameras;

/// <summary>Where a camera's frames come from.</summary>
public abstract record CameraSource
{
    public const int MaxLength = 2048;
    public const int MaxCredentialLength = 200;

    // Words that say which of a camera's pictures is meant. The value of any other may be a password.
    private static readonly HashSet<string> HarmlessNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "channel", "channelid", "ch", "subtype", "stream", "streamid", "streamtype", "profile", "resolution", "res", "fps", "framerate",
        "camera", "cam", "unicast", "proto", "transport", "codec", "videocodec", "compression", "quality", "width", "height", "id",
    };

    private const string Masked = "***";

    private CameraSource()
    {
    }

    /// <summary>For people and messages: without credentials.</summary>
    public abstract string Shown { get; }

    public sealed override string ToString() => "CameraSource(withheld)";

    /// <summary>A camera on the network.</summary>
    /// <param name="Address">Without user name and password.</param>
    public sealed record Network(Uri Address, string? User, string? Password) : CameraSource
    {
        public override string Shown { get; } = MaskedOf(Address);

        public bool HasCredentials => User is not null || Password is not null;

        /// <summary>Whether both lead to the same program of the same machine.</summary>
        public bool IsAtSamePlaceAs(Network other) =>
            Uri.Compare(Address, other.Address, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase)
                == 0;

        /// <summary>The text without the credentials, should it repeat them.</summary>
        public string Redact(string text)
        {
            text = text.Replace(Address.OriginalString, Shown, StringComparison.Ordinal)
                .Replace(Address.AbsoluteUri, Shown, StringComparison.Ordinal);
            foreach (var secret in new[] { Password, User })
            {
                if (secret is { Length: > 2 }) text = text.Replace(secret, Masked, StringComparison.Ordinal);
            }
            return text;
        }
    }

    /// <summary>A camera of the server's own machine.</summary>
    /// <param name="Path">Such as <c>/dev/video0</c>.</param>
    public sealed record Device(string Path) : CameraSource
    {
        public override string Shown => Path;
    }

    /// <summary>A video on the server's own machine, played again and again at its own speed.</summary>
    public sealed record Video(string Path) : CameraSource
    {
        public override string Shown => Path;
    }

    /// <summary>A camera that the server cannot open itself: a client sends its frames over /hubs/cameras.</summary>
    public sealed record Pushed : CameraSource
    {
        public const string Word = "push";

        public override string Shown => Word;
    }

    /// <summary>One that cannot be read any more, because its key is gone.</summary>
    public sealed record Lost : CameraSource
    {
        public override string Shown => "";
    }

    /// <param name="text">An address that begins with rtsp://, rtsps://, http:// or https://, an absolute path, or the word push.</param>
    /// <param name="user">Null where the address says who, or nobody needs to.</param>
    /// <returns>Fails with <c>camera.invalid_source</c>.</returns>
    public static Result<CameraSource> Create(string text, string? user, string? password)
    {
        if (text.Length > MaxLength || text.Any(char.IsControl)) return Invalid;
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            if (text == Pushed.Word && user is null && password is null) return new Pushed();
            if (!text.StartsWith('/') || user is not null || password is not null || text.Split('/').Contains("..")) return Invalid;
            return text.StartsWith("/dev/", StringComparison.Ordinal) ? new Device(text) : new Video(text);
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("rtsp" or "rtsps" or "http" or "https")
            || url.Host.Length == 0 || url.Fragment.Length > 0)
            return Invalid;
        if (url.UserInfo.Length > 0)
        {
            var parts = url.UserInfo.Split(':', 2);
            user ??= Uri.UnescapeDataString(parts[0]);
            password ??= parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : null;
            url = new UriBuilder(url) { UserName = "", Password = "" }.Uri;
        }
        return new Network(url, Given(user), Given(password));
    }

    /// <summary>
    /// What is meant by a source that is put in the place of another: the one that was shown means all of it, credentials too; and they
    /// stay where they were good, but never go to another machine.
    /// </summary>
    /// <param name="given">As it was read.</param>
    public static CameraSource Replacing(CameraSource earlier, CameraSource given)
    {
        if (earlier is not Network before || given is not Network now || !now.IsAtSamePlaceAs(before)) return given;
        var address = now.Address.OriginalString == before.Shown || now.Address.AbsoluteUri == before.Shown ? before.Address : now.Address;
        return now.HasCredentials ? new Network(address, now.User, now.Password) : new Network(address, before.User, before.Password);
    }

    private static Error Invalid { get; } = new(
        "camera.invalid_source",
        $"source must be an address that begins with rtsp://, rtsps://, http:// or https://, an absolute path, or push; at most " +
        $"{MaxLength} characters, and only an address has a user and a password.",
        ErrorKind.Invalid)
    { Field = "source" };

    private static string? Given(string? text) => text is { Length: > 0 } ? text : null;

    private static string MaskedOf(Uri address)
    {
        var path = address.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
        // Some cameras take their password in the path.
        if (path.Contains("pass", StringComparison.OrdinalIgnoreCase) || path.Contains("pwd", StringComparison.OrdinalIgnoreCase))
            path = $"{address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped)}/{Masked}";
        if (address.Query.Length < 2) return path;
        var parts = address.Query[1..].Split('&').Select(part =>
            part.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals
                ? HarmlessNames.Contains(part[..equals]) ? part : $"{part[..equals]}={Masked}"
                : Masked);
        return $"{path}?{string.Join('&', parts)}";
    }
}
