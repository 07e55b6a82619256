using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace FaceAttendance.TestKit;

/// <summary>A real HTTP camera: one JPEG after another in one answer (multipart/x-mixed-replace), ten a second, to whoever has the
/// password.</summary>
public sealed class MjpegCamera : IAsyncDisposable
{
    public const string User = "viewer";
    public const string Password = "kamera rahasia";

    private readonly WebApplication _server;
    // Lives as long as requests that are being answered.
    private readonly CancellationTokenSource _stopping = new();
    private int _watching;
    private int _opened;

    private MjpegCamera(WebApplication server, byte[] picture) => (_server, Picture) = (server, picture);

    /// <summary>What it shows from now on.</summary>
    public byte[] Picture { get; set; }

    public int Port => new Uri(_server.Urls.First()).Port;

    /// <summary>Without credentials.</summary>
    public string Url => $"{_server.Urls.First()}/video";

    /// <summary>How many look at this moment.</summary>
    public int Watching => Volatile.Read(ref _watching);

    /// <summary>How many times the stream was opened.</summary>
    public int Opened => Volatile.Read(ref _opened);

    public static async Task<MjpegCamera> StartAsync(byte[] picture, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1));
        var camera = new MjpegCamera(builder.Build(), picture);
        camera._server.Run(camera.AnswerAsync);
        await camera._server.StartAsync();
        return camera;
    }

    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested) return;
        await _stopping.CancelAsync();
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext http)
    {
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));
        if (http.Request.Headers.Authorization != expected)
        {
            (http.Response.StatusCode, http.Response.Headers.WWWAuthenticate) = (401, "Basic realm=\"camera\"");
            return;
        }
        if (http.Request.Path == "/still.jpg")
        {
            http.Response.ContentType = "image/jpeg";
            await http.Response.Body.WriteAsync(Picture);
            return;
        }
        Interlocked.Increment(ref _watching);
        Interlocked.Increment(ref _opened);
        try
        {
            using var until = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, _stopping.Token);
            http.Response.ContentType = "multipart/x-mixed-replace; boundary=frame";
            while (true)
            {
                var picture = Picture;
                var head = string.Create(
                    CultureInfo.InvariantCulture, $"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {picture.Length}\r\n\r\n");
                await http.Response.Body.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(head), .. picture, 13, 10], until.Token);
                await Task.Delay(100, until.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            http.Abort();
        }
        finally
        {
            Interlocked.Decrement(ref _watching);
        }
    }
}
