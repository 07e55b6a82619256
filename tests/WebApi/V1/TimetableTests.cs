using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>/api/v1/timetable.</summary>
public sealed class TimetableTests
{
    private RunningServer _server = null!;
    private string _tomorrow = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await SharedServer.GetAsync();
        _tomorrow = Day(1);
        foreach (var (id, ofClass) in new[] { ("less1", "T7"), ("less2", "T7"), ("less3", "T8") })
        {
            await _server.PostAsync(
                "/students", Form.With(("student_id", id), ("full_name", "Name of " + id), ("class_name", ofClass)));
        }
    }

    [Test]
    public async Task Lesson_OfAClass_IsInTheRollCallsOfTheDaysAheadUntilItIsTakenOff()
    {
        var added = await PostLessonAsync(Body("Mathematics", "\"students\":[\"less3\"]"));
        var id = added.Json.GetProperty("id").GetString();
        var called = await CallAsync(_tomorrow, "Mathematics");
        var changed = await PutAsync(id!, Body("Physics"));
        var afterwards = await CallAsync(_tomorrow, "Physics");
        var found = await _server.GetAsync($"/api/v1/timetable/lessons/{id}");
        var listed = await _server.GetAsync("/api/v1/timetable/lessons?class_name=T7");
        await _server.DeleteAsync($"/api/v1/timetable/lessons/{id}");

        Assert.That(added.Status, Is.EqualTo(HttpStatusCode.Created), added.Body);
        Assert.That(
            added.Body,
            Does.Contain("\"weekdays\":[\"monday\",\"tuesday\",\"wednesday\",\"thursday\",\"friday\",\"saturday\",\"sunday\"]")
                .And.Contain("\"starts\":\"07:00\",\"ends\":\"07:45\"").And.Contain("\"expected\":3"));
        Assert.That(called!.Value.GetProperty("class_name").GetString(), Is.EqualTo("T7"));
        Assert.That(called.Value.GetProperty("starts_at").GetString(), Is.EqualTo($"{_tomorrow}T07:00:00+00:00"));
        Assert.That(Students(called.Value), Is.EqualTo(new[] { "less1", "less2", "less3" }));
        Assert.That(changed.Status, Is.EqualTo(HttpStatusCode.OK), changed.Body);
        Assert.That(Students(afterwards!.Value), Is.EqualTo(new[] { "less1", "less2" }));
        Assert.That(found.Body, Is.EqualTo(changed.Body));
        Assert.That(listed.Json.GetProperty("items").EnumerateArray().Select(l => l.GetProperty("id").GetString()), Does.Contain(id));
        Assert.That(await CallAsync(_tomorrow, "Physics"), Is.Null);
        Assert.That((await _server.GetAsync($"/api/v1/timetable/lessons/{id}")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Holiday_OverALesson_TakesItsClassSessionUntilItIsRemoved()
    {
        var id = (await PostLessonAsync(Body("Choir"))).Json.GetProperty("id").GetString();

        var holiday = await _server.PostAsync(
            "/api/v1/timetable/holidays", RunningServer.Json($$"""{"name":"Feast","first_day":"{{Day(2)}}","last_day":"{{Day(3)}}"}"""));
        var during = (await CallAsync(Day(1), "Choir"), await CallAsync(Day(2), "Choir"), await CallAsync(Day(3), "Choir"));
        var listed = await _server.GetAsync("/api/v1/timetable/holidays");
        var holidayId = holiday.Json.GetProperty("id").GetString();
        await _server.DeleteAsync($"/api/v1/timetable/holidays/{holidayId}");
        var after = await CallAsync(Day(2), "Choir");
        var again = await _server.DeleteAsync($"/api/v1/timetable/holidays/{holidayId}");
        await _server.DeleteAsync($"/api/v1/timetable/lessons/{id}");

        Assert.That(holiday.Status, Is.EqualTo(HttpStatusCode.Created), holiday.Body);
        Assert.That(during.Item1, Is.Not.Null);
        Assert.That((during.Item2, during.Item3), Is.EqualTo(((JsonElement?)null, (JsonElement?)null)));
        Assert.That(listed.Body, Does.Contain("Feast"));
        Assert.That(after, Is.Not.Null);
        Assert.That(again.Json.GetProperty("code").GetString(), Is.EqualTo("holiday.not_found"));
    }

    [TestCase("""{"name":"x"}""", HttpStatusCode.BadRequest, "request.invalid_field", "weekdays")]
    [TestCase("""{"name":"x","weekdays":[],"starts":"07:00","ends":"08:00"}""", HttpStatusCode.BadRequest, "request.invalid_field",
        "weekdays")]
    [TestCase("""{"name":"x","weekdays":["mon"],"starts":"07:00","ends":"08:00"}""", HttpStatusCode.BadRequest, "request.invalid_field",
        "monday")]
    [TestCase("""{"name":"x","weekdays":["monday"],"starts":"7","ends":"08:00"}""", HttpStatusCode.BadRequest, "request.invalid_field",
        "starts")]
    [TestCase("""{"name":"x","weekdays":["monday"],"starts":"07:00","ends":"06:00"}""", HttpStatusCode.BadRequest, "lesson.invalid_times",
        "ends must be after starts")]
    [TestCase("""{"name":"x","weekdays":["monday"],"starts":"07:00","ends":"08:00","grace_minutes":1e300}""", HttpStatusCode.BadRequest,
        "lesson.invalid_times", "grace_minutes")]
    [TestCase("""{"name":"x","weekdays":["monday"],"starts":"07:00","ends":"08:00","students":["ghost"]}""",
        HttpStatusCode.UnprocessableEntity, "session.unknown_students", "ghost")]
    public async Task Lesson_Bad_SaysWhatAndWhy(string body, HttpStatusCode status, string code, string said)
    {
        var refused = await PostLessonAsync(body);

        Assert.That(refused.Status, Is.EqualTo(status), refused.Body);
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo(code));
        Assert.That(refused.Body, Does.Contain(said));
    }

    [Test]
    public async Task Import_DryRunThenTwice_ReportsRowByRowAndChangesNothingTheSecondTime()
    {
        const string Csv =
            """
            name;class_name;weekdays;starts;ends;grace_minutes;students
            Biology;T7;mon wed fri;09:00;09:45;5;less3
            Sports;T7;caturday;10:00;11:00;;
            Biology;T7;Monday,Wednesday,Friday;09:00;10:00;;
            History;T7;tue;11:00;10:00;;
            Art;T7;thu;12:00;13:00;;ghost
            """;

        var dry = await ImportAsync(Csv, "?dry_run=true");
        var nothing = await _server.GetAsync("/api/v1/timetable/lessons?class_name=T7");
        var first = await ImportAsync(Csv);
        var second = await ImportAsync(Csv);
        var lesson = first[0].GetProperty("id").GetString();
        var stored = await _server.GetAsync($"/api/v1/timetable/lessons/{lesson}");
        await _server.DeleteAsync($"/api/v1/timetable/lessons/{lesson}");

        Assert.That(nothing.Body, Does.Not.Contain("Biology"));
        Assert.That(
            dry.SkipLast(1).Select(l => l.GetProperty("line").GetInt32() + " " + l.GetProperty("outcome").GetString() + " "
                + (l.TryGetProperty("code", out var code) ? code.GetString() : "")),
            Is.EqualTo(new[]
            {
                "2 created ", "3 refused request.invalid_field", "4 refused timetable.repeated_lesson", "5 refused lesson.invalid_times",
                "6 refused session.unknown_students",
            }));
        Assert.That(dry[^1].GetRawText(), Does.Contain("\"rows\":5,\"created\":1").And.Contain("\"refused\":4,\"dry_run\":true"));
        Assert.That(first[0].GetProperty("outcome").GetString(), Is.EqualTo("created"));
        Assert.That(second[0].GetProperty("outcome").GetString(), Is.EqualTo("unchanged"));
        Assert.That(second[0].GetProperty("id").GetString(), Is.EqualTo(lesson));
        Assert.That(
            stored.Body, Does.Contain("\"grace_minutes\":5").And.Contain("[\"monday\",\"wednesday\",\"friday\"]").And.Contain("less3"));
    }

    [TestCase("name,weekdays,starts\nx,mon,07:00\n", "ends is missing")]
    [TestCase("name,weekdays,starts,ends,teacher\nx,mon,07:00,08:00,z\n", "column 5")]
    public async Task Import_BadHeader_SaysWhatIsNeeded(string csv, string said)
    {
        var refused = await _server.PostAsync("/api/v1/timetable/import", new StringContent(csv, Encoding.UTF8, "text/csv"));

        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("timetable.invalid_header"));
        Assert.That(refused.Body, Does.Contain(said).And.Contain("Needed: name, weekdays, starts, ends."));
    }

    private static string Day(int daysOn) =>
        DateOnly.FromDateTime(DateTime.UtcNow).AddDays(daysOn).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private string Body(string name, string? more = null) =>
        $$"""{"name":"{{name}}","class_name":"T7","weekdays":["sunday","monday","tuesday","wednesday","thursday","friday","saturday"],"starts":"07:00","ends":"07:45","valid_from":"{{_tomorrow}}"{{(more is null ? "" : ",")}}{{more}}}""";

    private Task<Answer> PostLessonAsync(string body) => _server.PostAsync("/api/v1/timetable/lessons", RunningServer.Json(body));

    private async Task<Answer> PutAsync(string id, string body) =>
        await Answer.OfAsync(await _server.Http.PutAsync($"/api/v1/timetable/lessons/{id}", RunningServer.Json(body)));

    private async Task<JsonElement[]> ImportAsync(string csv, string query = "")
    {
        var answer = await _server.PostAsync(
            "/api/v1/timetable/import" + query, Form.With().File("timetable", Encoding.UTF8.GetBytes(csv), "timetable.csv"));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
        return [.. answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    /// <summary>Null when the day has no such session.</summary>
    private async Task<JsonElement?> CallAsync(string day, string name)
    {
        var found = (await _server.GetAsync($"/api/v1/roll-call?date={day}")).Json.GetProperty("sessions").EnumerateArray()
            .Where(s => s.GetProperty("name").GetString() == name).ToArray();
        return found.Length == 0 ? null : found.Single();
    }

    private static IEnumerable<string?> Students(JsonElement session) =>
        session.GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("student_id").GetString());
}
