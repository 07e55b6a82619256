using System.Net;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>What leaves a trace: every route that changes something, and every one that shows many people.</summary>
public sealed class AuditCoverageTests
{
    private const string Circle =
        """{"type":"Feature","geometry":{"type":"Point","coordinates":[112.6,-7.9]},"properties":{"name":"Court","radius_m":30}}""";

    private const string Lesson =
        """{"name":"7B","opens_at":"2030-01-05T06:45:00Z","starts_at":"2030-01-05T07:00:00Z","ends_at":"2030-01-05T07:45:00Z","roster":["ayu"]}""";

    private const string Weekly = """{"name":"Maths","class_name":"7B","weekdays":["monday"],"starts":"07:00","ends":"07:45"}""";

    private const string Gate = """{"name":"Gate","source":"rtsp://u:p@10.255.255.1/","device_id":"gate","enabled":false}""";

    /// <summary>The word that the log has for each.</summary>
    private static readonly Dictionary<string, string> Audited = new()
    {
        ["POST /enroll"] = "template.enrolled",
        ["POST /students"] = "student.saved",
        ["POST /api/v1/students"] = "student.saved",
        ["PUT /api/v1/students/{id}"] = "student.saved",
        ["DELETE /api/v1/students/{id}"] = "student.removed",
        ["POST /api/v1/students/{id}/faces"] = "template.enrolled",
        ["DELETE /api/v1/students/{id}/faces/{faceId:guid}"] = "template.removed",
        ["POST /api/v1/students/import"] = "roster.imported",
        ["POST /api/face/train"] = "template.enrolled",
        ["PUT /api/v1/students/{id}/consent"] = "consent.recorded",
        ["POST /api/v1/students/{id}/erasure"] = "student.removed",
        ["POST /api/v1/retention/run"] = "retention.run",
        ["POST /api/v1/template-keys/rotation"] = "template.key_rotated",
        ["POST /api/v1/sites"] = "site.made",
        ["PUT /api/v1/sites/{id:guid}"] = "site.changed",
        ["DELETE /api/v1/sites/{id:guid}"] = "site.removed",
        ["PUT /api/v1/evidence-policy"] = "policy.evidence_changed",
        ["POST /api/v1/class-sessions"] = "class_session.made",
        ["PUT /api/v1/class-sessions/{id:guid}"] = "class_session.changed",
        ["DELETE /api/v1/class-sessions/{id:guid}"] = "class_session.removed",
        ["POST /api/v1/timetable/lessons"] = "lesson.made",
        ["PUT /api/v1/timetable/lessons/{id:guid}"] = "lesson.changed",
        ["DELETE /api/v1/timetable/lessons/{id:guid}"] = "lesson.removed",
        ["POST /api/v1/timetable/holidays"] = "holiday.made",
        ["DELETE /api/v1/timetable/holidays/{id:guid}"] = "holiday.removed",
        ["POST /api/v1/timetable/import"] = "timetable.imported",
        ["POST /api/v1/attendance/manual"] = "attendance.marked",
        ["POST /api/v1/attendance/{id:guid}/correction"] = "attendance.corrected",
        ["DELETE /api/v1/attendance/{id:guid}/correction"] = "attendance.correction_undone",
        ["POST /api/v1/api-keys"] = "key.made",
        ["POST /api/v1/api-keys/{id:guid}/rotate"] = "key.rotated",
        ["DELETE /api/v1/api-keys/{id:guid}"] = "key.revoked",
        ["POST /api/v1/devices"] = "key.made",
        ["DELETE /api/v1/devices/{device}"] = "key.revoked",
        ["POST /api/v1/cameras"] = "camera.made",
        ["PUT /api/v1/cameras/{id:guid}"] = "camera.changed",
        ["DELETE /api/v1/cameras/{id:guid}"] = "camera.removed",
        ["POST /api/v1/webhooks"] = "webhook.made",
        ["PATCH /api/v1/webhooks/{id:guid}"] = "webhook.changed",
        ["DELETE /api/v1/webhooks/{id:guid}"] = "webhook.removed",
        ["POST /api/v1/webhooks/{id:guid}/rotate-secret"] = "webhook.secret_rotated",
        ["POST /api/v1/notices/{id:guid}/acknowledgement"] = "notice.acknowledged",
        ["POST /api/v1/users"] = "user.added",
        ["PATCH /api/v1/users/{username}"] = "user.changed",
        ["DELETE /api/v1/users/{username}/tokens"] = "user.logged_out",
        ["PUT /api/v1/session/password"] = "user.changed",
        ["PUT /api/v1/school"] = "school.changed",
        ["POST /api/v1/setup"] = "school.changed",
    };

    /// <summary>Why each of the others needs no entry.</summary>
    private static readonly Dictionary<string, string> NotAudited = new()
    {
        ["POST /recognize"] = "changes nothing",
        ["POST /recognize/realtime"] = "leaves an attendance record; two cameras would write 1.7 million entries a day",
        ["POST /api/v1/recognitions"] = "as above",
        ["POST /api/v1/sightings"] = "as above",
        ["POST /api/v1/check-ins"] = "leaves an attendance record with its reasons",
        ["POST /api/presence/presence-check"] = "changes nothing",
        ["POST /api/v1/sites/distance"] = "changes nothing",
        ["POST /api/face/test"] = "changes nothing",
        ["POST /api/v1/verifications"] = "changes nothing",
        ["POST /mock/webhook"] = "changes nothing",
        ["POST /api/token"] = "gives a token; failures are counted and lock the name",
        ["POST /api/token/refresh"] = "gives a token",
        ["POST /api/token/blacklist"] = "ends a log-in, by whoever has its token",
        ["POST /api/token/logout"] = "as above",
        ["POST /api/v1/session"] = "opens a session; failures are counted and lock the name",
        ["DELETE /api/v1/session"] = "ends a log-in, by whoever has its cookie",
        ["POST /api/v1/devices/{device}/heartbeat"] = "notes that a machine lives",
        ["POST /api/v1/webhooks/{id:guid}/test"] = "leaves a delivery",
        ["POST /api/v1/webhooks/{id:guid}/replay"] = "sends again what was sent, each attempt with its row",
        ["POST /api/v1/webhooks/{id:guid}/deliveries/{delivery:guid}/replay"] = "as above",
    };

    private static readonly string[] BulkReadings =
        ["students.listed", "users.listed", "attendance.listed", "attendance.exported", "gallery.surveyed"];

    // With the tests of what they do: they write their entry when there was something to do.
    private static readonly string[] ElsewhereTested = ["retention.run", "template.key_rotated"];

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() =>
        _server = await RunningServer.StartAsync("FACE_PROFILE=starter", "WEBHOOK_ALLOW_NETWORKS=127.0.0.0/8");

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public void ChangingRoutes_EachOne_IsAuditedOrSaysWhyNot()
    {
        var changing =
            from endpoint in _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            let path = "/" + endpoint.RoutePattern.RawText!.Trim('/')
            where !path.StartsWith("/hubs/", StringComparison.Ordinal)
            from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
            where method is "POST" or "PUT" or "PATCH" or "DELETE"
            select $"{method} {path}";

        Assert.That(
            changing.Distinct().Except(Audited.Keys).Except(NotAudited.Keys), Is.Empty, "a route that neither is audited nor says why not");
    }

    [Test]
    public async Task Log_AfterEveryKindOfChangeAndBulkReading_HasItsEntry()
    {
        await _server.PostAsync("/students", Form.With(("student_id", "ayu"), ("full_name", "Ayu Lestari"), ("class_name", "7B")));
        await _server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        var face = (await _server.GetAsync("/api/v1/students/ayu/faces")).Json.GetProperty("items")[0].GetProperty("id").GetString();
        await _server.DeleteAsync($"/api/v1/students/ayu/faces/{face}");
        await _server.PostAsync(
            "/api/v1/students/import", Form.With().File("roster", "student_id,full_name\nsiswaB,Budi\n"u8.ToArray(), "roster.csv"));
        await SendAsync(HttpMethod.Put, "/api/v1/students/ayu/consent", """{"state":"given","method":"paper"}""");
        var site = await MadeAsync("/api/v1/sites", Circle);
        await SendAsync(HttpMethod.Put, $"/api/v1/sites/{site}", Circle.Replace("30", "40", StringComparison.Ordinal));
        await _server.DeleteAsync($"/api/v1/sites/{site}");
        await SendAsync(HttpMethod.Put, "/api/v1/school", """{"name":"SMP 3","time_zone":"UTC"}""");
        await SendAsync(HttpMethod.Put, "/api/v1/evidence-policy", """{"action":"note","decisive_weight":1}""");
        var lesson = await MadeAsync("/api/v1/class-sessions", Lesson);
        await SendAsync(HttpMethod.Put, $"/api/v1/class-sessions/{lesson}", Lesson.Replace("7B", "7C", StringComparison.Ordinal));
        await _server.DeleteAsync($"/api/v1/class-sessions/{lesson}");
        var weekly = await MadeAsync("/api/v1/timetable/lessons", Weekly);
        await SendAsync(HttpMethod.Put, $"/api/v1/timetable/lessons/{weekly}", Weekly.Replace("7B", "7C", StringComparison.Ordinal));
        await _server.DeleteAsync($"/api/v1/timetable/lessons/{weekly}");
        await _server.DeleteAsync(
            "/api/v1/timetable/holidays/" + await MadeAsync("/api/v1/timetable/holidays", """{"name":"Feast","first_day":"2030-08-17"}"""));
        await _server.PostAsync("/api/v1/timetable/import", Form.With().File(
            "timetable", "name,weekdays,starts,ends\nOwn,mon,07:00,07:45\n"u8.ToArray(), "timetable.csv"));
        await _server.PostAsync(
            "/api/v1/attendance/manual", RunningServer.Json("""{"student_id":"ayu","status":"present","reason":"seen"}"""));
        var seen = await SeenAsync("ayu");
        await _server.PostAsync($"/api/v1/attendance/{seen}/correction", RunningServer.Json("""{"reason":"Her sister."}"""));
        await _server.DeleteAsync($"/api/v1/attendance/{seen}/correction");
        var key = await MadeAsync("/api/v1/api-keys", """{"name":"x","scopes":["enroll"]}""");
        await _server.PostAsync($"/api/v1/api-keys/{key}/rotate", RunningServer.Json("{}"));
        await _server.DeleteAsync($"/api/v1/api-keys/{key}");
        var webhook = await MadeAsync("/api/v1/webhooks", """{"url":"http://127.0.0.1:9/","enabled":false}""");
        await SendAsync(HttpMethod.Patch, $"/api/v1/webhooks/{webhook}", """{"description":"x"}""");
        await _server.PostAsync($"/api/v1/webhooks/{webhook}/rotate-secret", null);
        await _server.DeleteAsync($"/api/v1/webhooks/{webhook}");
        var camera = await MadeAsync("/api/v1/cameras", Gate);
        await SendAsync(HttpMethod.Put, $"/api/v1/cameras/{camera}", Gate.Replace("Gate", "Door", StringComparison.Ordinal));
        await _server.DeleteAsync($"/api/v1/cameras/{camera}");
        await _server.Database.ExecuteAsync(
            """
            INSERT INTO notices (school_id, id, kind, subject, label, raised_at)
            SELECT id, '019a0000-0000-7000-8000-000000000000', 'camera_silent', 'gate', 'Gate', now() FROM schools
            """);
        await _server.PostAsync("/api/v1/notices/019a0000-0000-7000-8000-000000000000/acknowledgement", null);
        await _server.AddUserAsync("audited-operator", "operator");
        await SendAsync(HttpMethod.Patch, "/api/v1/users/audited-operator", """{"disabled":true}""");
        await _server.AddUserAsync("audited-admin", "admin");
        await _server.LogInAsync("audited-admin");
        await _server.DeleteAsync("/api/v1/users/audited-admin/tokens");
        await _server.DeleteAsync("/api/v1/students/siswaB");
        foreach (var list in new[]
        {
            "/students", "/api/v1/students", "/api/v1/users", "/api/v1/attendance", "/api/v1/attendance.csv",
            "/api/v1/gallery/similarities",
        })
        {
            Assert.That((await _server.GetAsync(list)).Status, Is.EqualTo(HttpStatusCode.OK), list);
        }

        var written = (await _server.Database.ReadAsync<string[]>("SELECT array_agg(DISTINCT action::text) FROM audit"))!;
        Assert.That(Audited.Values.Concat(BulkReadings).Distinct().Except(ElsewhereTested).Except(written), Is.Empty);
        Assert.That(
            await _server.Database.ReadAsync<string>("SELECT details ->> 'shape_wkt' FROM audit WHERE action = 'site.changed'"),
            Is.EqualTo("POINT (112.6 -7.9)"));
        Assert.That(
            await _server.Database.ReadAsync<string>("SELECT string_agg(details::text, ' ') FROM audit"), Does.Not.Contain("Lestari"));
        Assert.That((await _server.GetAsync("/api/v1/audit/verification")).Json.GetProperty("ok").GetBoolean(), Is.True);
    }

    private async Task<string> MadeAsync(string path, string body)
    {
        var made = await _server.PostAsync(path, RunningServer.Json(body));
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Body);
        return made.Json.GetProperty("id").GetString()!;
    }

    /// <summary>A camera's record, as it lies in the database.</summary>
    private Task<Guid> SeenAsync(string student) => _server.Database.ReadAsync<Guid>(
        $"""
        INSERT INTO attendance_records (school_id, id, student_id, at, status, origin, evidence)
        SELECT id, gen_random_uuid(), '{student}', now(), 'present', 'camera', '{"{}"}' FROM schools RETURNING id
        """);

    private async Task SendAsync(HttpMethod method, string path, string body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = RunningServer.Json(body) };
        using var answer = await _server.Http.SendAsync(request);
        Assert.That((int)answer.StatusCode, Is.InRange(200, 299), $"{method} {path}: {await answer.Content.ReadAsStringAsync()}");
    }
}
