using System.Net;

namespace FaceAttendance.WebApi.Tests.Access;

/// <summary>/api/token/, /api/token/refresh/ and /api/v1/users.</summary>
public sealed class AccountTests
{
    private const string Refused = """{"detail":"No active account found with the given credentials"}""";
    private const string RefreshRefused = """{"detail":"Token is invalid or expired","code":"token_not_valid"}""";
    private const string Position = """{"lat":-7.9673435,"lon":112.6267206}""";

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [Test]
    public async Task Token_RightPassword_LetsIn()
    {
        await _server.AddUserAsync("Dewi", "student", "dewi");

        var answer = await TokenAsync("""{"username":"dewi","password":"correct horse"}""");
        var members = answer.Json.EnumerateObject().Select(m => m.Name);
        var let = await CheckAsync(answer.Json.GetProperty("access").GetString()!);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(members, Is.EqualTo(new[] { "refresh", "access" }));
        Assert.That(let.Body, Is.EqualTo("""{"detail":"Success. You are within the allowed area."}"""));
    }

    [TestCase("""{"username":"nobody","password":"correct horse"}""")]
    [TestCase("""{"username":"no body","password":"correct horse"}""")]
    [TestCase("""{"username":"\u0000","password":"correct horse"}""")]
    public async Task Token_UnknownUser_Is401(string body)
    {
        var answer = await TokenAsync(body);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(answer.Body, Is.EqualTo(Refused));
    }

    [Test]
    public async Task Token_WrongPassword_Is401()
    {
        await _server.AddUserAsync("eka", "operator");

        var answer = await TokenAsync("""{"username":"eka","password":"Correct horse"}""");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(answer.Body, Is.EqualTo(Refused));
    }

    [TestCase("""{}""", """{"username":["This field is required."],"password":["This field is required."]}""")]
    [TestCase("""{"username":"x"}""", """{"password":["This field is required."]}""")]
    [TestCase("""{"username":"","password":"x"}""", """{"username":["This field may not be blank."]}""")]
    [TestCase("""{"username":["x"],"password":"x"}""", """{"username":["Not a valid string."]}""")]
    [TestCase("""[]""", """{"detail":"The body must be a JSON object."}""")]
    [TestCase("", """{"detail":"The body must be a JSON object."}""")]
    public async Task Token_FieldsAreWrong_Is400(string body, string expected)
    {
        var answer = await TokenAsync(body);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Body, Is.EqualTo(expected));
    }

    [Test]
    public async Task Token_OldTokenInTheHeader_DoesNotMatter()
    {
        await _server.AddUserAsync("fitri", "operator");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/token/")
        {
            Content = RunningServer.Json("""{"username":"fitri","password":"correct horse"}"""),
        };
        request.Headers.Authorization = new("Bearer", "expired");

        var answer = await Answer.OfAsync(await _server.Http.SendAsync(request));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Refresh_RefreshToken_GivesAnAccessToken()
    {
        await _server.AddUserAsync("gita", "operator");
        var tokens = await _server.LogInAsync("gita");

        var answer = await RefreshAsync(tokens.Refresh);
        var let = await CheckAsync(answer.Json.GetProperty("access").GetString()!);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(answer.Json.EnumerateObject().Select(m => m.Name), Is.EqualTo(new[] { "access", "refresh" }));
        Assert.That(let.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Tokens_UsedForOneAnother_AreRefused()
    {
        await _server.AddUserAsync("hana", "operator");
        var tokens = await _server.LogInAsync("hana");

        var refreshed = await RefreshAsync(tokens.Access);
        var let = await CheckAsync(tokens.Refresh);

        Assert.That(refreshed.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(refreshed.Body, Is.EqualTo(RefreshRefused));
        Assert.That(let.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(let.Body, Is.EqualTo("""{"detail":"Given token not valid for any token type","code":"token_not_valid"}"""));
    }

    [TestCase("""{"refresh":"forged"}""", HttpStatusCode.Unauthorized, RefreshRefused)]
    [TestCase("""{"refresh":"a.b.c"}""", HttpStatusCode.Unauthorized, RefreshRefused)]
    [TestCase("""{"refresh":"!"}""", HttpStatusCode.Unauthorized, RefreshRefused)]
    [TestCase("""{}""", HttpStatusCode.BadRequest, """{"refresh":["This field is required."]}""")]
    public async Task Refresh_NoToken_IsRefused(string body, HttpStatusCode status, string expected)
    {
        var answer = await _server.PostAsync("/api/token/refresh/", RunningServer.Json(body));

        Assert.That(answer.Status, Is.EqualTo(status));
        Assert.That(answer.Body, Is.EqualTo(expected));
    }

    [TestCase("""{"disabled":true}""")]
    [TestCase("""{"password":"another horse"}""")]
    public async Task User_DisabledOrGivenAnotherPassword_LosesEveryTokenAtOnce(string change)
    {
        var name = $"user-{Guid.NewGuid():N}";
        await _server.AddUserAsync(name, "operator");
        var tokens = await _server.LogInAsync(name);

        var changed = await PatchAsync(name, change);
        var let = await CheckAsync(tokens.Access);
        var refreshed = await RefreshAsync(tokens.Refresh);
        var again = await TokenAsync($$"""{"username":"{{name}}","password":"correct horse"}""");

        Assert.That(changed.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(let.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(refreshed.Body, Is.EqualTo(RefreshRefused));
        Assert.That(again.Body, Is.EqualTo(Refused));
    }

    [Test]
    public async Task User_EnabledAgain_LogsInAnewButOldTokensStayVoid()
    {
        await _server.AddUserAsync("indah", "operator");
        var old = await _server.LogInAsync("indah");
        await PatchAsync("indah", """{"disabled":true}""");

        var enabled = await PatchAsync("indah", """{"disabled":false}""");
        var fresh = await _server.LogInAsync("indah");

        Assert.That(enabled.Json.GetProperty("disabled").GetBoolean(), Is.False);
        Assert.That((await CheckAsync(fresh.Access)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await CheckAsync(old.Access)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task User_WhoseStudentIsRemoved_IsGone()
    {
        await _server.AddUserAsync("joko", "student", "joko");
        var tokens = await _server.LogInAsync("joko");

        await _server.DeleteAsync("/api/v1/students/joko");

        Assert.That((await CheckAsync(tokens.Access)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await _server.AddUserAsync("joko", "operator")).Status, Is.EqualTo(HttpStatusCode.Created));
    }

    [TestCase("""{"username":"kiki","password":"correct horse","role":"student"}""", "student_id")]
    [TestCase("""{"username":"kiki","password":"correct horse","role":"operator","student_id":"kiki"}""", "student_id")]
    [TestCase("""{"username":"kiki","password":"correct horse","role":"root"}""", "role")]
    [TestCase("""{"username":"kiki","password":"1234567","role":"operator"}""", "password")]
    [TestCase("""{"username":"kiki","password":"        ","role":"operator"}""", "password")]
    [TestCase("""{"username":"kiki","password":"password","role":"operator"}""", "password")]
    [TestCase("""{"username":"kiki","password":"12345678","role":"operator"}""", "password")]
    [TestCase("""{"username":"kiki","password":"xx kiki 7 xx","role":"operator"}""", "password")]
    [TestCase("""{"username":"ki ki","password":"correct horse","role":"operator"}""", "username")]
    public async Task Users_RuleBroken_IsRefused(string body, string field)
    {
        var answer = await _server.PostAsync("/api/v1/users", RunningServer.Json(body));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("request.invalid_field"));
        Assert.That(answer.Body, Does.Contain(field));
    }

    [Test]
    public async Task Users_Added_IsListedWithoutSecretsAndItsNameIsTaken()
    {
        var added = await _server.AddUserAsync("Lina.K", "device");
        var again = await _server.AddUserAsync("lina.k", "operator");
        var listed = await _server.GetAsync("/api/v1/users?limit=200");

        Assert.That(added.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(again.Json.GetProperty("code").GetString(), Is.EqualTo("account.name_taken"));
        var item = listed.Json.GetProperty("items").EnumerateArray().Single(u => u.GetProperty("username").GetString() == "lina.k");
        Assert.That(item.GetRawText(), Is.EqualTo(added.Body));
        Assert.That(item.EnumerateObject().Select(m => m.Name),
            Is.EqualTo(new[] { "number", "username", "role", "student_id", "disabled", "created_at", "disabled_at" }));
    }

    [Test]
    public async Task Users_Numbers_GoOnWithinTheSchoolAndAreNeverGivenTwice()
    {
        var first = (await _server.AddUserAsync("murni", "student", "murni")).Json.GetProperty("number").GetInt64();
        await _server.DeleteAsync("/api/v1/students/murni");

        var second = (await _server.AddUserAsync("murni", "operator")).Json.GetProperty("number").GetInt64();

        Assert.That(first, Is.Positive);
        Assert.That(second, Is.GreaterThan(first));
    }

    [TestCase("Password1")]
    [TestCase("xx-weak.choice-xx")]
    public async Task User_GivenAWeakPassword_KeepsTheOldOneAndIsTold(string password)
    {
        await _server.AddUserAsync("weak.choice", "operator");

        var refused = await PatchAsync("weak.choice", $$"""{"password":"{{password}}"}""");
        var old = await TokenAsync("""{"username":"weak.choice","password":"correct horse"}""");

        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(refused.Json.GetProperty("detail").GetString(), Does.StartWith("The password ").And.Not.Contains(password));
        Assert.That(old.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Users_UnknownName_Is404() =>
        Assert.That((await PatchAsync("nobody-at-all", """{"disabled":true}""")).Json.GetProperty("code").GetString(),
            Is.EqualTo("account.not_found"));

    private Task<Answer> TokenAsync(string body) => _server.PostAsync("/api/token/", RunningServer.Json(body));

    private Task<Answer> RefreshAsync(string token) =>
        _server.PostAsync("/api/token/refresh/", RunningServer.Json($$"""{"refresh":"{{token}}"}"""));

    private async Task<Answer> PatchAsync(string name, string body) =>
        await Answer.OfAsync(await _server.Http.PatchAsync($"/api/v1/users/{name}", RunningServer.Json(body)));

    private async Task<Answer> CheckAsync(string access)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/presence/presence-check/")
        {
            Content = RunningServer.Json(Position),
        };
        request.Headers.Authorization = new("Bearer", access);
        return await Answer.OfAsync(await _server.Http.SendAsync(request));
    }
}
