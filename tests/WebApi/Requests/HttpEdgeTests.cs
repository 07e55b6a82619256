using System.IO.Compression;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Requests;

/// <summary>What HTTP promises of every route: HEAD, kinds of bodies, and the headers of answers.</summary>
public sealed class HttpEdgeTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [Test]
    public async Task Head_EveryRouteThatAnswersGet_HasItsStatusAndHeadersAndNoBody()
    {
        var routes = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(r => r.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods.Contains("GET") == true)
            .Select(r => r.RoutePattern.RawText!.Replace("{id:guid}", Guid.Empty.ToString()).Replace("{id}", "ayu"))
            .Where(path => !path.Contains('{')).Distinct().ToList();

        Assert.That(routes, Has.Count.GreaterThan(20));
        foreach (var path in routes.Append("/health/").Append("/swagger/index.html").Append("/swagger/v1/swagger.json"))
        {
            using var get = await _server.Http.GetAsync(path);
            using var head = await _server.Http.SendAsync(new(HttpMethod.Head, path));
            Assert.That(head.StatusCode, Is.EqualTo(get.StatusCode), path);
            Assert.That(await head.Content.ReadAsByteArrayAsync(), Is.Empty, path);
            Assert.That(head.Content.Headers.ContentType, Is.EqualTo(get.Content.Headers.ContentType), path);
            Assert.That(Names(head), Is.SupersetOf(Names(get).Except(["Transfer-Encoding", "Content-Length"])), path);
        }
    }

    [Test]
    public async Task Head_RouteOfPostAlone_Is405()
    {
        var answer = await _server.SendAsync(HttpMethod.Head, "/enroll");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed));
    }

    [TestCase("gzip", "/api/v1/sites", "application/json")]
    [TestCase("br", "/api/token/", "application/json")]
    [TestCase("deflate", "/recognize", "multipart/form-data; boundary=edge")]
    [TestCase("zstd", "/api/v1/students/import", "text/csv")]
    [TestCase("gzip, identity", "/mock/webhook", "application/json")]
    public async Task AnyBody_WithContentEncoding_Is415ThatSaysSo(string coding, string path, string type)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(new byte[1_000_000]);
        using var content = new ByteArrayContent(packed.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        content.Headers.TryAddWithoutValidation("Content-Encoding", coding);

        var answer = await _server.PostAsync(path, content);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(answer.Body, Does.Contain("encoded_body").And.Contains("without Content-Encoding"));
        Assert.That(answer.Headers.GetValues("Accept-Encoding").Single(), Is.EqualTo("identity"));
    }

    [Test]
    public async Task AnyBody_EncodedAsItIs_IsRead()
    {
        using var content = RunningServer.Json("""{"any":"thing"}""");
        content.Headers.ContentEncoding.Add("identity");

        Assert.That((await _server.PostAsync("/mock/webhook", content)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("/health")]
    [TestCase("/students")]
    [TestCase("/api/v1/api-keys")]
    [TestCase("/api/v1/nothing")]
    [TestCase("/api/token/")]
    [TestCase("/metrics")]
    public async Task AnyAnswer_Always_IsKeptByNobodyAndSaysWhatPagesMayNot(string path)
    {
        using var answer = await _server.Http.GetAsync(path);

        Assert.That(answer.Headers.CacheControl?.NoStore, Is.True);
        Assert.That(answer.Headers.GetValues("X-Content-Type-Options").Single(), Is.EqualTo("nosniff"));
        Assert.That(answer.Headers.GetValues("Referrer-Policy").Single(), Is.EqualTo("no-referrer"));
        Assert.That(answer.Headers.GetValues("Content-Security-Policy").Single(),
            Does.Contain("default-src 'none'").And.Contains("frame-ancestors 'none'"));
        Assert.That(answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single(), Is.EqualTo("same-origin"));
        Assert.That(answer.Headers.Contains("Permissions-Policy"));
    }

    [Test]
    public async Task SwaggerPage_Always_RunsItsOwnScriptsAloneAndMayBeKept()
    {
        using var answer = await _server.Http.GetAsync("/swagger/index.html");

        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.That(policy, Does.Contain("script-src 'self';").And.Contains("frame-ancestors 'none'"));
        Assert.That(answer.Headers.CacheControl?.NoStore, Is.Not.True);
        Assert.That(await answer.Content.ReadAsStringAsync(), Does.Not.Match("<script(?![^>]*src=)[^>]*>[^<]"),
            "no inline script, which the policy would stop");
    }

    private static IEnumerable<TestCaseData> Forms()
    {
        static TestCaseData Case(string name, Func<(string, string)[], HttpContent> body) =>
            new TestCaseData(body).SetArgDisplayNames(name);
        yield return Case("JSON", f => RunningServer.Json("{" + string.Join(",", f.Select(m => $"\"{m.Item1}\":\"{m.Item2}\"")) + "}"));
        yield return Case("form-encoded", f => new FormUrlEncodedContent(f.Select(m => KeyValuePair.Create(m.Item1, m.Item2))));
        yield return Case("multipart", f => Form.With(f));
    }

    [TestCaseSource(nameof(Forms))]
    public async Task SecondPart_BodyInAnyOfItsForms_IsRead(Func<(string, string)[], HttpContent> body)
    {
        var name = $"user-{Guid.NewGuid():N}";
        await _server.AddUserAsync(name, "student", "ayu");

        var loggedIn = await _server.PostAsync("/api/token/", body([("username", name), ("password", RunningServer.Password)]));
        var refreshed =
            await _server.PostAsync("/api/token/refresh/", body([("refresh", loggedIn.Json.GetProperty("refresh").GetString()!)]));
        using var user = new HttpClient { BaseAddress = _server.Address };
        user.DefaultRequestHeaders.Authorization = new("Bearer", refreshed.Json.GetProperty("access").GetString());
        var present =
            await Answer.OfAsync(
                await user.PostAsync("/api/presence/presence-check/", body([("lat", "-7.9673435"), ("lon", "112.6267206")])));
        var faceless = await Answer.OfAsync(await user.PostAsync("/api/face/test/", body([("other", "x")])));

        Assert.That(loggedIn.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(refreshed.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(present.Body, Is.EqualTo("""{"detail":"Success. You are within the allowed area."}"""));
        Assert.That(faceless.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(faceless.Body, Does.Contain("\"error\":"));
    }

    [TestCase("/api/token/")]
    [TestCase("/api/token/refresh/")]
    [TestCase("/api/presence/presence-check/")]
    [TestCase("/api/face/train/")]
    [TestCase("/api/face/test/")]
    public async Task SecondPart_BodyOfAnotherType_Is415ThatNamesThoseTaken(string path)
    {
        using var user = await _server.NewUserAsync("student", "ayu");
        using var content = new StringContent("lat=1&lon=2", Encoding.UTF8, "text/plain");

        var answer = await Answer.OfAsync(await user.PostAsync(path, content));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(answer.Json.GetProperty("detail").GetString(),
            Does.Contain("application/json").And.Contains("application/x-www-form-urlencoded").And.Contains("multipart/form-data"));
    }

    [Test]
    public async Task JsonResource_BodyOfAnotherType_Is415ThatNamesJson()
    {
        var answer = await _server.PostAsync("/api/v1/sites", new FormUrlEncodedContent([KeyValuePair.Create("name", "x")]));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.UnsupportedMediaType));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("request.unsupported_type"));
        Assert.That(answer.Json.GetProperty("detail").GetString(), Does.Contain("application/json"));
    }

    private static IEnumerable<string> Names(HttpResponseMessage answer) =>
        answer.Headers.Concat(answer.Content.Headers).Select(h => h.Key);
}
