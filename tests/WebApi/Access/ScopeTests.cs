using System.Net;
using System.Text.RegularExpressions;
using FaceAttendance.Application.Access;
using FaceAttendance.WebApi.Access;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Access;

/// <summary>What credentials do not allow, asked of every route that the running server has.</summary>
public sealed partial class ScopeTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    private static readonly IEnumerable<string> Lesser = Scopes.All.Where(s => s != Scopes.Admin);

    [TestCaseSource(nameof(Lesser))]
    public async Task EveryRoute_KeyWithoutItsScope_Is403(string scope)
    {
        var refused = 0;
        // A key for each so many: nobody may ask for everything at once.
        var forbidden = Routes().Where(r => r.Needed.Count > 0 && !r.Needed.Contains(scope));
        foreach (var some in forbidden.Chunk(new AccessOptions().RequestBurst / 2))
        {
            var made =
                await _server.PostAsync("/api/v1/api-keys", RunningServer.Json($$"""{"name":"only {{scope}}","scopes":["{{scope}}"]}"""));
            var key = made.Json.GetProperty("key").GetString()!;
            foreach (var (method, path, _) in some)
            {
                var answer = await _server.SendAsync(method, path, ("X-Api-Key", key));
                Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Forbidden), $"{method} {path}");
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(20));
    }

    [Test]
    public async Task EveryRoute_StudentsToken_TellsNothingOfAnotherStudent()
    {
        const string secret = "Bagus Rahasia Widodo";
        await _server.PostAsync("/students", Form.With(("student_id", "siswaA"), ("full_name", secret)));
        await _server.PostAsync("/students", Form.With(("student_id", "onlooker"), ("full_name", "Nosy")));
        using var student = await _server.NewUserAsync("student", "onlooker");

        foreach (var (method, path, _) in Routes())
        {
            using var request = new HttpRequestMessage(method, path);
            var answer = await Answer.OfAsync(await student.SendAsync(request));
            Assert.That(answer.Body, Does.Not.Contain(secret), $"{method} {path}");
            if (path.Contains("siswaA", StringComparison.Ordinal))
                Assert.That((int)answer.Status, Is.InRange(400, 404), $"{method} {path}");
        }

        Assert.That((await _server.GetAsync("/students/siswaA")).Body, Does.Contain(secret));
    }

    [Test]
    public async Task EveryRoute_ForgedCredentials_LetNobodyIn()
    {
        // A server of its own: so many wrong passwords are refused to their address.
        await using var server = await RunningServer.StartAsync();
        var refusals = new HashSet<HttpStatusCode>();
        foreach (var (method, path, needed) in Routes())
        {
            if (needed.Count == 0) continue;
            foreach (var (header, value) in new[]
            {
                ("Authorization", "Bearer forged"), ("Authorization", "Basic YWRtaW46YWRtaW4="), ("X-Api-Key", "fa_forged"),
            })
            {
                var answer = await server.SendAsync(method, path, (header, value));
                Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized).Or.EqualTo(HttpStatusCode.TooManyRequests),
                    $"{method} {path} with {header}");
                refusals.Add(answer.Status);
            }
        }

        Assert.That(refusals, Is.EquivalentTo(new[] { HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests }));
    }

    private IEnumerable<(HttpMethod Method, string Path, IReadOnlyList<string> Needed)> Routes()
    {
        foreach (var route in _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            if (route.Metadata.GetMetadata<NeededScopes>() is not { } needed) continue;
            var raw = "/" + route.RoutePattern.RawText!.TrimStart('/');
            var path = Parameter()
                .Replace(raw, m => m.Value.Contains(":guid", StringComparison.Ordinal) ? Guid.Empty.ToString() : "siswaA");
            // A hub without a method of its own takes a GET to its root and a POST to its negotiation.
            var methods = route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods is { Count: > 0 } named ? named
                : [path.EndsWith("/negotiate", StringComparison.Ordinal) ? "POST" : "GET"];
            foreach (var method in methods) yield return (new(method), path, needed.AnyOf);
        }
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
