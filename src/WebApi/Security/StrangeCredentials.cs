using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.WebApi.Errors;

namespace FaceAttendance.WebApi.Security;

/// <summary>
/// Holds up addresses that show credential after credential that is not good, before the database is asked about the next one. A credential that was
/// good a while ago passes whatever its address does, so that callers behind the same address keep working. Thread-safe.
/// </summary>
internal sealed class StrangeCredentials(TimeProvider clock)
{
    /// <summary>Of one address within <see cref="Window"/>: a school that starts in the morning with every token run out shows fewer.</summary>
    public const int MostInWindow = 200;

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);

    // Longer than any access token is in use between two calls.
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(30);

    // Beyond either, forgetting costs less than remembering without end.
    private const int MostRemembered = 50_000;

    private readonly ConcurrentDictionary<string, Strangers> _addresses = new();
    private readonly ConcurrentDictionary<string, DateTimeOffset> _good = new();

    /// <returns>Null when the request may be judged, otherwise when to try again.</returns>
    public TimeSpan? Enter(string address, string credential)
    {
        var now = clock.GetUtcNow();
        if (_good.TryGetValue(credential, out var at) && now - at < Memory) return null;
        if (_addresses.Count >= MostRemembered) _addresses.Clear();
        var strangers = _addresses.GetOrAdd(address, static _ => new());
        lock (strangers)
        {
            if (now - strangers.Began >= Window) (strangers.Began, strangers.Count) = (now, 0);
            if (strangers.Count >= MostInWindow) return strangers.Began + Window - now;
            // Counted before it is judged, for a flood comes at once.
            strangers.Count++;
            return null;
        }
    }

    /// <summary>The credential proved good, and its address did not show a strange one.</summary>
    public void Good(string address, string credential)
    {
        if (_good.Count >= MostRemembered) _good.Clear();
        var isNew = !_good.ContainsKey(credential);
        _good[credential] = clock.GetUtcNow();
        if (!isNew || !_addresses.TryGetValue(address, out var strangers)) return;
        lock (strangers) strangers.Count = Math.Max(0, strangers.Count - 1);
    }

    private sealed class Strangers
    {
        public DateTimeOffset Began;
        public int Count;
    }
}

internal static class StrangeCredentialLimit
{
    /// <summary>Before authentication.</summary>
    public static void UseStrangeCredentialLimit(this WebApplication app)
    {
        var strangers = app.Services.GetRequiredService<StrangeCredentials>();
        var isDevelopment = app.Environment.IsDevelopment();
        app.Use(async (http, next) =>
        {
            if (NameOf(http) is not { } credential)
            {
                await next(http);
                return;
            }
            var address = CallerAddress.Of(http);
            // A developer at this very machine tries this and that, and deliveries to /mock/webhook bring a key that is none here.
            if (strangers.Enter(address, credential) is { } wait && LocalCaller.Objection(http, isDevelopment) is not null)
            {
                await AccessErrors.TooMany(wait).ToAnswer(http).ExecuteAsync(http);
                return;
            }
            await next(http);
        });
    }

    /// <summary>After authentication.</summary>
    public static void UseGoodCredentials(this WebApplication app)
    {
        var strangers = app.Services.GetRequiredService<StrangeCredentials>();
        app.Use((http, next) =>
        {
            if (CallerKey.IsKnown(http) && NameOf(http) is { } credential) strangers.Good(CallerAddress.Of(http), credential);
            return next(http);
        });
    }

    // A hash, for what is remembered must not be a way in.
    private static string? NameOf(HttpContext http)
    {
        var key = http.Request.Headers.TryGetValue(ShownCredentials.ApiKeyHeader, out var shown) ? shown.ToString() : ShownCredentials.TokenOf(http);
        return key is null ? null : Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key.Length > 0 ? key : http.Request.Headers.Authorization.ToString())));
    }
}
