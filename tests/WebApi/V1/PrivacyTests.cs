using System.IO.Compression;
using System.Net;
using System.Text;
using System.Text.Json;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

public sealed class PrivacyTests
{
    [Test]
    public async Task Consent_Required_GatesEnrolmentAndMatching()
    {
        await using var before = await RunningServer.StartAsync();
        await before.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await using var server = await RunningServer.StartOnAsync(before.Database.ConnectionString, "CONSENT_REQUIRED=true");

        var unasked = await LabelAsync(server, DrawnPerson.Ayu);
        var refused = await server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra));
        var stranger = await server.GetAsync("/students/citra");
        var given = await PutAsync(server, "ayu", """{"state":"given","method":"paper","note":"Form 7"}""");
        var asked = await LabelAsync(server, DrawnPerson.Ayu);

        Assert.That(unasked, Is.EqualTo("Unknown"), "templates without consent are not matched");
        Assert.That(refused.Json.GetProperty("code").GetString(), Is.EqualTo("missing"));
        Assert.That(stranger.Status, Is.EqualTo(HttpStatusCode.NotFound), "a refused photo makes no student");
        Assert.That(given.Body,
            Does.StartWith(
                """{"state":"given","is_required":true,"history":[{"state":"given","method":"paper","note":"Form 7","recorded_by":"local",""" + "\"recorded_at\":"));
        Assert.That(asked, Is.EqualTo("ayu"));
    }

    [Test]
    public async Task Consent_Withdrawn_RemovesTheFaceInEveryProcessAndLeavesMarksByHand()
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await using var other = await RunningServer.StartOnAsync(server.Database.ConnectionString);

        var withdrawn = await PutAsync(server, "ayu", """{"state":"withdrawn","method":"verbal"}""");
        var again = await server.PostAsync("/api/v1/students/ayu/faces", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));
        var marked =
            await server.PostAsync("/api/v1/attendance/manual", Json("""{"student_id":"ayu","status":"present","reason":"seen"}"""));

        Assert.That(withdrawn.Json.GetProperty("state").GetString(), Is.EqualTo("withdrawn"));
        Assert.That(await LabelAsync(server, DrawnPerson.Ayu), Is.EqualTo("Unknown"));
        Assert.That(await server.Database.ReadAsync<long>("SELECT count(*) FROM templates"), Is.Zero);
        Assert.That(((int)again.Status, again.Json.GetProperty("code").GetString()), Is.EqualTo((422, "consent.withdrawn")));
        Assert.That(marked.Status, Is.EqualTo(HttpStatusCode.Created));
        for (var tries = 0; await LabelAsync(other, DrawnPerson.Ayu) != "Unknown"; tries++)
        {
            Assert.That(tries, Is.LessThan(600), "the other process still matches the face");
            await Task.Delay(50);
        }
        Assert.That((await server.GetAsync("/api/v1/audit?action=consent.recorded")).Body, Does.Contain("withdrawn"));
    }

    [TestCase("""{"state":"maybe","method":"paper"}""")]
    [TestCase("""{"state":"not_asked","method":"paper"}""")]
    [TestCase("""{"state":"given"}""")]
    public async Task Consent_BadStatement_Is400(string body)
    {
        var server = await SharedServer.GetAsync();

        Assert.That((await PutAsync(server, "ayu", body)).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(
            (await PutAsync(server, "nobody-here", """{"state":"given","method":"paper"}""")).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task Erasure_Student_LeavesNoTraceButAReceiptThatNamesNobody()
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("pupil-4711", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await PutAsync(server, "pupil-4711", """{"state":"given","method":"paper"}""");
        await server.PostAsync("/api/v1/attendance/manual", Json("""{"student_id":"pupil-4711","status":"present","reason":"seen"}"""));

        var erased = await server.PostAsync("/api/v1/students/pupil-4711/erasure", null);
        var id = erased.Json.GetProperty("id").GetString();
        var own = await server.GetAsync($"/api/v1/erasures/{id}?student_id=pupil-4711");
        var others = await server.GetAsync($"/api/v1/erasures/{id}?student_id=pupil-4712");
        var again = await server.PostAsync("/api/v1/students/pupil-4711/erasure", null);
        var dump = await server.Database.DumpAsync();

        var removed = erased.Json.GetProperty("removed");
        foreach (var part in new[] { "face_templates", "attendance_records", "attendance_days", "consent_statements", "profile" })
        {
            Assert.That(removed.GetProperty(part).GetInt64(), Is.EqualTo(1), part);
        }
        Assert.That(own.Json.GetProperty("is_of").GetBoolean(), Is.True);
        Assert.That(others.Json.GetProperty("is_of").GetBoolean(), Is.False);
        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await LabelAsync(server, DrawnPerson.Ayu), Is.EqualTo("Unknown"));
        var named = dump.Split('\n').Where(line => line.Contains("pupil-4711", StringComparison.Ordinal)).ToArray();
        var audited = await server.Database.ReadAsync<long>("SELECT count(*) FROM audit WHERE subject = 'pupil-4711'");
        Assert.That(named, Has.Length.EqualTo(audited), "only the audit log still bears the id");
    }

    [Test]
    public async Task Erasure_Student_TakesWhatWasWrittenAboutThemOutOfTheAuditLog()
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("pupil-4711", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await server.EnrollAsync("pupil-4712", DrawnFaces.Portrait(DrawnPerson.Citra));
        await server.PostAsync("/enroll?override_duplicate=true", Form.With(("student_id", "pupil-4712"), ("reason", "Twin of Sulastri"))
            .File("image", DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));
        await PutAsync(server, "pupil-4711", """{"state":"given","method":"her father Wibowo","note":"Wibowo"}""");
        await server.AddUserAsync("sulastri.wibowo", "student", "pupil-4711");
        await server.PostAsync("/api/token/", Json("""{"username":"sulastri.wibowo","password":"wrong"}"""));
        await server.AddUserAsync("sulastri.second", "student", "pupil-4711");
        await server.LogInAsync("sulastri.second");
        await MarkAsync(server, "pupil-4711", "Sulastri was seen at the gate");
        await MarkAsync(server, "pupil-4712", "Citra was on the late bus");
        var before = await server.GetAsync("/api/v1/audit?subject=pupil-4711");
        var account = await server.GetAsync("/api/v1/audit?subject=user:sulastri.wibowo");

        await server.PostAsync("/api/v1/students/pupil-4711/erasure", null);
        var after = await server.GetAsync("/api/v1/audit?subject=pupil-4711&action=attendance.marked");
        var others = await server.GetAsync("/api/v1/audit?subject=pupil-4712");
        var dump = await server.Database.DumpAsync();

        Assert.That(before.Body, Does.Contain("Sulastri was seen at the gate").And.Contain("her father Wibowo"));
        Assert.That(account.Body, Does.Contain("\"action\":\"user.added\",\"subject\":\"user:sulastri.wibowo\""));
        var details = after.Json.GetProperty("items")[0].GetProperty("details");
        Assert.That(
            (details.GetProperty("reason").GetString(), details.GetProperty("status").GetString()), Is.EqualTo(("erased", "erased")));
        Assert.That(details.TryGetProperty("withheld", out _), Is.False);
        Assert.That(others.Body, Does.Contain("Citra was on the late bus").And.Contain("\"reason\": \"erased\""),
            "words about both go with either");
        Assert.That(dump, Does.Not.Contain("Sulastri").And.Not.Contain("Wibowo").And.Not.Contain("sulastri"));
        Assert.That(await server.Database.ReadAsync<long>("SELECT count(*) FROM log_in_failures"), Is.Zero);
        Assert.That(await server.Database.ReadAsync<long>("SELECT count(*) FROM known_addresses"), Is.Zero);
        Assert.That((await server.GetAsync("/api/v1/audit/verification")).Json.GetProperty("ok").GetBoolean(), Is.True);
    }

    [Test]
    public async Task Audit_OperatorWithAnAccount_StandsByNumberAndIsReadByName()
    {
        await using var server = await RunningServer.StartAsync();
        await server.PostAsync("/students", Form.With(("student_id", "ayu"), ("full_name", "Ayu")));
        await server.AddUserAsync("bu.dewi", "admin");
        server.Http.DefaultRequestHeaders.Authorization = new("Bearer", (await server.LogInAsync("bu.dewi")).Access);
        var consent = await PutAsync(server, "ayu", """{"state":"given","method":"paper"}""");

        var log = await server.GetAsync("/api/v1/audit?actor=user:bu.dewi");
        var erased = await server.PostAsync("/api/v1/students/ayu/erasure", null);
        var receipt = await server.GetAsync($"/api/v1/erasures/{erased.Json.GetProperty("id").GetString()}");

        Assert.That(consent.Json.GetProperty("history")[0].GetProperty("recorded_by").GetString(), Is.EqualTo("user:bu.dewi"));
        Assert.That(log.Json.GetProperty("items")[0].GetProperty("actor").GetString(), Is.EqualTo("user:bu.dewi"));
        Assert.That(receipt.Json.GetProperty("erased_by").GetString(), Is.EqualTo("user:bu.dewi"));
        var named = (await server.Database.DumpAsync()).Split('\n').Count(line => line.Contains("bu.dewi", StringComparison.Ordinal));
        Assert.That(named, Is.EqualTo(1), "the name stands in the directory of names alone");
    }

    [Test]
    public async Task Export_Student_HoldsAllThatIsKeptAndIsAudited()
    {
        await using var server = await RunningServer.StartAsync();
        await server.PostAsync("/students",
            Form.With(("student_id", "ayu"), ("full_name", "Ayu \"A\" Lestari")).File("photo", DrawnFaces.Portrait(DrawnPerson.Ayu)));
        await PutAsync(server, "ayu", """{"state":"given","method":"paper"}""");
        await server.PostAsync("/api/v1/attendance/manual", Json("""{"student_id":"ayu","status":"late","reason":"bus"}"""));

        using var archive = new ZipArchive(await server.Http.GetStreamAsync("/api/v1/students/ayu/export"));
        var document = JsonDocument.Parse(await new StreamReader(archive.GetEntry("student.json")!.Open()).ReadToEndAsync()).RootElement;
        var missing = await server.GetAsync("/api/v1/students/nobody/export");

        Assert.That(document.GetProperty("student").GetProperty("full_name").GetString(), Is.EqualTo("Ayu \"A\" Lestari"));
        Assert.That(document.GetProperty("audit_entries").GetRawText(), Does.Contain("\"reason\": \"bus\""));
        foreach (var part in new[] { "consent_statements", "face_templates", "attendance_records", "attendance_days" })
        {
            Assert.That(document.GetProperty(part).GetArrayLength(), Is.EqualTo(1), part);
        }
        Assert.That(missing.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(
            (await server.GetAsync("/api/v1/audit?action=student.exported")).Json.GetProperty("items").GetArrayLength(), Is.EqualTo(1));
    }

    [Test]
    public async Task Retention_OldRows_AreCountedByTheDryRunAndRemovedByTheRun()
    {
        await using var server = await RunningServer.StartAsync("RETENTION_ATTENDANCE_DAYS=30");
        await server.PostAsync("/students", Form.With(("student_id", "ayu"), ("full_name", "Ayu")));
        await server.Database.ExecuteAsync(
            """
            INSERT INTO attendance_days SELECT school_id, id, current_date - n, now() - n * interval '1 day', now() - n * interval '1 day',
                1
            FROM students, generate_series(1, 60) n;
            INSERT INTO liveness_pictures SELECT school_id, id, gen_random_uuid(), now() - n * interval '1 day', 'model', 'key', ''
            FROM students, generate_series(1, 33) n;
            INSERT INTO sighting_faces (school_id, id, student_id, contract, key_id, embedding, seen_at, negative_id, revision)
            SELECT school_id, gen_random_uuid(), id, 'model', 'key', '', now() - days * interval '1 day',
                CASE WHEN days > 300 THEN gen_random_uuid() END, CASE WHEN days > 300 THEN 1 END
            FROM students, unnest(ARRAY[6, 8, 9, 10, 364, 366, 367]) AS days;
            INSERT INTO events (school_id, id, type, student_key, payload, created_at)
            SELECT school_id, gen_random_uuid(), 'attendance.recognized', id, '{}', now() - interval '91 days'
            FROM students, generate_series(1, 7);
            INSERT INTO outbox (school_id, id, event_id, endpoint_id, student_key, attempts, next_attempt_at, status)
            SELECT school_id, gen_random_uuid(), id, gen_random_uuid(), student_key, 1, now() + interval '1 day', CASE n WHEN 1
                THEN 'pending' ELSE 'sent' END
            FROM (SELECT *, row_number() OVER () AS n FROM events) numbered
            """);

        var due = Rows(await server.GetAsync("/api/v1/retention"));
        var removed = Rows(await server.PostAsync("/api/v1/retention/run", null));
        var after = Rows(await server.GetAsync("/api/v1/retention"));

        Assert.That(
            due,
            Is.EqualTo(
                "attendance_records 30 0, attendance_corrections 30 0, attendance_days 30 31, events 90 6, " +
                "liveness_pictures 30 4, sighting_faces 7 3, negative_examples 365 2, erasure_receipts 0 0"));
        Assert.That(removed, Is.EqualTo(due));
        Assert.That(
            after,
            Is.EqualTo(
                "attendance_records 30 0, attendance_corrections 30 0, attendance_days 30 0, events 90 0, " +
                "liveness_pictures 30 0, sighting_faces 7 0, negative_examples 365 0, erasure_receipts 0 0"));
        Assert.That(await server.Database.ReadAsync<long>("SELECT count(*) FROM attendance_days"), Is.EqualTo(29));
        Assert.That(
            await server.Database.ReadAsync<long>("SELECT count(*) FROM template_tombstones"), Is.EqualTo(2),
            "galleries hear that negative examples are gone");
        Assert.That(await server.Database.ReadAsync<long>("SELECT count(*) FROM outbox"), Is.EqualTo(1), "what is not delivered yet stays");
    }

    private static Task<Answer> MarkAsync(RunningServer server, string student, string reason) => server.PostAsync(
        "/api/v1/attendance/manual", Json($$"""{"student_id":"{{student}}","status":"present","reason":"{{reason}}"}"""));

    private static string Rows(Answer answer) => string.Join(", ", answer.Json.GetProperty("classes").EnumerateArray().Select(
        c => $"{c.GetProperty("name").GetString()} {c.GetProperty("days").GetInt32()} {c.GetProperty("rows").GetInt64()}"));

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static async Task<Answer> PutAsync(RunningServer server, string student, string body) =>
        await Answer.OfAsync(await server.Http.PutAsync($"/api/v1/students/{student}/consent", Json(body)));

    private static async Task<string?> LabelAsync(RunningServer server, DrawnPerson person) =>
        (await server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(person)))).Json.GetProperty("results")[0].GetProperty("label")
            .GetString();
}
