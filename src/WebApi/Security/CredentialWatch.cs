using FaceAttendance.Infrastructure.Persistence;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.SignalR;

namespace FaceAttendance.WebApi.Security;

/// <summary>
/// Looks every few seconds whether the credentials that opened a long connection are still good: keys are revoked and expire, users are disabled.
/// </summary>
internal sealed class CredentialWatch : IDisposable
{
    /// <summary>What a client is told whose connection is ended for it.</summary>
    public const string Reason = "The credentials are no longer good.";

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _over = new();
    private readonly CancellationTokenSource _lapsed = new();
    private readonly Task _watching;

    private CredentialWatch(Func<CancellationToken, Task<bool>> isGood) => _watching = WatchAsync(isGood);

    /// <summary>Ends when the credentials are good no longer.</summary>
    public CancellationToken Lapsed => _lapsed.Token;

    /// <param name="http">The request that became the connection; alive for as long as the connection is.</param>
    /// <returns>The caller disposes it when the connection is over.</returns>
    public static CredentialWatch Over(HttpContext http)
    {
        var scheme = ShownCredentials.SchemeOf(http);
        // This machine's own user showed nothing that could lapse.
        return new(scheme == LocalCaller.SchemeName ? _ => Task.FromResult(true) : ct => IsGoodAsync(http, scheme));
    }

    public void Dispose() => _over.Cancel();

    private async Task WatchAsync(Func<CancellationToken, Task<bool>> isGood)
    {
        try
        {
            do await Task.Delay(Between, _over.Token);
            while (await isGood(_over.Token));
            await _lapsed.CancelAsync();
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // The connection ended by itself.
        }
        catch (Exception)
        {
            // Nobody awaits this: whoever can no longer be asked about does not stay connected.
            await _lapsed.CancelAsync();
        }
    }

    private static async Task<bool> IsGoodAsync(HttpContext http, string scheme)
    {
        // A handler of its own: the request's one answers what it answered before.
        var services = http.RequestServices;
        var found = await services.GetRequiredService<IAuthenticationSchemeProvider>().GetSchemeAsync(scheme);
        var handler = (IAuthenticationHandler)services.GetRequiredService(found!.HandlerType);
        await handler.InitializeAsync(found, http);
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
