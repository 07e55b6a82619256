using System.Globalization;
using System.Net;
using System.Text;

namespace FaceAttendance.WebApi.Tests.Contract;

/// <summary>/api/presence/presence-check/ and /api/v1/sites.</summary>
public sealed class PresenceTests
{
    private const string Path = "/api/presence/presence-check/";
    private const double Latitude = -7.9673435;
    private const double Longitude = 112.6267206;

    private RunningServer _server = null!;
    private HttpClient _admin = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await RunningServer.StartAsync();
        _admin = await _server.NewUserAsync("admin");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _admin.Dispose();
        await _server.DisposeAsync();
    }

    [TestCase(0, 0, true)]
    [TestCase(0, 0.00018, true)]
    [TestCase(0, 0.00019, false)]
    [TestCase(0.000181, 0, false)]
    [TestCase(0.00018, 0, true)]
    [TestCase(-7.9674532 - Latitude, 112.627025 - Longitude, false)]
    public async Task PresenceCheck_ContractsVectors_AnswersItsBodies(double north, double east, bool isInside)
    {
        var answer =
            await PostAsync(
                Path, string.Create(CultureInfo.InvariantCulture, $$"""{"lat":{{Latitude + north:R}},"lon":{{Longitude + east:R}}}"""));

        Assert.That(answer.Status, Is.EqualTo(isInside ? HttpStatusCode.OK : HttpStatusCode.Forbidden));
        Assert.That(answer.Body,
            Is.EqualTo(isInside ? """{"detail":"Success. You are within the allowed area."}""" : """{"detail":"You are out of area"}"""));
    }

    [Test]
    public async Task PresenceCheck_WithoutAToken_Is401OnThisMachineToo()
    {
        var answer = await _server.PostAsync(Path, RunningServer.Json("""{"lat":-7.9673435,"lon":112.6267206}"""));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(answer.Body, Is.EqualTo("""{"detail":"Authentication credentials were not provided."}"""));
    }

    [Test]
    public async Task PresenceCheck_NumericStrings_AreNumbers() => Assert.That(
        (await PostAsync(Path.TrimEnd('/'), """{"lat":"-7.9673435","lon":"112.6267206"}""")).Status, Is.EqualTo(HttpStatusCode.OK));

    [TestCase("""{"lat":-7.9}""")]
    [TestCase("""{"lat":null,"lon":112.6}""")]
    [TestCase("""{"lat":"","lon":112.6}""")]
    [TestCase("""{"lat":"here","lon":112.6}""")]
    [TestCase("""{"lat":"NaN","lon":112.6}""")]
    [TestCase("""{"lat":NaN,"lon":112.6}""")]
    [TestCase("""{"lat":"1e400","lon":112.6}""")]
    [TestCase("""{"lat":"-7,9","lon":112.6}""")]
    [TestCase("""{"lat":90.0001,"lon":112.6}""")]
    [TestCase("""{"lat":-7.9,"lon":-180.0001}""")]
    [TestCase("""{"lat":true,"lon":112.6}""")]
    [TestCase("""{"lat":[1],"lon":112.6}""")]
    [TestCase("""[1,2]""")]
    [TestCase("")]
    public async Task PresenceCheck_NoPosition_Is400(string body)
    {
        var answer = await PostAsync(Path, body);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Body, Is.EqualTo("""{"detail":"Invalid latitude or longitude."}"""));
    }

    [TestCase("0.9")]
    [TestCase("50")]
    public async Task PresenceCheck_AccuracyGivenBeyondTheFence_LetsNobodyIn(string accuracy) => Assert.That(
        (await PostAsync(
            Path, $$"""{"lat":{{Latitude.ToString(CultureInfo.InvariantCulture)}},"lon":112.6269106,"accuracy_m":{{accuracy}}}""")).Status,
        Is.EqualTo(HttpStatusCode.Forbidden));

    [Test]
    public async Task Sites_BeyondWhatACheckCanLookAt_AreRefused()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter");
        var answers = new List<Answer>();
        for (var n = 0; n < 6; n++) answers.Add(await server.PostAsync("/api/v1/sites", RunningServer.Json(Polygon(1_900))));
        var circle = await server.PostAsync("/api/v1/sites", RunningServer.Json(
            """{"type":"Feature","geometry":{"type":"Point","coordinates":[112.6,-7.9]},"properties":{"name":"Gate","radius_m":20}}"""));
        var first = answers[0].Json.GetProperty("id").GetString();
        var larger = await Put(server, first, Polygon(1_999 + 500));
        var smaller = await Put(server, first, Polygon(100));
        var afterwards = await server.PostAsync("/api/v1/sites", RunningServer.Json(Polygon(1_900)));
        await server.Database.ExecuteAsync(
            """
            INSERT INTO sites (school_id, id, name, shape, radius_m)
            SELECT school_id, gen_random_uuid(), 'Site ' || n, shape, radius_m FROM generate_series(1, 9991) AS n, (SELECT * FROM sites
            WHERE radius_m > 0 LIMIT 1) AS one
            """);
        var tenThousands = new List<HttpStatusCode>();
        for (var n = 0; n < 3; n++)
        {
            tenThousands.Add((await server.PostAsync("/api/v1/sites", RunningServer.Json(
                """{"type":"Feature","geometry":{"type":"Point","coordinates":[112.6,-7.9]},"properties":{"name":"Gate","radius_m":20}}"""))).Status);
        }

        Assert.That(answers.Select(a => (int)a.Status), Is.EqualTo((int[])[201, 201, 201, 201, 201, 409]));
        Assert.That(answers[5].Body, Does.Contain("site.too_many").And.Contains("10,000"));
        Assert.That((circle.Status, larger.Status, smaller.Status, afterwards.Status),
            Is.EqualTo((HttpStatusCode.Created, HttpStatusCode.BadRequest, HttpStatusCode.OK, HttpStatusCode.Created)));
        Assert.That(tenThousands, Is.EqualTo((HttpStatusCode[])[HttpStatusCode.Created, HttpStatusCode.Conflict, HttpStatusCode.Conflict]));

        static async Task<Answer> Put(RunningServer server, string? id, string json) =>
            await Answer.OfAsync(await server.Http.PutAsync($"/api/v1/sites/{id}", RunningServer.Json(json)));

        static string Polygon(int points)
        {
            var ring = Enumerable.Range(0, points).Select(i => 2 * Math.PI * (i % (points - 1)) / (points - 1)).Select(angle =>
                string.Create(
                    CultureInfo.InvariantCulture, $"[{112.6 + (0.001 * Math.Cos(angle)):R},{-7.9 + (0.001 * Math.Sin(angle)):R}]"));
            return $$$"""{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[{{{string.Join(',', ring)}}}]]},"properties":{"name":"Yard"}}""";
        }
    }

    [Test]
    public async Task Sites_CircleAddedReplacedRemoved_AnswersGeoJson()
    {
        const string Circle =
            """{"type":"Feature","geometry":{"type":"Point","coordinates":[10.5,20.25]},"properties":{"name":"Pool","radius_m":30}}""";

        var added = await PostAsync("/api/v1/sites", Circle);
        var path = added.Headers.Location!.ToString();
        var found = await _server.GetAsync(path);
        var inside = await PostAsync(Path, """{"lat":20.25,"lon":10.5}""");
        var replaced =
            await SendAsync(HttpMethod.Put, path,
                """{"type":"Feature","geometry":{"type":"Point","coordinates":[11,20.25]},"properties":{"name":"Hall","radius_m":31}}""");
        var outside = await PostAsync(Path, """{"lat":20.25,"lon":10.5}""");
        var removed = await _server.DeleteAsync(path);
        var gone = await _server.GetAsync(path);

        Assert.That(added.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(added.ContentType, Is.EqualTo("application/geo+json"));
        Assert.That(added.Body,
            Is.EqualTo(
                $$$"""{"type":"Feature","id":"{{{path.Split('/')[^1]}}}","geometry":{"type":"Point","coordinates":[10.5,20.25]},"properties":{"name":"Pool","radius_m":30}}"""));
        Assert.That(found.Body, Is.EqualTo(added.Body));
        Assert.That(inside.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(replaced.Json.GetProperty("properties").GetProperty("name").GetString(), Is.EqualTo("Hall"));
        Assert.That(outside.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(removed.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(gone.Json.GetProperty("code").GetString(), Is.EqualTo("site.not_found"));
    }

    [Test]
    public async Task Sites_PolygonWithAHole_ComesBackAsGiven()
    {
        const string Rings =
            "[[[30,40],[30.003,40],[30.003,40.003],[30,40.003],[30,40]],[[30.001,40.001],[30.001,40.002],[30.002,40.002],[30.001,40.001]]]";

        var added =
            await PostAsync("/api/v1/sites",
                $$$"""{"type":"Feature","geometry":{"type":"Polygon","coordinates":{{{Rings}}} },"properties":{"name":"Yard"}}""");

        Assert.That(added.Json.GetProperty("geometry").GetProperty("coordinates").GetRawText(), Is.EqualTo(Rings));
        Assert.That((await PostAsync(Path, """{"lat":40.0005,"lon":30.0005}""")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(
            (await PostAsync(Path, """{"lat":40.0016,"lon":30.0014}""")).Status, Is.EqualTo(HttpStatusCode.Forbidden), "in the hole");
        Assert.That((await _server.GetAsync("/api/v1/sites")).Json.GetProperty("features").EnumerateArray()
            .Select(f => f.GetProperty("properties").GetProperty("name").GetString()), Does.Contain("Yard").And.Contain("School"));
    }

    [TestCase("""{"type":"Feature","geometry":{"type":"Point","coordinates":[10,20]},"properties":{"name":"X","radius_m":0}}""",
        "site.invalid_radius")]
    [TestCase(
        """{"type":"Feature","geometry":{"type":"Point","coordinates":[10,20]},"properties":{"name":"X"}}""", "request.invalid_field")]
    [TestCase("""{"type":"Feature","geometry":{"type":"Point","coordinates":[10,91]},"properties":{"name":"X","radius_m":5}}""",
        "request.invalid_field")]
    [TestCase("""{"type":"Feature","geometry":{"type":"Point","coordinates":[10,20]},"properties":{"name":" ","radius_m":5}}""",
        "request.invalid_field")]
    [TestCase("""{"type":"Feature","geometry":{"type":"LineString","coordinates":[[10,20],[11,20]]},"properties":{"name":"X"}}""",
        "request.invalid_field")]
    [TestCase(
        """{"type":"Feature","geometry":{"type":"Polygon","coordinates":[[[0,0],[0.001,0.001],[0.001,0],[0,0.001],[0,0]]]},"properties":{"name":"X"}}""", "site.invalid_polygon")]
    [TestCase("""{"type":"Feature","geometry":{"type":"Polygon","coordinates":[]},"properties":{"name":"X"}}""", "site.invalid_polygon")]
    [TestCase("""{"type":"Point","coordinates":[10,20]}""", "request.invalid_field")]
    [TestCase("""[]""", "request.invalid_json")]
    [TestCase("""{""", "request.invalid_json")]
    public async Task Sites_NoFence_IsRefusedWithACode(string body, string code)
    {
        var answer = await PostAsync("/api/v1/sites", body);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo(code));
    }

    [Test]
    public async Task EvidencePolicy_Chosen_IsKept()
    {
        var before = await _server.GetAsync("/api/v1/evidence-policy");
        var chosen = await SendAsync(HttpMethod.Put, "/api/v1/evidence-policy", """{"action":"review","decisive_weight":0.7}""");
        var after = await _server.GetAsync("/api/v1/evidence-policy");
        var wrong = await SendAsync(HttpMethod.Put, "/api/v1/evidence-policy", """{"action":"ignore","decisive_weight":0.7}""");

        Assert.That(before.Body, Is.EqualTo("""{"action":"refuse","decisive_weight":0.5}"""));
        Assert.That(after.Body, Is.EqualTo("""{"action":"review","decisive_weight":0.7}""").And.EqualTo(chosen.Body));
        Assert.That(wrong.Json.GetProperty("code").GetString(), Is.EqualTo("request.invalid_field"));
    }

    [Test]
    public async Task Sites_BodyTooLarge_Is413() => Assert.That(
        (await PostAsync("/api/v1/sites", new string(' ', 300 * 1024))).Status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));

    private Task<Answer> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    private async Task<Answer> SendAsync(HttpMethod method, string path, string json)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        return await Answer.OfAsync(await _admin.SendAsync(request));
    }
}
