using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>
/// Stands between ffmpeg and a camera that speaks RTSP. The connection goes to addresses that are judged when it is opened and nowhere
/// else, and the user and password are said here, so that they never stand in a command line. Words and pictures go over the one connection
/// (RFC 2326, 10.12). Good for one run of ffmpeg.
/// </summary>
internal sealed class RtspRelay : IDisposable
{
    // What a camera asks twice for the same request, with another nonce each time, it will not let in.
    private const int MostLogins = 2;

    private const int PlainPort = 554;
    private const int SealedPort = 322;

    private static readonly TimeSpan LongestConnect = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestGreeting = TimeSpan.FromSeconds(5);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CameraSource.Network _source;
    private readonly CameraTargets _targets;
    private readonly RtspLogin? _login;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ConcurrentDictionary<string, (RtspMessage Request, int Logins)> _asked = new();

    public RtspRelay(CameraSource.Network source, CameraTargets targets)
    {
        (_source, _targets) = (source, targets);
        _login = source.HasCredentials ? new(source.User ?? "", source.Password ?? "") : null;
        _listener.Start(backlog: 1);
        Url = $"rtsp://{_listener.LocalEndpoint}/{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}";
    }

    /// <summary>What ffmpeg is to open. Whoever does not know it is not let in.</summary>
    public string Url { get; }

    /// <summary>Runs until one of both sides has had enough.</summary>
    /// <exception cref="SourceException">The camera cannot be reached, or refuses.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var (client, fromClient, first) = await GreetAsync(ct);
        using (client)
        using (var camera = await ConnectAsync(ct))
        {
            var sides = new[] { AskAsync(fromClient, first, camera, ending.Token), AnswerAsync(new(camera), camera, client, ending.Token) };
            var ended = await Task.WhenAny(sides);
            await ending.CancelAsync();
            // The other side is torn off in the middle of a word.
            await Task.WhenAll(sides).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            await (sides.FirstOrDefault(s => s.Exception?.InnerException is SourceException) ?? ended);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _writing.Dispose();
    }

    private async Task<(Stream Client, RtspReader Reader, RtspMessage First)> GreetAsync(CancellationToken ct)
    {
        while (true)
        {
            var client = new NetworkStream(await _listener.AcceptSocketAsync(ct), ownsSocket: true);
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
            waiting.CancelAfter(LongestGreeting);
            try
            {
                var reader = new RtspReader(client);
                if (await reader.ReadAsync(waiting.Token) is { } first && first.First.Contains(Url, StringComparison.Ordinal))
                {
                    _listener.Stop();
                    return (client, reader, first);
                }
            }
            catch (Exception e) when (e is IOException or SourceException or OperationCanceledException && !ct.IsCancellationRequested)
            {
                // A stranger.
            }
            await client.DisposeAsync();
        }
    }

    private async Task<Stream> ConnectAsync(CancellationToken ct)
    {
        var address = _source.Address;
        var isSealed = address.Scheme == "rtsps";
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(ct);
        waiting.CancelAfter(LongestConnect);
        Stream? stream = null;
        try
        {
            var port = address.Port > 0 ? address.Port : isSealed ? SealedPort : PlainPort;
            stream = new NetworkStream(await _targets.ConnectAsync(address.IdnHost, port, waiting.Token), ownsSocket: true);
            if (!isSealed) return stream;
            var tls = new SslStream(stream);
            stream = tls;
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = address.IdnHost }, waiting.Token);
            return tls;
        }
        catch (Exception e)
        {
            if (stream is not null) await stream.DisposeAsync();
            throw e switch
            {
                OperationCanceledException when !ct.IsCancellationRequested => new SourceException("no answer within 10 s"),
                AuthenticationException => new SourceException("this machine does not trust the camera's certificate"),
                IOException => new SourceException(e.Message),
                _ => e,
            };
        }
    }

    /// <summary>From ffmpeg to the camera.</summary>
    private async Task AskAsync(RtspReader reader, RtspMessage first, Stream camera, CancellationToken ct)
    {
        for (var message = first; message is not null; message = await reader.ReadAsync(ct))
        {
            if (message.IsPacket || message.IsAnswer)
            {
                await WriteAsync(camera, message, ct);
                continue;
            }
            var request = message with
            {
                First = message.First.Replace(Url, _source.Address.AbsoluteUri, StringComparison.Ordinal),
                Headers = [.. message.Headers.Where(h => !h.Key.Equals("Authorization", StringComparison.OrdinalIgnoreCase))],
            };
            if (CountOf(request) is { } count) _asked[count] = (request, 0);
            await WriteAsync(camera, request, ct);
        }
    }

    /// <summary>From the camera to ffmpeg.</summary>
    private async Task AnswerAsync(RtspReader reader, Stream camera, Stream client, CancellationToken ct)
    {
        while (await reader.ReadAsync(ct) is { } message)
        {
            if (message.IsAnswer && CountOf(message) is { } count && _asked.TryRemove(count, out var asked))
            {
                if (message.Status == (int)HttpStatusCode.Unauthorized)
                {
                    if (_login is null) throw new SourceException("the camera asks for a user and a password");
                    if (asked.Logins >= MostLogins) throw new SourceException("the camera refuses the user and password");
                    _asked[count] = (asked.Request, asked.Logins + 1);
                    await WriteAsync(camera, asked.Request, ct, [.. message.All("WWW-Authenticate")]);
                    continue;
                }
                if (message.Status is >= 300 and < 400) throw new SourceException("the camera sends on to another address; give that one");
                if (message.Status >= 400 && asked.Request.Method is ("DESCRIBE" or "SETUP" or "PLAY"))
                    throw new SourceException($"the camera answers {message.Status}");
            }
            await client.WriteAsync(message.ToBytes(), ct);
        }
    }

    private RtspMessage WithLogin(RtspMessage request)
    {
        if (request.IsPacket || request.IsAnswer) return request;
        if (request.First.Split(' ') is not [var method, var uri, _] || _login?.AnswerTo(method, uri) is not { } answer) return request;
        return request with { Headers = [.. request.Headers, KeyValuePair.Create("Authorization", answer)] };
    }

    /// <param name="challenges">What the camera asked meanwhile.</param>
    private async Task WriteAsync(Stream camera, RtspMessage message, CancellationToken ct, string[]? challenges = null)
    {
        await _writing.WaitAsync(ct);
        try
        {
            if (challenges is not null && !_login!.Take(challenges))
                throw new SourceException("the camera asks for a kind of login that is not known here");
            await camera.WriteAsync(WithLogin(message).ToBytes(), ct);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static string? CountOf(RtspMessage message) => message.All("CSeq").FirstOrDefault();
}
