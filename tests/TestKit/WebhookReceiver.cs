using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace FaceAttendance.TestKit;

/// <summary>A request as the receiver got it.</summary>
public sealed record ReceivedEvent(IReadOnlyDictionary<string, string> Headers, string Body)
{
    public string Id => Headers["webhook-id"];
}

/// <summary>A real HTTP server in the place of the school's backend, on a port of its own. How it answers is the test's business.</summary>
public sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly List<ReceivedEvent> _received = [];

    private WebhookReceiver(WebApplication server) => _server = server;

    /// <summary>Answers a request, counted from 1, that was recorded already. The default accepts with an empty 200.</summary>
    public Func<HttpContext, int, Task> Answer { get; set; } = (_, _) => Task.CompletedTask;

    public string Url => _server.Urls.First() + "/hook";

    public IReadOnlyList<ReceivedEvent> Received
    {
        get
        {
            lock (_received) return [.. _received];
        }
    }

    public static async Task<WebhookReceiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, port, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Limits.MinResponseDataRate = null;
        });
        var receiver = new WebhookReceiver(builder.Build());
        receiver._server.Run(receiver.ReceiveAsync);
        await receiver._server.StartAsync();
        return receiver;
    }

    /// <summary>Answers with a status and a body.</summary>
    public void AnswerWith(int status, string body = "") => Answer = (http, _) =>
    {
        http.Response.StatusCode = status;
        return http.Response.WriteAsync(body);
    };

    public async ValueTask DisposeAsync()
    {
        // Requests that hang on purpose must not hold the test up.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _server.StopAsync(now.Token);
        await _server.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        var headers = http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        int count;
        lock (_received)
        {
            _received.Add(new ReceivedEvent(headers, body));
            count = _received.Count;
        }
        await Answer(http, count);
    }
}
