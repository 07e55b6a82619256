using System.Globalization;
using System.Net;
using System.Text.Json;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>GET /api/v1/roll-call.</summary>
public sealed class RollCallTests
{
    private RunningServer _server = null!;
    private DateTimeOffset _now;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await SharedServer.GetAsync();
        _now = DateTimeOffset.UtcNow;
        foreach (var (id, ofClass) in new[] { ("roll1", "7B"), ("roll2", "7B"), ("roll3", "8A") })
        {
            await _server.PostAsync(
                "/students", Form.With(("student_id", id), ("full_name", "Name of " + id), ("class_name", ofClass)));
        }
    }

    [Test]
    public async Task Get_SessionUnderWay_CountsEachByTheirRecordAndNamesWhoIsMissing()
    {
        var id = await AddAsync(_now.AddMinutes(-20), _now.AddMinutes(40), "roll1", "roll2", "roll3");
        await MarkAsync(id, "roll1", "present");
        await MarkAsync(id, "roll2", "late");
        await _server.Database.ExecuteAsync(
            $"UPDATE attendance_records SET needs_review = true WHERE session_id = '{id}' AND student_id = 'roll2'");

        var called = await CallAsync(_now.AddMinutes(-20), id);

        Assert.That(Counts(called), Is.EqualTo("present 1, late 1, missing 1, absent 0, excused 0, sick 0, needs_review 1"));
        Assert.That(called.GetProperty("class_name").ValueKind, Is.EqualTo(JsonValueKind.Null), "two classes are in it");
        var entries = called.GetProperty("entries").EnumerateArray().ToArray();
        Assert.That(entries.Select(e => e.GetProperty("student_id").GetString()), Is.EqualTo(new[] { "roll1", "roll2", "roll3" }));
        Assert.That(entries[0].GetProperty("full_name").GetString(), Is.EqualTo("Name of roll1"));
        Assert.That(entries[1].GetProperty("record").GetProperty("status").GetString(), Is.EqualTo("late"));
        Assert.That(entries[2].GetProperty("record").ValueKind, Is.EqualTo(JsonValueKind.Null));

        var counted = await CallAsync(_now.AddMinutes(-20), id, "&entries=false");
        Assert.That(Counts(counted), Is.EqualTo(Counts(called)));
        Assert.That(counted.GetProperty("class_name").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(counted.GetProperty("entries").GetArrayLength(), Is.Zero);
    }

    [Test]
    public async Task Get_SessionOver_CountsWhoDidNotComeAsAbsentWhetherOrNotThatIsWrittenYet()
    {
        var id = await AddAsync(_now.AddMinutes(-90), _now.AddMinutes(-45), "roll1", "roll2");

        var called = await CallAsync(_now.AddMinutes(-90), id);

        Assert.That(Counts(called), Is.EqualTo("present 0, late 0, missing 0, absent 2, excused 0, sick 0, needs_review 0"));
        Assert.That(called.GetProperty("class_name").GetString(), Is.EqualTo("7B"));
    }

    [Test]
    public async Task Get_SessionToCome_MissesNobody()
    {
        var id = await AddAsync(_now.AddMinutes(5), _now.AddMinutes(50), "roll1");

        var called = await CallAsync(_now.AddMinutes(5), id);

        Assert.That(Counts(called), Is.EqualTo("present 0, late 0, missing 0, absent 0, excused 0, sick 0, needs_review 0"));
        Assert.That(called.GetProperty("entries").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task Get_ADay_HasTheSessionsThatStartOnItInTheirOrder()
    {
        var day = new DateTimeOffset(2031, 3, 3, 0, 0, 0, TimeSpan.Zero);
        await AddAsync(day.AddMinutes(-1), day.AddHours(1), "roll1");
        var second = await AddAsync(day.AddHours(8), day.AddHours(9), "roll1");
        var first = await AddAsync(day, day.AddHours(1), "roll1");
        await AddAsync(day.AddDays(1), day.AddDays(1).AddHours(1), "roll1");
        var empty = await AddAsync(day.AddHours(9), day.AddHours(10));

        var call = (await _server.GetAsync("/api/v1/roll-call?date=2031-03-03")).Json;

        Assert.That(call.GetProperty("date").GetString(), Is.EqualTo("2031-03-03"));
        Assert.That(
            call.GetProperty("sessions").EnumerateArray().Select(s => s.GetProperty("id").GetString()),
            Is.EqualTo(new[] { first, second, empty }));
    }

    [Test]
    public async Task Get_OfAClass_HasTheSessionsThatExpectItsStudents()
    {
        var day = new DateTimeOffset(2031, 4, 4, 0, 0, 0, TimeSpan.Zero);
        await AddAsync(day, day.AddHours(1), "roll1", "roll2");
        var both = await AddAsync(day.AddHours(1), day.AddHours(2), "roll1", "roll3");
        var own = await AddAsync(day.AddHours(2), day.AddHours(3), "roll3");

        var call = (await _server.GetAsync("/api/v1/roll-call?date=2031-04-04&class_name=8A&entries=false")).Json;

        Assert.That(
            call.GetProperty("sessions").EnumerateArray()
                .Select(s => (s.GetProperty("id").GetString(), s.GetProperty("class_name").GetString())),
            Is.EqualTo(new[] { (both, null), (own, "8A") }));
    }

    [Test]
    public async Task Get_ADayWithoutSessions_SaysHowManyThereAreAndWereSeen()
    {
        await _server.Database.ExecuteAsync(
            """
            INSERT INTO attendance_days SELECT school_id, id, '2021-03-03', '2021-03-03T08:00Z', '2021-03-03T09:00Z', 2
            FROM students WHERE id = 'roll1'
            """);

        var call = (await _server.GetAsync("/api/v1/roll-call?date=2021-03-03")).Json;

        Assert.That(call.GetProperty("sessions").GetArrayLength(), Is.Zero);
        Assert.That(
            call.GetProperty("students").GetInt32(), Is.EqualTo(await _server.Database.ReadAsync<long>("SELECT count(*) FROM students")));
        Assert.That(call.GetProperty("seen").GetInt32(), Is.EqualTo(1));
    }

    [TestCase("yesterday")]
    [TestCase("2026-02-30")]
    [TestCase("")]
    public async Task Get_NoDay_SaysWhatADayIs(string date)
    {
        var refused = await _server.GetAsync($"/api/v1/roll-call?date={date}");

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.BadRequest), refused.Body);
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("request.invalid_field"));
        Assert.That(refused.Body, Does.Contain("2026-01-05"));
    }

    private async Task<JsonElement> CallAsync(DateTimeOffset day, string session, string more = "")
    {
        var answer = await _server.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"/api/v1/roll-call?date={day:yyyy-MM-dd}{more}"));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
        return answer.Json.GetProperty("sessions").EnumerateArray().Single(s => s.GetProperty("id").GetString() == session);
    }

    private static string Counts(JsonElement session) =>
        string.Join(", ", session.GetProperty("counts").EnumerateObject().Select(c => $"{c.Name} {c.Value.GetInt32()}"));

    private async Task<string> AddAsync(DateTimeOffset starts, DateTimeOffset ends, params string[] roster) =>
        (await _server.PostAsync("/api/v1/class-sessions", RunningServer.Json(
            $$"""{"name":"Roll","opens_at":"{{starts:O}}","starts_at":"{{starts:O}}","ends_at":"{{ends:O}}","roster":[{{string.Join(',', roster.Select(r => $"\"{r}\""))}}]}""")))
        .Json.GetProperty("id").GetString()!;

    private Task<Answer> MarkAsync(string session, string student, string status) => _server.PostAsync(
        "/api/v1/attendance/manual",
        RunningServer.Json($$"""{"student_id":"{{student}}","status":"{{status}}","reason":"seen","class_session_id":"{{session}}"}"""));
}
