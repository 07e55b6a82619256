using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>Answers a camera that asks who it is, by Digest (RFC 7616) or, where it knows nothing better, by Basic. For one connection;
/// not thread-safe.</summary>
internal sealed partial class RtspLogin(string user, string password)
{
    private Dictionary<string, string>? _challenge;
    private bool _isBasic;
    private int _count;

    /// <param name="challenges">The values of WWW-Authenticate.</param>
    /// <returns>Whether one of them can be answered.</returns>
    public bool Take(IReadOnlyCollection<string> challenges)
    {
        (_challenge, _isBasic, _count) = (null, false, 0);
        foreach (var challenge in challenges.Where(c => c.StartsWith("Digest ", StringComparison.OrdinalIgnoreCase)))
        {
            var words = Word().Matches(challenge["Digest ".Length..])
                .GroupBy(m => m.Groups["name"].Value.ToLowerInvariant()).ToDictionary(g => g.Key, g => g.First().Groups["value"].Value);
            if (!words.ContainsKey("realm") || !words.ContainsKey("nonce")) continue;
            if (words.GetValueOrDefault("algorithm", "MD5").ToUpperInvariant() is not ("MD5" or "SHA-256")) continue;
            if (words.TryGetValue("qop", out var offered) && !offered.Split(',', StringSplitOptions.TrimEntries).Contains("auth")) continue;
            _challenge = words;
            return true;
        }
        _isBasic = challenges.Any(c => c.StartsWith("Basic", StringComparison.OrdinalIgnoreCase));
        return _isBasic;
    }

    /// <returns>The value of Authorization; null before the camera asked.</returns>
    public string? AnswerTo(string method, string uri)
    {
        if (_isBasic) return "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));
        if (_challenge is null) return null;
        return Answer(_challenge, method, uri, ++_count, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
    }

    internal string Answer(IReadOnlyDictionary<string, string> challenge, string method, string uri, int count, string own)
    {
        var (realm, nonce) = (challenge["realm"], challenge["nonce"]);
        var algorithm = challenge.GetValueOrDefault("algorithm");
        var (whose, what) = (Hash(algorithm, $"{user}:{realm}:{password}"), Hash(algorithm, $"{method}:{uri}"));
        var times = count.ToString("x8", CultureInfo.InvariantCulture);
        var isCounted = challenge.ContainsKey("qop");
        var response = Hash(algorithm, isCounted ? $"{whose}:{nonce}:{times}:{own}:auth:{what}" : $"{whose}:{nonce}:{what}");
        var answer = $"Digest username=\"{Quoted(user)}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\"";
        if (algorithm is not null) answer += $", algorithm={algorithm}";
        if (isCounted) answer += $", qop=auth, nc={times}, cnonce=\"{own}\"";
        return challenge.TryGetValue("opaque", out var opaque) ? answer + $", opaque=\"{opaque}\"" : answer;
    }

    public override string ToString() => "RtspLogin(withheld)";

    private static string Quoted(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private static string Hash(string? algorithm, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
#pragma warning disable CA5351 // What the camera asks for; it guards nothing but this answer.
        return Convert.ToHexStringLower(algorithm?.ToUpperInvariant() == "SHA-256" ? SHA256.HashData(bytes) : MD5.HashData(bytes));
#pragma warning restore CA5351
    }

    [GeneratedRegex("""(?<name>[A-Za-z0-9]+)\s*=\s*(?:"(?<value>[^"]*)"|(?<value>[^\s,"]+))""", RegexOptions.CultureInvariant)]
    private static partial Regex Word();
}
