using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Operations;

/// <summary>What a collector of OpenTelemetry's is told, and what it is not.</summary>
public sealed class TelemetryTests
{
    private const string Student = "traced-student";

    private string _traces = null!;
    private string _metrics = null!;

    [OneTimeSetUp]
    public async Task ServeAsync()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var hook = await WebhookReceiver.StartAsync();
        await using (var server = await RunningServer.StartAsync(
            $"OTEL_EXPORTER_OTLP_ENDPOINT={collector.Url}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
            $"ATTENDANCE_WEBHOOK_URL={hook.Url}"))
        {
            await server.PostAsync("/students", Form.With(
            ("student_id", Student), ("full_name", "Ayu Traced Lestari"), ("birth_date", "2012-03-04")));
            await server.EnrollAsync(Student, DrawnFaces.Portrait(DrawnPerson.Ayu));
            await server.PostAsync("/recognize/realtime", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 1)));
            await server.SendAsync(
                HttpMethod.Get, $"/students/{Student}?q=traced-query", ("User-Agent", "traced-browser"),
                ("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
            ("tracestate", "traced=state"), ("baggage", "name=traced-baggage"));
            await server.SendAsync(new HttpMethod("TRACED-METHOD"), "/health");
            await server.GetAsync($"/nothing/{Student}");
            var token = await server.NewTokenAsync("student", Student);
            await server.SendAsync(HttpMethod.Get, $"/api/v1/students/{Student}", ("Authorization", $"Bearer {token}"));
            await server.PostAsync("/api/presence/presence-check/", RunningServer.Json("""{"lat":-7.96734567,"lon":112.62672345}"""));
            Assert.That(() => hook.Received, Is.Not.Empty.After(20_000, 50));
        }
        // A server that stops sends what it has.
        (_traces, _metrics) = (collector.Text("/v1/traces"), collector.Text("/v1/metrics"));
    }

    [TestCase("decode")]
    [TestCase("detect")]
    [TestCase("embed")]
    [TestCase("search")]
    [TestCase("ledger")]
    [TestCase("delivery")]
    [TestCase("GET /students/{id}")]
    [TestCase("POST /recognize/realtime")]
    public void Traces_OfAFramesWay_HaveASpanOfEachStage(string span)
    {
        // Span.name is field 5 of OTLP's Span: its tag, its length, and the text.
        Assert.That(_traces, Does.Contain($"\x2A{(char)span.Length}{span}"));
    }

    [Test]
    public void Metrics_OfAFrame_AreThoseOfThePage()
    {
        Assert.That(_metrics, Does.Contain("faceattendance.frames").And.Contain("recognised").And.Contain("faceattendance.stage.duration"));
    }

    [TestCase(Student)]
    [TestCase("traced-query")]
    [TestCase("traced-browser")]
    [TestCase("traced=state")]
    [TestCase("traced-baggage")]
    [TestCase("TRACED-METHOD")]
    [TestCase("Traced")]
    [TestCase("127.0.0.1")]
    public void Telemetry_WhatACallerSaid_IsNotInIt(string word) => Assert.That(_traces + _metrics, Does.Not.Contain(word));

    [Test]
    public void Telemetry_PersonalData_IsNotInIt() => Assert.That(PersonalData.In(_traces + _metrics), Is.Empty);
}
