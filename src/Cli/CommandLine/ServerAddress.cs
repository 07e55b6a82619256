using System.CommandLine;

namespace FaceAttendance.Cli.CommandLine;

/// <summary>Which server to talk to, and as whom.</summary>
/// <param name="Url">Absolute http or https, its path ending in a slash.</param>
/// <param name="ApiKey">Null to call without credentials.</param>
internal sealed record ServerAddress(Uri Url, string? ApiKey)
{
    public const string UrlVariable = "FACE_SERVER";

    public const string KeyVariable = "FACE_API_KEY";

    /// <summary>Where run.sh starts the server.</summary>
    public const string DefaultUrl = "http://127.0.0.1:8000";

    /// <exception cref="UsageException">The address or the key cannot be used.</exception>
    public static ServerAddress From(CommandContext context)
    {
        var (url, origin) = Given(context, Commands.Server, UrlVariable) ?? (DefaultUrl, "the default");
        var (key, keyOrigin) = InFile(context) ?? Given(context, Commands.ApiKey, KeyVariable) ?? (null, null);
        // A key that could not be a header's value would otherwise fail deep inside the first request.
        if (key is not null && !key.All(c => c is > ' ' and <= '~'))
            throw new UsageException($"The key in {keyOrigin} holds a character that no key has, such as a space or a line break.");
        return new(Parse(url!, origin!), key);
    }

    public override string ToString() => Url.ToString().TrimEnd('/');

    private static (string? Value, string? Origin)? InFile(CommandContext context)
    {
        if (context.Get(Commands.ApiKeyFile) is not { } file) return null;
        if (context.Get(Commands.ApiKey) is not null)
            throw new UsageException($"{Commands.ApiKey.Name} and {Commands.ApiKeyFile.Name} are given both.");
        try
        {
            return (File.ReadAllText(file).Trim(), file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new UsageException($"The key file cannot be read: {e.Message}");
        }
    }

    private static (string? Value, string? Origin)? Given(CommandContext context, Option<string> option, string variable)
    {
        if (context.Get(option) is { Length: > 0 } typed) return (typed, option.Name);
        return context.Environment(variable) is { Length: > 0 } set ? (set, variable) : null;
    }

    private static Uri Parse(string text, string origin)
    {
        if (Uri.TryCreate(text, UriKind.Absolute, out var url)
            && url is { Scheme: "http" or "https", UserInfo: "", Query: "", Fragment: "" })
        {
            return url.AbsolutePath.EndsWith('/') ? url : new Uri(url + "/");
        }
        throw new UsageException($"The address in {origin} is not of the form http://host[:port][/path] or https://….");
    }
}
