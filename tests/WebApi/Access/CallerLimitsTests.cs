using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using FaceAttendance.Application.Access;

namespace FaceAttendance.WebApi.Tests.Access;

/// <summary>How often callers may ask, and what becomes of connections whose key is revoked.</summary>
public sealed class CallerLimitsTests
{
    private static readonly (string, string) Proxy = ("X-Forwarded-For", "203.0.113.9");

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await RunningServer.StartAsync(
        "FACE_PROFILE=starter", "RATE_LIMIT_PER_SECOND=1", "RATE_LIMIT_BURST=40", "TRUSTED_PROXIES=127.0.0.1",
        "CORS_ORIGINS=https://school.example");

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCase("/students", "application/json", "\"code\":\"too_many\"")]
    [TestCase("/api/v1/sites", "application/problem+json", "\"code\":\"request.too_many\"")]
    public async Task Key_AskingTooOften_Is429InThePathsDialectAndAnotherKeyIsNot(string path, string type, string code)
    {
        var (greedy, modest) = (await KeyAsync(), await KeyAsync());

        var answers = new List<Answer>();
        for (var i = 0; i < 80; i++) answers.Add(await GetAsync(path, greedy));
        var other = await GetAsync(path, modest);

        var refused = answers.First(a => a.Status == HttpStatusCode.TooManyRequests);
        Assert.That(answers.Take(40).Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(refused.ContentType, Is.EqualTo(type));
        Assert.That(refused.Body, Does.Contain(code));
        Assert.That(refused.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(other.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task LocalUser_InDevelopment_IsNotLimited()
    {
        for (var i = 0; i < 80; i++) Assert.That((await _server.GetAsync("/health")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Key_GoodAndNeverUsedAtAnAddressThatShowedWrongOnes_IsAnswered(bool areWellFormed)
    {
        (string, string) school = ("X-Forwarded-For", areWellFormed ? "198.51.100.7" : "198.51.100.9");
        var (fresh, other) = (await KeyAsync(), await KeyAsync());
        string Wrong(int i) => areWellFormed ? Forged(other, i) : $"fa_{i}";

        var wrong = new List<Answer>();
        for (var i = 0; i < 100; i++) wrong.Add(await _server.SendAsync(HttpMethod.Get, "/api/v1/sites", school, ("X-Api-Key", Wrong(i))));
        var good = await _server.SendAsync(HttpMethod.Get, "/api/v1/sites", school, ("X-Api-Key", fresh));
        var elsewhere =
            await _server.SendAsync(HttpMethod.Get, "/api/v1/sites", ("X-Forwarded-For", "198.51.100.8"), ("X-Api-Key", Wrong(100)));

        Assert.That(good.Status, Is.EqualTo(HttpStatusCode.OK), good.Body);
        Assert.That(wrong.Take(20).Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(wrong[^1].Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(wrong[^1].Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(wrong.Select(a => a.Body), Has.Some.Contains("\"code\":\"access.too_many_wrong_keys\""));
        Assert.That(elsewhere.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Keys_GoodOnesInAFloodOfWrongOnesFromTheirAddress_AreAllAnswered()
    {
        (string, string) school = ("X-Forwarded-For", "198.51.100.10");
        var (inUse, other) = (await KeyAsync(), await KeyAsync());
        var fresh = new List<string>();
        for (var i = 0; i < 30; i++) fresh.Add(await KeyAsync());

        using var end = new CancellationTokenSource();
        var flood = Enumerable.Range(0, 40).Select(n => Task.Run(async () =>
        {
            var statuses = new List<HttpStatusCode>();
            for (var i = 0; !end.IsCancellationRequested; i++)
            {
                statuses.Add((await _server.SendAsync(HttpMethod.Get, "/students", school, ("X-Api-Key", Forged(other, i)))).Status);
            }
            return statuses;
        })).ToList();
        await Task.Delay(500);
        var good = new List<Answer>();
        foreach (var key in fresh)
        {
            good.Add(await _server.SendAsync(HttpMethod.Get, "/students", school, ("X-Api-Key", inUse)));
            good.Add(await _server.SendAsync(HttpMethod.Get, "/students", school, ("X-Api-Key", key)));
        }
        await end.CancelAsync();
        var wrong = (await Task.WhenAll(flood)).SelectMany(statuses => statuses).ToList();

        Assert.That(good.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(wrong, Has.Count.GreaterThan(100).And.All.AnyOf(HttpStatusCode.Unauthorized, HttpStatusCode.TooManyRequests));
    }

    [Test]
    public async Task TrustedProxy_ThatNamesThisMachine_IsNotTheLocalUser()
    {
        var answer = await _server.SendAsync(HttpMethod.Get, "/health", ("X-Forwarded-For", "127.0.0.1"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("https://school.example", true)]
    [TestCase("https://other.example", false)]
    public async Task Page_OfAConfiguredOrigin_MayReadAnswers(string origin, bool may)
    {
        var answer = await _server.SendAsync(HttpMethod.Get, "/students", ("Origin", origin), ("X-Api-Key", await KeyAsync()));

        Assert.That(answer.Headers.Contains("Access-Control-Allow-Origin"), Is.EqualTo(may));
    }

    [Test]
    public async Task Socket_WhoseKeyIsRevoked_IsClosedWith1008()
    {
        var (id, key) = await IssueAsync(Scopes.AttendanceRead);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(_server.WebSocket("/ws/recognitions?access_token=" + key), CancellationToken.None);

        await _server.DeleteAsync("/api/v1/api-keys/" + id);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var closed = await socket.ReceiveAsync(new byte[64], patience.Token);
        Assert.That(closed.MessageType, Is.EqualTo(WebSocketMessageType.Close));
        Assert.That((int)socket.CloseStatus!, Is.EqualTo(1008));
        Assert.That(socket.CloseStatusDescription, Is.EqualTo("The credentials are no longer good."));
    }

    [Test]
    public async Task Socket_WhoseKeyStaysGood_StaysOpen()
    {
        var (_, key) = await IssueAsync(Scopes.AttendanceRead);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(_server.WebSocket("/ws/recognitions?access_token=" + key), CancellationToken.None);

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        Assert.ThrowsAsync<TaskCanceledException>(async () => await socket.ReceiveAsync(new byte[64], patience.Token));
    }

    [TestCase("/hubs/recognitions", Scopes.AttendanceRead)]
    [TestCase("/hubs/liveness", Scopes.Liveness)]
    [TestCase("/hubs/cameras", Scopes.Recognize)]
    public async Task Hub_WhoseKeyIsRevoked_IsClosed(string path, string scope)
    {
        var (id, key) = await IssueAsync(scope);
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(_server.WebSocket($"{path}?access_token={key}"), CancellationToken.None);
        await socket.SendAsync("{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray(), WebSocketMessageType.Text, endOfMessage: true,
            CancellationToken.None);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await socket.ReceiveAsync(new byte[64], patience.Token);

        await _server.DeleteAsync("/api/v1/api-keys/" + id);

        // Keep-alive messages may come before the end.
        while (await IsOpenAsync(socket, patience.Token))
        {
        }
    }

    private static async Task<bool> IsOpenAsync(ClientWebSocket socket, CancellationToken ct)
    {
        try
        {
            return (await socket.ReceiveAsync(new byte[1024], ct)).MessageType != WebSocketMessageType.Close;
        }
        catch (WebSocketException)
        {
            return false;
        }
    }

    /// <summary>The id and the school of a key that exists, and another secret: it takes the database to see that it is wrong.</summary>
    private static string Forged(string key, int number) => key[..60] + number.ToString("D6", CultureInfo.InvariantCulture) + key[66..];

    private async Task<string> KeyAsync() => (await IssueAsync(Scopes.Admin)).Key;

    private async Task<(string Id, string Key)> IssueAsync(string scope)
    {
        var body = new StringContent($$"""{"name":"test","scopes":["{{scope}}"]}""", Encoding.UTF8, "application/json");
        var made = (await _server.PostAsync("/api/v1/api-keys", body)).Json;
        return (made.GetProperty("id").GetString()!, made.GetProperty("key").GetString()!);
    }

    private Task<Answer> GetAsync(string path, string key) => _server.SendAsync(HttpMethod.Get, path, ("X-Api-Key", key), Proxy);
}
