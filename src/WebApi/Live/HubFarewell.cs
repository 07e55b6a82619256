using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.SignalR;

namespace FaceAttendance.WebApi.Live;

/// <summary>
/// Takes leave of the hubs' connections before the server stops: each gets a close message that asks the client to come back. SignalR
/// itself would cut them off, which clients take for a failure. Thread-safe.
/// </summary>
internal sealed class HubFarewell : IHubFilter, IDisposable
{
    // Whoever has not gone by then is cut off.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // Between a connection's end in the hub and its last message on the wire.
    private static readonly TimeSpan ForLastMessages = TimeSpan.FromSeconds(0.1);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(10);
    private static readonly object LeaveKey = new();

    private readonly CancellationTokenSource _said = new();
    private int _open;

    public async Task SayAsync(TimeProvider clock)
    {
        if (Volatile.Read(ref _open) == 0) return;
        var since = clock.GetTimestamp();
        await _said.CancelAsync();
        while (Volatile.Read(ref _open) > 0 && clock.GetElapsedTime(since) < Patience) await Task.Delay(BetweenLooks, clock);
        await Task.Delay(ForLastMessages, clock);
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        // One that is not let in does not come to its end here.
        await next(context);
        Interlocked.Increment(ref _open);
        // Asked to close, a connection ends as if its client had gone, and its client is told to come back.
        if (context.Context.Features.Get<IConnectionLifetimeNotificationFeature>() is { } lifetime)
            context.Context.Items[LeaveKey] = _said.Token.Register(lifetime.RequestClose);
    }

    public async Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        if (context.Context.Items.TryGetValue(LeaveKey, out var leave)) ((CancellationTokenRegistration)leave!).Unregister();
        Interlocked.Decrement(ref _open);
        await next(context, exception);
    }

    public void Dispose() => _said.Dispose();
}
