using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.OpenApi;

/// <summary>Asks every operation of a server with real data, and holds each answer against the description
/// (<see cref="ApiDocument.Traffic"/>).</summary>
public sealed class EveryOperationTests
{
    private const string Site =
        """{"type":"Feature","geometry":{"type":"Point","coordinates":[112.6,-7.9]},"properties":{"name":"Field","radius_m":30}}""";

    private const string Polygon =
        """{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[112.6,-7.9],[112.601,-7.9],[112.601,-7.899],[112.6,-7.9]]]},"properties":{"name":"Yard"}}""";

    private RunningServer _server = null!;

    [Test]
    public async Task EveryOperation_OnRealData_AnswersAsDescribed()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var server = _server = await RunningServer.StartAsync(
            "FACE_PROFILE=starter", "EVENT_COOLDOWN_SECONDS=0", "WEBHOOK_ALLOW_PRIVATE=true", "CAMERA_ALLOW_NETWORKS=127.0.0.0/8",
            $"ATTENDANCE_WEBHOOK_URL={receiver.Url}");

        await AskSchoolAsync();
        await AskContractAsync();
        await AskOwnFaceAsync();
        await AskStudentsAsync();
        await AskAttendanceAsync();
        await AskAdministrationAsync();
        await AskWebhooksAsync(receiver.Url.ToString());
        await AskCamerasAsync();
        await AskPrivacyAsync();

        var document = await ApiDocument.ParseAsync((await server.GetAsync("/swagger/v1/swagger.json")).Body);
        var unseen = document.Operations.Select(o => o.Name).Where(name => !name.StartsWith("GET /ws/", StringComparison.Ordinal))
            .Except(server.Traffic.Seen.Where(s => s.Status is >= 200 and < 300).Select(s => s.Operation)).ToList();
        Assert.That(unseen, Is.Empty, "These operations were never answered with a success, so that nothing holds their schema.");
    }

    private async Task AskSchoolAsync()
    {
        await _server.GetAsync("/api/v1/server/address");
        await _server.GetAsync("/api/v1/setup");
        var order = $$"""{"username":"first","password":"{{RunningServer.Password}}","school_name":"SMP 3","time_zone":"UTC","site":null}""";
        await PostAsync("/api/v1/setup", order);
        await PostAsync("/api/v1/setup", order);
        await PostAsync("/api/v1/setup", "{}");
        await _server.GetAsync("/api/v1/school");
        await _server.Http.PutAsync("/api/v1/school", RunningServer.Json("""{"name":"SMP 3","time_zone":"UTC"}"""));
        await _server.Http.PutAsync("/api/v1/school", RunningServer.Json("""{"name":"SMP 3","time_zone":"Mars/Olympus"}"""));
    }

    private async Task AskContractAsync()
    {
        await _server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await _server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await _server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await _server.PostAsync("/enroll", Form.With());
        await _server.EnrollAsync("citra", [1, 2, 3]);
        await _server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        await _server.PostAsync("/recognize/realtime", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        await _server.PostAsync("/recognize/realtime?min_conf=0.0001", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        await _server.PostAsync(
            "/students", Form.With(("student_id", "dewa"), ("full_name", "Dewa Putra"))
                .File("photo", DrawnFaces.Portrait(DrawnPerson.Dewa)));
        await _server.PostAsync(
            "/students", Form.With(("student_id", "citra"), ("full_name", "Citra"), ("birth_date", "2010-04-21")).File("photo", [1]));
        foreach (var path in new[]
        {
            "/students", "/students/ayu", "/students/nobody", "/students?limit=0", "/attendance/today", "/attendance/student/ayu",
            "/attendance/student/nobody", "/health", "/config",
            "/health/live", "/health/ready", "/metrics", "/ws/recognitions", "/ws/liveness",
        }) await _server.GetAsync(path);
        await PostAsync("/mock/webhook", """{"student_id":"ayu"}""");
        await PostAsync("/mock/webhook", "[]");
    }

    private async Task AskOwnFaceAsync()
    {
        using var ayu = await UserAsync("own-ayu", "student", "ayu");
        using var @operator = await UserAsync("own-operator", "operator", null);
        foreach (var path in new[] { "/api/face/train/", "/api/face/test/" })
        {
            await ayu.PostAsync(path, Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
            await ayu.PostAsync(path, Form.Image(DrawnFaces.Portrait(DrawnPerson.Citra)));
            await ayu.PostAsync(path, Form.With());
            await @operator.PostAsync(path, Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        }
        await @operator.PostAsync("/api/presence/presence-check/", RunningServer.Json("""{"lat":-7.9673435,"lon":112.6267206}"""));
        await @operator.PostAsync("/api/presence/presence-check/", RunningServer.Json("""{"lat":0,"lon":0}"""));
        await @operator.PostAsync("/api/presence/presence-check/", RunningServer.Json("{}"));
        await @operator.DeleteAsync("/api/v1/students/ayu");
        await PostAsync("/api/token/", "{}");
        await PostAsync("/api/token/", """{"username":"own-ayu","password":"wrong, all of it"}""");
        foreach (var end in new[] { "blacklist", "logout" })
        {
            var (refresh, _) = await _server.LogInAsync("own-ayu");
            await PostAsync("/api/token/refresh/", $$"""{"refresh":"{{refresh}}"}""");
            await PostAsync($"/api/token/{end}/", $$"""{"refresh":"{{refresh}}"}""");
            await PostAsync($"/api/token/{end}/", """{"refresh":"nothing"}""");
        }
    }

    private async Task AskStudentsAsync()
    {
        await PostAsync("/api/v1/students", """{"id":"hadi","full_name":"Hadi","birth_date":"2010-04-21","class_name":"7B"}""");
        await PostAsync("/api/v1/students", """{"id":"hadi","full_name":"Hadi"}""");
        await _server.Http.PutAsync("/api/v1/students/hadi", RunningServer.Json("""{"full_name":"Hadi","class_name":"7C"}"""));
        await _server.GetAsync("/api/v1/students?class_name=7C");
        await _server.GetAsync("/api/v1/classes");
        await _server.GetAsync("/api/v1/students/ayu");
        await _server.GetAsync("/api/v1/students/nobody");
        var faces = await _server.GetAsync("/api/v1/students/ayu/faces");
        await _server.PostAsync("/api/v1/students/eka/faces", Form.Image(DrawnFaces.Portrait(DrawnPerson.Citra)));
        await _server.PostAsync("/api/v1/students/eka/faces", Form.Image(DrawnFaces.Portrait(DrawnPerson.Citra)));
        await _server.PostAsync("/api/v1/students/fajar/faces", Form.Image(DrawnFaces.Portrait(DrawnPerson.Citra)));
        await _server.PostAsync("/api/v1/students/eka/faces", Form.With());
        await _server.PostAsync("/api/v1/recognitions", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        var held = await _server.PostAsync("/api/v1/recognitions?hold=true", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        await PostAsync(
            "/api/v1/sightings",
            $$"""{"sighting":"{{held.Json.GetProperty("faces")[0].GetProperty("sighting").GetString()}}"}""");
        await _server.PostAsync(
            "/api/v1/verifications", Form.With(("student_id", "ayu")).File("image", DrawnFaces.Portrait(DrawnPerson.Ayu)));
        await _server.PostAsync(
            "/api/v1/verifications", Form.With(("student_id", "nobody")).File("image", DrawnFaces.Portrait(DrawnPerson.Ayu)));
        await _server.GetAsync("/api/v1/gallery/similarities");
        await _server.PostAsync(
            "/api/v1/students/import", Form.With().File("roster", "student_id,full_name\ngita,Gita\nno id,X\n"u8.ToArray(), "roster.csv"));
        await _server.PostAsync("/api/v1/students/import", Form.With().File("roster", "nothing\n"u8.ToArray(), "roster.csv"));
        await _server.DeleteAsync($"/api/v1/students/ayu/faces/{Guid.NewGuid()}");
        await _server.DeleteAsync($"/api/v1/students/ayu/faces/{IdIn(faces.Json.GetProperty("items")[0])}");
        await _server.DeleteAsync("/api/v1/students/gita");
    }

    private async Task AskCamerasAsync()
    {
        await using var source = await MjpegCamera.StartAsync(
            ImageCanvas.Open(DrawnFaces.Portrait(DrawnPerson.Dewa)).Value.Encode(".jpg"));
        var body =
            $$"""{"name":"Gate","source":"{{source.Url}}","user":"{{MjpegCamera.User}}","password":"{{MjpegCamera.Password}}","device_id":"gate-9","hours":{"weekdays":["monday","tuesday","wednesday","thursday","friday","saturday","sunday"],"from":"00:00","to":"23:59"},"region":{"left":0,"top":0,"width":1,"height":1} }""";
        foreach (var shape in new[] { body, body, "{}", body.Replace("127.0.0.1", "127.0.0.1.invalid", StringComparison.Ordinal) })
            await PostAsync("/api/v1/cameras", shape);
        var id = IdIn((await _server.GetAsync("/api/v1/cameras")).Json.GetProperty("items")[0]);
        await _server.GetAsync($"/api/v1/cameras/{id}");
        await _server.Http.PutAsync($"/api/v1/cameras/{id}", RunningServer.Json("""{"name":"Gate"}"""));
        await _server.Http.PutAsync(
            $"/api/v1/cameras/{id}", RunningServer.Json($$"""{"name":"Gate","source":"{{source.Url}}","device_id":"gate-9"}"""));
        var patience = DateTimeOffset.UtcNow.AddSeconds(60);
        while ((await _server.GetAsync($"/api/v1/cameras/{id}/still")).Status != HttpStatusCode.OK && DateTimeOffset.UtcNow < patience)
            await Task.Delay(300);
        await _server.DeleteAsync($"/api/v1/cameras/{id}");
        await _server.DeleteAsync($"/api/v1/cameras/{id}");
    }

    private async Task AskAttendanceAsync()
    {
        var now = DateTimeOffset.UtcNow;
        foreach (var shape in new[] { Site, Polygon, "{}" }) await PostAsync("/api/v1/sites", shape);
        var site = IdIn((await _server.GetAsync("/api/v1/sites")).Json.GetProperty("features")[1]);
        await _server.GetAsync($"/api/v1/sites/{site}");
        await _server.Http.PutAsync($"/api/v1/sites/{site}", RunningServer.Json(Polygon));
        await _server.DeleteAsync($"/api/v1/sites/{site}");
        await _server.DeleteAsync($"/api/v1/sites/{site}");
        await _server.GetAsync("/api/v1/evidence-policy");
        await _server.Http.PutAsync("/api/v1/evidence-policy", RunningServer.Json("""{"action":"review","decisive_weight":0.6}"""));

        var announced = $$"""{"name":"7B","starts_at":"{{Text(now)}}","ends_at":"{{Text(now.AddHours(1))}}","roster":["ayu","dewa"]}""";
        var session = IdIn((await PostAsync("/api/v1/class-sessions", announced)).Json);
        await _server.Http.PutAsync($"/api/v1/class-sessions/{session}", RunningServer.Json(announced));
        var passed = Liveness("ayu");
        foreach (var (lat, key) in new[] { (-7.9673435, "one"), (-7.9673435, "one"), (10.0, "two") })
        {
            using var checkIn = new HttpRequestMessage(HttpMethod.Post, "/api/v1/check-ins")
            {
                Content = RunningServer.Json(FormattableString.Invariant(
                    $$"""{"student_id":"ayu","liveness_token":"{{passed}}","lat":{{lat}},"lon":112.6267206,"accuracy_m":5,"captured_at":"{{Text(now)}}","device_id":"phone","class_session_id":"{{session}}"}""")),
            };
            checkIn.Headers.Add("Idempotency-Key", key);
            await _server.Http.SendAsync(checkIn);
        }
        await PostAsync("/api/v1/check-ins", "{}");
        await PostAsync(
            "/api/v1/attendance/manual", $$"""{"student_id":"dewa","status":"late","reason":"Bus","class_session_id":"{{session}}"}""");
        await PostAsync("/api/v1/attendance/manual", """{"student_id":"dewa","status":"late","reason":"Bus"}""");
        await _server.GetAsync($"/api/v1/class-sessions/{session}");
        await _server.GetAsync("/api/v1/class-sessions");
        await _server.GetAsync("/api/v1/class-sessions?from=never");
        await _server.GetAsync("/api/v1/roll-call");
        await _server.GetAsync("/api/v1/roll-call?date=never");
        await AskTimetableAsync();
        await PostAsync("/api/v1/sites/distance", """{"lat":-7.9673435,"lon":112.6267206}""");
        await _server.GetAsync("/api/v1/reports/attendance?group_by=day");
        await _server.GetAsync("/api/v1/reports/attendance?group_by=room");
        await _server.GetAsync("/api/v1/reports/attendance.csv");
        await _server.DeleteAsync($"/api/v1/class-sessions/{session}");
        var empty = IdIn(
            (await PostAsync("/api/v1/class-sessions", announced.Replace("\"ayu\",\"dewa\"", "", StringComparison.Ordinal))).Json);
        await _server.DeleteAsync($"/api/v1/class-sessions/{empty}");
        await _server.GetAsync("/api/v1/attendance?limit=1");
        foreach (var seen in (await _server.GetAsync("/api/v1/attendance?student_id=ayu&origin=camera")).Json.GetProperty("items")
            .EnumerateArray())
        {
            var correction = $"/api/v1/attendance/{IdIn(seen)}/correction";
            await PostAsync(correction, "{}");
            await PostAsync(correction, """{"student_id":"dewa","reason":"His twin"}""");
            await PostAsync(correction, """{"student_id":null,"reason":"A visitor"}""");
            await _server.GetAsync("/api/v1/attendance?corrected=true");
            await _server.DeleteAsync(correction);
            await _server.DeleteAsync(correction);
        }
        await _server.GetAsync("/api/v1/attendance?status=sleepy");
        await _server.SendAsync(HttpMethod.Get, "/api/v1/attendance", ("Accept", "text/csv"));
        await _server.GetAsync("/api/v1/attendance.csv");
    }

    private async Task AskTimetableAsync()
    {
        const string Lesson = """{"name":"Maths","class_name":"7B","weekdays":["monday"],"starts":"07:00","ends":"07:45","students":["ayu"]}""";
        var lesson = IdIn((await PostAsync("/api/v1/timetable/lessons", Lesson)).Json);
        await PostAsync("/api/v1/timetable/lessons", Lesson.Replace("07:45", "06:45", StringComparison.Ordinal));
        await _server.GetAsync("/api/v1/timetable/lessons");
        await _server.GetAsync($"/api/v1/timetable/lessons/{lesson}");
        await _server.Http.PutAsync($"/api/v1/timetable/lessons/{lesson}", RunningServer.Json(Lesson));
        await _server.PostAsync("/api/v1/timetable/import", Form.With().File(
            "timetable", "name,weekdays,starts,ends\nOwn,mon,07:00,07:45\n"u8.ToArray(), "timetable.csv"));
        await _server.DeleteAsync($"/api/v1/timetable/lessons/{lesson}");
        var holiday = IdIn((await PostAsync("/api/v1/timetable/holidays", """{"name":"Feast","first_day":"2026-08-17"}""")).Json);
        await _server.GetAsync("/api/v1/timetable/holidays");
        await _server.DeleteAsync($"/api/v1/timetable/holidays/{holiday}");
        await _server.DeleteAsync($"/api/v1/timetable/holidays/{holiday}");
    }

    private async Task AskAdministrationAsync()
    {
        var key = IdIn((await PostAsync("/api/v1/api-keys", """{"name":"Registry","scopes":["enroll"]}""")).Json);
        await PostAsync("/api/v1/api-keys", """{"name":"Registry","scopes":["everything"]}""");
        await PostAsync($"/api/v1/api-keys/{key}/rotate", "{}");
        await _server.GetAsync("/api/v1/api-keys");
        await _server.DeleteAsync($"/api/v1/api-keys/{key}");
        await _server.GetAsync("/api/v1/api-keys");
        var device = (await PostAsync("/api/v1/devices", """{"device_id":"gate-1"}""")).Json.GetProperty("key").GetString()!;
        await PostAsync("/api/v1/devices", """{"device_id":"gate-1"}""");
        await _server.SendAsync(HttpMethod.Post, "/api/v1/devices/self/heartbeat", ("Authorization", "Bearer " + device));
        await _server.PostAsync("/api/v1/devices/gate-1/heartbeat", null);
        await _server.GetAsync("/api/v1/devices");
        await _server.Database.ExecuteAsync(
            """
            INSERT INTO notices (school_id, id, kind, subject, label, raised_at)
            SELECT id, '019a0000-0000-7000-8000-000000000001', 'camera_silent', 'gate-1', 'Gate', now() FROM schools
            """);
        await _server.GetAsync("/api/v1/server");
        await _server.GetAsync("/api/v1/gallery/scores");
        await _server.GetAsync("/api/v1/notices");
        await _server.GetAsync("/api/v1/notices?state=lost");
        await _server.PostAsync("/api/v1/notices/019a0000-0000-7000-8000-000000000001/acknowledgement", null);
        await _server.PostAsync("/api/v1/notices/019a0000-0000-7000-8000-000000000002/acknowledgement", null);
        await _server.DeleteAsync("/api/v1/devices/gate-1");
        await _server.GetAsync("/api/v1/devices");
        await _server.AddUserAsync("somebody", "operator");
        await _server.AddUserAsync("somebody", "operator");
        await _server.Http.PatchAsync("/api/v1/users/somebody", RunningServer.Json("""{"disabled":true}"""));
        await _server.DeleteAsync("/api/v1/users/somebody/tokens");
        await _server.DeleteAsync("/api/v1/users/nobody/tokens");
        await _server.GetAsync("/api/v1/users");
        await _server.SendAsync(HttpMethod.Get, "/api/v1/users", ("Authorization", "Bearer nonsense"));
        await AskSessionAsync();
        await _server.GetAsync("/api/v1/template-keys");
        await _server.PostAsync("/api/v1/template-keys/rotation", null);
    }

    private async Task AskSessionAsync()
    {
        await _server.AddUserAsync("browser", "operator");
        await _server.GetAsync("/api/v1/session");
        await _server.DeleteAsync("/api/v1/session");
        await PostAsync("/api/v1/session", """{"key":"fa_none"}""");
        await PostAsync("/api/v1/session", "{}");
        var opened = await PostAsync("/api/v1/session", $$"""{"username":"browser","password":"{{RunningServer.Password}}"}""");
        var cookie = opened.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        using var change = new HttpRequestMessage(HttpMethod.Put, "/api/v1/session/password")
        {
            Content = RunningServer.Json($$"""{"current":"{{RunningServer.Password}}","password":"another correct horse"}"""),
        };
        change.Headers.Add("Cookie", cookie);
        change.Headers.Add("X-CSRF-Token", opened.Json.GetProperty("csrf_token").GetString());
        var changed = await Answer.OfAsync(await _server.Http.SendAsync(change));
        await _server.SendAsync(HttpMethod.Delete, "/api/v1/session", ("Cookie", cookie));
        var next = changed.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        await _server.SendAsync(HttpMethod.Delete, "/api/v1/session", ("Cookie", next));
        await _server.SendAsync(
            HttpMethod.Delete, "/api/v1/session", ("Cookie", next), ("X-CSRF-Token", changed.Json.GetProperty("csrf_token").GetString()!));
    }

    private async Task AskWebhooksAsync(string receiver)
    {
        var webhook = "/api/v1/webhooks/" + IdIn((await PostAsync("/api/v1/webhooks", $$"""{"url":"{{receiver}}"}""")).Json);
        await PostAsync("/api/v1/webhooks", """{"url":"nowhere"}""");
        var delivery = $"{webhook}/deliveries/{IdIn((await _server.PostAsync(webhook + "/test", null)).Json)}";
        await _server.GetAsync("/api/v1/webhooks");
        await _server.GetAsync(webhook);
        await _server.Http.PatchAsync(webhook, RunningServer.Json("""{"description":"Register"}"""));
        await _server.PostAsync(webhook + "/rotate-secret", null);
        await _server.GetAsync(webhook + "/deliveries?limit=1");
        await _server.GetAsync(webhook + "/deliveries?status=lost");
        await _server.GetAsync(delivery);
        await _server.PostAsync(delivery + "/replay", null);
        await PostAsync(
            webhook + "/replay", $$"""{"from":"{{Text(DateTimeOffset.UtcNow.AddHours(-1))}}","to":"{{Text(DateTimeOffset.UtcNow)}}"}""");
        await _server.DeleteAsync(webhook);
        await _server.GetAsync(webhook);
        await _server.DeleteAsync("/api/v1/webhooks/00000000-0000-7000-8000-00000000000a");
    }

    private async Task AskPrivacyAsync()
    {
        await _server.GetAsync("/api/v1/students/dewa/consent");
        await _server.Http.PutAsync("/api/v1/students/dewa/consent", RunningServer.Json("""{"state":"given","method":"paper"}"""));
        await _server.Http.PutAsync("/api/v1/students/dewa/consent", RunningServer.Json("""{"state":"not_asked","method":"paper"}"""));
        await _server.GetAsync("/api/v1/students/dewa/export");
        var receipt = IdIn((await _server.PostAsync("/api/v1/students/dewa/erasure", null)).Json);
        await _server.GetAsync($"/api/v1/erasures/{receipt}");
        await _server.GetAsync($"/api/v1/erasures/{receipt}?student_id=dewa");
        await _server.GetAsync($"/api/v1/erasures/{Guid.NewGuid()}");
        await _server.GetAsync("/api/v1/retention");
        await _server.PostAsync("/api/v1/retention/run", null);
        await _server.GetAsync("/api/v1/audit?limit=3");
        await _server.GetAsync("/api/v1/audit?limit=none");
        await _server.GetAsync("/api/v1/audit/verification");
    }

    private string Liveness(string student) => _server.Services.GetRequiredService<ILivenessTokens>().Issue(
        new(SchoolId.First, new(student), new(Guid.NewGuid()), DateTimeOffset.UtcNow.AddSeconds(-1), DateTimeOffset.UtcNow.AddSeconds(
            59), PadAsked: false));

    private async Task<HttpClient> UserAsync(string name, string role, string? student)
    {
        await _server.AddUserAsync(name, role, student);
        var client = new HttpClient(_server.Traffic, disposeHandler: false) { BaseAddress = _server.Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await _server.LogInAsync(name)).Access);
        return client;
    }

    private Task<Answer> PostAsync(string path, string json) => _server.PostAsync(path, RunningServer.Json(json));

    private static string IdIn(JsonElement json) => json.GetProperty("id").GetString()!;

    private static string Text(DateTimeOffset at) => $"{at:yyyy-MM-ddTHH:mm:ss'Z'}";
}
