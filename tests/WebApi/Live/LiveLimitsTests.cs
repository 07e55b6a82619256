using System.Net;
using System.Net.WebSockets;
using System.Text;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.TestKit;
using FaceAttendance.WebApi.Live;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Live;

/// <summary>What one caller of the hubs and sockets may hold and do, and both protocols of the hubs.</summary>
public sealed class LiveLimitsTests
{
    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await RunningServer.StartAsync(
            "FACE_PROFILE=starter", "RATE_LIMIT_BURST=5000", "LIVE_CONNECTIONS_PER_CALLER=50", "CORS_ORIGINS=https://school.example");
        await _server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await _server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Connections_EightHundredByOneStudent_AreHeldToTheirShareAndAnotherIsServed()
    {
        var (greedy, modest) = (await _server.NewTokenAsync("student", "ayu"), await _server.NewTokenAsync("student", "citra"));
        var sockets = new List<ClientWebSocket>();
        var refused = new List<HttpStatusCode>();
        for (var i = 0; i < 800; i++)
        {
            var socket = new ClientWebSocket();
            socket.Options.CollectHttpResponseDetails = true;
            try
            {
                await socket.ConnectAsync(_server.WebSocket($"/hubs/liveness?access_token={greedy}"), Patience);
                await socket.SendAsync(
                    "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, Patience);
                sockets.Add(socket);
            }
            catch (WebSocketException)
            {
                refused.Add(socket.HttpStatusCode);
                socket.Dispose();
            }
        }
        var commits = await CommitsInTenSecondsAsync();
        using var other = await ConnectAsync($"/hubs/liveness?access_token={modest}");
        var request = await _server.SendAsync(HttpMethod.Get, "/api/v1/sites", ("Authorization", "Bearer " + modest));
        foreach (var socket in sockets) socket.Dispose();

        Assert.That(sockets, Has.Count.EqualTo(50));
        Assert.That(refused, Has.Count.EqualTo(750).And.All.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(other.State, Is.EqualTo(WebSocketState.Open));
        Assert.That(request.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(commits, Is.LessThan(120), "one credential is asked about once, however many connections it opened");
    }

    [TestCase("/hubs/recognitions/negotiate?negotiateVersion=1", "POST", null)]
    [TestCase("/hubs/recognitions", "GET", "text/event-stream")]
    [TestCase("/ws/recognitions", "GET", "socket")]
    public async Task Connection_OneTooMany_IsRefusedClearlyOnEveryTransport(string path, string method, string? accept)
    {
        var key = await KeyAsync(Scopes.AttendanceRead);
        var sockets = new List<ClientWebSocket>();
        for (var i = 0; i < 50; i++) sockets.Add(await ConnectAsync($"/ws/recognitions?access_token={key}"));

        var headers = new List<(string, string)> { ("X-Api-Key", key) };
        if (accept == "socket")
            headers.AddRange([("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")]);
        else if (accept is not null) headers.Add(("Accept", accept));
        var refused = await _server.SendAsync(new HttpMethod(method), path, [.. headers]);
        foreach (var socket in sockets) socket.Dispose();

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("too_many_connections"));
        Assert.That(refused.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(async () =>
            (await _server.SendAsync(HttpMethod.Post, "/hubs/recognitions/negotiate?negotiateVersion=1", ("X-Api-Key", key))).Status,
            Is.EqualTo(HttpStatusCode.OK).After(20).Seconds.PollEvery(200).MilliSeconds);
    }

    [Test]
    public async Task LongPolling_ConnectionsThatLast_AreCountedToo()
    {
        var key = await KeyAsync(Scopes.AttendanceRead);
        var clients = new List<HubConnection>();
        for (var i = 0; i < 50; i++)
        {
            clients.Add(Client("/hubs/recognitions", key, HttpTransportType.LongPolling));
            await clients[^1].StartAsync(Patience);
        }
        await using var oneMore = Client("/hubs/recognitions", key, HttpTransportType.LongPolling);

        var refusal = Assert.ThrowsAsync<HttpRequestException>(() => oneMore.StartAsync(Patience))!;

        Assert.That(refusal.StatusCode, Is.EqualTo(HttpStatusCode.TooManyRequests));
        foreach (var client in clients) await client.DisposeAsync();
        Assert.That(async () =>
        {
            await using var again = Client("/hubs/recognitions", key, HttpTransportType.LongPolling);
            return again.StartAsync(Patience).ContinueWith(t => t.IsCompletedSuccessfully, TaskScheduler.Default).Result;
        }, Is.True.After(30).Seconds.PollEvery(500).MilliSeconds);
    }

    [Test]
    public async Task LongPolling_ConnectionOfAnotherCaller_IsNotLetIn()
    {
        var (owner, other) = (await KeyAsync(Scopes.AttendanceRead), await KeyAsync(Scopes.AttendanceRead));
        var begun = await _server.SendAsync(HttpMethod.Post, "/hubs/recognitions/negotiate?negotiateVersion=1", ("X-Api-Key", owner));
        var path = "/hubs/recognitions?id=" + begun.Json.GetProperty("connectionToken").GetString();
        await _server.SendAsync(HttpMethod.Get, path, ("X-Api-Key", owner)); // The first poll is answered at once.
        using var handshake = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent("{\"protocol\":\"json\",\"version\":1}\u001e"),
        };
        handshake.Headers.Add("X-Api-Key", owner);
        await _server.Http.SendAsync(handshake);

        var polled = await _server.SendAsync(HttpMethod.Get, path, ("X-Api-Key", other));
        var posted = await SayAsync(other);
        var owned = await SayAsync(owner);

        Assert.That(polled.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(posted, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(owned, Is.EqualTo(HttpStatusCode.OK));

        async Task<HttpStatusCode> SayAsync(string key)
        {
            using var ping = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent("{\"type\":6}\u001e") };
            ping.Headers.Add("X-Api-Key", key);
            return (await _server.Http.SendAsync(ping)).StatusCode;
        }
    }

    [TestCase("SubmitFrame", "\"AAAA\"", TestName = "Hub_CallsOutOfTurn_AreALineEachAndEndTheConnection")]
    [TestCase("NoSuchMethod", "1", TestName = "Hub_CallsOfNoMethod_EndTheConnection")]
    [TestCase("Start", "1,2,3", TestName = "Hub_CallsWithWrongArguments_EndTheConnection")]
    public async Task Hub_CallerAtFault(string method, string arguments)
    {
        using var hub = await ConnectAsync("/hubs/liveness?access_token=" + await _server.NewTokenAsync("student", "ayu"));
        await hub.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, Patience);
        var before = LogScan.Lines.Count;

        var sent = 0;
        while (sent < 2000 && hub.State == WebSocketState.Open)
        {
            try
            {
                await hub.SendAsync(
                    Encoding.UTF8.GetBytes(
                        $$"""{"type":1,"target":"{{method}}","arguments":[{{arguments}}],"invocationId":"{{sent++}}"}{{'\u001e'}}"""),
                        WebSocketMessageType.Text, true, Patience);
                if (sent % 10 == 0) await Task.Delay(20);
            }
            catch (WebSocketException)
            {
                break;
            }
        }
        Assert.That(async () =>
        {
            try
            {
                return (await hub.ReceiveAsync(new byte[64 * 1024], Patience)).MessageType == WebSocketMessageType.Close;
            }
            catch (WebSocketException) { return true; }
        },
            Is.True.After(30).Seconds.PollEvery(10).MilliSeconds);
        var lines = LogScan.Lines.Skip(before)
            .Where(l => l.Contains("\"event\":185", StringComparison.Ordinal) || l.Contains("SignalR", StringComparison.Ordinal)).ToList();
        Assert.That(lines, Has.None.Contains("\"exception\":\"").And.None.Contains("\"level\":\"Error\""));
        Assert.That(lines.Count, Is.InRange(1, HubManners.MostFaults + 3));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task RecognitionsHub_EitherProtocol_HearsTheSameEvent(bool pack)
    {
        await using var hub = Client("/hubs/recognitions", await KeyAsync(Scopes.AttendanceRead), HttpTransportType.WebSockets, pack);
        var heard = new TaskCompletionSource<Dictionary<string, object?>>();
        hub.On<Dictionary<string, object?>>("student.enrolled", m => heard.TrySetResult(m));
        await hub.StartAsync(Patience);

        var patience = Patience;
        // A client knows that it is connected a moment before the server makes it a listener.
        while (!heard.Task.IsCompleted)
        {
            _server.Services.GetRequiredService<IAttendanceFeed>()
                .Publish(new StudentEnrolled(SchoolId.First, new StudentId("new"), Saved: 1));
            await Task.WhenAny(heard.Task, Task.Delay(TimeSpan.FromMilliseconds(200), patience));
            patience.ThrowIfCancellationRequested();
        }

        var said = await heard.Task;
        Assert.That(said.ToDictionary(m => m.Key, m => m.Value?.ToString()), Is.EquivalentTo(
            new Dictionary<string, string?> { ["type"] = "student.enrolled", ["student_id"] = "new", ["saved"] = "1" }));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task LivenessHub_OverMessagePack_AsksAndJudgesABareFrame(bool saysMirrored)
    {
        await using var hub =
            Client("/hubs/liveness", await _server.NewTokenAsync("student", "citra"), HttpTransportType.WebSockets, pack: true);
        var (asked, judged) =
            (new TaskCompletionSource<Dictionary<string, object?>>(), new TaskCompletionSource<Dictionary<string, object?>>());
        hub.On<Dictionary<string, object?>>("Challenge", m => asked.TrySetResult(m));
        hub.On<Dictionary<string, object?>>("Progress", m => judged.TrySetResult(m));
        await hub.StartAsync(Patience);

        await hub.InvokeAsync(
            "Start", saysMirrored ? new Dictionary<string, object> { ["user_id"] = "citra", ["mirrored"] = true } : "citra", Patience);
        await hub.InvokeAsync("SubmitFrame", DrawnFaces.Portrait(DrawnPerson.Citra), Patience);

        Assert.That((await asked.Task.WaitAsync(Patience))["challenge"], Is.TypeOf<string>());
        Assert.That((await judged.Task.WaitAsync(Patience)).Keys, Is.SupersetOf(new[] { "error", "challenge", "action_detected" }));
    }

    [TestCase("https://school.example", true)]
    [TestCase("http://localhost:5173", true)]
    [TestCase("https://attacker.example", false)]
    public async Task Page_WithCredentials_MayUseTheHubWhereItsOriginIsNamed(string origin, bool may)
    {
        var answer =
            await _server.SendAsync(
                HttpMethod.Options, "/hubs/recognitions/negotiate", ("Origin", origin), ("Access-Control-Request-Method", "POST"));

        Assert.That(answer.Headers.TryGetValues("Access-Control-Allow-Credentials", out var allowed) ? allowed.Single() : null,
            Is.EqualTo(may ? "true" : null));
        Assert.That(answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var named) ? named.Single() : null,
            Is.EqualTo(may ? origin : null));
    }

    private HubConnection Client(string path, string credential, HttpTransportType transport, bool pack = false)
    {
        var builder = new HubConnectionBuilder()
            .WithUrl(new Uri(_server.Address, path), transport, o => o.AccessTokenProvider = () => Task.FromResult<string?>(credential));
        return (pack ? builder.AddMessagePackProtocol() : builder).Build();
    }

    private async Task<ClientWebSocket> ConnectAsync(string path)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(_server.WebSocket(path), Patience);
        return socket;
    }

    private async Task<string> KeyAsync(string scope)
    {
        var made = await _server.PostAsync("/api/v1/api-keys", RunningServer.Json($$"""{"name":"test","scopes":["{{scope}}"]}"""));
        return made.Json.GetProperty("key").GetString()!;
    }

    private async Task<long> CommitsInTenSecondsAsync()
    {
        // PostgreSQL counts a connection's commits some seconds late.
        await Task.Delay(TimeSpan.FromSeconds(12));
        var before = await CommitsAsync();
        await Task.Delay(TimeSpan.FromSeconds(10));
        return await CommitsAsync() - before;
    }

    private Task<long> CommitsAsync() =>
        _server.Database.ReadAsync<long>("SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()");
}
