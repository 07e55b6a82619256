using System.Threading.Channels;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Infrastructure.Broadcast;

/// <summary>One listener's own queue. It holds little: a listener that does not keep up loses the oldest and delays nobody. Whoever
/// subscribed disposes it.</summary>
public sealed class LiveSubscription : IDisposable
{
    // Half a minute of a busy gate; more would only tell a slow listener what is long past.
    private const int Capacity = 64;

    private readonly Channel<LiveMessage> _queue;
    private readonly Action<LiveSubscription> _leave;
    private readonly bool _onlyContracts;
    private long _dropped;

    internal LiveSubscription(SchoolId school, bool onlyContracts, Action<LiveSubscription> leave)
    {
        (School, _onlyContracts, _leave) = (school, onlyContracts, leave);
        _queue = Channel.CreateBounded<LiveMessage>(
            new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true },
            _ =>
            {
                Interlocked.Increment(ref _dropped);
                LiveMetrics.Dropped("listener");
            });
    }

    public SchoolId School { get; }

    /// <summary>For one reader; completes when the subscription is disposed.</summary>
    public ChannelReader<LiveMessage> Messages => _queue.Reader;

    /// <summary>Messages this listener lost by being slow.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Dispose()
    {
        _leave(this);
        _queue.Writer.TryComplete();
    }

    internal void Offer(LiveMessage message)
    {
        if (!_onlyContracts || message.Type is LiveMessage.RecognizedType or LiveMessage.EnrolledType) _queue.Writer.TryWrite(message);
    }
}
