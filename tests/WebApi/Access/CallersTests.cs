using System.Net;
using FaceAttendance.WebApi.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Access;

public sealed class CallersTests
{
    private const string Refusal = """{"detail":"Authentication credentials were not provided."}""";

    private const string WrongToken = """{"detail":"Given token not valid for any token type","code":"token_not_valid"}""";

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [TestCase("Host", "rebound.example")]
    [TestCase("Origin", "https://attacker.example")]
    [TestCase("Origin", "null")]
    [TestCase("X-Forwarded-For", "127.0.0.1")]
    [TestCase("Forwarded", "for=127.0.0.1")]
    [TestCase("Via", "1.1 proxy")]
    public async Task AnyRoute_NotThisMachinesUser_Is401(string header, string value)
    {
        foreach (var path in new[] { "/health", "/students", "/ws/recognitions", "/hubs/recognitions", "/api/v1/students/x", "/nothing" })
        {
            var answer = await _server.SendAsync(HttpMethod.Get, path, (header, value));

            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized), path);
            Assert.That(answer.Body, Is.EqualTo(Refusal), path);
        }
    }

    [TestCase("Authorization", "Bearer fa_none")]
    [TestCase("Authorization", "bearer none")]
    [TestCase("Authorization", "Bearer ")]
    [TestCase("Authorization", "Basic bm9ib2R5Og==")]
    [TestCase("X-Api-Key", "fa_none")]
    [TestCase("X-Api-Key", "")]
    public async Task AnyRoute_CredentialThatIsWrong_Is401AndNotTheLocalCaller(string header, string value)
    {
        foreach (var path in new[] { "/health", "/students", "/ws/recognitions", "/hubs/recognitions", "/api/v1/students/x" })
        {
            var answer = await _server.SendAsync(HttpMethod.Get, path, (header, value));

            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized), path);
            var isBasic = value.StartsWith("Basic", StringComparison.Ordinal);
            Assert.That(answer.Body, Is.EqualTo(isBasic ? """{"detail":"Invalid username/password."}""" : WrongToken), path);
            Assert.That(answer.Headers.WwwAuthenticate.ToString(), Is.EqualTo(
                isBasic ? "Basic realm=\"FaceAttendance\", charset=\"UTF-8\"" : "Bearer realm=\"FaceAttendance\", error=\"invalid_token\""),
                path);
        }
    }

    [TestCase("/ws/recognitions", HttpStatusCode.Unauthorized)]
    [TestCase("/hubs/recognitions", HttpStatusCode.Unauthorized)]
    [TestCase("/health", HttpStatusCode.OK)]
    public async Task TokenInTheAddress_CountsForSocketsOnly(string path, HttpStatusCode expected)
    {
        var answer = await _server.GetAsync(path + "?access_token=none");

        Assert.That(answer.Status, Is.EqualTo(expected));
    }

    [Test]
    public async Task MockWebhook_WithTheKeyOfDeliveries_AnswersThisMachine()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mock/webhook") { Content = new StringContent("{}") };
        request.Headers.Authorization = new("Bearer", "the-receivers-key");

        var answer = await Answer.OfAsync(await _server.Http.SendAsync(request));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("student", "/attendance/today", HttpStatusCode.Forbidden)]
    [TestCase("student", "/api/v1/sites", HttpStatusCode.OK)]
    [TestCase("student", "/students", HttpStatusCode.Forbidden)]
    [TestCase("operator", "/attendance/today", HttpStatusCode.OK)]
    [TestCase("operator", "/students", HttpStatusCode.OK)]
    [TestCase("operator", "/api/v1/users", HttpStatusCode.Forbidden)]
    [TestCase("device", "/students", HttpStatusCode.Forbidden)]
    [TestCase("device", "/api/v1/sites", HttpStatusCode.OK)]
    [TestCase("admin", "/api/v1/users", HttpStatusCode.OK)]
    public async Task AnyRoute_UsersRole_DecidesWhatIsLetIn(string role, string path, HttpStatusCode expected)
    {
        using var user = await _server.NewUserAsync(role, role == "student" ? "ayu" : null);

        var answer = await user.GetAsync(path);

        Assert.That(answer.StatusCode, Is.EqualTo(expected));
    }

    [TestCase("/enroll")]
    [TestCase("/students")]
    [TestCase("/mock/webhook")]
    public async Task AnyPost_FromAPageOfAnotherSite_Is401(string path)
    {
        var answer = await _server.SendAsync(HttpMethod.Post, path, ("Origin", "https://attacker.example"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("/swagger/index.html")]
    [TestCase("/swagger/v1/swagger.json")]
    [TestCase("/health/live")]
    [TestCase("/health/ready")]
    public async Task OpenPages_FromAnywhere_AreAnswered(string path)
    {
        var answer = await _server.SendAsync(HttpMethod.Get, path, ("X-Forwarded-For", "10.0.0.5"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public void EveryRoute_SaysWhoMayCall()
    {
        var routes = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();

        var silent = routes
            .Where(r => r.Metadata.GetMetadata<NeededScopes>() is null && r.Metadata.GetMetadata<IAllowAnonymous>() is null)
            .Select(r => r.RoutePattern.RawText);

        Assert.That(routes, Has.Count.GreaterThan(20));
        Assert.That(silent, Is.Empty);
    }

    [Test]
    public async Task AnyRoute_FromAPageOfThisMachine_MayBeReadByIt()
    {
        var answer = await _server.SendAsync(HttpMethod.Get, "/health", ("Origin", "http://localhost:5173"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Headers.GetValues("Access-Control-Allow-Origin"), Is.EqualTo(new[] { "http://localhost:5173" }));
    }
}
