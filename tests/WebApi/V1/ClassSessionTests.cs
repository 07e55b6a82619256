using System.Net;
using System.Text;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>PUT /api/v1/class-sessions/{id}.</summary>
public sealed class ClassSessionTests
{
    private RunningServer _server = null!;
    private DateTimeOffset _start;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await SharedServer.GetAsync();
        _start = DateTimeOffset.UtcNow;
        foreach (var id in new[] { "put1", "put2", "put3" })
            await _server.PostAsync("/students", Form.With(("student_id", id), ("full_name", id)));
    }

    [Test]
    public async Task Put_NameTimesAndRoster_TakeThePlaceOfWhatWasThere()
    {
        var id = await AddAsync("put1", "put2");

        var body = Body("8C Physics", 60, "put2", "put3");
        var put = await PutAsync(id, body);
        var again = await PutAsync(id, body);

        Assert.That(put.Status, Is.EqualTo(HttpStatusCode.OK), put.Body);
        Assert.That(put.Json.GetProperty("name").GetString(), Is.EqualTo("8C Physics"));
        Assert.That(put.Json.GetProperty("ends_at").GetDateTimeOffset() - _start,
            Is.EqualTo(TimeSpan.FromMinutes(60)).Within(TimeSpan.FromSeconds(1)));
        Assert.That(put.Json.GetProperty("attendance").EnumerateArray().Select(a => a.GetProperty("student_id").GetString()),
            Is.EqualTo(new[] { "put2", "put3" }));
        Assert.That(again.Body, Is.EqualTo(put.Body));
        Assert.That((await _server.GetAsync($"/api/v1/class-sessions/{id}")).Body, Is.EqualTo(put.Body));
    }

    [Test]
    public async Task Put_StudentWithARecordLeftOut_Is409AndChangesNothing()
    {
        var id = await AddAsync("put1", "put2");
        await MarkAsync(id, "put1");

        var refused = await PutAsync(id, Body("Other", 45, "put2"));
        var kept = await PutAsync(id, Body("Other", 45, "put1"));

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.Conflict), refused.Body);
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("session.student_recorded"));
        Assert.That(refused.Json.GetProperty("students").ToString(), Is.EqualTo("""["put1"]"""));
        Assert.That(kept.Status, Is.EqualTo(HttpStatusCode.OK), "who has no record may leave");
    }

    [Test]
    public async Task Put_Settled_Is409()
    {
        var id = await AddAsync("put1");
        await _server.Database.ExecuteAsync($"UPDATE class_sessions SET settled_at = now() WHERE id = '{id}'");

        var refused = await PutAsync(id, Body("Other", 45, "put1"));

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.Conflict));
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("session.settled"));
    }

    [TestCase("""{"name":"x"}""", "request.invalid_field", HttpStatusCode.BadRequest)]
    [TestCase("""{"name":"","starts_at":"2026-01-05T07:00:00Z","ends_at":"2026-01-05T08:00:00Z"}""", "request.invalid_field",
        HttpStatusCode.BadRequest)]
    [TestCase("""{"name":"x","starts_at":"2026-01-05T07:00:00Z","ends_at":"2026-01-05T06:00:00Z"}""", "session.invalid_window",
        HttpStatusCode.BadRequest)]
    [TestCase("""{"name":"x","starts_at":"2026-01-05T07:00:00Z","ends_at":"2026-01-05T08:00:00Z","roster":["nobody"]}""",
        "session.unknown_students", HttpStatusCode.UnprocessableEntity)]
    public async Task Put_Bad_SaysWhy(string body, string code, HttpStatusCode status)
    {
        var refused = await PutAsync(await AddAsync("put1"), body);

        Assert.That(refused.Status, Is.EqualTo(status), refused.Body);
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo(code));
    }

    [Test]
    public async Task Put_UnknownId_Is404()
    {
        var refused = await PutAsync(Guid.NewGuid().ToString(), Body("Other", 45, "put1"));

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("session.not_found"));
    }

    private string Body(string name, int minutes, params string[] roster) =>
        $$"""{"name":"{{name}}","starts_at":"{{_start:O}}","ends_at":"{{_start.AddMinutes(minutes):O}}","roster":[{{string.Join(',', roster.Select(r => $"\"{r}\""))}}]}""";

    private async Task<string> AddAsync(params string[] roster) =>
        (await _server.PostAsync("/api/v1/class-sessions", Json(Body("7B", 45, roster)))).Json.GetProperty("id").GetString()!;

    private Task<Answer> MarkAsync(string session, string student) => _server.PostAsync(
        "/api/v1/attendance/manual",
        Json($$"""{"student_id":"{{student}}","status":"present","reason":"seen","class_session_id":"{{session}}"}"""));

    private async Task<Answer> PutAsync(string id, string body) =>
        await Answer.OfAsync(await _server.Http.PutAsync($"/api/v1/class-sessions/{id}", Json(body)));

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");
}
