using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace FaceAttendance.Benchmarks;

/// <summary>What became of the requests of one phase. Thread-safe.</summary>
internal sealed class LoadResult
{
    private readonly ConcurrentQueue<double> _accepted = new();
    private readonly ConcurrentQueue<double> _refused = new();
    private readonly ConcurrentQueue<double> _health = new();
    private int _failed;

    /// <summary>Seconds that were counted.</summary>
    public double Seconds { get; set; }

    /// <summary>Processor time over wall time, of the server and of whoever makes the load.</summary>
    public double ServerCores { get; set; }

    public double GeneratorCores { get; set; }

    public long MostResidentMegabytes { get; set; }

    public double AcceptedPerSecond => _accepted.Count / Seconds;

    public double RefusedPerSecond => _refused.Count / Seconds;

    /// <summary>Requests with another answer than 200 and 503, or none.</summary>
    public int Failed => _failed;

    public double Accepted(double percentile) => P(_accepted, percentile);

    public double Refused(double percentile) => P(_refused, percentile);

    public double Health(double percentile) => P(_health, percentile);

    public void Add(int status, double milliseconds)
    {
        if (status == 200) _accepted.Enqueue(milliseconds);
        else if (status == 503) _refused.Enqueue(milliseconds);
        else Interlocked.Increment(ref _failed);
    }

    public void AddHealth(double milliseconds) => _health.Enqueue(milliseconds);

    private static double P(IEnumerable<double> times, double percentile)
    {
        var sorted = times.Order().ToList();
        return sorted.Count == 0 ? double.NaN : sorted[(int)Math.Min(sorted.Count - 1, sorted.Count * percentile / 100.0)];
    }
}

/// <summary>
/// Posts one picture again and again over bare sockets, for a client that costs little beside the server that it measures: requests are
/// made beforehand, answers are read only as far as their status and length. Thread-safe.
/// </summary>
internal sealed class LoadGenerator : IDisposable
{
    private const int MostConnections = 1024;

    private const int Seed = 20_260_101;

    private readonly RunningServer _server;
    private readonly byte[][] _requests;
    private readonly byte[] _health;
    private readonly ConcurrentBag<Connection> _idle = [];
    private int _connections;

    /// <param name="keys">Each is a caller; requests take turns at them.</param>
    public LoadGenerator(RunningServer server, byte[] picture, IReadOnlyList<string> keys)
    {
        _server = server;
        _requests = [.. keys.Select(key => Request(key, picture))];
        _health = Encoding.ASCII.GetBytes(
            $"GET /health HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {keys[0]}\r\n\r\n");
    }

    /// <summary>As many requests as are answered: each client sends its next one as soon as it has an answer.</summary>
    public async Task<LoadResult> ClosedAsync(int clients, TimeSpan settle, TimeSpan counted)
    {
        var clock = Stopwatch.StartNew();
        return await MeasureAsync(clock, settle, counted, result => Task.WhenAll(Enumerable.Range(0, clients).Select(async client =>
        {
            while (clock.Elapsed < settle + counted)
                await PostAsync(_requests[client % _requests.Length], clock, clock.Elapsed, settle, result);
        })));
    }

    /// <summary>So many requests a second whether or not they are answered, at random times (a Poisson process).</summary>
    public async Task<LoadResult> OpenAsync(double perSecond, TimeSpan settle, TimeSpan counted, CancellationToken stop = default)
    {
        var random = new Random(Seed);
        var clock = Stopwatch.StartNew();
        return await MeasureAsync(clock, settle, counted, async result =>
        {
            var (next, number) = (TimeSpan.Zero, 0);
            var under = new ConcurrentDictionary<int, Task>();
            while (next < settle + counted && !stop.IsCancellationRequested)
            {
                for (; next <= clock.Elapsed; next += TimeSpan.FromSeconds(-Math.Log(1 - random.NextDouble()) / perSecond))
                {
                    var (id, due) = (number++, next);
                    // From when it was due: what the generator itself is late by counts too.
                    under[id] = PostAsync(_requests[id % _requests.Length], clock, due, settle, result)
                        .ContinueWith(_ => under.TryRemove(id, out var _), TaskScheduler.Default);
                }
                await Task.Delay(1, CancellationToken.None);
            }
            await Task.WhenAll(under.Values);
        });
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var connection)) connection.Dispose();
    }

    private async Task<LoadResult> MeasureAsync(Stopwatch clock, TimeSpan settle, TimeSpan counted, Func<LoadResult, Task> load)
    {
        var result = new LoadResult();
        using var over = new CancellationTokenSource();
        var watching = WatchAsync(clock, settle, result, over.Token);
        var asking = AskHealthAsync(clock, settle, result, over.Token);
        await load(result);
        result.Seconds = counted.TotalSeconds;
        await over.CancelAsync();
        await Task.WhenAll(watching, asking);
        return result;
    }

    private async Task WatchAsync(Stopwatch clock, TimeSpan settle, LoadResult result, CancellationToken over)
    {
        await Task.Delay(settle, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var (server, own, since) = (_server.ProcessorTime(), Environment.CpuUsage.TotalTime, clock.Elapsed);
        while (!over.IsCancellationRequested)
        {
            result.MostResidentMegabytes = Math.Max(result.MostResidentMegabytes, _server.ResidentMegabytes());
            await Task.Delay(200, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        var wall = clock.Elapsed - since;
        result.ServerCores = (_server.ProcessorTime() - server) / wall;
        result.GeneratorCores = (Environment.CpuUsage.TotalTime - own) / wall;
    }

    private async Task AskHealthAsync(Stopwatch clock, TimeSpan settle, LoadResult result, CancellationToken over)
    {
        using var connection = await Connection.OpenAsync(_server.Http.BaseAddress!);
        while (!over.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            var status = await connection.SendAsync(_health);
            if (status != 200) throw new InvalidOperationException($"/health answers {status}.");
            if (clock.Elapsed > settle) result.AddHealth(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await Task.Delay(20, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task PostAsync(byte[] request, Stopwatch clock, TimeSpan due, TimeSpan settle, LoadResult result)
    {
        Connection? connection = null;
        var status = 0;
        try
        {
            if (!_idle.TryTake(out connection))
            {
                if (Interlocked.Increment(ref _connections) > MostConnections) throw new IOException("No connection is left.");
                connection = await Connection.OpenAsync(_server.Http.BaseAddress!);
            }
            status = await connection.SendAsync(request);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            Interlocked.Decrement(ref _connections);
            connection?.Dispose();
            connection = null;
        }
        if (due >= settle) result.Add(status, (clock.Elapsed - due).TotalMilliseconds);
        if (connection is not null) _idle.Add(connection);
    }

    private static byte[] Request(string key, byte[] picture)
    {
        const string Boundary = "frame-of-a-camera";
        var head = Encoding.ASCII.GetBytes(
            $"--{Boundary}\r\nContent-Disposition: form-data; name=\"image\"; filename=\"frame.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n");
        var tail = Encoding.ASCII.GetBytes($"\r\n--{Boundary}--\r\n");
        var length = head.Length + picture.Length + tail.Length;
        return
        [
            .. Encoding.ASCII.GetBytes(
                $"POST /recognize HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n" +
                $"Content-Type: multipart/form-data; boundary={Boundary}\r\nContent-Length: {length}\r\n\r\n"),
            .. head, .. picture, .. tail,
        ];
    }

    /// <summary>One at a time.</summary>
    private sealed class Connection : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private readonly byte[] _answer = new byte[64 * 1024];

        public static async Task<Connection> OpenAsync(Uri server)
        {
            var connection = new Connection();
            await connection._socket.ConnectAsync(IPAddress.Loopback, server.Port);
            return connection;
        }

        public async Task<int> SendAsync(byte[] request)
        {
            for (var sent = 0; sent < request.Length;) sent += await _socket.SendAsync(request.AsMemory(sent));
            var (read, end) = (0, 0);
            while (read == 0 || end == 0 || read < end)
            {
                var more = await _socket.ReceiveAsync(_answer.AsMemory(read));
                if (more == 0) throw new IOException("The server hung up.");
                read += more;
                if (end == 0) end = EndOf(_answer.AsSpan(0, read));
            }
            return int.Parse(_answer.AsSpan(9, 3), CultureInfo.InvariantCulture);
        }

        public void Dispose() => _socket.Dispose();

        /// <returns>Bytes of the whole answer; 0 as long as its head is not there.</returns>
        private static int EndOf(ReadOnlySpan<byte> answer)
        {
            var head = answer.IndexOf("\r\n\r\n"u8);
            if (head < 0) return 0;
            var lines = answer[..head];
            var at = lines.IndexOf("Content-Length: "u8);
            if (at >= 0)
            {
                var rest = lines[(at + 16)..];
                var length = rest.IndexOf((byte)'\r') is >= 0 and var cr ? rest[..cr] : rest;
                return head + 4 + int.Parse(length, CultureInfo.InvariantCulture);
            }
            // In pieces, the last of which is empty.
            var last = answer[head..].IndexOf("\r\n0\r\n\r\n"u8);
            return last < 0 ? 0 : head + last + 7;
        }
    }
}
