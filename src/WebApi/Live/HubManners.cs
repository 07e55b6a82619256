using System.Buffers;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;
using FaceAttendance.WebApi.Access;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Live;

/// <summary>Marks a hub method that takes camera frames, whose number the session itself bounds.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TakesFramesAttribute : Attribute;

/// <summary>
/// What a hub's callers may do: so many calls a second, so many connections, and a few faults. A caller's fault is a line of the log,
/// without the stack that SignalR would write for it; the server's own faults keep theirs.
/// </summary>
internal sealed partial class HubManners(LiveConnections connections, IOptions<AccessOptions> access, ILogger<HubManners> logger)
    : IHubFilter, IDisposable
{
    /// <summary>A program with a mistake in it makes it at every call, and hears of it this often.</summary>
    public const int MostFaults = 10;

    private static readonly object FaultsKey = new();
    private static readonly object PlaceKey = new();

    private readonly PartitionedRateLimiter<HttpContext> _calls = PartitionedRateLimiter.Create<HttpContext, string>(
        http => CallerLimits.BucketOf(CallerKey.Of(http), access.Value));

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext, Func<HubInvocationContext, ValueTask<object?>> next)
    {
        try
        {
            if (!MayCall(invocationContext)) throw new HubException("The caller makes more calls than are allowed; try again later.");
            return await next(invocationContext);
        }
        catch (HubException fault)
        {
            Log.Refused(logger, invocationContext.HubMethodName, fault.Message);
            if (Count(invocationContext.Context) >= MostFaults) invocationContext.Context.Abort();
            throw;
        }
        catch (Exception e) when (!invocationContext.Context.ConnectionAborted.IsCancellationRequested)
        {
            Log.Failed(logger, invocationContext.HubMethodName, e);
            throw;
        }
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        var connection = context.Context;
        if (connection.Features.Get<IHttpTransportFeature>()?.TransportType == HttpTransportType.LongPolling
            && connection.GetHttpContext() is { } http)
        {
            var entered = connections.Enter(http);
            if (entered.Error is { } refusal)
            {
                Log.NotConnected(logger, refusal.Message);
                throw new HubException(refusal.Message);
            }
            connection.Items[PlaceKey] = entered.Value;
        }
        try
        {
            await next(context);
        }
        catch (Exception e) when (e is not HubException)
        {
            Log.Failed(logger, "OnConnectedAsync", e);
            throw;
        }
    }

    public async Task OnDisconnectedAsync(HubLifetimeContext context, Exception? exception, Func<HubLifetimeContext, Exception?, Task> next)
    {
        if (context.Context.Items.TryGetValue(PlaceKey, out var place)) (place as IDisposable)?.Dispose();
        // What a client sent that is no message of the protocol, or the end of the line.
        if (exception is not null and not OperationCanceledException) Log.Ended(logger, exception.GetType().Name);
        await next(context, exception);
    }

    public void Dispose() => _calls.Dispose();

    private bool MayCall(HubInvocationContext call)
    {
        if (call.HubMethod.GetCustomAttribute<TakesFramesAttribute>() is not null) return true;
        if (call.Context.GetHttpContext() is not { } http || CallerKey.IsLocal(http)) return true;
        using var lease = _calls.AttemptAcquire(http);
        return lease.IsAcquired;
    }

    private static int Count(HubCallerContext connection)
    {
        var faults = connection.Items.TryGetValue(FaultsKey, out var before) ? (int)before! + 1 : 1;
        connection.Items[FaultsKey] = faults;
        return faults;
    }

    private static partial class Log
    {
        [LoggerMessage(1850, LogLevel.Information, "A hub call of {Method} was refused: {Reason}")]
        public static partial void Refused(ILogger logger, string method, string reason);

        [LoggerMessage(1851, LogLevel.Error, "A hub call of {Method} failed on an unforeseen error.")]
        public static partial void Failed(ILogger logger, string method, Exception exception);

        [LoggerMessage(1852, LogLevel.Information, "A hub connection was not let in: {Reason}")]
        public static partial void NotConnected(ILogger logger, string reason);

        [LoggerMessage(1853, LogLevel.Information, "A hub connection ended on what came over it: {Exception}.")]
        public static partial void Ended(ILogger logger, string exception);
    }
}

/// <summary>
/// A hub protocol that ends a connection on which call after call cannot be understood: methods that do not exist, arguments that do not
/// fit. SignalR answers those before any filter sees them.
/// </summary>
internal sealed class MannerlyProtocol(IHubProtocol inner) : IHubProtocol
{
    // More than any client has at a time.
    private const int MostStreams = 1024;

    // SignalR makes a binder for each connection, the one thing by which a protocol can tell connections apart.
    private readonly ConditionalWeakTable<IInvocationBinder, Tally> _tallies = [];

    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out HubMessage? message)
    {
        if (!inner.TryParseMessage(ref input, binder, out message)) return false;
        if (message is HubMethodInvocationMessage { StreamIds: { Length: > 0 } begun }) _tallies.GetOrCreateValue(binder).Begin(begun);
        if (message is InvocationBindingFailureMessage or StreamBindingFailureMessage
            && _tallies.GetOrCreateValue(binder).CountFault(message) >= HubManners.MostFaults)
        {
            throw new InvalidDataException("More calls that cannot be understood than a connection may make.");
        }
        return true;
    }

    /// <summary>Of one connection, which is read by one at a time.</summary>
    private sealed class Tally
    {
        private readonly HashSet<string> _streams = [];
        private int _faults;

        public void Begin(string[] streams)
        {
            if (_streams.Count + streams.Length > MostStreams) _streams.Clear();
            _streams.UnionWith(streams);
        }

        /// <summary>What a client still sends when the call that took its stream has ended is no fault.</summary>
        public int CountFault(HubMessage message) =>
            message is StreamBindingFailureMessage late && _streams.Contains(late.Id) ? _faults : ++_faults;
    }

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(message, output);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(message);
}
