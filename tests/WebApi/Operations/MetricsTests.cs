using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.RegularExpressions;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Operations;

/// <summary>GET /metrics. The shared server has counted since it began: tests of it look at what changes.</summary>
public sealed partial class MetricsTests
{
    private const string Sockets = """faceattendance_listeners{kind="socket"}""";

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [Test]
    public async Task Metrics_AfterFramesOfEachKind_CountsThemByOutcome()
    {
        var before = await ReadAsync();

        await _server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));
        await _server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Dewa)));
        await _server.PostAsync("/recognize", Form.Image(DrawnFaces.Empty()));
        await _server.PostAsync("/recognize", Form.Image([1, 2, 3]));
        var after = await ReadAsync();

        foreach (var outcome in new[] { "recognised", "unknown", "no_face", "bad_image" })
            Assert.That(Grown(before, after, $$"""faceattendance_frames_total{outcome="{{outcome}}"}"""), Is.EqualTo(1), outcome);
        // The bad image is refused by its header, before any stage.
        Assert.That(Grown(before, after, """faceattendance_stage_duration_seconds_count{stage="detect"}"""), Is.EqualTo(3));
        Assert.That(Grown(before, after, """faceattendance_stage_duration_seconds_count{stage="embed"}"""), Is.EqualTo(2));
        Assert.That(Grown(before, after, "faceattendance_gate_wait_seconds_count"), Is.EqualTo(3));
        Assert.That(Grown(before, after, """faceattendance_similarity_count{match="yes"}"""), Is.EqualTo(1));
        Assert.That(after["faceattendance_gate_waiting"], Is.Zero);
        Assert.That(after["faceattendance_gate_active_workers"], Is.Zero);
        Assert.That(after["faceattendance_gallery_students"], Is.GreaterThanOrEqualTo(2));
    }

    [Test]
    public async Task Metrics_RequestsOfAStudent_AreCountedByRouteAndNeverByPath()
    {
        await _server.PostAsync("/students", Form.With(("student_id", "secretive"), ("full_name", "Secret Name")));
        await _server.GetAsync("/students/secretive?q=confidential");
        await _server.GetAsync("/nothing/secretive");

        var text = (await _server.GetAsync("/metrics")).Body;

        Assert.That(text,
            Does.Match(
                """http_server_request_duration_seconds_count\{http_request_method="GET",http_response_status_code="200",http_route="/students/\{id\}"\} [1-9]"""));
        Assert.That(text, Does.Not.Contain("secretive").And.Not.Contain("Secret").And.Not.Contain("confidential"));
    }

    [Test]
    public async Task Metrics_EveryLine_FollowsTheFormat()
    {
        await _server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));

        var page = await _server.GetAsync("/metrics");

        Assert.That(page.ContentType, Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
        Assert.That(page.Body, Does.EndWith("\n"));
        var lines = page.Body.TrimEnd('\n').Split('\n');
        Assert.That(lines.Where(l => !l.StartsWith('#') && !Sample().IsMatch(l)), Is.Empty);
        var types = lines.Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal)).Select(l => l.Split(' ')[2]).ToList();
        Assert.That(types, Is.Unique.And.Count.GreaterThan(20));
        Assert.That(lines.Where(l => l.StartsWith("# TYPE ", StringComparison.Ordinal) && l.EndsWith(" counter", StringComparison.Ordinal)),
            Has.All.Contains("_total counter"));
        Assert.That(types,
            Does.Contain("faceattendance_outbox_oldest_pending_seconds").And.Contains("dotnet_gc_collections_total").And
                .Contains("faceattendance_database_up"));
    }

    [Test]
    public async Task Metrics_OpenMetricsAskedFor_EndsAsThatFormatDemands()
    {
        var page =
            await _server.SendAsync(HttpMethod.Get, "/metrics", ("Accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"));

        Assert.That(page.ContentType, Is.EqualTo("application/openmetrics-text; version=1.0.0; charset=utf-8"));
        Assert.That(page.Body, Does.EndWith("\n# EOF\n").And.Contains("# TYPE dotnet_gc_collections counter\n"));
    }

    [Test]
    public async Task Metrics_WithoutCredentials_AreAnsweredOnlyWhereTheOperatorOpenedThem()
    {
        await using var open = await RunningServer.StartAsync("METRICS_OPEN=true");

        var shut = await _server.SendAsync(HttpMethod.Get, "/metrics", ("X-Forwarded-For", "10.0.0.5"));
        var opened = await open.SendAsync(HttpMethod.Get, "/metrics", ("X-Forwarded-For", "10.0.0.5"));

        Assert.That(shut.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(opened.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Metrics_EventsThatCannotBeDelivered_ShowInTheOutbox()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.AnswerWith(500, "broken");
        await using var server = await RunningServer.StartAsync($"ATTENDANCE_WEBHOOK_URL={receiver.Url}");
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));

        await server.PostAsync("/recognize/realtime", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));
        var after = Parse((await server.GetAsync("/metrics")).Body);

        Assert.That(after["""faceattendance_sightings_total{result="announced"}"""], Is.EqualTo(1));
        Assert.That(after["""faceattendance_delivery_attempt_seconds_count{outcome="refused"}"""], Is.EqualTo(1));
        Assert.That(after["faceattendance_database_up"], Is.EqualTo(1));
        Assert.That(after["faceattendance_outbox_pending"], Is.EqualTo(1));
        Assert.That(after["faceattendance_outbox_oldest_pending_seconds"], Is.GreaterThan(0));
    }

    [Test]
    public async Task Metrics_CheckInRefused_CountsTheDecisionAndItsReasons()
    {
        await _server.PostAsync("/students", Form.With(("student_id", "counted"), ("full_name", "Counted Student")));
        var body =
            $$"""{"student_id":"counted","liveness_token":"forged","lat":-7.9673435,"lon":112.6267206,"accuracy_m":5,"captured_at":"{{DateTimeOffset.UtcNow:yyyy-MM-ddTHH:mm:ss'Z'}}","device_id":"phone-1"}""";
        var before = await ReadAsync();

        await _server.PostAsync("/api/v1/check-ins", new StringContent(body, Encoding.UTF8, "application/json"));
        var after = await ReadAsync();

        Assert.That(Grown(before, after, """faceattendance_check_ins_total{decision="refused"}"""), Is.EqualTo(1));
        Assert.That(Grown(before, after, """faceattendance_check_in_reasons_total{code="liveness.token_invalid",effect="refused"}"""),
            Is.EqualTo(1));
    }

    [Test]
    public async Task Metrics_ListenerComesAndGoes_IsCountedWhileThere()
    {
        var before = await ReadAsync();
        using var listener = new ClientWebSocket();

        await listener.ConnectAsync(_server.WebSocket("/ws/recognitions"), default);
        var during = await ReadAsync();
        await listener.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default);
        while (Grown(before, await ReadAsync(), Sockets) != 0) await Task.Delay(20);

        Assert.That(Grown(before, during, Sockets), Is.EqualTo(1));
    }

    [Test]
    public async Task Metrics_LivenessSessionLeft_IsCountedAsLeft()
    {
        var token = await _server.NewTokenAsync("device");
        var before = await ReadAsync();
        using var client = new ClientWebSocket();

        await client.ConnectAsync(
            new UriBuilder(_server.WebSocket("/ws/liveness")) { Query = $"user_id=citra&access_token={token}" }.Uri, default);
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "", default);
        using var stranger = new ClientWebSocket();
        await stranger.ConnectAsync(
            new UriBuilder(_server.WebSocket("/ws/liveness")) { Query = $"user_id=stranger&access_token={token}" }.Uri, default);

        foreach (var series in new[]
        {
            """faceattendance_liveness_sessions_total{outcome="left",fault="none"}""",
            """faceattendance_liveness_refusals_total{code="liveness.face_not_registered"}""",
        })
        {
            Assert.That(async () => Grown(before, await ReadAsync(), series), Is.GreaterThanOrEqualTo(1).After(20_000, 50), series);
        }
        Assert.That(Grown(before, await ReadAsync(), "faceattendance_liveness_open_sessions"), Is.Zero);
    }

    private async Task<Dictionary<string, double>> ReadAsync() => Parse((await _server.GetAsync("/metrics")).Body);

    internal static Dictionary<string, double> Parse(string page) => page.Split('\n').Where(l => l.Length > 0 && l[0] != '#')
        .ToDictionary(l => l[..l.LastIndexOf(' ')], l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));

    private static double Grown(Dictionary<string, double> before, Dictionary<string, double> after, string series) =>
        after.GetValueOrDefault(series) - before.GetValueOrDefault(series);

    [GeneratedRegex(
        """^[a-z_][a-z0-9_]*(\{[a-z_]+="([^"\\]|\\["\\n])*"(,[a-z_]+="([^"\\]|\\["\\n])*")*\})? (-?[0-9.]+(E[-+][0-9]+)?|NaN|[+-]Inf)$""")]
    private static partial Regex Sample();
}
