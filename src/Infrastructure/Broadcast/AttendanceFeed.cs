using System.Collections.Concurrent;
using System.Text;
using System.Threading.Channels;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;

namespace FaceAttendance.Infrastructure.Broadcast;

/// <summary>Hands live events to the listeners of this process and, over PostgreSQL or Redis, to those of every other.
/// Thread-safe.</summary>
public sealed class AttendanceFeed : IAttendanceFeed, IChannelListener
{
    /// <summary>Channel of the notifications between processes.</summary>
    internal const string Channel = "live";

    // PostgreSQL takes payloads of less than 8000 bytes (manual, NOTIFY).
    private const int MostPayloadBytes = 7999;

    // What waits for a database that is slow or away: enough for a burst, and old news is no news.
    private const int OutgoingCapacity = 1024;

    // Tells this process's own notifications, which PostgreSQL brings back too, from the others'.
    private readonly string _origin = Guid.NewGuid().ToString("N");
    private readonly ConcurrentDictionary<SchoolId, LiveSubscription[]> _subscriptions = new();

    private readonly Channel<string> _outgoing = System.Threading.Channels.Channel.CreateBounded<string>(
        new BoundedChannelOptions(OutgoingCapacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
        static _ => LiveMetrics.Dropped("other_processes"));

    /// <summary>Payloads to notify the other processes with.</summary>
    internal ChannelReader<string> Outgoing => _outgoing.Reader;

    /// <summary>Listens to one school's events from now on. The caller disposes the subscription.</summary>
    /// <param name="onlyContracts">Leaves out what clients of the contract do not know.</param>
    public LiveSubscription Subscribe(SchoolId school, bool onlyContracts = false)
    {
        var subscription = new LiveSubscription(school, onlyContracts, Leave);
        _subscriptions.AddOrUpdate(school, [subscription], (_, others) => [.. others, subscription]);
        return subscription;
    }

    public void Publish(LiveEvent happened)
    {
        var message = LiveMessage.Of(happened);
        Deliver(message);
        _outgoing.Writer.TryWrite(PayloadOf(happened, message));
    }

    string IChannelListener.Channel => Channel;

    Task IChannelListener.ConnectedAsync(CancellationToken ct) => Task.CompletedTask;

    void IChannelListener.Lost()
    {
        // A listener is a convenience: what other processes say meanwhile is not heard.
    }

    void IChannelListener.Receive(string payload) => Take(payload);

    /// <summary>Hands on what another process published. This process's own and payloads of another shape are ignored.</summary>
    internal void Take(string payload)
    {
        var endOfHeader = payload.IndexOf('\n', StringComparison.Ordinal);
        if (endOfHeader < 0) return;
        var header = payload[..endOfHeader].Split(' ');
        if (header is not [var origin, var school, var type, var about] || origin == _origin || !Guid.TryParse(school, out var id)) return;
        var record = Guid.TryParse(about, out var named) ? new RecordId(named) : (RecordId?)null;
        Deliver(new LiveMessage(new SchoolId(id), type, Encoding.UTF8.GetBytes(payload[(endOfHeader + 1)..]), record));
    }

    private void Deliver(LiveMessage message)
    {
        if (!_subscriptions.TryGetValue(message.School, out var listeners)) return;
        foreach (var listener in listeners) listener.Offer(message);
    }

    private void Leave(LiveSubscription subscription) =>
        _subscriptions.AddOrUpdate(subscription.School, [], (_, all) => [.. all.Where(other => other != subscription)]);

    /// <summary>Origin, school, type and record in a line, then the JSON. A receiver's long answer is cut for the other processes until it
    /// fits.</summary>
    private string PayloadOf(LiveEvent happened, LiveMessage message)
    {
        var header = $"{_origin} {message.School.Value:N} {message.Type} {message.Record?.ToString() ?? "-"}\n";
        while (header.Length + message.Json.Length > MostPayloadBytes
            && happened is Recognized { Dispatch: { Message.Length: > 0 } report } recognized)
        {
            happened = recognized with { Dispatch = report with { Message = report.Message[..(report.Message.Length / 2)] } };
            message = LiveMessage.Of(happened);
        }
        return header + Encoding.UTF8.GetString(message.Json.Span);
    }
}
