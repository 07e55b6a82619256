using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Contract;

/// <summary>POST /recognize/realtime, up to what the school's backend receives.</summary>
public sealed class DispatchTests
{
    private static readonly byte[] Ayu = DrawnFaces.Portrait(DrawnPerson.Ayu, 1);

    [Test]
    public async Task Realtime_KnownFace_ReachesTheReceiverAndTellsItsAnswer()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.AnswerWith(201, """{"stored":"já"}""");
        await using var server = await StartAsync(receiver);

        var answer = await server.PostAsync("/recognize/realtime", Form.Image(Ayu));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Body, Does.Match(
            """^\{"ok":true,"results":\[\{"box":\[\d+,\d+,\d+,\d+\],"label":"ayu","distance":0\.\d{1,4}\}\],"dispatch":\[\{"label":"ayu","report":\{"status":"sent","http_status":201,"message":"\{\\"stored\\":\\"já\\"\}"\}\}\],"webhook_enabled":true\}$"""));
        var delivered = receiver.Received.Single();
        var face = answer.Json.GetProperty("results")[0];
        var box = face.GetProperty("box").EnumerateArray().Select(v => v.GetInt32()).ToArray();
        Assert.That(delivered.Body, Does.Match(
            $$$"""^\{"event":"attendance\.recognized","student_id":"ayu","distance":{{{face.GetProperty("distance").GetRawText()}}},"ts":\d{10},"frame_info":\{"w":320,"h":320\},"box":\{"top":{{{box[0]}}},"right":{{{box[1]}}},"bottom":{{{box[2]}}},"left":{{{box[3]}}}\}\}$"""));
    }

    [Test]
    public async Task Realtime_DeliveredEvent_IsSignedAndCarriesTheKey()
    {
        var key = RandomNumberGenerator.GetBytes(32);
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server =
            await StartAsync(receiver, "ATTENDANCE_API_KEY=k-123", $"ATTENDANCE_WEBHOOK_SECRET=whsec_{Convert.ToBase64String(key)}");

        await server.PostAsync("/recognize/realtime", Form.Image(Ayu));

        var delivered = receiver.Received.Single();
        var signed = $"{delivered.Headers["webhook-id"]}.{delivered.Headers["webhook-timestamp"]}.{delivered.Body}";
        Assert.That(delivered.Headers["Authorization"], Is.EqualTo("Bearer k-123"));
        Assert.That(delivered.Headers["Content-Type"], Does.StartWith("application/json"));
        Assert.That(delivered.Headers["webhook-signature"],
            Is.EqualTo("v1," + Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(signed)))));
    }

    [Test]
    public async Task Realtime_ContextFields_ArePassedOn()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver);
        var form = Form.With(("class_id", "7B"), ("session_id", "morning")).File("image", Ayu);

        await server.PostAsync("/recognize/realtime?device_id=gate-1&location_id=hall", form);

        var body = JsonDocument.Parse(receiver.Received.Single().Body).RootElement;
        Assert.That(
            new[] { "device_id", "location_id", "class_id", "session_id" }.Select(f => body.GetProperty(f).GetString()),
            Is.EqualTo(new[] { "gate-1", "hall", "7B", "morning" }));
    }

    [Test]
    public async Task Realtime_Record_HoldsTheDistanceAndTheRawSimilarity()
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));

        var seen = (await server.PostAsync("/recognize/realtime", Form.Image(Ayu))).Json.GetProperty("results")[0];
        var raw = (await server.PostAsync("/api/v1/recognitions", Form.Image(Ayu))).Json.GetProperty("faces")[0];
        var record = (await server.GetAsync("/api/v1/attendance?student_id=ayu")).Json.GetProperty("items")[0];

        var evidence = record.GetProperty("evidence");
        Assert.That(evidence.GetProperty("distance").GetDouble(), Is.EqualTo(seen.GetProperty("distance").GetDouble()));
        Assert.That(evidence.GetProperty("similarity").GetDouble(), Is.EqualTo(raw.GetProperty("similarity").GetDouble()).Within(0.0001));
    }

    [TestCase(null, "attendance.recognized", TestName = "OperatorsReceiver_ByDefault_HearsOfRecognitionsAlone")]
    [TestCase(
        "attendance.marked", "attendance.marked,attendance.recognized", TestName = "OperatorsReceiver_OtherEventsNamed_HearsOfThemToo")]
    public async Task OperatorsReceiver(string? named, string expected)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver, named is null ? [] : [$"ATTENDANCE_WEBHOOK_EVENTS={named}"]);

        await server.PostAsync(
            "/api/v1/attendance/manual", RunningServer.Json("""{"student_id":"ayu","status":"absent","reason":"ill"}"""));
        await server.PostAsync("/recognize/realtime", Form.Image(Ayu));

        var shown = (await server.GetAsync("/api/v1/webhooks")).Json.GetProperty("items")[0].GetProperty("events");
        Assert.That(
            await server.Database.ReadAsync<string>("SELECT string_agg(type, ',' ORDER BY type) FROM events"), Is.EqualTo(expected));
        Assert.That(shown.EnumerateArray().Select(e => e.GetString()).Order(), Is.EqualTo(expected.Split(',')));
        Assert.That(receiver.Received.Select(r => r.Body), Has.Some.StartsWith("{\"event\":\"attendance.recognized\""));
    }

    [Test]
    public async Task Realtime_WithinTheCooldown_IsSkipped()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver, "EVENT_COOLDOWN_SECONDS=3600");

        await server.PostAsync("/recognize/realtime", Form.Image(Ayu));
        var second = await server.PostAsync("/recognize/realtime", Form.Image(Ayu));

        var report = second.Json.GetProperty("dispatch")[0].GetProperty("report");
        Assert.That(report.GetProperty("status").GetString(), Is.EqualTo("skipped"));
        Assert.That(report.GetProperty("message").GetString(), Does.Match(@"^cooldown_active \(3[56]\d\ds left\)$"));
        Assert.That(report.GetProperty("reason").GetString(), Is.EqualTo(report.GetProperty("message").GetString()));
        Assert.That(report.TryGetProperty("http_status", out _), Is.False);
        Assert.That(receiver.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Realtime_SameStudentTwiceInOneFrame_SecondIsSkipped()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver);
        var twice =
            DrawnFaces.Picture(480, 320, 7, new DrawnFace(DrawnPerson.Ayu, 120, 150, 78), new DrawnFace(DrawnPerson.Ayu, 350, 150, 72));

        var answer = await server.PostAsync("/recognize/realtime", Form.Image(twice));

        Assert.That(
            answer.Json.GetProperty("dispatch").EnumerateArray().Select(d => d.GetProperty("report").GetProperty("status").GetString()),
            Is.EqualTo(new[] { "sent", "skipped" }));
        Assert.That(receiver.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Realtime_KnownFaceBeyondMinConf_KeepsItsLabelFiresNothingAndSaysWhy()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver);

        var answer = await server.PostAsync("/recognize/realtime?min_conf=0.0001", Form.Image(Ayu));

        Assert.That(answer.Json.GetProperty("results")[0].GetProperty("label").GetString(), Is.EqualTo("ayu"));
        Assert.That(
            answer.Json.GetProperty("dispatch").GetRawText(),
            Is.EqualTo("""[{"label":"ayu","report":{"status":"skipped","message":"beyond min_conf","reason":"beyond min_conf"}}]"""));
        Assert.That(receiver.Received, Is.Empty);
    }

    [TestCase("min_conf=0")]
    [TestCase("min_conf=0.9")]
    [TestCase("min_conf=1e3")]
    [TestCase("send_unknown=no")]
    public async Task Realtime_MinConfThatTightensNothing_Fires(string query)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver);

        var answer = await server.PostAsync($"/recognize/realtime?{query}", Form.Image(Ayu));

        Assert.That(answer.Json.GetProperty("dispatch").GetArrayLength(), Is.EqualTo(1));
    }

    [TestCase("false", 0)]
    [TestCase("true", 1)]
    public async Task Realtime_Stranger_IsSentOnlyWhenAskedFor(string sendUnknown, int expected)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = await StartAsync(receiver);

        var answer =
            await server.PostAsync(
                $"/recognize/realtime?send_unknown={sendUnknown}&min_conf=0.0001", Form.Image(DrawnFaces.Portrait(DrawnPerson.Dewa)));

        Assert.That(answer.Json.GetProperty("dispatch").GetArrayLength(), Is.EqualTo(expected));
        Assert.That(receiver.Received.Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("student_id").GetString()),
            Is.EqualTo(Enumerable.Repeat("Unknown", expected)));
    }

    [Test]
    public async Task Realtime_ReceiverRefuses_IsFailedAndKept()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.AnswerWith(500, "out of order");
        await using var server = await StartAsync(receiver);

        var answer = await server.PostAsync("/recognize/realtime", Form.Image(Ayu));

        Assert.That(answer.Body, Does.Contain("""
            "report":{"status":"failed","http_status":500,"message":"out of order","will_retry":true}
            """));
    }

    [Test]
    public async Task Realtime_NoWebhook_SaysSo()
    {
        var server = await SharedServer.GetAsync();

        var answer = await server.PostAsync("/recognize/realtime", Form.Image(Ayu));

        Assert.That(answer.Body,
            Does.EndWith(
                ""","dispatch":[{"label":"ayu","report":{"status":"failed","http_status":null,"message":"webhook_disabled"}}],"webhook_enabled":false}"""));
    }

    [TestCase("min_conf=NaN", "min_conf")]
    [TestCase("min_conf=nan", "min_conf")]
    [TestCase("min_conf=Infinity", "min_conf")]
    [TestCase("min_conf=-Infinity", "min_conf")]
    [TestCase("min_conf=1e999", "min_conf")]
    [TestCase("min_conf=-0.1", "min_conf")]
    [TestCase("min_conf=0,5", "min_conf")]
    [TestCase("min_conf=abc", "min_conf")]
    [TestCase("min_conf=", "min_conf")]
    [TestCase("min_conf=0.1&min_conf=0.2", "min_conf")]
    [TestCase("send_unknown=maybe", "send_unknown")]
    [TestCase("send_unknown=", "send_unknown")]
    [TestCase("device_id=%00", "device_id")]
    [TestCase("device_id=12345678901234567890123456789012345678901234567890123456789012345", "device_id")]
    public async Task Realtime_BadQuery_Is422AtItsPlace(string query, string field)
    {
        var server = await SharedServer.GetAsync();

        var answer = await server.PostAsync($"/recognize/realtime?{query}", Form.Image(Ayu));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Json.GetProperty("detail").GetArrayLength(), Is.EqualTo(1));
        Assert.That(answer.Json.GetProperty("detail")[0].GetProperty("loc").ToString(), Is.EqualTo($"""["query","{field}"]"""));
    }

    [Test]
    public async Task Realtime_OwnMockWebhook_IsSentWithoutDeadlock()
    {
        // The address has to be known before the server listens on it.
        var port = FreePort();
        await using var server = await RunningServer.StartAsync(
            $"urls=http://127.0.0.1:{port}", $"ATTENDANCE_WEBHOOK_URL=http://127.0.0.1:{port}/mock/webhook", "EVENT_COOLDOWN_SECONDS=0");
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => server.PostAsync("/recognize/realtime", Form.Image(Ayu))));

        foreach (var answer in answers)
        {
            var report = answer.Json.GetProperty("dispatch")[0].GetProperty("report");
            Assert.That(report.GetProperty("status").GetString(), Is.EqualTo("sent"), answer.Body);
            Assert.That(report.GetProperty("message").GetString(),
                Does.Match("""^\{"ok":true,"token":"ATT-\d+-ayu","received":\{"event":"attendance.recognized","""));
        }
    }

    private static async Task<RunningServer> StartAsync(WebhookReceiver receiver, params string[] settings)
    {
        var server = await RunningServer.StartAsync([$"ATTENDANCE_WEBHOOK_URL={receiver.Url}", .. settings]);
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        return server;
    }

    private static int FreePort()
    {
        var listener = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        return port;
    }
}
