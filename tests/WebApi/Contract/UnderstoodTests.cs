using System.Net;
using System.Text.Json.Nodes;
using FaceAttendance.WebApi.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Contract;

/// <summary>What a request says and the server does not understand is told, and nothing is done.</summary>
public sealed class UnderstoodTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [TestCase("student_ids", "roster")]
    [TestCase("rooster", "roster is meant")]
    [TestCase("grace_minute", "grace_minutes is meant")]
    [TestCase("opensAt", "opens_at is meant")]
    public async Task ClassSession_UnknownMember_IsNamedWithTheOneThatWasMeant(string member, string meant)
    {
        var answer = await _server.PostAsync("/api/v1/class-sessions", RunningServer.Json(
            $$"""{"name":"7B","starts_at":"2026-01-05T07:00:00+07:00","ends_at":"2026-01-05T07:45:00+07:00","{{member}}":["ayu"]}"""));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("errors").GetProperty(member)[0].GetString(), Does.Contain(meant));
    }

    [Test]
    public async Task JsonRoutesOfV1_TheirExampleWithAnUnknownMember_NameIt()
    {
        var routes = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(r => r.RoutePattern.RawText!.TrimStart('/').StartsWith("api/v1/", StringComparison.Ordinal)
                && r.Metadata.GetMetadata<DescribedJsonBody>() is not null)
            // GeoJSON allows members that are not its own (RFC 7946, 6.1).
            .Where(r => !r.RoutePattern.RawText!.TrimEnd('/').EndsWith("api/v1/sites", StringComparison.Ordinal)
                && !r.RoutePattern.RawText!.Contains("sites/{id", StringComparison.Ordinal)).ToList();

        Assert.That(routes, Has.Count.GreaterThan(8));
        foreach (var route in routes)
        {
            var body = (JsonObject)route.Metadata.GetMetadata<DescribedJsonBody>()!.Example.DeepClone();
            body["no_such_member"] = 1;
            var path = "/" +
                System.Text.RegularExpressions.Regex.Replace(route.RoutePattern.RawText!.TrimStart('/'), @"\{[^}]*\}",
                    m => m.Value.Contains("guid") ? Guid.Empty.ToString() : "ayu");
            using var request = new HttpRequestMessage(new(route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods[0]), path)
            {
                Content = RunningServer.Json(body.ToJsonString()),
            };

            var answer = await Answer.OfAsync(await _server.Http.SendAsync(request));

            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest), $"{path}: {answer.Body}");
            Assert.That(answer.Body, Does.Contain("no_such_member"), path);
        }
    }

    [Test]
    public async Task ExistingClientsRoutes_MoreThanIsRead_IsLeftAlone()
    {
        var name = $"user-{Guid.NewGuid():N}";
        await _server.AddUserAsync(name, "operator");

        var answer =
            await _server.PostAsync(
                "/api/token/", RunningServer.Json($$"""{"username":"{{name}}","password":"{{RunningServer.Password}}","remember":true}"""));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    private static IEnumerable<TestCaseData> Asked()
    {
        foreach (var name in new[] { "dry_run", "dry-run", "dryRun" })
        {
            foreach (var value in new[] { "true", "1", "yes", "" }) yield return new TestCaseData(name, value);
        }
    }

    [TestCaseSource(nameof(Asked))]
    public async Task AnyRouteWithoutADryRun_AskedForOne_DoesNothing(string name, string value)
    {
        var student = $"dry-{Guid.NewGuid():N}";

        var byQuery = await _server.PostAsync($"/students?{name}={value}", Form.With(("student_id", student), ("full_name", "Ayu")));
        var byField = await _server.PostAsync("/students", Form.With(("student_id", student), ("full_name", "Ayu"), (name, value)));
        var key = await _server.PostAsync($"/api/v1/api-keys?{name}={value}", RunningServer.Json("""{"name":"dry","scopes":["admin"]}"""));
        var byMember =
            await _server.PostAsync(
                "/api/v1/api-keys", RunningServer.Json($$"""{"name":"dry","scopes":["admin"],"{{name}}":"{{value}}"}"""));

        Assert.That(byQuery.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(byQuery.Json.GetProperty("code").GetString(), Is.EqualTo("no_dry_run"));
        Assert.That(byField.Body, Does.Contain("no dry run"));
        Assert.That(key.Json.GetProperty("code").GetString(), Is.EqualTo("request.no_dry_run"));
        Assert.That(byMember.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(byMember.Body, Does.Contain("no dry run"));
        Assert.That((await _server.GetAsync("/students/" + student)).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("?dry_run=true", null)]
    [TestCase("?dry_run=1", null)]
    [TestCase("?dry_run=yes", null)]
    [TestCase("", "true")]
    [TestCase("", "1")]
    [TestCase("", "yes")]
    [TestCase("?dryRun=true", null)]
    [TestCase("?dry-run=1", null)]
    [TestCase("?dry_run=perhaps", null)]
    public async Task Import_DryRunInAnySpelling_StoresNothing(string query, string? field)
    {
        var student = $"dry-{Guid.NewGuid():N}";
        var form = field is null ? Form.With() : Form.With(("dry_run", field));

        await _server.PostAsync("/api/v1/students/import" + query,
            form.File("roster", System.Text.Encoding.UTF8.GetBytes($"student_id,full_name\r\n{student},Ayu\r\n"), "r.csv"));

        Assert.That((await _server.GetAsync("/students/" + student)).Status, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [Test]
    public async Task AnyRoute_DryRunThatIsDeclined_IsCarriedOut()
    {
        Assert.That((await _server.GetAsync("/students?dry_run=false")).Status, Is.EqualTo(HttpStatusCode.OK));
    }
}
