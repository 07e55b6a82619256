namespace FaceAttendance.WebApi.Access;

/// <summary>
/// Remembers who began a hub's connection that lives beyond one request (long polling, server-sent events), so that nobody who learns its
/// id polls or posts in its owner's place. Thread-safe.
/// </summary>
internal sealed class ConnectionOwners(TimeProvider clock)
{
    // SignalR gives up a connection that nobody polls after seconds.
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Owned> _owners = [];
    private DateTimeOffset _sweptAt;

    /// <returns>False for a connection of somebody else. Otherwise the request is to be told of when it ends.</returns>
    public bool Enter(string connection, string caller)
    {
        lock (_lock)
        {
            Sweep();
            if (!_owners.TryGetValue(connection, out var owned)) _owners.Add(connection, owned = new(caller));
            if (owned.Caller != caller) return false;
            owned.Requests++;
            return true;
        }
    }

    /// <param name="isNone">There is no connection of that id.</param>
    public void Leave(string connection, bool isNone)
    {
        lock (_lock)
        {
            if (!_owners.TryGetValue(connection, out var owned)) return;
            (owned.Requests, owned.LastAt) = (owned.Requests - 1, clock.GetUtcNow());
            if (isNone && owned.Requests == 0) _owners.Remove(connection);
        }
    }

    private void Sweep()
    {
        var now = clock.GetUtcNow();
        if (now - _sweptAt < Memory) return;
        _sweptAt = now;
        foreach (var (connection, owned) in _owners)
        {
            if (owned.Requests == 0 && now - owned.LastAt > Memory) _owners.Remove(connection);
        }
    }

    private sealed class Owned(string caller)
    {
        public string Caller => caller;

        public int Requests { get; set; }

        public DateTimeOffset LastAt { get; set; }
    }
}
