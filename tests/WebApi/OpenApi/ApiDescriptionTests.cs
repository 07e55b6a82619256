using System.Net;
using System.Text.Json;

namespace FaceAttendance.WebApi.Tests.OpenApi;

public sealed class ApiDescriptionTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [Test]
    public async Task Page_AndItsParts_AreServed()
    {
        var redirected = await _server.GetAsync("/swagger");
        var script = await _server.GetAsync("/swagger/swagger-ui-bundle.js");

        Assert.That(redirected.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(redirected.Body, Does.Contain("FaceAttendance API"));
        Assert.That(script.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("/docs", "FaceAttendance API")]
    [TestCase("/docs/", "FaceAttendance API")]
    [TestCase("/openapi.json", "\"openapi\": \"3.")]
    public async Task Page_WhereTheContractsUsersLook_IsThere(string path, string expected)
    {
        var answer = await _server.GetAsync(path);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Body, Does.Contain(expected));
    }

    [Test]
    public async Task Document_EveryRoute_IsDescribedWithSummaryAndExamples()
    {
        var paths = (await DocumentAsync()).GetProperty("paths");

        foreach (var (path, method) in new[]
        {
            ("/enroll", "post"), ("/recognize", "post"), ("/recognize/realtime", "post"), ("/health", "get"), ("/config", "get"),
            ("/mock/webhook", "post"), ("/students", "post"), ("/students", "get"), ("/students/{id}", "get"), ("/attendance/today", "get"),
            ("/attendance/student/{id}", "get"), ("/ws/recognitions", "get"), ("/health/live", "get"), ("/health/ready", "get"),
            ("/api/v1/students/{id}", "get"), ("/api/v1/students/{id}", "delete"), ("/api/v1/students/{id}/faces", "get"),
            ("/api/v1/students/{id}/faces", "post"), ("/api/v1/students/{id}/faces/{faceId}", "delete"),
        })
        {
            var operation = paths.GetProperty(path).GetProperty(method);
            Assert.That(operation.GetProperty("summary").GetString(), Is.Not.Empty, path);
            foreach (var response in operation.GetProperty("responses").EnumerateObject())
            {
                if (!response.Value.TryGetProperty("content", out var content)) continue;
                var media = content.EnumerateObject().Single().Value;
                Assert.That(
                    media.TryGetProperty("example", out _) || media.TryGetProperty("examples", out _), $"{method} {path} {response.Name}");
            }
        }
    }

    [TestCase("/enroll", new[] { "student_id", "image" })]
    [TestCase("/recognize", new[] { "image" })]
    [TestCase("/students", new[] { "student_id", "full_name" })]
    public async Task Document_Upload_IsAFormWithABinaryField(string path, string[] required)
    {
        var form = (await DocumentAsync()).GetProperty("paths").GetProperty(path).GetProperty("post").GetProperty("requestBody")
            .GetProperty("content").GetProperty("multipart/form-data").GetProperty("schema");

        Assert.That(form.GetProperty("required").EnumerateArray().Select(r => r.GetString()), Is.EquivalentTo(required));
        Assert.That(form.GetProperty("properties").EnumerateObject()
            .Count(p => p.Value.TryGetProperty("format", out var f) && f.GetString() == "binary"), Is.EqualTo(1));
    }

    [Test]
    public async Task Document_Realtime_ListsItsQuery()
    {
        var parameters = (await DocumentAsync()).GetProperty("paths").GetProperty("/recognize/realtime").GetProperty("post")
            .GetProperty("parameters");

        Assert.That(
            parameters.EnumerateArray().Select(p => p.GetProperty("name").GetString()),
            Is.EqualTo(new[] { "min_conf", "send_unknown", "device_id", "location_id", "class_id", "session_id" }));
    }

    private async Task<JsonElement> DocumentAsync()
    {
        var answer = await _server.GetAsync("/swagger/v1/swagger.json");
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        return answer.Json;
    }
}
