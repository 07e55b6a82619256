using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Operations;

public sealed class ServerStateTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [TestCase("/health")]
    [TestCase("/health/")]
    public async Task Health_EmptyServer_CountsNobody(string path)
    {
        await using var server = await RunningServer.StartAsync();

        var empty = await server.GetAsync(path);
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu, 1));
        var one = await server.GetAsync(path);

        Assert.That(empty.Body, Is.EqualTo("""{"ok":true,"encodings":0,"labels":0}"""));
        Assert.That(one.Body, Is.EqualTo("""{"ok":true,"encodings":2,"labels":1}"""));
    }

    [Test]
    public async Task Server_Administrator_IsToldWhatDoctorKnows()
    {
        var state = (await _server.GetAsync("/api/v1/server")).Json;

        Assert.That(state.GetProperty("version").GetString(), Does.Match(@"^\d+\.\d+\.\d+$"));
        var models = state.GetProperty("models");
        Assert.That(models.GetProperty("weights").GetArrayLength(), Is.GreaterThan(2));
        Assert.That(models.GetProperty("weights").EnumerateArray().Select(w => w.GetProperty("sha256").GetString()),
            Has.All.Matches<string>(digest => digest.Length == 64));
        Assert.That(state.GetProperty("gallery").GetProperty("students").GetInt32(), Is.GreaterThanOrEqualTo(2));
        Assert.That(state.GetProperty("inference").GetProperty("workers").GetInt32(), Is.EqualTo(1));
        var machine = state.GetProperty("machine");
        Assert.That(machine.GetProperty("disk").GetProperty("free_bytes").GetInt64(), Is.Positive);
        Assert.That(machine.GetProperty("database").GetProperty("size_bytes").GetInt64(), Is.GreaterThan(1_000_000));
        Assert.That(machine.GetProperty("certificate").ValueKind, Is.EqualTo(JsonValueKind.Null));
        var findings = machine.GetProperty("findings").EnumerateArray().ToLookup(f => f.GetProperty("check").GetString());
        Assert.That(findings.Select(f => f.Key), Is.SupersetOf(new[]
        {
            "engines", "models", "database", "clock", "keys", "delivery", "disk", "backup", "certificate",
        }));
        Assert.That(findings["backup"].Single().GetProperty("message").GetString(), Does.Contain("BACKUP_FOLDER"));
        Assert.That(findings["delivery"].Single().GetProperty("state").GetString(), Is.EqualTo("ok"));
    }

    [Test]
    public async Task Config_Settings_AreThoseInForce()
    {
        await using var server = await RunningServer.StartAsync(
            "FACE_TOLERANCE=0.4", "EVENT_COOLDOWN_SECONDS=2.5", "ATTENDANCE_WEBHOOK_URL=http://127.0.0.1:1/hook");

        var answer = await server.GetAsync("/config");

        Assert.That(answer.Body, Is.EqualTo("""{"tolerance":0.4,"webhook_enabled":true,"cooldown_seconds":2.5}"""));
    }

    [Test]
    public async Task Start_ToleranceLooserThanTheCalibration_IsWarnedOf()
    {
        await using var server = await RunningServer.StartAsync("FACE_TOLERANCE=0.571");

        var warning = LogScan.Lines.Single(l => l.Contains("FACE_TOLERANCE 0.571", StringComparison.Ordinal));
        Assert.That(warning, Does.Contain("looser than the model's calibration").And.Contains("cosine similarity"));
        Assert.That((await server.GetAsync("/config")).Body, Does.Contain("\"tolerance\":0.571,"));
    }

    [Test]
    public async Task Config_StrangerRate_ThresholdGrowsWithTheGallery()
    {
        await using var server = await RunningServer.StartAsync("FACE_STRANGER_RATE=0.00002");
        var empty = await ToleranceAsync();
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        var one = await ToleranceAsync();
        await server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra));
        var two = await ToleranceAsync();

        var raw = await server.PostAsync("/api/v1/recognitions", Form.With().File("image", DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));
        var metrics = (await server.GetAsync("/metrics")).Body;

        Assert.That(empty, Is.EqualTo(0.45));
        Assert.That(new[] { empty, one, two }, Is.Ordered.Descending.And.Unique);
        var threshold = raw.Json.GetProperty("threshold").GetDouble();
        Assert.That(
            metrics, Does.Match(string.Create(CultureInfo.InvariantCulture, $@"(?m)^faceattendance_match_threshold {threshold}\s*$")));
        Assert.That(LogScan.Lines.Any(l =>
            l.Contains(string.Create(CultureInfo.InvariantCulture, $"from a similarity of {threshold}"), StringComparison.Ordinal)),
            Is.True, "the log says it");

        async Task<double> ToleranceAsync() => (await server.GetAsync("/config")).Json.GetProperty("tolerance").GetDouble();
    }

    [Test]
    public async Task Config_ToleranceFixed_StaysAndIsWarnedOfWhereItIsTooLoose()
    {
        await using var server = await RunningServer.StartAsync("FACE_TOLERANCE=0.4499", "FACE_STRANGER_RATE=0.00002");
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra));

        Assert.That((await server.GetAsync("/config")).Json.GetProperty("tolerance").GetDouble(), Is.EqualTo(0.4499));
        Assert.That(LogScan.Lines.Any(l => l.Contains("FACE_TOLERANCE=0.4499 is loose", StringComparison.Ordinal)
            && l.Contains("of 100 strangers", StringComparison.Ordinal)), Is.True);
    }

    [Test]
    public async Task Config_Defaults_AreTheContracts()
    {
        await using var server = await RunningServer.StartAsync();

        var answer = await server.GetAsync("/config/");

        Assert.That(answer.Body, Is.EqualTo("""{"tolerance":0.45,"webhook_enabled":false,"cooldown_seconds":5}"""));
    }

    [Test]
    public async Task Probes_RunningServer_AreUp()
    {
        var live = await _server.GetAsync("/health/live");
        var ready = await _server.GetAsync("/health/ready");

        Assert.That(live.Body, Is.EqualTo("""{"status":"live"}"""));
        Assert.That(ready.Body,
            Is.EqualTo("""{"status":"ready","checks":{"database":"ok","models":"ok","gallery":"ok","delivery":"ok","running":"ok"}}"""));
    }

    [Test]
    public async Task Ready_ServerToldToStop_SaysNoWhileItGoesOnServing()
    {
        await using var server = await RunningServer.StartAsync("DRAIN_SECONDS=3");

        var stopping = server.StopAsync();
        var ready = await server.GetAsync("/health/ready");
        var health = await server.GetAsync("/health");
        await stopping;

        Assert.That(ready.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(ready.Json.GetProperty("checks").GetProperty("running").GetString(), Is.EqualTo("failed"));
        Assert.That(health.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(() => server.GetAsync("/health"), Throws.InstanceOf<HttpRequestException>());
    }

    [Test]
    public async Task Ready_DatabaseOfAnEarlierVersion_IsNot()
    {
        await using var server = await RunningServer.StartAsync();

        await server.Database.ExecuteAsync("DELETE FROM schema_migrations WHERE name = (SELECT max(name) FROM schema_migrations)");
        var ready = await server.GetAsync("/health/ready");

        Assert.That(ready.Json.GetProperty("checks").GetProperty("database").GetString(), Is.EqualTo("failed"));
    }

    [TestCase("""{"student_id":"siswaA","a":[1,{"b":"ü"}]}""", "siswaA")]
    [TestCase("""{"student_id":"Unknown"}""", "Unknown")]
    [TestCase("{}", "UNKNOWN")]
    [TestCase("""{"student_id":7}""", "UNKNOWN")]
    [TestCase("""{"student_id":""}""", "UNKNOWN")]
    public async Task MockWebhook_AnyObject_IsSaidBack(string body, string student)
    {
        var answer = await _server.PostAsync("/mock/webhook", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Json.GetProperty("token").GetString(), Does.Match($"^ATT-\\d{{10}}-{student}$"));
        Assert.That(JsonElement.DeepEquals(answer.Json.GetProperty("received"), JsonDocument.Parse(body).RootElement));
        Assert.That(answer.Body, Does.StartWith("""{"ok":true,"token":"ATT-"""));
    }

    [TestCase("[]")]
    [TestCase("7")]
    [TestCase("null")]
    [TestCase("")]
    [TestCase("{")]
    [TestCase("{\"a\":1}}")]
    public async Task MockWebhook_AnythingElse_Is422(string body)
    {
        var answer = await _server.PostAsync("/mock/webhook", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
        Assert.That(answer.Json.GetProperty("detail")[0].GetProperty("loc").ToString(), Is.EqualTo("""["body"]"""));
    }

    [Test]
    public async Task MockWebhook_EndlessNesting_Is422()
    {
        var body = new string('[', 100_000);

        var answer = await _server.PostAsync("/mock/webhook", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnprocessableEntity));
    }

    [Test]
    public async Task AnyPath_UnknownRouteOrMethod_IsFastApisAnswer()
    {
        var noRoute = await _server.GetAsync("/nothing/here");
        var noMethod = await _server.GetAsync("/enroll");

        Assert.That(noRoute.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(noRoute.Body, Is.EqualTo("""{"detail":"Not Found"}"""));
        Assert.That(noMethod.Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
        Assert.That(noMethod.Body, Is.EqualTo("""{"detail":"Method Not Allowed"}"""));
    }
}
