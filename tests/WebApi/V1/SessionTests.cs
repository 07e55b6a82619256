using System.Net;
using System.Net.WebSockets;
using System.Text.Json;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>A browser's log-in, as the browser does it: with the cookie that it was given, and nothing else.</summary>
public sealed class SessionTests
{
    private const string Https = "https";

    private RunningServer _server = null!;
    private RunningServer _other = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        string[] settings = ["FACE_PROFILE=starter", "TRUSTED_PROXIES=127.0.0.1", "Accounts:WrongPasswordBurst=1000"];
        _server = await RunningServer.StartAsync(settings);
        _other = await RunningServer.StartOnAsync(_server.Database.ConnectionString, settings);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _other.DisposeAsync();
        await _server.DisposeAsync();
    }

    [TestCase("http", "faceattendance=", false)]
    [TestCase(Https, "__Host-faceattendance=", true)]
    public async Task Open_NameAndPassword_SetsACookieThatNoScriptReadsAndNoOtherSiteSends(string scheme, string name, bool isSecure)
    {
        var user = await NewUserAsync("operator");

        var opened = await OpenAsync(user, scheme: scheme);

        var cookie = opened.Headers.GetValues("Set-Cookie").Single();
        var attributes = cookie.Split("; ").Skip(1).Select(a => a.ToLowerInvariant()).ToList();
        Assert.That(opened.Status, Is.EqualTo(HttpStatusCode.OK), opened.Body);
        Assert.That(cookie, Does.StartWith(name));
        Assert.That(attributes, Is.SupersetOf(new[] { "httponly", "samesite=strict", "path=/" }));
        Assert.That(attributes.Contains("secure"), Is.EqualTo(isSecure));
        Assert.That(attributes, Has.None.StartsWith("domain"));
        Assert.That(opened.Body, Does.Not.Contain(cookie.Split('=', ';')[1]));
    }

    [Test]
    public async Task Get_WithTheCookie_SaysWhoItIsAndWhatTheyMayDo()
    {
        var user = await NewUserAsync("operator");
        var session = await BrowserAsync(user);

        var said = (await session.GetAsync("/api/v1/session")).Json;

        Assert.That(Text(said, "kind"), Is.EqualTo("user"));
        Assert.That(Text(said, "username"), Is.EqualTo(user));
        Assert.That(Text(said, "role"), Is.EqualTo("operator"));
        Assert.That(said.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()), Does.Contain("enroll"));
        Assert.That(Text(said, "csrf_token"), Is.EqualTo(session.Csrf));
        Assert.That(Text(said.GetProperty("school"), "code"), Is.EqualTo("school"));
        Assert.That(said.GetProperty("expires_at").GetDateTimeOffset(), Is.GreaterThan(DateTimeOffset.UtcNow.AddHours(11)));
    }

    [Test]
    public async Task Get_OtherCallers_SaysWhatTheyAre()
    {
        var key = Text(
            (await _server.PostAsync("/api/v1/api-keys", RunningServer.Json("""{"name":"Registry","scopes":["enroll"]}"""))).Json, "key");

        var local = (await _server.GetAsync("/api/v1/session")).Json;
        var ofKey = (await _server.SendAsync(HttpMethod.Get, "/api/v1/session", ("X-Api-Key", key))).Json;
        var nobody = await _server.SendAsync(HttpMethod.Get, "/api/v1/session", ("Via", "1.1 proxy"));

        Assert.That((Text(local, "kind"), Text(ofKey, "kind")), Is.EqualTo(("local", "key")));
        Assert.That(local.GetProperty("csrf_token").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(nobody.Status, Is.EqualTo(HttpStatusCode.NoContent));
    }

    [TestCase("wrong, all of it", "account.log_in_refused")]
    [TestCase("", "account.log_in_refused")]
    public async Task Open_WrongPassword_Is401AndSetsNothing(string password, string code)
    {
        var opened = await OpenAsync(await NewUserAsync("operator"), password);

        Assert.That(opened.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(Text(opened.Json, "code"), Is.EqualTo(code));
        Assert.That(opened.Headers.Contains("Set-Cookie"), Is.False);
    }

    [Test]
    public async Task Change_WithoutTheRightCsrfToken_Is403AndNothingIsDone()
    {
        var (session, another) = (await BrowserAsync(await NewUserAsync("admin")), await BrowserAsync(await NewUserAsync("admin")));
        const string body = """{"name":"Forged","scopes":["enroll"]}""";

        var without = await session.SendAsync(HttpMethod.Post, "/api/v1/api-keys", body, csrf: null);
        var wrong = await session.SendAsync(HttpMethod.Post, "/api/v1/api-keys", body, csrf: another.Csrf);
        var contract = await session.SendAsync(HttpMethod.Post, "/students", "{}", csrf: null);
        var right = await session.SendAsync(HttpMethod.Post, "/api/v1/api-keys", body.Replace("Forged", "Own", StringComparison.Ordinal));

        Assert.That((without.Status, wrong.Status), Is.EqualTo((HttpStatusCode.Forbidden, HttpStatusCode.Forbidden)));
        Assert.That((Text(without.Json, "code"), Text(wrong.Json, "code")),
            Is.EqualTo(("access.csrf_token_wrong", "access.csrf_token_wrong")));
        Assert.That(contract.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(right.Status, Is.EqualTo(HttpStatusCode.Created), right.Body);
        Assert.That((await _server.GetAsync("/api/v1/api-keys?limit=200")).Body, Does.Not.Contain("Forged"));
    }

    [Test]
    public async Task Cookie_AsAnotherPageSendsIt_DoesNotCount()
    {
        var session = await BrowserAsync(await NewUserAsync("operator"));

        foreach (var (header, value) in new[]
        {
            ("Origin", "https://attacker.example"), ("Origin", "null"), ("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Site", "cross-site"),
        })
        {
            // From beyond this machine, where nobody is let in without showing something.
            var answer = await session.SendAsync(HttpMethod.Get, "/students", null, null, (header, value), ("Via", "1.1 proxy"));
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized), value);
            Assert.That(Text(answer.Json, "code"), Is.EqualTo("session_of_another_page"));
        }
        Assert.That(
            (await session.SendAsync(HttpMethod.Get, "/students", null, null, ("Origin", Own), ("Via", "1.1 proxy"))).Status,
            Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task LogOut_Here_EndsThisOneInEveryProcessAndNoOther()
    {
        var user = await NewUserAsync("operator");
        var (one, two) = (await BrowserAsync(user), await BrowserAsync(user));

        var ended = await one.SendAsync(HttpMethod.Delete, "/api/v1/session", null);

        Assert.That(ended.Status, Is.EqualTo(HttpStatusCode.NoContent), ended.Body);
        Assert.That(ended.Headers.GetValues("Set-Cookie").Single(), Does.Contain("expires=Thu, 01 Jan 1970"));
        await AssertOverAsync(one);
        Assert.That((await two.GetAsync("/students")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task LogOut_Everywhere_EndsEverySessionAndToken()
    {
        var user = await NewUserAsync("operator");
        var (one, two, token) = (await BrowserAsync(user), await BrowserAsync(user), (await _server.LogInAsync(user)).Access);

        await one.SendAsync(HttpMethod.Delete, "/api/v1/session?everywhere=true", null);

        await AssertOverAsync(one);
        await AssertOverAsync(two);
        Assert.That((await _server.SendAsync(HttpMethod.Get, "/students", ("Authorization", $"Bearer {token}"))).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [TestCase("""{"disabled":true}""")]
    [TestCase("""{"password":"another correct horse"}""")]
    public async Task User_Changed_LosesTheSessionAtOnceInEveryProcess(string change)
    {
        var user = await NewUserAsync("operator");
        var session = await BrowserAsync(user);

        await _server.Http.PatchAsync($"/api/v1/users/{user}", RunningServer.Json(change));

        await AssertOverAsync(session);
    }

    [Test]
    public async Task LogOut_OfTheUserByAnAdministratorOrByAToken_EndsTheSession()
    {
        var user = await NewUserAsync("operator");
        var first = await BrowserAsync(user);
        await _server.DeleteAsync($"/api/v1/users/{user}/tokens");
        await AssertOverAsync(first);

        var second = await BrowserAsync(user);
        var (refresh, _) = await _server.LogInAsync(user);
        await _server.PostAsync("/api/token/logout/", RunningServer.Json($$"""{"refresh":"{{refresh}}","everywhere":true}"""));
        await AssertOverAsync(second);
    }

    [Test]
    public async Task Password_ChangedByItsUser_EndsWhatWasLoggedInAndGoesOnWithANewSession()
    {
        var user = await NewUserAsync("operator");
        var (here, elsewhere) = (await BrowserAsync(user), await BrowserAsync(user));
        static string Body(string current, string next) => $$"""{"current":"{{current}}","password":"{{next}}"}""";

        var wrong = await here.SendAsync(HttpMethod.Put, "/api/v1/session/password", Body("not this", "another correct horse"));
        var weak = await here.SendAsync(HttpMethod.Put, "/api/v1/session/password", Body(RunningServer.Password, "password"));
        var changed = await here.SendAsync(
            HttpMethod.Put, "/api/v1/session/password", Body(RunningServer.Password, "another correct horse"));

        Assert.That((wrong.Status, Text(wrong.Json, "code")), Is.EqualTo((HttpStatusCode.BadRequest, "account.current_password_wrong")));
        Assert.That((weak.Status, Text(weak.Json, "code")), Is.EqualTo((HttpStatusCode.BadRequest, "request.invalid_field")));
        Assert.That(changed.Status, Is.EqualTo(HttpStatusCode.OK), changed.Body);
        await AssertOverAsync(here);
        await AssertOverAsync(elsewhere);
        Assert.That((await Browser.Of(_server, changed).GetAsync("/students")).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await OpenAsync(user)).Status, Is.EqualTo(HttpStatusCode.Unauthorized), "the old password");
        Assert.That((await OpenAsync(user, "another correct horse")).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task DeviceKey_Opens_ASessionForWeeksThatEndsWithTheKey()
    {
        var device = $"kiosk-{Guid.NewGuid():N}"[..20];
        var made = (await _server.PostAsync("/api/v1/devices", RunningServer.Json($$"""{"device_id":"{{device}}"}"""))).Json;
        var opened = await _server.PostAsync("/api/v1/session", RunningServer.Json($$"""{"key":"{{Text(made, "key")}}"}"""));
        var session = Browser.Of(_server, opened);

        Assert.That(Text(opened.Json, "kind"), Is.EqualTo("device"));
        Assert.That(opened.Json.GetProperty("expires_at").GetDateTimeOffset(), Is.GreaterThan(DateTimeOffset.UtcNow.AddDays(80)));
        Assert.That((await session.SendAsync(HttpMethod.Post, "/api/v1/devices/self/heartbeat", null)).Status,
            Is.EqualTo(HttpStatusCode.NoContent));

        await _server.PostAsync(
            $"/api/v1/api-keys/{Text(made, "key_id")}/rotate", RunningServer.Json("""{"overlap_seconds":0}"""));
        await AssertOverAsync(session);

        var rotated = (await _server.PostAsync(
            $"/api/v1/api-keys/{Text(made, "key_id")}/rotate", RunningServer.Json("{}"))).Json;
        var next = Browser.Of(
            _server, await _server.PostAsync("/api/v1/session", RunningServer.Json($$"""{"key":"{{Text(rotated, "key")}}"}""")));
        Assert.That((await next.GetAsync("/api/v1/sites")).Status, Is.EqualTo(HttpStatusCode.OK));
        await _server.DeleteAsync($"/api/v1/devices/{device}");
        await AssertOverAsync(next);
    }

    [Test]
    public async Task Session_InUse_LastsOnAndItsCookieToo()
    {
        var session = await BrowserAsync(await NewUserAsync("operator"));
        await _server.Database.ExecuteAsync("UPDATE browser_sessions SET expires_at = clock_timestamp() + interval '6 hours'");

        var used = await session.GetAsync("/api/v1/session");
        var again = await session.GetAsync("/api/v1/session");

        Assert.That(used.Json.GetProperty("expires_at").GetDateTimeOffset(), Is.GreaterThan(DateTimeOffset.UtcNow.AddHours(11)));
        Assert.That(used.Headers.GetValues("Set-Cookie").Single(), Does.StartWith(session.Cookie));
        Assert.That(again.Headers.Contains("Set-Cookie"), Is.False, "not with every call");
    }

    [Test]
    public async Task Session_NotUsed_EndsByItsTime()
    {
        var session = await BrowserAsync(await NewUserAsync("operator"));
        await _server.Database.ExecuteAsync("UPDATE browser_sessions SET expires_at = clock_timestamp() - interval '1 second'");

        await AssertOverAsync(session);
    }

    [Test]
    public async Task CookieOfNoSession_WhereAPageAsksWhoItIsFor_IsAsNoneAndIsTakenBack()
    {
        var answer = await _server.SendAsync(HttpMethod.Get, "/api/v1/session", ("Cookie", "faceattendance=nonsense"));
        var beyond = await _server.SendAsync(
            HttpMethod.Get, "/api/v1/session", ("Cookie", "faceattendance=nonsense"), ("Via", "1.1 proxy"));
        var elsewhere = await _server.SendAsync(HttpMethod.Get, "/students", ("Cookie", "faceattendance=nonsense"));

        Assert.That(Text(answer.Json, "kind"), Is.EqualTo("local"));
        Assert.That(answer.Headers.GetValues("Set-Cookie").Single(), Does.StartWith("faceattendance=;"));
        Assert.That(beyond.Status, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((elsewhere.Status, Text(elsewhere.Json, "code")), Is.EqualTo((HttpStatusCode.Unauthorized, "session_over")));
    }

    [Test]
    public async Task Open_WithACookieThatHasEnded_LogsIn()
    {
        var user = await NewUserAsync("operator");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/session")
        {
            Content = RunningServer.Json($$"""{"username":"{{user}}","password":"{{RunningServer.Password}}"}"""),
        };
        request.Headers.Add("Cookie", "faceattendance=nonsense");

        Assert.That((await _server.Http.SendAsync(request)).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Socket_WithTheCookie_IsForTheServersOwnPage(bool isOwn)
    {
        var session = await BrowserAsync(await NewUserAsync("operator"));
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader("Cookie", session.Cookie);
        socket.Options.SetRequestHeader("Origin", isOwn ? Own : "https://attacker.example");

        if (isOwn)
        {
            await socket.ConnectAsync(_server.WebSocket("/ws/recognitions"), default);
            await session.SendAsync(HttpMethod.Delete, "/api/v1/session", null);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            while (socket.State == WebSocketState.Open) await socket.ReceiveAsync(new byte[4096], patience.Token);
            Assert.That(socket.CloseStatus, Is.EqualTo(WebSocketCloseStatus.PolicyViolation), "it ends with the session");
        }
        else
        {
            Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(_server.WebSocket("/ws/recognitions"), default));
            Assert.That(socket.HttpStatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        }
    }

    [TestCase(true, HttpStatusCode.OK)]
    [TestCase(false, HttpStatusCode.Unauthorized)]
    public async Task Hub_WithTheCookie_IsForTheServersOwnPage(bool isOwn, HttpStatusCode expected)
    {
        var session = await BrowserAsync(await NewUserAsync("operator"));
        (string, string)[] headers = isOwn ? [("Origin", Own), ("Via", "1.1 proxy")] : [("Via", "1.1 proxy")];

        var answer = await session.SendAsync(
            HttpMethod.Post, "/hubs/recognitions/negotiate?negotiateVersion=1", null, csrf: null, headers);

        Assert.That(answer.Status, Is.EqualTo(expected), answer.Body);
    }

    private string Own => _server.Address.GetLeftPart(UriPartial.Authority);

    private async Task AssertOverAsync(Browser session)
    {
        foreach (var process in new[] { _server, _other })
        {
            var answer = await (session with { Server = process }).GetAsync("/students");
            Assert.That((answer.Status, Text(answer.Json, "code")), Is.EqualTo((HttpStatusCode.Unauthorized, "session_over")));
        }
    }

    private async Task<string> NewUserAsync(string role)
    {
        var name = $"user-{Guid.NewGuid():N}";
        await _server.AddUserAsync(name, role);
        return name;
    }

    private async Task<Answer> OpenAsync(string user, string password = RunningServer.Password, string scheme = "http")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/session")
        {
            Content = RunningServer.Json($$"""{"username":"{{user}}","password":"{{password}}"}"""),
        };
        if (scheme == Https) request.Headers.Add("X-Forwarded-Proto", scheme);
        return await Answer.OfAsync(await _server.Http.SendAsync(request));
    }

    private async Task<Browser> BrowserAsync(string user) => Browser.Of(_server, await OpenAsync(user));

    private static string Text(JsonElement json, string member) => json.GetProperty(member).GetString()!;

    /// <param name="Cookie">As it is sent.</param>
    private sealed record Browser(RunningServer Server, string Cookie, string Csrf)
    {
        public static Browser Of(RunningServer server, Answer opened) => new(
            server, opened.Headers.GetValues("Set-Cookie").Single().Split(';')[0], Text(opened.Json, "csrf_token"));

        public Task<Answer> GetAsync(string path) => SendAsync(HttpMethod.Get, path, null);

        public Task<Answer> SendAsync(HttpMethod method, string path, string? body) => SendAsync(method, path, body, Csrf);

        public async Task<Answer> SendAsync(
            HttpMethod method, string path, string? body, string? csrf, params (string Name, string Value)[] headers)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : RunningServer.Json(body) };
            request.Headers.Add("Cookie", Cookie);
            if (csrf is not null) request.Headers.Add("X-CSRF-Token", csrf);
            foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
            return await Answer.OfAsync(await Server.Http.SendAsync(request));
        }
    }
}
