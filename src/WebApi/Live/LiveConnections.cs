using System.Runtime.InteropServices;
using FaceAttendance.Domain;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Live;

/// <summary>Marks a route whose connections last.</summary>
internal sealed class LiveRoute;

/// <summary>
/// Counts the connections that last (sockets, hubs over whatever transport) for each caller and in all, and lets no more in than
/// <see cref="AccessOptions"/> says. Thread-safe.
/// </summary>
internal sealed class LiveConnections(IOptions<AccessOptions> options)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _callers = [];
    private int _count;

    /// <returns>
    /// The caller disposes it when the connection is over, once or more often. Errors: <c>live.too_many_connections</c>,
    /// <c>server.connections_full</c>.
    /// </returns>
    public Result<IDisposable> Enter(HttpContext http)
    {
        // This machine's user has no share of their own.
        var caller = CallerKey.IsLocal(http) ? null : CallerKey.Of(http);
        lock (_lock)
        {
            if (Objection(caller) is { } refusal) return refusal;
            _count++;
            if (caller is not null) CollectionsMarshal.GetValueRefOrAddDefault(_callers, caller, out _)++;
            return Result<IDisposable>.Ok(new Connection(this, caller));
        }
    }

    /// <returns>Why one more of this caller's connections would not be let in; null when it would.</returns>
    public Error? Objection(HttpContext http)
    {
        lock (_lock) return Objection(CallerKey.IsLocal(http) ? null : CallerKey.Of(http));
    }

    private Error? Objection(string? caller) =>
        caller is not null && _callers.GetValueOrDefault(caller) >= options.Value.LiveConnectionsPerCaller ? TooMany
        : _count >= options.Value.LiveConnections ? Full
        : null;

    private void Leave(string? caller)
    {
        lock (_lock)
        {
            _count--;
            if (caller is not null && --CollectionsMarshal.GetValueRefOrNullRef(_callers, caller) == 0) _callers.Remove(caller);
        }
    }

    private static Error TooMany { get; } = new(
        "live.too_many_connections", "The caller has as many live connections as are allowed at once; close one, or share it.",
        ErrorKind.TooMany)
    {
        RetryAfter = RetryAfter,
    };

    private static Error Full { get; } = new(
        "server.connections_full", "The server has as many live connections as it takes; try again shortly.", ErrorKind.Unavailable)
    {
        RetryAfter = RetryAfter,
    };

    private sealed class Connection(LiveConnections connections, string? caller) : IDisposable
    {
        private int _isLeft;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isLeft, 1) == 0) connections.Leave(caller);
        }
    }
}

internal static class LiveRoutes
{
    public static TBuilder IsLive<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new LiveRoute());

    /// <summary>
    /// Refuses a connection too many at its handshake, with a status that every client understands, and requests in another caller's
    /// connection. After sockets are known as such. Connections by long polling last beyond their requests, and are counted by
    /// <see cref="HubManners"/>.
    /// </summary>
    public static void UseLiveConnections(this WebApplication app)
    {
        var connections = app.Services.GetRequiredService<LiveConnections>();
        var owners = app.Services.GetRequiredService<ConnectionOwners>();
        app.Use(async (http, next) =>
        {
            if (http.GetEndpoint()?.Metadata.GetMetadata<LiveRoute>() is null)
            {
                await next(http);
                return;
            }
            var lasts = http.WebSockets.IsWebSocketRequest
                || http.Request.Headers.Accept.ToString().Contains("text/event-stream", StringComparison.OrdinalIgnoreCase);
            var entered = lasts ? connections.Enter(http) : default;
            var begins = http.Request.Path.Value!.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase);
            if ((lasts ? entered!.Error : begins ? connections.Objection(http) : null) is { } refusal)
            {
                var told = http.WebSockets.IsWebSocketRequest ? http.GetEndpoint()!.Metadata.GetMetadata<RefusalOnSocket>() : null;
                await (told is null ? refusal.ToAnswer(http).ExecuteAsync(http) : told.Tell(http, refusal));
                return;
            }
            using var place = lasts ? entered!.Value : null;
            if (http.Request.Query["id"].ToString() is not { Length: > 0 } id)
            {
                await next(http);
                return;
            }
            if (!owners.Enter(id, CallerKey.Of(http)))
            {
                // As SignalR answers for a connection that does not exist.
                await ErrorMapping.ToAnswer(StatusCodes.Status404NotFound, http).ExecuteAsync(http);
                return;
            }
            try
            {
                await next(http);
            }
            finally
            {
                owners.Leave(id, isNone: http.Response.StatusCode == StatusCodes.Status404NotFound);
            }
        });
    }
}
