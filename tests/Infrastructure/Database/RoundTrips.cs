using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Database;

/// <summary>
/// Lies between a process and its database and counts the ways there and back: each time that the process speaks after the database has
/// spoken.
/// </summary>
internal sealed class RoundTrips : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Task _serving;
    private int _count;

    public RoundTrips(string connectionString)
    {
        var target = new NpgsqlConnectionStringBuilder(connectionString);
        EndPoint database = target.Host!.StartsWith('/')
            ? new UnixDomainSocketEndPoint($"{target.Host}/.s.PGSQL.{target.Port}")
            : new DnsEndPoint(target.Host, target.Port);
        _listener.Start();
        (target.Host, target.Port, target.SslMode) = ("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port, SslMode.Disable);
        ConnectionString = target.ConnectionString;
        _serving = ServeAsync(database);
    }

    public string ConnectionString { get; }

    public int Count => Volatile.Read(ref _count);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _serving;
        _end.Dispose();
    }

    private async Task ServeAsync(EndPoint database)
    {
        var connections = new List<Task>();
        try
        {
            while (true) connections.Add(CarryAsync(await _listener.AcceptSocketAsync(_end.Token), database));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task CarryAsync(Socket process, EndPoint target)
    {
        using var database = new Socket(target.AddressFamily == AddressFamily.Unix ? AddressFamily.Unix : AddressFamily.InterNetwork,
            SocketType.Stream, ProtocolType.Unspecified);
        using (process)
        {
            await database.ConnectAsync(target, _end.Token);
            var hasAnswered = true;
            await Task.WhenAny(
                CarryAsync(process, database, () =>
                {
                    if (hasAnswered) Interlocked.Increment(ref _count);
                    hasAnswered = false;
                }),
                CarryAsync(database, process, () => hasAnswered = true));
        }
    }

    private async Task CarryAsync(Socket from, Socket to, Action carried)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            int length;
            while ((length = await from.ReceiveAsync(buffer, _end.Token)) > 0)
            {
                carried();
                await to.SendAsync(buffer.AsMemory(0, length), _end.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Either side is gone.
        }
    }
}
