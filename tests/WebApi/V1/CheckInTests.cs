using System.Net;
using System.Text;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Schools;
using FaceAttendance.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>/api/v1/check-ins, /api/v1/class-sessions and /api/v1/attendance/manual.</summary>
public sealed class CheckInTests
{
    private RunningServer _server = null!;
    private WebhookReceiver _receiver = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _receiver = await WebhookReceiver.StartAsync();
        _server =
            await RunningServer.StartAsync(
                $"ATTENDANCE_WEBHOOK_URL={_receiver.Url}", "ATTENDANCE_WEBHOOK_EVENTS=attendance.checked_in,attendance.marked");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Test]
    public async Task CheckIn_AliveThereNow_CountsAndReachesTheReceiver()
    {
        await AddAsync("counts");

        var answer = await CheckInAsync(Body("counts", Token("counts")));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Created), answer.Body);
        Assert.That(answer.Json.GetProperty("decision").GetString(), Is.EqualTo("accepted"));
        Assert.That(answer.Json.GetProperty("verdict").GetString(), Is.EqualTo("inside"));
        Assert.That(answer.Json.GetProperty("reasons").GetArrayLength(), Is.Zero);
        var record = answer.Json.GetProperty("record_id").GetString()!;
        while (!_receiver.Received.Any(r => r.Body.Contains(record, StringComparison.Ordinal))) await Task.Delay(20);
        Assert.That((await _server.GetAsync("/attendance/student/counts")).Json.GetProperty("items").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task CheckIn_OneKeyFiftyPairsAtOnce_OneRecordOneEventAHundredEqualAnswers()
    {
        await AddAsync("paired");
        var body = Body("paired", Token("paired"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => CheckInAsync(body, key: "9f1c3a44")));

        Assert.That(answers.Select(a => a.Status), Has.All.EqualTo(HttpStatusCode.Created), answers[0].Body);
        Assert.That(answers.Select(a => a.Body).Distinct().Count(), Is.EqualTo(1));
        Assert.That(
            await _server.Database.ReadAsync<long>("SELECT count(*) FROM attendance_records WHERE student_id = 'paired'"), Is.EqualTo(1));
        Assert.That(await _server.Database.ReadAsync<long>("SELECT count(*) FROM outbox WHERE student_key = 'paired'"), Is.EqualTo(1));
    }

    [Test]
    public async Task CheckIn_KeyOfAnotherRequest_Is422()
    {
        await AddAsync("reused");
        await CheckInAsync(Body("reused", Token("reused")), key: "once");

        var other = await CheckInAsync(Body("reused", Token("reused")), key: "once");

        Assert.That(other.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(other.Json.GetProperty("code").GetString(), Is.EqualTo("check_in.key_reused"));
    }

    [Test]
    public async Task CheckIn_TokenUsedForeignExpiredOrForged_IsRefusedWithACode()
    {
        await AddAsync("victim");
        var used = Token("victim");
        await CheckInAsync(Body("victim", used));

        Answer[] answers =
        [
            await CheckInAsync(Body("victim", used)), await CheckInAsync(Body("victim", Token("thief"))),
            await CheckInAsync(Body("victim", Token("victim", lifeSeconds: -1))), await CheckInAsync(Body("victim", "forged")),
        ];

        Assert.That(answers.Select(a => a.Status), Has.All.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(
            answers.Select(a => a.Json.GetProperty("code").GetString()),
            Is.EqualTo(
                new[] { "liveness.token_used", "liveness.token_of_another_student", "liveness.token_expired", "liveness.token_invalid" }));
        Assert.That(answers.Select(a => a.Json.GetProperty("decision").GetString()), Has.All.EqualTo("refused"));
    }

    [Test]
    public async Task CheckIn_OneKeyOfSeveralCallers_IsEachCallersOwn()
    {
        await AddAsync("kiosk-user");
        await AddAsync("burner");
        var device = await DeviceAsync("kiosk-1");
        using var burner = await _server.NewUserAsync("student", "burner");
        var (body, other) = (Body("kiosk-user", Token("kiosk-user"), device: null), Body("burner", Token("burner")));

        using var burnt = new HttpRequestMessage(HttpMethod.Post, "/api/v1/check-ins")
        {
            Content = RunningServer.Json(other),
            Headers = { { "Idempotency-Key", "1" } },
        };
        var first = await Answer.OfAsync(await burner.SendAsync(burnt));
        var kiosk = await CheckInAsync(body, key: "1", device);
        var again = await CheckInAsync(body, key: "1", device);
        var reused = await CheckInAsync(Body("kiosk-user", Token("kiosk-user"), device: null), key: "1", device);

        Assert.That((first.Status, kiosk.Status), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.Created)), kiosk.Body);
        Assert.That(again.Body, Is.EqualTo(kiosk.Body));
        Assert.That(reused.Json.GetProperty("code").GetString(), Is.EqualTo("check_in.key_reused"));
    }

    [Test]
    public async Task CheckIn_ByADevice_IsRecordedAsThatDevicesAndAnotherIsRefused()
    {
        await AddAsync("at-gate");
        var device = await DeviceAsync("gate-9");

        var other = await CheckInAsync(Body("at-gate", Token("at-gate")), apiKey: device);
        var own = await CheckInAsync(Body("at-gate", Token("at-gate"), device: "gate-9"), apiKey: device);
        var unsaid = await CheckInAsync(Body("at-gate", Token("at-gate"), device: null), apiKey: device);

        Assert.That((other.Status, other.Json.GetProperty("code").GetString()),
            Is.EqualTo((HttpStatusCode.Forbidden, "access.other_device")), other.Body);
        Assert.That((own.Status, unsaid.Status), Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.Created)), unsaid.Body);
        Assert.That(
            await _server.Database.ReadAsync<string>(
                "SELECT string_agg(evidence ->> 'device_id', ',') FROM attendance_records WHERE student_id = 'at-gate'"),
            Is.EqualTo("gate-9,gate-9"));
    }

    [Test]
    public async Task CheckIn_ByAStudentInADevicesName_IsRefused()
    {
        await AddAsync("by-phone");
        await DeviceAsync("gate-7");
        using var student = await _server.NewUserAsync("student", "by-phone");
        var token = Token("by-phone");

        var pretended =
            await Answer.OfAsync(
                await student.PostAsync("/api/v1/check-ins", RunningServer.Json(Body("by-phone", token, device: "gate-7"))));
        var honest =
            await Answer.OfAsync(
                await student.PostAsync("/api/v1/check-ins", RunningServer.Json(Body("by-phone", token, device: "phone-7"))));

        Assert.That((pretended.Status, pretended.Json.GetProperty("code").GetString()),
            Is.EqualTo((HttpStatusCode.Forbidden, "access.other_device")), pretended.Body);
        Assert.That(honest.Status, Is.EqualTo(HttpStatusCode.Created), honest.Body);
    }

    [TestCase("gate-8", "gate-8", HttpStatusCode.OK)]
    [TestCase(null, "gate-8", HttpStatusCode.OK)]
    [TestCase("gate-1", null, HttpStatusCode.Forbidden)]
    public async Task Realtime_ByADevice_IsRecordedAsThatDevicesAndAnotherIsRefused(string? said, string? recorded, HttpStatusCode status)
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        var device = (await server.PostAsync("/api/v1/devices", RunningServer.Json("""{"device_id":"gate-8"}"""))).Json.GetProperty("key")
            .GetString()!;
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/recognize/realtime{(said is null ? "" : $"?device_id={said}")}")
        {
            Content = Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 4)),
            Headers = { { "X-Api-Key", device } },
        };

        var answer = await Answer.OfAsync(await server.Http.SendAsync(request));

        Assert.That(answer.Status, Is.EqualTo(status), answer.Body);
        if (recorded is null)
            Assert.That(
                answer.Json.GetProperty("detail").GetString(), Does.StartWith("device_id is that of a device whose key was not shown"));
        Assert.That(await server.Database.ReadAsync<string?>("SELECT string_agg(evidence ->> 'device_id', ',') FROM attendance_records"),
            Is.EqualTo(recorded));
    }

    [Test]
    public async Task CheckIn_OutsideAndMocked_TellsEveryReason()
    {
        await AddAsync("far");

        var answer = await CheckInAsync(Body("far", Token("far"), latitude: "-7.95", mocked: true));

        Assert.That(answer.ContentType, Does.StartWith("application/problem+json"));
        Assert.That(
            answer.Json.GetProperty("reasons").EnumerateArray()
                .Select(r => r.GetProperty("code").GetString() + " " + r.GetProperty("effect").GetString()),
            Is.EqualTo(new[] { "presence.outside_fence refused", "evidence.mocked_location refused" }));
        Assert.That(answer.Json.GetProperty("distance_m").GetDouble(), Is.EqualTo(1898).Within(2));
    }

    [Test]
    public async Task CheckIn_AccuracyReachesOverTheEdge_WaitsForALookThatAMarkSettles()
    {
        await AddAsync("edge");
        await AddAsync("other");
        // 33 m from the centre of a fence of 20 m; and 67 m, which no accuracy lets in.
        var near = await CheckInAsync(Body("edge", Token("edge"), latitude: "-7.9670435", accuracy: 45));
        var far = await CheckInAsync(Body("other", Token("other"), latitude: "-7.9667435", accuracy: 50));

        var waiting = await _server.GetAsync("/api/v1/attendance?needs_review=true");
        var record = near.Json.GetProperty("record_id").GetString()!;
        var foreign = await MarkAsync("other", record);
        var daysBefore = await DaysOfAsync("edge");
        var settled = await MarkAsync("edge", record);
        var daysAfter = await DaysOfAsync("edge");
        var again = await MarkAsync("edge", record);

        Assert.That((near.Status, near.Json.GetProperty("decision").GetString(), near.Json.GetProperty("verdict").GetString()),
            Is.EqualTo((HttpStatusCode.Created, "review", "uncertain")), near.Body);
        Assert.That(far.Json.GetProperty("code").GetString(), Is.EqualTo("presence.outside_fence"));
        Assert.That(
            waiting.Json.GetProperty("items").EnumerateArray().Select(r => r.GetProperty("id").GetString()), Is.EqualTo(new[] { record }));
        Assert.That(settled.Status, Is.EqualTo(HttpStatusCode.Created), settled.Body);
        Assert.That((daysBefore, daysAfter), Is.EqualTo((1, 0)), "who was not there does not stand in the day's list");
        Assert.That(
            new[] { foreign, again }.Select(a => a.Json.GetProperty("code").GetString()), Has.All.EqualTo("attendance.record_not_found"));
        Assert.That((await _server.GetAsync("/api/v1/attendance?needs_review=true")).Json.GetProperty("items").GetArrayLength(), Is.Zero);
        Assert.That(
            await _server.Database.ReadAsync<long>(
                $"SELECT count(*) FROM events WHERE type = 'attendance.marked' AND payload LIKE '%\"replaces\":\"{record}\"%'"),
            Is.EqualTo(1));
    }

    [Test]
    public async Task Mark_AbsentInPlaceOfOneOfTwoRecords_LeavesTheDay()
    {
        await AddAsync("twice");
        var first = await CheckInAsync(Body("twice", Token("twice")));
        await CheckInAsync(Body("twice", Token("twice")));

        await MarkAsync("twice", first.Json.GetProperty("record_id").GetString()!);

        Assert.That(await DaysOfAsync("twice"), Is.EqualTo(1));
    }

    private async Task<int> DaysOfAsync(string student) =>
        (await _server.GetAsync($"/attendance/student/{student}")).Json.GetProperty("items").GetArrayLength();

    private Task<Answer> MarkAsync(string student, string replaces) => PostAsync(
        "/api/v1/attendance/manual",
        $$"""{"student_id":"{{student}}","status":"absent","reason":"Was at the bus stop","replaces":"{{replaces}}"}""");

    [TestCase("excused")]
    [TestCase("sick")]
    public async Task Mark_AwayForAReason_TakesTheSightingsPlaceAndIsNoDayOfAttendance(string status)
    {
        var student = $"away-{status}";
        await AddAsync(student);
        var checkedIn = await CheckInAsync(Body(student, Token(student)));
        var days = await DaysOfAsync(student);

        var marked = await PostAsync(
            "/api/v1/attendance/manual",
            $$"""{"student_id":"{{student}}","status":"{{status}}","reason":"Letter","replaces":"{{checkedIn.Json.GetProperty("record_id")}}"}""");

        Assert.That(marked.Status, Is.EqualTo(HttpStatusCode.Created), marked.Body);
        Assert.That((days, await DaysOfAsync(student)), Is.EqualTo((1, 0)));
        var listed = await _server.GetAsync($"/api/v1/attendance.csv?status={status}&student_id={student}");
        Assert.That(listed.Body.Split("\r\n")[1], Does.Contain($",{status},manual,false,"));
    }

    [Test]
    public async Task CheckIn_FieldsMissing_NamesEach()
    {
        var answer = await CheckInAsync("""{"student_id":"x","lat":91,"captured_at":"2026-01-05T07:00:00"}""");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(
            answer.Json.GetProperty("errors").EnumerateObject().Select(e => e.Name),
            Is.EquivalentTo(new[] { "liveness_token", "lat", "lon", "accuracy_m", "captured_at", "device_id" }));
    }

    [Test]
    public async Task ClassSession_CheckInThenManualMark_ShowsBothWaysOfComingAbout()
    {
        await AddAsync("early");
        await AddAsync("ill");
        var start = DateTimeOffset.UtcNow;
        var added = await PostAsync(
            "/api/v1/class-sessions",
            $$"""{"name":"7B","starts_at":"{{start:O}}","ends_at":"{{start.AddMinutes(45):O}}","roster":["ill","early","early"]}""");
        var id = added.Json.GetProperty("id").GetString()!;

        var checkedIn = await CheckInAsync(Body("early", Token("early"), session: id));
        var again = await CheckInAsync(Body("early", Token("early"), session: id));
        var marked =
            await PostAsync("/api/v1/attendance/manual",
                $$"""{"student_id":"ill","status":"absent","reason":"Letter from home","class_session_id":"{{id}}"}""");
        var shown = await _server.GetAsync($"/api/v1/class-sessions/{id}");
        var removed = await _server.DeleteAsync($"/api/v1/class-sessions/{id}");
        var listed = await _server.GetAsync("/api/v1/class-sessions");

        Assert.That(added.Status, Is.EqualTo(HttpStatusCode.Created), added.Body);
        Assert.That(checkedIn.Json.GetProperty("status").GetString(), Is.EqualTo("present"));
        Assert.That(again.Json.GetProperty("code").GetString(), Is.EqualTo("session.already_recorded"));
        Assert.That(marked.Status, Is.EqualTo(HttpStatusCode.Created), marked.Body);
        Assert.That(marked.Json.GetProperty("evidence").GetProperty("reason").GetString(), Is.EqualTo("Letter from home"));
        Assert.That(
            shown.Json.GetProperty("attendance").EnumerateArray().Select(a => a.GetProperty("record"))
                .Select(r => $"{r.GetProperty("student_id")} {r.GetProperty("status")} {r.GetProperty("origin")}"),
            Is.EqualTo(new[] { "early present check_in", "ill absent manual" }));
        Assert.That(removed.Json.GetProperty("code").GetString(), Is.EqualTo("session.has_records"));
        Assert.That(listed.Json.GetProperty("items").EnumerateArray().Select(s => s.GetProperty("id").GetString()), Does.Contain(id));
    }

    [Test]
    public async Task CheckIn_NoSessionNamed_CountsInTheOneThatIsOpen()
    {
        await AddAsync("phone");
        var begun = DateTimeOffset.UtcNow.AddMinutes(-20);
        var added = await PostAsync(
            "/api/v1/class-sessions",
            $$"""{"name":"7C","starts_at":"{{begun:O}}","ends_at":"{{begun.AddMinutes(45):O}}","grace_minutes":5,"roster":["phone"]}""");

        var checkedIn = await CheckInAsync(Body("phone", Token("phone")));
        var again = await CheckInAsync(Body("phone", Token("phone")));
        var record = (await _server.GetAsync($"/api/v1/class-sessions/{added.Json.GetProperty("id").GetString()}"))
            .Json.GetProperty("attendance")[0].GetProperty("record");

        Assert.That(checkedIn.Json.GetProperty("status").GetString(), Is.EqualTo("late"), checkedIn.Body);
        Assert.That(record.GetProperty("id").GetString(), Is.EqualTo(checkedIn.Json.GetProperty("record_id").GetString()));
        Assert.That(again.Json.GetProperty("status").GetString(), Is.EqualTo("present"), "no other is open");
    }

    [TestCase("""{"name":"X","starts_at":"2026-01-05T07:00:00Z","ends_at":"2026-01-05T06:00:00Z"}""", "session.invalid_window")]
    [TestCase("""{"name":"X","starts_at":"2026-01-05T07:00:00Z","ends_at":"2026-01-05T08:00:00Z","grace_minutes":1e300}""",
        "session.invalid_window")]
    [TestCase("""{"name":"X","starts_at":"2026-01-05T07:00:00Z","ends_at":"2026-01-05T08:00:00Z","roster":["ghost"]}""",
        "session.unknown_students")]
    [TestCase("""{"name":"X","starts_at":"2026-01-05 07:00","ends_at":"2026-01-05T08:00:00Z"}""", "request.invalid_field")]
    [TestCase("""{"name":"","starts_at":"2026-01-05T07:00:00Z","ends_at":"2026-01-05T08:00:00Z"}""", "request.invalid_field")]
    [TestCase("""{"name":"X","starts_at":"0001-01-01T00:05:00Z","ends_at":"2026-01-05T08:00:00Z"}""", "request.invalid_field")]
    public async Task ClassSession_Impossible_IsRefusedWithACode(string body, string code) =>
        Assert.That((await PostAsync("/api/v1/class-sessions", body)).Json.GetProperty("code").GetString(), Is.EqualTo(code));

    private static string Body(string student, string token, string latitude = "-7.9673435", bool mocked = false, string? session = null,
        string? device = "phone-1", int accuracy = 5) =>
        $$"""{"student_id":"{{student}}","liveness_token":"{{token}}","lat":{{latitude}},"lon":112.6267206,"accuracy_m":{{accuracy}},"captured_at":"{{DateTimeOffset.UtcNow:yyyy-MM-ddTHH:mm:ss'Z'}}","device_id":{{(device is null ? "null" : $"\"{device}\"")}},"mocked":{{(mocked ? "true" : "false")}},"class_session_id":{{(session is null ? "null" : $"\"{session}\"")}}}""";

    private string Token(string student, int lifeSeconds = 60, LivenessSessionId? session = null)
    {
        var now = DateTimeOffset.UtcNow;
        return _server.Services.GetRequiredService<ILivenessTokens>().Issue(
            new(SchoolId.First, new(student), session ?? new(Guid.NewGuid()), now.AddSeconds(lifeSeconds - 60), now.AddSeconds(lifeSeconds),
                PadAsked: false));
    }

    [Test]
    public async Task ManualMark_OneKeyTwentyTimesAtOnce_OneRecordOneEventEqualAnswers()
    {
        await AddAsync("marked");
        const string Body = """{"student_id":"marked","status":"present","reason":"seen in class"}""";

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => PostAsync("/api/v1/attendance/manual", Body, key: "mark-1")));

        Assert.That(answers.Select(a => a.Status), Has.All.EqualTo(HttpStatusCode.Created), answers[0].Body);
        Assert.That(answers.Select(a => a.Body).Distinct().Count(), Is.EqualTo(1));
        Assert.That(
            await _server.Database.ReadAsync<long>("SELECT count(*) FROM attendance_records WHERE student_id = 'marked'"), Is.EqualTo(1));
        Assert.That(await _server.Database.ReadAsync<long>("SELECT count(*) FROM events WHERE student_key = 'marked'"), Is.EqualTo(1));
    }

    [Test]
    public async Task ManualMark_KeyOfAnotherRequest_Is422()
    {
        await AddAsync("twice");
        await PostAsync(
            "/api/v1/attendance/manual", """{"student_id":"twice","status":"present","reason":"seen in class"}""", key: "mark-2");
        await CheckInAsync(Body("twice", Token("twice")), key: "check-in-1");

        Answer[] others =
        [
            await PostAsync(
                "/api/v1/attendance/manual", """{"student_id":"twice","status":"late","reason":"seen in class"}""", key: "mark-2"),
            await PostAsync(
                "/api/v1/attendance/manual", """{"student_id":"twice","status":"present","reason":"seen in class"}""", key: "check-in-1"),
        ];

        Assert.That(others.Select(o => o.Json.GetProperty("code").GetString()), Has.All.EqualTo("attendance.key_reused"));
        Assert.That(await _server.Database.ReadAsync<long>(
            "SELECT count(*) FROM attendance_records WHERE student_id = 'twice' AND origin = 'manual'"), Is.EqualTo(1));
    }

    [TestCase("erasure")]
    [TestCase("withdrawal")]
    public async Task CheckIn_TokenOfBeforeAnErasureOrAWithdrawal_IsRefused(string why)
    {
        var student = $"former-{why}";
        await AddAsync(student);
        var session = new LivenessSessionId(Guid.NewGuid());
        await _server.Services.GetRequiredService<ILivenessAttempts>()
            .BeginAsync(SchoolId.First, new(student), session, LivenessTrier.Student, new(3, TimeSpan.FromSeconds(10)), default);
        var token = Token(student, session: session);

        await (why == "erasure"
            ? _server.PostAsync($"/api/v1/students/{student}/erasure", null)
            : Answer.OfAsync(await _server.Http.PutAsync(
                $"/api/v1/students/{student}/consent", RunningServer.Json("""{"state":"withdrawn","method":"verbal"}"""))));
        await AddAsync(student);
        var answer = await CheckInAsync(Body(student, token));

        Assert.That(answer.Body, Does.Contain("\"decision\":\"refused\"").And.Contain("used"));
        Assert.That(
            await _server.Database.ReadAsync<long>($"SELECT count(*) FROM attendance_records WHERE student_id = '{student}'"), Is.Zero);
    }

    private Task<Answer> AddAsync(string student) =>
        _server.PostAsync("/students", Form.With(("student_id", student), ("full_name", student)));

    private async Task<string> DeviceAsync(string id) =>
        (await PostAsync("/api/v1/devices", $$"""{"device_id":"{{id}}"}""")).Json.GetProperty("key").GetString()!;

    private Task<Answer> CheckInAsync(string body, string? key = null, string? apiKey = null) =>
        PostAsync("/api/v1/check-ins", body, key, apiKey);

    private async Task<Answer> PostAsync(string path, string body, string? key = null, string? apiKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (apiKey is not null) request.Headers.Add("X-Api-Key", apiKey);
        return await Answer.OfAsync(await _server.Http.SendAsync(request));
    }
}
