using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace FaceAttendance.Cli.Tests;

/// <summary>
/// A server on a real socket that speaks the routes the command uses. What it makes of an upload stands in the upload itself: one that
/// begins with <c>no face</c> is refused as such, and so on; see <see cref="EnrollAsync"/>.
/// </summary>
internal sealed class ContractServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> _templates = new();
    private readonly ConcurrentDictionary<string, int> _attempts = new();
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly ConcurrentDictionary<WebSocket, bool> _listeners = new();
    private int _inFlight;
    private int _mostInFlight;
    private volatile bool _isGone;

    private ContractServer(WebApplication app) => _app = app;

    public string Url { get; private set; } = "";

    /// <summary>Only callers with this bearer token are let in; null lets everybody in.</summary>
    public string? Key { get; set; }

    /// <summary>Sent in place of GET /health's answer.</summary>
    public string? HealthBody { get; set; }

    /// <summary>Body of POST /recognize.</summary>
    public string RecognizeBody { get; set; } = """{"ok":true,"results":[],"frame_info":{"w":1,"h":1}}""";

    /// <summary>Body of POST /recognize/realtime.</summary>
    public string RealtimeBody { get; set; } = """{"ok":true,"results":[],"dispatch":[],"webhook_enabled":true}""";

    /// <summary>Answered to POST /recognize in place of the body when it is no success.</summary>
    public int RecognizeStatus { get; set; } = 200;

    /// <summary>Uploads that begin with <c>hold</c> wait for it.</summary>
    public SemaphoreSlim Hold { get; } = new(0);

    /// <summary>Released once for each upload that waits at <see cref="Hold"/>.</summary>
    public SemaphoreSlim Held { get; } = new(0);

    /// <summary>Student and reason of each upload that gave one and was taken.</summary>
    public ConcurrentQueue<string> Reasons { get; } = new();

    /// <summary>Text frames that listeners sent.</summary>
    public ConcurrentQueue<string> Heard { get; } = new();

    /// <summary>Released once for each listener that connects, and once for each text frame heard.</summary>
    public SemaphoreSlim Listening { get; } = new(0);

    public SemaphoreSlim Spoken { get; } = new(0);

    /// <summary>Bytes of each frame posted to /recognize/realtime.</summary>
    public ConcurrentQueue<byte[]> Frames { get; } = new();

    /// <summary>Method, path and query of every request so far.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    public int Uploads => _requests.Count(r => r == "POST /enroll");

    public int MostUploadsAtOnce => _mostInFlight;

    public static Task<ContractServer> StartAsync() => StartAsync("http://127.0.0.1:0");

    public static async Task<ContractServer> StartAsync(string url)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(url);
        var app = builder.Build();
        var server = new ContractServer(app);
        app.UseWebSockets();
        app.Use(server.AdmitAsync);
        app.MapGet("/health", server.Health);
        app.MapGet("/students/{id}", server.Student);
        app.MapPost("/enroll", (Delegate)server.EnrollAsync);
        app.MapPost("/recognize", (Delegate)server.RecognizeAsync);
        app.MapPost("/recognize/realtime", (Delegate)server.RealtimeAsync);
        app.Map("/ws/recognitions", server.ListenAsync);
        await app.StartAsync();
        server.Url = app.Urls.Single();
        return server;
    }

    public int TemplatesOf(string student) => _templates.TryGetValue(student, out var templates) ? templates.Count : 0;

    public void Wipe() => _templates.Clear();

    public void Wipe(string student) => _templates.TryRemove(student, out _);

    /// <summary>Templates from elsewhere, so that the gallery's total does not tell of a wiped student.</summary>
    public void Fill(string student, int templates)
    {
        var own = _templates.GetOrAdd(student, _ => new());
        for (var i = 0; i < templates; i++) own[i.ToString(CultureInfo.InvariantCulture)] = true;
    }

    public async Task SayAsync(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        foreach (var socket in _listeners.Keys) await socket.SendAsync(bytes, WebSocketMessageType.Text, true, default);
    }

    public async Task HangUpAsync()
    {
        foreach (var socket in _listeners.Keys) await socket.CloseOutputAsync(WebSocketCloseStatus.EndpointUnavailable, "going", default);
    }

    /// <summary>As if the process were killed: what it was about to answer is never sent.</summary>
    public async Task KillAsync()
    {
        _isGone = true;
        Hold.Release(1000);
        await _app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Hold.Release(1000);
        foreach (var socket in _listeners.Keys) socket.Abort();
        await _app.DisposeAsync();
        Hold.Dispose();
        Held.Dispose();
        Listening.Dispose();
        Spoken.Dispose();
    }

    private async Task AdmitAsync(HttpContext context, RequestDelegate next)
    {
        _requests.Enqueue($"{context.Request.Method} {context.Request.Path}{context.Request.QueryString}");
        if (_isGone) context.Abort();
        else if (Key is not null && context.Request.Headers.Authorization != $"Bearer {Key}") context.Response.StatusCode = 401;
        else await next(context);
    }

    private IResult Health() => HealthBody is { } body
        ? Results.Text(body)
        : Results.Json(new { ok = true, encodings = _templates.Values.Sum(t => t.Count), labels = _templates.Count });

    private IResult Student(string id) => TemplatesOf(id) is > 0 and var count
        ? Results.Json(new { ok = true, student = new { id, embedding_count = count } })
        : Results.Json(new { ok = false, msg = "Student not found" }, statusCode: 404);

    private async Task<IResult> EnrollAsync(HttpContext context)
    {
        var now = Interlocked.Increment(ref _inFlight);
        int most;
        while (now > (most = _mostInFlight)) Interlocked.CompareExchange(ref _mostInFlight, now, most);
        try
        {
            var form = await context.Request.ReadFormAsync();
            var student = form["student_id"].ToString();
            var image = await BytesAsync(form.Files["image"]!);
            var order = Encoding.UTF8.GetString(image);
            var attempt = _attempts.AddOrUpdate(order, 1, (_, n) => n + 1);

            if (order.StartsWith("hold", StringComparison.Ordinal) && attempt == 1)
            {
                Held.Release();
                await Hold.WaitAsync();
            }
            if (order.StartsWith("busy once", StringComparison.Ordinal) && attempt == 1)
            {
                context.Response.Headers.RetryAfter = "0";
                return Results.Json(new { title = "Busy", status = 503, code = "recognition.busy" }, statusCode: 503);
            }
            if (_isGone || order.StartsWith("drop always", StringComparison.Ordinal)
                || (order.StartsWith("drop once", StringComparison.Ordinal) && attempt == 1))
            {
                context.Abort();
                return Results.Empty;
            }
            if (order.StartsWith("no face", StringComparison.Ordinal))
                return Results.Json(new { ok = false, saved = 0, msg = "No face was found.", code = "no_face", faces_found = 0 });
            if (order.StartsWith("poor", StringComparison.Ordinal))
                return Results.Text("""{"ok":false,"saved":0,"msg":"Too poor.","code":"low_quality","reasons":["too_small","blurred"]}""");
            if (order.StartsWith("twin", StringComparison.Ordinal) && form["override_duplicate"] != "true")
                return Results.Text(
                    """{"ok":false,"saved":0,"msg":"Somebody else's.","code":"duplicate_person","faces_found":1,"student_id":"siswaZ"}""");
            if (order.StartsWith("twin changed", StringComparison.Ordinal) && form["override_another_person"] != "true")
                return Results.Text("""{"ok":false,"saved":0,"msg":"Not the same.","code":"another_person","faces_found":1}""");
            if (order.StartsWith("group", StringComparison.Ordinal) && form["central"] != "true")
                return Results.Text("""{"ok":false,"saved":0,"msg":"2 faces.","code":"multiple_faces","faces_found":2}""");
            if (form.ContainsKey("reason")) Reasons.Enqueue($"{student}: {form["reason"]}");
            if (order.StartsWith("not an image", StringComparison.Ordinal))
                return Results.Json(new { ok = false, msg = "Gambar tidak valid", code = "invalid_image" }, statusCode: 400);
            if (order.StartsWith("broken server", StringComparison.Ordinal)) return Results.StatusCode(500);

            var isNew = _templates.GetOrAdd(student, _ => new()).TryAdd(Convert.ToHexString(SHA256.HashData(image)), true);
            if (isNew && order.StartsWith("group", StringComparison.Ordinal))
                return Results.Json(new { ok = true, saved = 1, msg = "1 face saved", faces_found = 2, central = true });
            if (isNew && order.StartsWith("sibling", StringComparison.Ordinal))
                return Results.Text(
                    """{"ok":true,"saved":1,"msg":"1 face saved","faces_found":1,"lookalike":{"student_id":"siswaZ","similarity":0.5213}}""");
            if (isNew && order.StartsWith("sideways", StringComparison.Ordinal))
                return Results.Json(new { ok = true, saved = 1, msg = "1 face saved", faces_found = 1, turned = 90 });
            return isNew
                ? Results.Json(new { ok = true, saved = 1, msg = "1 face saved", faces_found = 1 })
                : Results.Json(new { ok = true, saved = 1, msg = "1 face saved", faces_found = 1, already_enrolled = true });
        }
        finally
        {
            Interlocked.Decrement(ref _inFlight);
        }
    }

    private async Task<IResult> RecognizeAsync(HttpContext context)
    {
        await BytesAsync((await context.Request.ReadFormAsync()).Files["image"]!);
        return Results.Text(RecognizeBody, "application/json", statusCode: RecognizeStatus);
    }

    private async Task<IResult> RealtimeAsync(HttpContext context)
    {
        Frames.Enqueue(await BytesAsync((await context.Request.ReadFormAsync()).Files["image"]!));
        return Results.Text(RealtimeBody, "application/json");
    }

    private async Task ListenAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        _listeners[socket] = true;
        Listening.Release();
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var part = await socket.ReceiveAsync(buffer, default);
                if (part.MessageType == WebSocketMessageType.Close) break;
                Heard.Enqueue(Encoding.UTF8.GetString(buffer, 0, part.Count));
                Spoken.Release();
            }
        }
        catch (WebSocketException)
        {
            // The listener went without a word.
        }
        _listeners.TryRemove(socket, out _);
    }

    private static async Task<byte[]> BytesAsync(IFormFile file)
    {
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes);
        return bytes.ToArray();
    }
}

internal static class Arrivals
{
    /// <summary>Waits for the next release, and fails rather than for ever.</summary>
    public static async Task ArriveAsync(this SemaphoreSlim arrivals)
    {
        if (!await arrivals.WaitAsync(TimeSpan.FromMinutes(1))) throw new TimeoutException("Nobody came within a minute.");
    }
}
