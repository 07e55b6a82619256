using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Infrastructure.Database;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Access;

/// <summary>
/// Looks every few seconds whether the credentials that opened long connections are still good: keys are revoked and expire, users are
/// disabled. It asks once for a credential, however many connections it opened. Thread-safe.
/// </summary>
internal sealed class CredentialWatches(IServiceScopeFactory scopes)
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Watched> _watched = [];

    /// <param name="http">The request that became the connection.</param>
    public CredentialWatch Over(HttpContext http)
    {
        var scheme = ShownCredentials.SchemeOf(http);
        // This machine's own user showed nothing that could lapse.
        if (scheme == LocalCaller.SchemeName) return new(static () => { }, CancellationToken.None);
        var name = NameOf(http, scheme);
        lock (_lock)
        {
            if (!_watched.TryGetValue(name, out var watched))
            {
                watched = new();
                _watched.Add(name, watched);
                _ = WatchAsync(name, watched, scheme, Copy(http));
            }
            watched.Connections++;
            return new(() => Leave(name, watched), watched.Lapsed.Token);
        }
    }

    private void Leave(string name, Watched watched)
    {
        lock (_lock)
        {
            if (--watched.Connections > 0) return;
            Forget(name, watched);
            watched.Over.Cancel();
        }
    }

    private void Forget(string name, Watched watched)
    {
        if (_watched.TryGetValue(name, out var present) && present == watched) _watched.Remove(name);
    }

    private async Task WatchAsync(string name, Watched watched, string scheme, HttpContext shown)
    {
        var over = watched.Over.Token;
        try
        {
            do await Task.Delay(Between, over);
            while (await IsGoodAsync(shown, scheme));
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // Its last connection ended by itself.
            return;
        }
        catch (Exception)
        {
            // Nobody awaits this: whoever can no longer be asked about does not stay connected.
        }
        lock (_lock) Forget(name, watched);
        await watched.Lapsed.CancelAsync();
    }

    private async Task<bool> IsGoodAsync(HttpContext shown, string scheme)
    {
        await using var scope = scopes.CreateAsyncScope();
        shown.RequestServices = scope.ServiceProvider;
        var found = await scope.ServiceProvider.GetRequiredService<IAuthenticationSchemeProvider>().GetSchemeAsync(scheme);
        var handler = (IAuthenticationHandler)scope.ServiceProvider.GetRequiredService(found!.HandlerType);
        await handler.InitializeAsync(found, shown);
        try
        {
            return (await handler.AuthenticateAsync()).Succeeded;
        }
        catch (Exception e) when (DatabaseFailures.IsUnavailable(e))
        {
            // Nobody can have revoked anything meanwhile, and it is asked again.
            return true;
        }
    }

    // A hash, so that no credential stands in memory for as long as a connection lasts because of this.
    private static string NameOf(HttpContext http, string scheme) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(
        '\n', scheme, http.Request.Headers.Authorization, http.Request.Headers[ShownCredentials.ApiKeyHeader],
        http.Request.Query["access_token"], scheme == ShownCredentials.SessionScheme ? SessionCookie.Read(http)?.Reveal() : null))));

    /// <summary>What the request showed, for the first connection may end before the others.</summary>
    private static DefaultHttpContext Copy(HttpContext http)
    {
        var copy = new DefaultHttpContext();
        copy.Connection.RemoteIpAddress = http.Connection.RemoteIpAddress;
        copy.Connection.LocalIpAddress = http.Connection.LocalIpAddress;
        (copy.Request.Method, copy.Request.Protocol, copy.Request.Scheme) =
            (http.Request.Method, http.Request.Protocol, http.Request.Scheme);
        (copy.Request.Host, copy.Request.Path, copy.Request.QueryString) =
            (http.Request.Host, http.Request.Path, http.Request.QueryString);
        foreach (var (header, value) in http.Request.Headers) copy.Request.Headers[header] = value;
        if (ShownCredentials.SchemeOf(http) != ShownCredentials.SessionScheme) copy.Request.Headers.Remove(HeaderNames.Cookie);
        return copy;
    }

    private sealed class Watched
    {
        public CancellationTokenSource Over { get; } = new();

        public CancellationTokenSource Lapsed { get; } = new();

        public int Connections { get; set; }
    }
}

/// <summary>One connection's part in the watch over its credential.</summary>
internal sealed class CredentialWatch(Action leave, CancellationToken lapsed) : IDisposable
{
    /// <summary>What a client is told whose connection is ended for it.</summary>
    public const string Reason = "The credentials are no longer good.";

    // Its own, so that what waits for it does not stay behind when this connection ends.
    private readonly CancellationTokenSource _lapsed = CancellationTokenSource.CreateLinkedTokenSource(lapsed);
    private int _isOver;

    /// <summary>Ends when the credentials are good no longer.</summary>
    public CancellationToken Lapsed => _lapsed.Token;

    /// <param name="http">The request that became the connection.</param>
    /// <returns>The caller disposes it when the connection is over.</returns>
    public static CredentialWatch Over(HttpContext http) => http.RequestServices.GetRequiredService<CredentialWatches>().Over(http);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isOver, 1) != 0) return;
        leave();
        _lapsed.Dispose();
    }
}

/// <summary>Aborts a hub's connection when its credentials are good no longer.</summary>
internal sealed class HubCredentials : IHubFilter
{
    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        var connection = context.Context;
        if (connection.GetHttpContext() is { } http)
        {
            var watch = CredentialWatch.Over(http);
            watch.Lapsed.Register(connection.Abort);
            connection.ConnectionAborted.Register(watch.Dispose);
        }
        await next(context);
    }
}
