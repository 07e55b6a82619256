using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NSwag;

namespace FaceAttendance.WebApi.Tests.OpenApi;

public sealed class ApiDescriptionTests
{
    private RunningServer _server = null!;
    private ApiDocument _document = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await SharedServer.GetAsync();
        var answer = await _server.GetAsync("/swagger/v1/swagger.json");
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK), answer.Body);
        _document = await ApiDocument.ParseAsync(answer.Body);
    }

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
    public void Document_EveryMappedRoute_IsThere()
    {
        var described = _document.Operations.Select(o => Shape(o.Name)).ToHashSet();

        var missing = _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            // Hubs are no operations; docs/sockets.md describes them.
            .Where(e => !e.RoutePattern.RawText!.StartsWith("/hubs/", StringComparison.Ordinal))
            .SelectMany(
                e => (e.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["ANY"])
                    .Select(method => Shape($"{method} {e.RoutePattern.RawText}")))
            .Except(described).ToList();

        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Document_EveryOperation_HasAnIdAGroupAndSchemas()
    {
        var groups = _document.Document.Tags.ToDictionary(t => t.Name, t => t.Description);
        Assert.That(groups.Values, Has.All.Not.Empty);
        Assert.That(_document.Operations.Select(o => o.Operation.OperationId), Is.Unique.And.None.Null);
        Assert.Multiple(() =>
        {
            foreach (var (name, operation) in _document.Operations)
            {
                Assert.That(operation.Summary, Is.Not.Empty, name);
                Assert.That(operation.Tags, Has.Count.EqualTo(1).And.All.AnyOf(groups.Keys.ToArray()), name);
                Assert.That(operation.ActualResponses.Keys, Has.Some.Matches<string>(status => status[0] is '1' or '2'), name);
                Assert.That(operation.ActualResponses.Keys, Is.SupersetOf(new[] { "429", "503" }), name);
                foreach (var (status, response) in operation.ActualResponses)
                {
                    if (status is "204" or "101") continue;
                    Assert.That(response.Content, Is.Not.Empty, $"{name} {status}");
                    foreach (var (type, content) in response.Content) Assert.That(content.Schema, Is.Not.Null, $"{name} {status} {type}");
                }
                foreach (var parameter in operation.ActualParameters) Assert.That(
                    parameter.Schema ?? parameter, Is.Not.Null, $"{name} {parameter.Name}");
            }
        });
    }

    [Test]
    public void Document_Problem_SaysWhatIsRequiredAndWhatMayBeNull()
    {
        var problem = _document.Document.Components.Schemas["ProblemDocument"];
        var user = _document.Document.Components.Schemas["User"];
        var asked = _document.Document.Components.Schemas["NewUser"];

        Assert.That(problem.RequiredProperties, Is.EquivalentTo(new[] { "title", "status", "detail", "code", "traceId" }));
        Assert.That(user.RequiredProperties, Is.EquivalentTo(user.Properties.Keys));
        Assert.That(user.Properties["student_id"].IsNullable(NJsonSchema.SchemaType.OpenApi3), Is.True);
        Assert.That(user.Properties["username"].IsNullable(NJsonSchema.SchemaType.OpenApi3), Is.False);
        Assert.That(user.Properties["created_at"].Format, Is.EqualTo("date-time"));
        Assert.That(user.Properties["role"].ActualTypeSchema.Enumeration, Is.EqualTo(new[] { "student", "operator", "device", "admin" }));
        Assert.That(asked.RequiredProperties, Is.EquivalentTo(new[] { "username", "password", "role" }));
    }

    [Test]
    public void Document_EveryExample_FitsItsSchema()
    {
        var faults = new List<string>();
        foreach (var (name, operation) in _document.Operations)
        {
            var bodies = operation.RequestBody?.Content.Select(c => (Place: "request", Type: c.Key, Media: c.Value)) ?? [];
            var answers = operation.ActualResponses.SelectMany(
                r => r.Value.Content.Select(c => (Place: r.Key, Type: c.Key, Media: c.Value)));
            foreach (var (place, type, media) in bodies.Concat(answers).Where(m => m.Type.EndsWith("json", StringComparison.Ordinal)))
            {
                var examples = ExamplesOf(media).ToList();
                if (examples.Count == 0 && media.Schema.ActualSchema.ActualProperties.Count > 0) faults.Add(
                    $"{name} {place} has no example");
                faults.AddRange(
                    examples.Where(_ => !type.EndsWith("ndjson", StringComparison.Ordinal))
                        .SelectMany(e => ApiDocument.FaultsOf(media.Schema, e)).Select(fault => $"{name} {place}: {fault}"));
            }
        }

        Assert.That(faults, Is.Empty);
    }

    [Test]
    public void Document_Realtime_ListsItsQuery() => Assert.That(
        _document.Find("POST", "/recognize/realtime")!.Value.Operation.ActualParameters.Where(p => p.Kind == OpenApiParameterKind.Query)
            .Select(p => p.Name),
        Is.EqualTo(new[] { "min_conf", "send_unknown", "device_id", "location_id", "class_id", "session_id" }));

    [TestCase("/api/v1/check-ins")]
    [TestCase("/api/v1/attendance/manual")]
    public void Document_WhatMayBeRepeated_TakesAKey(string path) => Assert.That(
        _document.Find("POST", path)!.Value.Operation.ActualParameters.Where(p => p.Kind == OpenApiParameterKind.Header)
            .Select(p => p.Name),
        Is.EqualTo(new[] { "Idempotency-Key" }));

    [TestCase("/enroll", new[] { "student_id", "image" })]
    [TestCase("/recognize", new[] { "image" })]
    [TestCase("/students", new[] { "student_id", "full_name" })]
    public void Document_Upload_IsAFormWithABinaryField(string path, string[] required)
    {
        var form = _document.Find("POST", path)!.Value.Operation.RequestBody.Content["multipart/form-data"].Schema;

        Assert.That(form.RequiredProperties, Is.EquivalentTo(required));
        Assert.That(form.Properties.Count(p => p.Value.Format == "binary"), Is.EqualTo(1));
    }

    /// <summary>What is written of a body is what its reader asks for: a member unknown is refused with the names of all that are known,
    /// and an empty object with those it lacks.</summary>
    [Test]
    public async Task Document_EveryJsonBodyOfV1_NamesWhatItsReaderAsksFor()
    {
        var bodies = _document.Operations.Where(
            o => o.Name.Contains("/api/v1/", StringComparison.Ordinal)
                && o.Operation.RequestBody?.Content.ContainsKey("application/json") == true)
            // Sites are GeoJSON, whose unknown members are passed over.
            .Where(o => !o.Name.Contains("/sites", StringComparison.Ordinal)).ToList();

        Assert.That(bodies, Has.Count.GreaterThan(10));
        foreach (var (name, operation) in bodies)
        {
            var schema = operation.RequestBody.Content["application/json"].Schema.ActualSchema;
            var errors = await ErrorsOfAsync(name, """{"zzz_nothing_like_it":1}""");
            var told = errors.GetProperty("zzz_nothing_like_it")[0].GetString()!;
            var asked = told[(told.IndexOf("there are ", StringComparison.Ordinal) + "there are ".Length)..].Split(", ");
            var missing = errors.EnumerateObject().Select(e => e.Name).Where(e => e != "zzz_nothing_like_it");

            Assert.That(asked, Is.EquivalentTo(schema.Properties.Keys), name);
            // A check-in's device_id is said by a device's own key; a session is opened with a key where there is no name.
            Assert.That(
                missing.Where(m => (m != "device_id" || name.Contains("/devices", StringComparison.Ordinal)
                        || name.Contains("/cameras", StringComparison.Ordinal))
                    && name != "POST /api/v1/session"),
                Is.EquivalentTo(schema.RequiredProperties), name);
            Assert.That(schema.AllowAdditionalProperties, Is.False, name);
        }
    }

    [Test]
    public async Task Document_EveryJsonBodyOfV1_IsReadByTheKindsItNames()
    {
        foreach (
            var (name, operation) in _document.Operations.Where(
                o => o.Name.Contains("/api/v1/", StringComparison.Ordinal) && !o.Name.Contains("/sites", StringComparison.Ordinal)))
        {
            if (operation.RequestBody?.Content.TryGetValue("application/json", out var media) != true) continue;
            // An array within an array is nothing that any member takes.
            var wrong = new JsonObject(
                media!.Schema.ActualSchema.Properties.Keys.Select(
                    p => KeyValuePair.Create<string, JsonNode?>(p, new JsonArray(new JsonArray()))));

            var errors = await ErrorsOfAsync(name, wrong.ToJsonString());

            Assert.That(errors.EnumerateObject().Select(e => e.Name), Is.EquivalentTo(media.Schema.ActualSchema.Properties.Keys), name);
        }
    }

    /// <summary>A server as it is after its first start, and what the page has filled in.</summary>
    [Test]
    public async Task Document_EveryExampleOfABody_WorksOnAFreshServer()
    {
        await using var fresh = await RunningServer.StartAsync("FACE_PROFILE=starter");
        fresh.Http.DefaultRequestHeaders.Authorization = new("Bearer", await fresh.NewTokenAsync("admin"));
        var faults = new List<string>();
        foreach (var (name, operation) in _document.Operations)
        {
            if (operation.RequestBody?.Content.TryGetValue("application/json", out var media) != true) continue;
            var (method, path) = (name.Split(' ')[0], name.Split(' ')[1]);
            using var request = new HttpRequestMessage(new(method), Filled(path))
            {
                Content = new StringContent(ExamplesOf(media!).Single(), Encoding.UTF8, "application/json"),
            };

            var answer = await Answer.OfAsync(await fresh.Http.SendAsync(request));

            // What has an id in its path or in its body speaks of something that a fresh server lacks, and is told so as the description
            // says.
            var expected = path.Contains('{', StringComparison.Ordinal)
                || NeedsSomething.Contains(path) ? operation.ActualResponses.Keys : operation.ActualResponses.Keys.Where(k => k[0] == '2');
            if (!expected.Contains(((int)answer.Status).ToString(CultureInfo.InvariantCulture))) faults.Add(
                $"{name} {answer.Status}: {answer.Body}");
        }
        Assert.That(faults, Is.Empty);
    }

    private static readonly string[] NeedsSomething =
        ["/api/v1/check-ins", "/api/v1/attendance/manual", "/api/token", "/api/token/refresh", "/api/token/blacklist",
            "/api/token/logout", "/api/v1/webhooks", "/api/v1/session", "/api/v1/session/password", "/api/v1/sightings", "/api/v1/setup"];

    private static string Filled(string path) => path.Replace("{id}", "019a0000-0000-7000-8000-000000000000", StringComparison.Ordinal)
        .Replace("{delivery}", "019a0000-0000-7000-8000-000000000000", StringComparison.Ordinal)
        .Replace("{username}", "nobody", StringComparison.Ordinal);

    private async Task<JsonElement> ErrorsOfAsync(string operation, string body)
    {
        var (method, path) = (operation.Split(' ')[0], operation.Split(' ')[1]);
        using var request = new HttpRequestMessage(
            new(method), Filled(path)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        var answer = await Answer.OfAsync(await _server.Http.SendAsync(request));
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest), operation + answer.Body);
        return answer.Json.GetProperty("errors");
    }

    private static IEnumerable<string> ExamplesOf(OpenApiMediaType media)
    {
        if (media.Example is { } example) yield return Newtonsoft.Json.JsonConvert.SerializeObject(example);
        foreach (var one in media.Examples.Values) yield return Newtonsoft.Json.JsonConvert.SerializeObject(one.Value);
    }

    private static string Shape(string operation) =>
        string.Join('/', operation.TrimEnd('/').Split('/').Select(part => part.StartsWith('{') ? "{}" : part));
}
