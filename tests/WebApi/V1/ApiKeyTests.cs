using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FaceAttendance.Application.Access;

namespace FaceAttendance.WebApi.Tests.V1;

public sealed class ApiKeyTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [Test]
    public async Task Create_GoodRequest_AnswersAKeyThatIsShownOnce()
    {
        var made = await CreateAsync("Registry", Scopes.Enroll);

        var key = made.Json.GetProperty("key").GetString()!;
        var listed = (await _server.GetAsync("/api/v1/api-keys?limit=200")).Body;
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(key, Does.StartWith("fa_" + made.Json.GetProperty("prefix").GetString()![3..]));
        Assert.That(made.Json.GetProperty("created_by").GetString(), Is.EqualTo("local"));
        Assert.That(listed, Does.Contain(made.Json.GetProperty("id").GetString()).And.Not.Contains(key));
        Assert.That(
            await _server.Database.ReadAsync<long>($"SELECT count(*) FROM api_keys k WHERE k::text LIKE '%{key[^20..]}%'"), Is.Zero);
    }

    [TestCase("""{"scopes":["enroll"]}""", "name")]
    [TestCase("""{"name":"","scopes":["enroll"]}""", "name")]
    [TestCase("""{"name":"x","scopes":["everything"]}""", "scopes")]
    [TestCase("""{"name":"x","scopes":[]}""", "scopes")]
    [TestCase("""{"name":"x"}""", "scopes")]
    [TestCase("""{"name":"x","scopes":"enroll"}""", "scopes")]
    [TestCase("""{"name":"x","scopes":["enroll"],"expires_at":"2020-01-01T00:00:00Z"}""", "expires_at")]
    public async Task Create_BadField_Is400AndNamed(string body, string field)
    {
        var answer = await _server.PostAsync("/api/v1/api-keys", Json(body));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Body, Does.Contain(field).And.Contains("request.invalid_field"));
    }

    [TestCase("Authorization", "Bearer ")]
    [TestCase("Authorization", "bearer ")]
    [TestCase("X-Api-Key", "")]
    public async Task Key_InEitherHeader_LetsItsBearerIn(string header, string before)
    {
        var key = await KeyAsync(Scopes.Enroll);

        // Not the local caller: a proxy's header and another environment's caller are the same to it.
        var answer = await _server.SendAsync(HttpMethod.Get, "/students", (header, before + key), ("X-Forwarded-For", "203.0.113.9"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Key_WithoutTheScope_Is403EvenForThisMachinesUser()
    {
        var key = await KeyAsync(Scopes.Recognize);

        var answer = await GetAsync("/api/v1/api-keys", key);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("access.scope_missing"));
    }

    [Test]
    public async Task Key_ChangedInAnyCharacter_Is401()
    {
        var key = await KeyAsync(Scopes.Admin);
        var alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

        for (var i = 0; i < key.Length; i += 3)
        {
            var other = alphabet[(alphabet.IndexOf(key[i], StringComparison.Ordinal) + 32) % 64];
            var answer = await GetAsync("/students", key[..i] + other + key[(i + 1)..]);

            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized), $"character {i}");
        }
    }

    [Test]
    public async Task Key_Revoked_IsRefusedAtOnceAndInAnotherProcessSoon()
    {
        await using var other = await RunningServer.StartOnAsync(_server.Database.ConnectionString, "FACE_PROFILE=starter");
        var made = await CreateAsync("Leaked", Scopes.Admin);
        var key = made.Json.GetProperty("key").GetString()!;
        Assert.That((await GetAsync("/students", key)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await GetAsync("/students", key, other)).Status, Is.EqualTo(HttpStatusCode.OK));

        var revoked = await _server.DeleteAsync("/api/v1/api-keys/" + made.Json.GetProperty("id").GetString());

        var here = await GetAsync("/students", key);
        Assert.That(revoked.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(here.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        await EventuallyAsync(async () => (await GetAsync("/students", key, other)).Status == HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task Key_Expired_Is401()
    {
        var key = await KeyAsync(Scopes.Enroll, DateTimeOffset.UtcNow.AddSeconds(2));

        await EventuallyAsync(async () => (await GetAsync("/students", key)).Status == HttpStatusCode.Unauthorized);

        Assert.That((await _server.GetAsync("/api/v1/api-keys?limit=200")).Body, Does.Contain("\"expired\""));
    }

    [Test]
    public async Task Rotate_OldSecret_IsTakenForTheOverlapAlone()
    {
        var made = await CreateAsync("Rotated", Scopes.Enroll);
        var (id, first) = (made.Json.GetProperty("id").GetString(), made.Json.GetProperty("key").GetString()!);

        var second = (await _server.PostAsync($"/api/v1/api-keys/{id}/rotate", Json("""{"overlap_seconds":3600}"""))).Json
            .GetProperty("key").GetString()!;
        var bothGood = ((await GetAsync("/students", first)).Status, (await GetAsync("/students", second)).Status);
        var third = (await _server.PostAsync($"/api/v1/api-keys/{id}/rotate", Json("""{"overlap_seconds":0}"""))).Json.GetProperty("key")
            .GetString()!;

        Assert.That(bothGood, Is.EqualTo((HttpStatusCode.OK, HttpStatusCode.OK)));
        Assert.That((await GetAsync("/students", first)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await GetAsync("/students", second)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await GetAsync("/students", third)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Key_Used_ShowsWhen()
    {
        var made = await CreateAsync("Busy", Scopes.Enroll);

        await GetAsync("/students", made.Json.GetProperty("key").GetString()!);

        var used =
            await _server.Database.ReadAsync<DateTime>(
                $"SELECT last_used_at FROM api_keys WHERE id = '{made.Json.GetProperty("id").GetString()}'");
        Assert.That(used, Is.EqualTo(DateTime.UtcNow).Within(TimeSpan.FromMinutes(5)));
    }

    [TestCase("DELETE", "")]
    [TestCase("POST", "/rotate")]
    public async Task UnknownKey_Is404(string method, string what)
    {
        var answer = method == "DELETE"
            ? await _server.DeleteAsync($"/api/v1/api-keys/{Guid.NewGuid()}{what}")
            : await _server.PostAsync($"/api/v1/api-keys/{Guid.NewGuid()}{what}", Json("{}"));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("api_key.not_found"));
    }

    [Test]
    public async Task Device_Added_BeatsWithItsOwnKeyAndIsSeenOnline()
    {
        var added =
            await _server.PostAsync("/api/v1/devices", Json("""{"device_id":"gate-1","name":"Main gate","scopes":["recognize"]}"""));
        var key = added.Json.GetProperty("key").GetString()!;
        var before = await StateOfAsync("gate-1");

        var beaten = await PostAsync("/api/v1/devices/self/heartbeat", key);
        var byName = await PostAsync("/api/v1/devices/gate-1/heartbeat", key);

        Assert.That(added.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(before, Is.EqualTo("silent"));
        Assert.That(beaten.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(byName.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That(await StateOfAsync("gate-1"), Is.EqualTo("online"));
    }

    [Test]
    public async Task Device_OfAnotherKey_IsRefusedToBeat()
    {
        var key = (await _server.PostAsync("/api/v1/devices", Json("""{"device_id":"gate-2"}"""))).Json.GetProperty("key").GetString()!;

        var other = await PostAsync("/api/v1/devices/gate-3/heartbeat", key);
        var admin = await PostAsync("/api/v1/devices/gate-2/heartbeat", await KeyAsync(Scopes.Admin));

        Assert.That(other.Json.GetProperty("code").GetString(), Is.EqualTo("device.not_the_device"));
        Assert.That(admin.Status, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [Test]
    public async Task Device_Removed_IsRefusedAndLeavesItsIdFree()
    {
        var key = (await _server.PostAsync("/api/v1/devices", Json("""{"device_id":"gate-4"}"""))).Json.GetProperty("key").GetString()!;
        var twice = await _server.PostAsync("/api/v1/devices", Json("""{"device_id":"gate-4"}"""));
        await PostAsync("/api/v1/devices/self/heartbeat", key);

        var removed = await _server.DeleteAsync("/api/v1/devices/gate-4");

        Assert.That(twice.Json.GetProperty("code").GetString(), Is.EqualTo("device.exists"));
        Assert.That(removed.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await PostAsync("/api/v1/devices/self/heartbeat", key)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(
            (await _server.PostAsync("/api/v1/devices", Json("""{"device_id":"gate-4"}"""))).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [TestCase("""{"device_id":"cam","scopes":["admin"]}""", "scopes")]
    [TestCase("""{"device_id":"cam","scopes":["enroll"]}""", "scopes")]
    [TestCase("""{"device_id":"self"}""", "device_id")]
    [TestCase("""{"device_id":"a b"}""", "device_id")]
    [TestCase("{}", "device_id")]
    public async Task Device_BadField_Is400AndNamed(string body, string field)
    {
        var answer = await _server.PostAsync("/api/v1/devices", Json(body));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Body, Does.Contain(field));
    }

    [Test]
    public async Task Socket_WithAKeyInTheAddress_IsOpened()
    {
        var key = await KeyAsync(Scopes.AttendanceRead);
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("X-Forwarded-For", "203.0.113.9");

        await socket.ConnectAsync(_server.WebSocket("/ws/recognitions?access_token=" + key), CancellationToken.None);

        Assert.That(socket.State, Is.EqualTo(WebSocketState.Open));
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private Task<Answer> CreateAsync(string name, string scope, DateTimeOffset? expiresAt = null) =>
        _server.PostAsync("/api/v1/api-keys",
            Json(JsonSerializer.Serialize(new { name, scopes = new[] { scope }, expires_at = expiresAt?.ToString("O") })));

    private async Task<string> KeyAsync(string scope, DateTimeOffset? expiresAt = null) =>
        (await CreateAsync("test", scope, expiresAt)).Json.GetProperty("key").GetString()!;

    private Task<Answer> GetAsync(string path, string key, RunningServer? server = null) =>
        (server ?? _server).SendAsync(HttpMethod.Get, path, ("Authorization", "Bearer " + key));

    private Task<Answer> PostAsync(string path, string key) => _server.SendAsync(HttpMethod.Post, path, ("X-Api-Key", key));

    private async Task<string?> StateOfAsync(string device) =>
        (await _server.GetAsync("/api/v1/devices?limit=200")).Json.GetProperty("items").EnumerateArray()
        .Single(d => d.GetProperty("device_id").GetString() == device).GetProperty("state").GetString();

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition()) await Task.Delay(50, patience.Token);
    }
}
