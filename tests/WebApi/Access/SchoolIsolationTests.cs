using System.Net;
using System.Net.WebSockets;
using System.Text;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Access;

/// <summary>
/// Two schools on one server. Every route is called with the administrator's key of the second and the ids of the first, and must show and
/// change nothing of it. A route without a row here fails a test.
/// </summary>
public sealed class SchoolIsolationTests
{
    // In every name that the first school gives, and in no id.
    private const string Secret = "Rahasia";

    private const string Student = "rahasia-1";
    private const string Taken = "rahasia-2";
    private const string Device = "gate-rahasia";

    /// <summary>
    /// What the second school's administrator gets from a route: the ids in braces are the first school's. Where nothing of the first
    /// school's can be named, the answer is the second school's own.
    /// </summary>
    private static readonly Row[] Routes =
    [
        new("GET", "/health", 200, Expect: "\"encodings\":"),
        new("GET", "/config", 200),
        new("GET", "/metrics", 403),
        new("POST", "/mock/webhook", 200, Body: "{}"),
        new("POST", "/enroll", 200, Form: () => Form.With(("student_id", "own-1")).File("image", Portrait(DrawnPerson.Citra)),
            Expect: "\"saved\":1"),
        new("POST", "/recognize", 200, Form: () => Form.Image(Portrait(DrawnPerson.Ayu)), Expect: "\"Unknown\""),
        new("POST", "/recognize/realtime", 200, Form: () => Form.Image(Portrait(DrawnPerson.Ayu)), Expect: "\"Unknown\""),
        new("POST", "/students", 200, Form: () => Form.With(("student_id", Taken), ("full_name", "Own"))),
        new("GET", "/students", 200),
        new("GET", "/students/{student}", 404),
        new("GET", "/attendance/today", 200),
        new("GET", "/attendance/student/{student}", 404),
        new("GET", "/api/v1/students", 200),
        new("POST", "/api/v1/students", 201, Body: """{"id":"own-4","full_name":"Own"}"""),
        new("GET", "/api/v1/classes", 200),
        new("PUT", "/api/v1/students/{student}", 404, Body: """{"full_name":"Own"}"""),
        new("GET", "/api/v1/students/{student}", 404),
        new("DELETE", "/api/v1/students/{student}", 404),
        new("GET", "/api/v1/students/{student}/faces", 404),
        new("POST", "/api/v1/students/{own}/faces", 201, Form: () => Form.Image(Portrait(DrawnPerson.Dewa))),
        new("DELETE", "/api/v1/students/{student}/faces/{face}", 404),
        new("POST", "/api/v1/students/import", 200,
            Form: () => Form.With().File("roster", "student_id,full_name\nrahasia-2,Own\n"u8.ToArray(), "roster.csv")),
        new("POST", "/api/face/train", 403, Form: () => Form.Image(Portrait(DrawnPerson.Ayu))),
        new("POST", "/api/face/test", 403, Form: () => Form.Image(Portrait(DrawnPerson.Ayu))),
        new("POST", "/api/v1/verifications", 422, Form: () => Form.With(("student_id", Student)).File("image", Portrait(DrawnPerson.Ayu))),
        new("GET", "/api/v1/students/{student}/consent", 404),
        new("PUT", "/api/v1/students/{student}/consent", 404, Body: """{"state":"withdrawn","method":"paper"}"""),
        new("POST", "/api/v1/students/{student}/erasure", 404),
        new("GET", "/api/v1/students/{student}/export", 404),
        new("GET", "/api/v1/erasures/{receipt}", 404),
        new("GET", "/api/v1/retention", 200),
        new("POST", "/api/v1/retention/run", 200),
        new("GET", "/api/v1/template-keys", 200),
        new("POST", "/api/v1/template-keys/rotation", 200),
        new("POST", "/api/presence/presence-check", 403, Body: """{"lat":-7.9673435,"lon":112.6267206}"""),
        new("GET", "/api/v1/sites", 200),
        new("POST", "/api/v1/sites", 201, Body: OwnSite),
        new("GET", "/api/v1/sites/{site}", 404),
        new("PUT", "/api/v1/sites/{site}", 404, Body: OwnSite),
        new("DELETE", "/api/v1/sites/{site}", 404),
        new("GET", "/api/v1/evidence-policy", 200, Expect: "\"refuse\""),
        new("PUT", "/api/v1/evidence-policy", 200, Body: """{"action":"review","decisive_weight":3}"""),
        new("POST", "/api/v1/check-ins", 404, Body:
            """{"student_id":"{student}","liveness_token":"{token}","lat":-7.9673435,"lon":112.6267206,"accuracy_m":5,"captured_at":"{now}","device_id":"phone"}"""),
        new("GET", "/api/v1/class-sessions", 200),
        new("GET", "/api/v1/roll-call", 200),
        new("POST", "/api/v1/sites/distance", 200, Body: """{"lat":-7.9673435,"lon":112.6267206}"""),
        new("GET", "/api/v1/reports/attendance", 200),
        new("GET", "/api/v1/reports/attendance.csv", 200),
        new("GET", "/api/v1/timetable/lessons", 200),
        new("POST", "/api/v1/timetable/lessons", 422, Body:
            """{"name":"Own","weekdays":["monday"],"starts":"07:00","ends":"07:45","students":["{student}"]}"""),
        new("GET", "/api/v1/timetable/lessons/{lesson}", 404),
        new("PUT", "/api/v1/timetable/lessons/{lesson}", 404, Body:
            """{"name":"Own","weekdays":["monday"],"starts":"07:00","ends":"07:45"}"""),
        new("DELETE", "/api/v1/timetable/lessons/{lesson}", 404),
        new("GET", "/api/v1/timetable/holidays", 200),
        new("POST", "/api/v1/timetable/holidays", 201, Body: """{"name":"Own","first_day":"2026-08-17"}"""),
        new("DELETE", "/api/v1/timetable/holidays/{holiday}", 404),
        new("POST", "/api/v1/timetable/import", 200, Form: () => Form.With().File(
            "timetable", "name,weekdays,starts,ends\nOwn,mon,07:00,07:45\n"u8.ToArray(), "timetable.csv")),
        new("POST", "/api/v1/class-sessions", 422, Body:
            """{"name":"Own","opens_at":"2026-01-05T06:45:00Z","starts_at":"2026-01-05T07:00:00Z","ends_at":"2026-01-05T07:45:00Z","roster":["{student}"]}"""),
        new("GET", "/api/v1/class-sessions/{session}", 404),
        new("PUT", "/api/v1/class-sessions/{session}", 404, Body:
            """{"name":"Own","opens_at":"2026-01-05T06:45:00Z","starts_at":"2026-01-05T07:00:00Z","ends_at":"2026-01-05T07:45:00Z","roster":[]}"""),
        new("POST", "/api/v1/recognitions", 200, Form: () => Form.Image(Portrait(DrawnPerson.Ayu))),
        new("POST", "/api/v1/sightings", 422, Body: """{"sighting":"{sighting}"}"""),
        new("DELETE", "/api/v1/class-sessions/{session}", 404),
        new("GET", "/api/v1/attendance", 200),
        new("GET", "/api/v1/attendance.csv", 200),
        new("POST", "/api/v1/attendance/{record}/correction", 404, Body: """{"student_id":null,"reason":"none"}"""),
        new("DELETE", "/api/v1/attendance/{record}/correction", 404),
        new("POST", "/api/v1/attendance/manual", 404, Body: """{"student_id":"{student}","status":"present","reason":"none"}"""),
        new("GET", "/api/v1/api-keys", 200),
        new("POST", "/api/v1/api-keys", 201, Body: """{"name":"Own","scopes":["enroll"]}"""),
        new("POST", "/api/v1/api-keys/{key}/rotate", 404, Body: "{}"),
        new("DELETE", "/api/v1/api-keys/{key}", 404),
        new("GET", "/api/v1/webhooks", 200),
        new("POST", "/api/v1/webhooks", 201, Body: """{"url":"https://127.0.0.1:9/hook","enabled":false}"""),
        new("GET", "/api/v1/webhooks/{webhook}", 404),
        new("PATCH", "/api/v1/webhooks/{webhook}", 404, Body: """{"enabled":false}"""),
        new("DELETE", "/api/v1/webhooks/{webhook}", 404),
        new("POST", "/api/v1/webhooks/{webhook}/rotate-secret", 404),
        new("POST", "/api/v1/webhooks/{webhook}/test", 404),
        new("POST", "/api/v1/webhooks/{webhook}/replay", 404, Body: """{"from":"2026-01-05T00:00:00Z","to":"2026-01-06T00:00:00Z"}"""),
        new("GET", "/api/v1/webhooks/{webhook}/deliveries", 404),
        new("GET", "/api/v1/webhooks/{webhook}/deliveries/{delivery}", 404),
        new("POST", "/api/v1/webhooks/{webhook}/deliveries/{delivery}/replay", 404),
        new("GET", "/api/v1/server", 200, Expect: "\"machine\":null"),
        new("GET", "/api/v1/gallery/scores", 200),
        new("GET", "/api/v1/notices", 200),
        new("POST", "/api/v1/notices/{notice}/acknowledgement", 404),
        new("GET", "/api/v1/audit", 200),
        new("GET", "/api/v1/gallery/similarities", 200),
        new("GET", "/api/v1/audit/verification", 200),
        new("GET", "/api/v1/session", 200, Expect: "\"code\":\"second\""),
        new("DELETE", "/api/v1/session", 409),
        new("PUT", "/api/v1/session/password", 403, Body: """{"current":"a long enough one","password":"another long one"}"""),
        new("GET", "/api/v1/server/address", 200, Expect: "\"root\":null"),
        new("GET", "/api/v1/school", 200, Expect: "\"code\":\"second\""),
        new("PUT", "/api/v1/school", 200, Body: """{"name":"Second","time_zone":"UTC"}"""),
        new("GET", "/api/v1/users", 200),
        new("POST", "/api/v1/users", 201, Body: """{"username":"own-operator","password":"a long enough one","role":"operator"}"""),
        new("PATCH", "/api/v1/users/{user}", 404, Body: """{"disabled":true}"""),
        new("DELETE", "/api/v1/users/{user}/tokens", 404),
        new("GET", "/api/v1/devices", 200),
        new("POST", "/api/v1/devices", 201, Body: """{"device_id":"own-gate"}"""),
        new("DELETE", "/api/v1/devices/{device}", 404),
        new("GET", "/api/v1/cameras", 200),
        new("POST", "/api/v1/cameras", 201, Body: OwnCamera),
        new("GET", "/api/v1/cameras/{camera}", 404),
        new("PUT", "/api/v1/cameras/{camera}", 404, Body: OwnCamera),
        new("DELETE", "/api/v1/cameras/{camera}", 404),
        new("GET", "/api/v1/cameras/{camera}/still", 404),
        new("POST", "/api/v1/devices/{device}/heartbeat", 403),
    ];

    /// <summary>Connections, which are no question with one answer: each has a test of its own below.</summary>
    private static readonly string[] Live = ["/ws/recognitions", "/ws/liveness", "/hubs/recognitions", "/hubs/liveness", "/hubs/cameras"];

    private const string OwnSite =
        """{"type":"Feature","geometry":{"type":"Point","coordinates":[1,1]},"properties":{"name":"Own","radius_m":20}}""";

    private const string OwnCamera =
        """{"name":"Own","source":"rtsp://10.255.255.1/own","device_id":"own-camera","enabled":false}""";

    private WebhookReceiver _receiver = null!;
    private RunningServer _server = null!;
    private string _otherKey = null!;
    private Dictionary<string, string> _ids = null!;
    private string[] _secrets = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _receiver = await WebhookReceiver.StartAsync();
        _server = await RunningServer.StartAsync(
            "FACE_PROFILE=starter", "EVENT_COOLDOWN_SECONDS=0", "WEBHOOK_ALLOW_PRIVATE=true", $"ATTENDANCE_WEBHOOK_URL={_receiver.Url}");
        _otherKey = (await _server.Services.GetRequiredService<OperatorAccess>().AddSchoolAsync("Second", CancellationToken.None)).Key
            .Reveal();

        await _server.PostAsync("/students", Form.With(("student_id", Student), ("full_name", Secret + " Satu"), ("class_name", Secret)));
        await _server.PostAsync("/students", Form.With(("student_id", Taken), ("full_name", Secret + " Dua")));
        await _server.EnrollAsync(Student, Portrait(DrawnPerson.Ayu));
        await _server.EnrollAsync(Taken, Portrait(DrawnPerson.Citra));
        await _server.PostAsync("/recognize/realtime", Form.Image(Portrait(DrawnPerson.Ayu)));
        await _server.PostAsync("/students", Form.With(("student_id", "rahasia-3"), ("full_name", Secret + " Tiga")));
        var erased = await _server.PostAsync("/api/v1/students/rahasia-3/erasure", null);
        var now = DateTimeOffset.UtcNow;
        _ids = new()
        {
            ["student"] = Student,
            ["notice"] = Guid.CreateVersion7().ToString(),
            ["device"] = Device,
            ["user"] = "rahasia-user",
            ["receipt"] = IdIn(erased.Json),
            ["webhook"] = IdIn((await PostAsync("/api/v1/webhooks", $$"""{"url":"{{_receiver.Url}}","description":"{{Secret}}"}""")).Json),
            ["record"] = IdIn(
                (await _server.GetAsync($"/api/v1/attendance?student_id={Student}")).Json.GetProperty("items")[0]),
            ["face"] = IdIn((await _server.GetAsync($"/api/v1/students/{Student}/faces")).Json.GetProperty("items")[0]),
            ["site"] = IdIn((await PostAsync("/api/v1/sites", OwnSite.Replace("Own", Secret, StringComparison.Ordinal))).Json),
            ["session"] = IdIn((await PostAsync("/api/v1/class-sessions",
                $$"""{"name":"{{Secret}}","starts_at":"{{now:yyyy-MM-ddTHH:mm:ss'Z'}}","ends_at":"{{now.AddHours(2):yyyy-MM-ddTHH:mm:ss'Z'}}","roster":["{{Student}}"]}""")).Json),
            ["lesson"] = IdIn((await PostAsync("/api/v1/timetable/lessons",
                $$"""{"name":"{{Secret}}","weekdays":["monday"],"starts":"07:00","ends":"07:45","students":["{{Student}}"]}""")).Json),
            ["holiday"] = IdIn((await PostAsync("/api/v1/timetable/holidays", $$"""{"name":"{{Secret}}","first_day":"2999-08-17"}""")).Json),
            ["key"] = IdIn((await PostAsync("/api/v1/api-keys", $$"""{"name":"{{Secret}}","scopes":["admin"]}""")).Json),
            ["token"] = _server.Services.GetRequiredService<ILivenessTokens>().Issue(
                new(SchoolId.First, new(Student), new(Guid.NewGuid()), now.AddSeconds(-1), now.AddMinutes(10), PadAsked: false)),
        };
        _ids["camera"] = IdIn((await PostAsync("/api/v1/cameras",
            $$"""{"name":"{{Secret}}","source":"rtsp://10.255.255.1/{{Secret}}","device_id":"camera-rahasia","enabled":false}""")).Json);
        _ids["sighting"] = (await _server.PostAsync("/api/v1/recognitions?hold=true", Form.Image(Portrait(DrawnPerson.Ayu))))
            .Json.GetProperty("faces")[0].GetProperty("sighting").GetString()!;
        _ids["delivery"] = IdIn((await _server.PostAsync($"/api/v1/webhooks/{_ids["webhook"]}/test", null)).Json);
        (_secrets, _ids["own"], _ids["now"]) = ([.. _ids.Values, Secret], "own-3", $"{now:yyyy-MM-ddTHH:mm:ss'Z'}");
        await PostAsync("/api/v1/users", $$"""{"username":"{{_ids["user"]}}","password":"a long enough one","role":"operator"}""");
        await PostAsync("/api/v1/devices", $$"""{"device_id":"{{Device}}","name":"{{Secret}}"}""");
        await _server.Database.ExecuteAsync(
            $"""
            INSERT INTO notices (school_id, id, kind, subject, label, raised_at)
            SELECT id, '{_ids["notice"]}', 'camera_silent', '{Device}', '{Secret}', now() FROM schools WHERE name <> 'Second'
            """);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Test]
    public void EveryRoute_HasARow()
    {
        var rows = Routes.Select(r => $"{r.Method} {Shape(r.Path)}").ToHashSet();

        var missing = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.Metadata.GetMetadata<IAllowAnonymous>() is null
                && !Live.Any(live => Shape(e.RoutePattern.RawText!).StartsWith(live, StringComparison.Ordinal)))
            .SelectMany(e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"])
                .Select(method => $"{method} {Shape(e.RoutePattern.RawText!)}"))
            .Where(route => !rows.Contains(route)).Order().ToList();

        Assert.That(missing, Is.Empty,
            "These routes have no row in SchoolIsolationTests.Routes. Add to StartAsync what the first school has there, with Secret in " +
            "its name and its id in _ids, "
            + "and to Routes what an administrator of another school gets: 404 for an id, a list or an answer of its own otherwise.");
    }

    [TestCaseSource(nameof(Routes))]
    public async Task AnyRoute_WithAnotherSchoolsKey_ShowsNothingOfThisOne(Row row)
    {
        var answer = await SendAsync(row);

        Assert.That((int)answer.Status, Is.EqualTo(row.Status), answer.Body);
        if (row.Expect is { } expected) Assert.That(answer.Body, Does.Contain(expected));
        // What the caller sent may come back; what it did not send is the first school's.
        var sent = $"{Fill(row.Path)} {Fill(row.Body ?? "")} {(row.Form is null ? "" : Taken)}";
        foreach (var id in _secrets.Where(id => !sent.Contains(id, StringComparison.Ordinal)))
            Assert.That(answer.Body, Does.Not.Contain(id));
    }

    [Test]
    public async Task TheFirstSchool_AfterAllThat_HasWhatItHad()
    {
        foreach (var row in Routes.Where(r => r.Method != "GET")) await SendAsync(row);

        var student = await _server.GetAsync("/students/" + Taken);
        var faces = await _server.GetAsync($"/api/v1/students/{Student}/faces");
        Assert.That(student.Body, Does.Contain(Secret + " Dua"));
        Assert.That(faces.Json.GetProperty("items").GetArrayLength(), Is.EqualTo(1));
        Assert.That((await _server.GetAsync("/api/v1/sites/" + _ids["site"])).Body, Does.Contain(Secret));
        Assert.That((await _server.GetAsync("/api/v1/class-sessions/" + _ids["session"])).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await _server.GetAsync("/api/v1/evidence-policy")).Body, Does.Contain("\"refuse\""));
        Assert.That((await _server.GetAsync("/api/v1/api-keys")).Json.GetProperty("items").EnumerateArray()
            .Single(k => IdIn(k) == _ids["key"]).GetProperty("status").GetString(), Is.EqualTo("good"));
        Assert.That((await _server.GetAsync("/api/v1/devices")).Body, Does.Contain(Device).And.Not.Contains("removed"));
        Assert.That(
            (await _server.GetAsync("/api/v1/users")).Body, Does.Contain("\"disabled\":false").And.Not.Contains("\"disabled\":true"));
    }

    [Test]
    public async Task LiveSocket_OfAnotherSchool_HearsItsOwnEventsAlone()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + _otherKey);
        await socket.ConnectAsync(_server.WebSocket("/ws/recognitions"), CancellationToken.None);

        await _server.PostAsync("/recognize/realtime", Form.Image(Portrait(DrawnPerson.Ayu)));
        await SendAsync(new("POST", "/recognize/realtime?send_unknown=true", 200, Form: () => Form.Image(Portrait(DrawnPerson.Ayu))));

        var heard = await ReceiveAsync(socket);
        Assert.That(heard, Does.Contain("\"Unknown\"").And.Not.Contains(Student));
    }

    [Test]
    public async Task OperatorsWebhook_OfEventsOfAnotherSchool_HearsNothing()
    {
        await SendAsync(new("POST", "/recognize/realtime?send_unknown=true", 200, Form: () => Form.Image(Portrait(DrawnPerson.Ayu))));

        var config = await SendAsync(new("GET", "/config", 200));

        Assert.That(config.Body, Does.Contain("\"webhook_enabled\":false"));
        Assert.That(_receiver.Received.Select(e => e.Body), Has.Some.Contains(Student).And.None.Contains("Unknown"));
    }

    [Test]
    public async Task LivenessSocket_ForAnotherSchoolsStudent_IsRefused()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + _otherKey);

        await socket.ConnectAsync(_server.WebSocket("/ws/liveness?user_id=" + Student), CancellationToken.None);

        Assert.That(await ReceiveAsync(socket), Does.Contain("Face not registered"));
    }

    [Test]
    public async Task CamerasHub_WithAnotherSchoolsKey_TakesNoFramesOfThisOnes()
    {
        var camera = IdIn((await PostAsync("/api/v1/cameras", """{"name":"Pushed","source":"push","device_id":"pushed"}""")).Json);
        await using var hub = new HubConnectionBuilder().WithUrl(
            new Uri(_server.Address, "/hubs/cameras"), o => o.AccessTokenProvider = () => Task.FromResult<string?>(_otherKey)).Build();
        await hub.StartAsync();

        var refused = Assert.ThrowsAsync<HubException>(() => hub.InvokeAsync("Push", camera, NoFrames()));

        Assert.That(refused!.Message, Does.Contain("camera.not_found"));

        static async IAsyncEnumerable<string> NoFrames()
        {
            await Task.CompletedTask;
            yield break;
        }
    }

    private async Task<Answer> SendAsync(Row row)
    {
        using var request = new HttpRequestMessage(new HttpMethod(row.Method), Fill(row.Path))
        {
            Content = row.Form is { } form ? form() : row.Body is { } body
                ? new StringContent(Fill(body), Encoding.UTF8, "application/json") : null,
        };
        request.Headers.Authorization = new("Bearer", _otherKey);
        return await Answer.OfAsync(await _server.Http.SendAsync(request));
    }

    private static byte[] Portrait(DrawnPerson person) => DrawnFaces.Portrait(person);

    private static string IdIn(System.Text.Json.JsonElement json) => json.GetProperty("id").GetString()!;

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[16 * 1024];
        var part = await socket.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, part.Count);
    }

    /// <summary>A route with its parameters unnamed: <c>/api/v1/sites/{id:guid}</c> and <c>/api/v1/sites/{site}</c> are one.</summary>
    private static string Shape(string path) =>
        string.Join('/', path.TrimEnd('/').Split('/').Select(part => part.StartsWith('{') ? "{}" : part));

    private string Fill(string text) =>
        _ids.Aggregate(text, (filled, id) => filled.Replace($"{{{id.Key}}}", id.Value, StringComparison.Ordinal));

    private Task<Answer> PostAsync(string path, string json) =>
        _server.PostAsync(path, new StringContent(json, Encoding.UTF8, "application/json"));

    /// <param name="Path">With <c>{names}</c> out of the first school's ids.</param>
    /// <param name="Expect">What the answer must hold.</param>
    public sealed record Row(
        string Method, string Path, int Status, string? Body = null, Func<MultipartFormDataContent>? Form = null, string? Expect = null)
    {
        public override string ToString() => $"{Method} {Path}";
    }
}
