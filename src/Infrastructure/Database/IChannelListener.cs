namespace FaceAttendance.Infrastructure.Database;

/// <summary>Hears on one channel of PostgreSQL's notifications what other processes did.</summary>
internal interface IChannelListener
{
    string Channel { get; }

    /// <summary>From now on everything is heard. What was told before is lost, as it is after every connect.</summary>
    /// <returns>One that fails makes the connection be given up and tried again.</returns>
    Task ConnectedAsync(CancellationToken ct);

    /// <summary>Takes a notification in. Called on the connection's own thread: it must not wait.</summary>
    void Receive(string payload);

    /// <summary>From now on things may be missed.</summary>
    void Lost();
}
