using System.Net;
using System.Text;
using System.Text.Json;

namespace FaceAttendance.WebApi.Tests.Operations;

/// <summary>What stands in the log and what does not.</summary>
public sealed class LogTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [Test]
    public async Task Request_WithTraceparent_BearsItsTraceEverywhere()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";

        var answer =
            await _server.SendAsync(
                HttpMethod.Get, "/api/v1/students/stranger?q=hidden", ("traceparent", $"00-{Trace}-00f067aa0ba902b7-01"));

        Assert.That(answer.Headers.GetValues("X-Request-Id"), Is.EqualTo(new[] { Trace }));
        Assert.That(answer.Json.GetProperty("traceId").GetString(), Is.EqualTo(Trace));
        var line = LineOf(Trace, 1801);
        Assert.That(line.GetProperty("message").GetString(), Does.Match(@"^GET /api/v1/students/\{id\}/? 404 in \d+ ms, 0 bytes taken$"));
        Assert.That(line.GetRawText(), Does.Not.Contain("stranger").And.Not.Contain("hidden"));
    }

    [Test]
    public async Task Request_WithoutTraceparent_GetsAnIdOfItsOwn()
    {
        var one = await _server.GetAsync("/health");
        var other = await _server.GetAsync("/nothing/here");

        var ids = new[] { one, other }.Select(a => a.Headers.GetValues("X-Request-Id").Single()).ToList();
        Assert.That(ids, Is.Unique.And.All.Match("^[0-9a-f]{32}$"));
        Assert.That(LineOf(ids[0], 1801).GetProperty("Status").GetInt32(), Is.EqualTo(200));
        Assert.That(LineOf(ids[1], 1801).GetProperty("Route").GetString(), Is.EqualTo("(no route)"));
    }

    [Test]
    public async Task Request_AWordForAMethod_IsNotRepeated()
    {
        var answer = await _server.SendAsync(new HttpMethod("AYU-LESTARI"), "/health");

        var id = answer.Headers.GetValues("X-Request-Id").Single();
        Assert.That(LineOf(id, 1801).GetProperty("Method").GetString(), Is.EqualTo("(other method)"));
        Assert.That(LogScan.Lines, Has.None.Contains("AYU-LESTARI"));
    }

    [Test]
    public async Task Server_LogFormatLeftToDevelopment_IsTextWithTheRequestsId()
    {
        await using var server = await RunningServer.StartAsync("LOG_FORMAT=text");

        var answer = await server.GetAsync("/students");

        var id = answer.Headers.GetValues("X-Request-Id").Single();
        Assert.That(LogScan.Lines.First(l => l.Contains($"Requests {id}", StringComparison.Ordinal)),
            Does.Match(
                $@"^\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{{3}} INF FaceAttendance\.WebApi\.Requests {id} GET /students 200 in \d+ ms"));
    }

    [Test]
    public async Task Requests_WithALevelOfTheirOwn_KeepIt()
    {
        await using var server = await RunningServer.StartAsync(
            "Logging:LogLevel:Default=Information", "Logging:LogLevel:FaceAttendance=Warning",
            "Logging:LogLevel:FaceAttendance.WebApi.Requests=Debug");

        var quiet = await server.GetAsync("/health/live");

        // Asked for every few seconds, and therefore at Debug.
        Assert.That(LineOf(quiet.Headers.GetValues("X-Request-Id").Single(), 1801).GetProperty("level").GetString(), Is.EqualTo("Debug"));
        Assert.That(LogScan.Lines, Has.Some.Contains("Now listening on"));
    }

    // One for each kind of thing that the scan at the end of the run must notice.
    [TestCase("Enrolled Ayu Scanlestari.")]
    [TestCase("Born 2011-11-27.")]
    [TestCase("Checked in at -7.98765,112.6267.")]
    [TestCase("Logged in with correct-horse-battery.")]
    [TestCase("Key fa_scan_0123456789 is good.")]
    [TestCase("Frame /9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAgGBgcGBQgHBwcJCQgKDBQNDAsLDBkSEw8UHRofHh0aHBwgJC4nICIsIxwcKDcpLDAxNDQ0")]
    [TestCase("Probe -0.0123, 0.456, .0789, 0.1234, 0.5")]
    [TestCase("Probe begins with 0.123456 and so on.")]
    public async Task Scan_PlantedLine_IsReported(string line)
    {
        using var client = new HttpClient(new PersonalData.Traffic(new Nowhere()));
        await client.PostAsync("http://nowhere/", Form.With(("full_name", "Ayu Scanlestari"), ("birth_date", "2011-11-27")));
        await client.PostAsync("http://nowhere/",
            new StringContent("""{"fix":{"lat":-7.987654321},"password":"correct-horse-battery"}""", Encoding.UTF8, "application/json"));
        PersonalData.Withhold([0.12345678f, 0.2345678f, 0.3456789f, 0.4567891f]);

        var kinds = PersonalData.In(line);

        Assert.That(kinds, Is.Not.Empty);
    }

    [Test]
    public void Scan_UsualLine_IsNot() => Assert.That(
        PersonalData.In(
            """{"time":"2026-01-05T07:00:00.000Z","event":1801,"message":"GET /students/{id} 200 in 3 ms, 0 bytes taken","student":"siswaA"}"""), Is.Empty);

    private static JsonElement LineOf(string request, int number)
    {
        var line =
            LogScan.Lines.Single(l => l.Contains(request, StringComparison.Ordinal)
                && l.Contains($"\"event\":{number},", StringComparison.Ordinal));
        Assert.That(line, Does.EndWith("}\n"));
        return JsonDocument.Parse(line).RootElement.Clone();
    }

    /// <summary>Answers with a key, as a server that makes one does.</summary>
    private sealed class Nowhere : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK)
            {
                Content = new StringContent("""{"key":"fa_scan_0123456789"}""", Encoding.UTF8, "application/json"),
            });
    }
}
