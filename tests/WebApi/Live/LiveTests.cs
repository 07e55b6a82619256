using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Live;

/// <summary>/ws/recognitions and /hubs/recognitions over real sockets.</summary>
public sealed class LiveTests
{
    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [TestCase("/ws/recognitions")]
    [TestCase("/ws/recognitions/")]
    public async Task Socket_FrameDispatched_HearsOfIt(string path)
    {
        using var listener = await ConnectAsync(_server, path);

        await _server.PostAsync("/recognize/realtime", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));

        Assert.That(await ReceiveAsync(listener), Does.Match(
            """^\{"type":"recognized","student_id":"ayu","distance":0(\.\d{1,4})?,"ts":\d{10},"dispatch":\{"status":"failed","http_status":null,"message":"webhook_disabled"\}\}$"""));
    }

    [Test]
    public async Task Socket_StudentEnrolled_HearsOfIt()
    {
        await using var server = await RunningServer.StartAsync();
        using var listener = await ConnectAsync(server, "/ws/recognitions");

        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));

        Assert.That(await ReceiveAsync(listener), Is.EqualTo("""{"type":"student.enrolled","student_id":"ayu","saved":1}"""));
    }

    [Test]
    public async Task Socket_ClientSaysAnything_IsIgnored()
    {
        using var listener = await ConnectAsync(_server, "/ws/recognitions");
        await listener.SendAsync("ping"u8.ToArray(), WebSocketMessageType.Text, true, Patience);
        await listener.SendAsync(new byte[64 * 1024], WebSocketMessageType.Binary, true, Patience);
        await listener.SendAsync(""u8.ToArray(), WebSocketMessageType.Text, true, Patience);

        Publish(_server, "one");

        Assert.That(await ReceiveAsync(listener), Does.Contain("\"student_id\":\"one\""));
    }

    [Test]
    public async Task Socket_MessageBeyondLimit_IsClosedWith1009()
    {
        using var listener = await ConnectAsync(_server, "/ws/recognitions");
        for (var i = 0; i < 200; i++) await listener.SendAsync(new byte[1024], WebSocketMessageType.Text, endOfMessage: false, Patience);

        var end = await listener.ReceiveAsync(new byte[1024], Patience);

        Assert.That(end.MessageType, Is.EqualTo(WebSocketMessageType.Close));
        Assert.That((int)listener.CloseStatus!, Is.EqualTo(1009));
    }

    [Test]
    public async Task Socket_ClientCloses_IsAnsweredWith1000()
    {
        using var listener = await ConnectAsync(_server, "/ws/recognitions");

        await listener.CloseAsync(WebSocketCloseStatus.NormalClosure, "bye", Patience);

        Assert.That((int)listener.CloseStatus!, Is.EqualTo(1000));
        Assert.That(listener.State, Is.EqualTo(WebSocketState.Closed));
    }

    [Test]
    public async Task Socket_ServerStops_IsClosedWith1001()
    {
        await using var server = await RunningServer.StartAsync();
        using var listener = await ConnectAsync(server, "/ws/recognitions");

        var stopping = server.StopAsync();
        var end = await listener.ReceiveAsync(new byte[1024], Patience);
        await listener.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", Patience);
        await stopping;

        Assert.That(end.MessageType, Is.EqualTo(WebSocketMessageType.Close));
        Assert.That((int)listener.CloseStatus!, Is.EqualTo(1001));
    }

    [Test]
    public async Task Socket_OneListenerReadsNothing_OthersHearEverything()
    {
        using var stuck = await ConnectAsync(_server, "/ws/recognitions");
        using var listener = await ConnectAsync(_server, "/ws/recognitions");
        var large = new string('x', 2000);

        // Far beyond what the kernel's buffers hold for the one that does not read.
        for (var i = 0; i < 10_000; i++)
        {
            Publish(_server, $"s{i}", large);
            Assert.That(await ReceiveAsync(listener), Does.Contain($"\"student_id\":\"s{i}\""));
        }
    }

    [Test]
    public async Task Socket_OrdinaryRequest_Is426()
    {
        var answer = await _server.GetAsync("/ws/recognitions");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UpgradeRequired));
        Assert.That(answer.Headers.Upgrade.Single().Name, Is.EqualTo("websocket"));
        Assert.That(answer.Body, Is.EqualTo("""{"detail":"Upgrade Required"}"""));
    }

    [TestCase("/ws/recognitions")]
    [TestCase("/hubs/recognitions")]
    public void Socket_PageOfAnotherSite_IsNotLetIn(string path)
    {
        using var listener = new ClientWebSocket();
        listener.Options.SetRequestHeader("Origin", "https://attacker.example");
        listener.Options.CollectHttpResponseDetails = true;

        Assert.ThrowsAsync<WebSocketException>(() => listener.ConnectAsync(_server.WebSocket(path), Patience));

        Assert.That(listener.HttpStatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Hub_FrameDispatched_HearsTheSameObjectAndWhichRecordItLeft()
    {
        using var listener = await ConnectAsync(_server, "/ws/recognitions");
        using var hub = await ConnectHubAsync(_server);

        await _server.PostAsync("/recognize/realtime", Form.Image(DrawnFaces.Portrait(DrawnPerson.Citra, 1)));

        var call = await ReceiveCallAsync(hub);
        Assert.That(call.GetProperty("target").GetString(), Is.EqualTo("recognized"));
        var records = (await _server.GetAsync("/api/v1/attendance?student_id=citra&limit=1000")).Json.GetProperty("items");
        var plain = await ReceiveAsync(listener);
        // A sighting that follows another within a minute leaves none.
        string[] possible =
        [
            plain, .. records.EnumerateArray().Select(r => $"{plain[..^1]},\"record_id\":\"{r.GetProperty("id")}\"}}"),
        ];
        Assert.That(possible, Does.Contain(call.GetProperty("arguments")[0].GetRawText()));
    }

    [Test]
    public async Task Hub_StudentEnrolled_HearsOfIt()
    {
        using var hub = await ConnectHubAsync(_server);

        _server.Services.GetRequiredService<IAttendanceFeed>().Publish(new StudentEnrolled(SchoolId.First, new StudentId("new"), Saved: 1));

        var call = await ReceiveCallAsync(hub);
        Assert.That(call.GetProperty("target").GetString(), Is.EqualTo("student.enrolled"));
        Assert.That(
            call.GetProperty("arguments")[0].GetRawText(), Is.EqualTo("""{"type":"student.enrolled","student_id":"new","saved":1}"""));
    }

    [Test]
    public async Task Hub_StudentMarked_HearsOfItAndThePlainSocketDoesNot()
    {
        using var listener = await ConnectAsync(_server, "/ws/recognitions");
        using var hub = await ConnectHubAsync(_server);

        var marked = await _server.PostAsync(
            "/api/v1/attendance/manual", RunningServer.Json("""{"student_id":"ayu","status":"late","reason":"bus"}"""));
        Publish(_server, "next");

        var call = await ReceiveCallAsync(hub);
        Assert.That(call.GetProperty("target").GetString(), Is.EqualTo("attendance.marked"));
        Assert.That(
            call.GetProperty("arguments")[0].GetRawText(),
            Is.EqualTo($$"""{"type":"attendance.marked","record_id":"{{marked.Json.GetProperty("id")}}"}"""));
        Assert.That(await ReceiveAsync(listener), Does.Contain("\"student_id\":\"next\""));
    }

    [Test]
    public async Task Hub_OneListenerReadsNothing_OthersHearEverything()
    {
        using var stuck = await ConnectHubAsync(_server);
        using var hub = await ConnectHubAsync(_server);
        var large = new string('x', 2000);

        for (var i = 0; i < 10_000; i++)
        {
            Publish(_server, $"s{i}", large);
            var call = await ReceiveCallAsync(hub);
            Assert.That(call.GetProperty("arguments")[0].GetProperty("student_id").GetString(), Is.EqualTo($"s{i}"));
        }
    }

    private static void Publish(RunningServer server, string student, string message = "") =>
        server.Services.GetRequiredService<IAttendanceFeed>().Publish(
            new Recognized(
                SchoolId.First, student, 0.3, DateTimeOffset.UnixEpoch, new DispatchReport(DispatchStatus.Sent, 200, message, false)));

    private static async Task<ClientWebSocket> ConnectAsync(RunningServer server, string path)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(server.WebSocket(path), Patience);
        return socket;
    }

    /// <summary>Speaks SignalR's JSON protocol by hand: each message ends with the record separator.</summary>
    private static async Task<ClientWebSocket> ConnectHubAsync(RunningServer server)
    {
        var socket = await ConnectAsync(server, "/hubs/recognitions");
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, true, Patience);
        Assert.That(await ReceiveAsync(socket), Is.EqualTo("{}\u001e"));
        return socket;
    }

    private static async Task<JsonElement> ReceiveCallAsync(ClientWebSocket hub)
    {
        while (true)
        {
            foreach (var message in (await ReceiveAsync(hub)).Split('\u001e', StringSplitOptions.RemoveEmptyEntries))
            {
                var json = JsonDocument.Parse(message).RootElement;
                if (json.GetProperty("type").GetInt32() == 1) return json; // 1 is a call, 6 a ping.
            }
        }
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var message = new MemoryStream();
        var buffer = new byte[8192];
        while (true)
        {
            var part = await socket.ReceiveAsync(buffer, patience.Token);
            Assert.That(part.MessageType, Is.EqualTo(WebSocketMessageType.Text));
            message.Write(buffer, 0, part.Count);
            if (part.EndOfMessage) return Encoding.UTF8.GetString(message.ToArray());
        }
    }
}
