using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace FaceAttendance.WebApi.Tests.Contract;

/// <summary>What tokens say, how they follow one another, and how they end.</summary>
public sealed class TokenTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [TestCase("access", 15 * 60)]
    [TestCase("refresh", 7 * 24 * 60 * 60)]
    public async Task Token_AsAClientDecodesIt_HasTheClaimsThatItKnows(string use, int seconds)
    {
        var name = NewName();
        var number = (await _server.AddUserAsync(name, "operator")).Json.GetProperty("number").GetInt64();
        var tokens = await _server.LogInAsync(name);

        var (header, claims) = (PartOf(tokens, use, 0), PartOf(tokens, use, 1));

        Assert.That(header.GetProperty("alg").GetString(), Is.EqualTo("HS256"));
        Assert.That(claims.GetProperty("token_type").GetString(), Is.EqualTo(use));
        Assert.That(claims.GetProperty("user_id").GetInt64(), Is.EqualTo(number));
        Assert.That(claims.GetProperty("jti").GetString(), Has.Length.EqualTo(32));
        Assert.That(claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64(), Is.EqualTo(seconds));
        Assert.That(DateTimeOffset.FromUnixTimeSeconds(claims.GetProperty("iat").GetInt64()),
            Is.EqualTo(DateTimeOffset.UtcNow).Within(TimeSpan.FromMinutes(1)));
    }

    [TestCase("none", "")]
    [TestCase("none", "x")]
    [TestCase("HS256", "a key of somebody else's, 32 long")]
    [TestCase("HS512", "a key of somebody else's that is 64 characters long, as it must be")]
    public async Task Token_ForgedFromAGoodOne_LetsNobodyIn(string algorithm, string key)
    {
        var good = (await _server.LogInAsync(await NewUserAsync())).Access;
        var payload = good.Split('.')[1];
        var head = WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes($$"""{"alg":"{{algorithm}}","typ":"JWT"}"""));
        var signed = Encoding.ASCII.GetBytes($"{head}.{payload}");
        var signature = algorithm switch
        {
            "HS256" => WebEncoders.Base64UrlEncode(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), signed)),
            "HS512" => WebEncoders.Base64UrlEncode(HMACSHA512.HashData(Encoding.UTF8.GetBytes(key), signed)),
            _ => key,
        };

        var forged = await AskAsync("Bearer " + $"{head}.{payload}.{signature}");

        Assert.That((await AskAsync("Bearer " + good)).Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(forged.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(forged.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer realm=\"FaceAttendance\", error=\"invalid_token\""));
    }

    [Test]
    public async Task Token_OfAnotherInstallation_LetsNobodyIn()
    {
        await using var other = await RunningServer.StartAsync("FACE_PROFILE=starter");
        await other.AddUserAsync("ayu", "operator");

        var foreign = await AskAsync("Bearer " + (await other.LogInAsync("ayu")).Access);

        Assert.That(foreign.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Refresh_WithTheSameTokenAgainAndAgain_GoesOnAsClientsThatKeepOneDo()
    {
        var tokens = await _server.LogInAsync(await NewUserAsync());

        for (var i = 0; i < 3; i++)
        {
            var next = await RefreshAsync(tokens.Refresh);
            Assert.That((await AskAsync("Bearer " + Text(next, "access"))).Status, Is.EqualTo(HttpStatusCode.OK));
        }
    }

    [Test]
    public async Task Refresh_EachWithTheNextToken_GoesOnAndTheNewestIsGoodTwice()
    {
        var refresh = (await _server.LogInAsync(await NewUserAsync())).Refresh;

        for (var i = 0; i < 3; i++)
        {
            // The answer to the first was lost on the way.
            await RefreshAsync(refresh);
            refresh = Text(await RefreshAsync(refresh), "refresh");
        }

        Assert.That((await RefreshAsync(refresh)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Refresh_WithATokenBehindOneThatWasUsed_EndsTheLogInAndNoOther()
    {
        var name = await NewUserAsync();
        var (stolen, elsewhere) = (await _server.LogInAsync(name), await _server.LogInAsync(name));
        var second = Text(await RefreshAsync(stolen.Refresh), "refresh");
        var third = await RefreshAsync(second);

        var thief = await RefreshAsync(stolen.Refresh);

        Assert.That(thief.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(Text(third, "refresh"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await AskAsync("Bearer " + Text(third, "access"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(elsewhere.Refresh)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Refresh_WithTwoTokensTradedForTheSameOne_EndsTheLogIn()
    {
        var first = (await _server.LogInAsync(await NewUserAsync())).Refresh;
        var (owners, thiefs) = (Text(await RefreshAsync(first), "refresh"), Text(await RefreshAsync(first), "refresh"));

        var taken = await RefreshAsync(thiefs);
        var late = await RefreshAsync(owners);

        Assert.That(taken.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(late.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await AskAsync("Bearer " + Text(taken, "access"))).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Refresh_AfterTheLogInsWholeTime_IsRefusedHoweverOftenItWasTraded()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter", "LOG_IN_DAYS=1", "REFRESH_TOKEN_DAYS=1");
        await server.AddUserAsync("ayu", "operator");
        var tokens = await server.LogInAsync("ayu");
        await server.Database.ExecuteAsync("UPDATE log_ins SET ends_at = clock_timestamp() + interval '5 seconds'");

        var next = await server.PostAsync("/api/token/refresh/", RunningServer.Json($$"""{"refresh":"{{tokens.Refresh}}"}"""));

        var claims = JsonDocument.Parse(WebEncoders.Base64UrlDecode(Text(next, "refresh").Split('.')[1])).RootElement;
        Assert.That(
            DateTimeOffset.FromUnixTimeSeconds(claims.GetProperty("exp").GetInt64()), Is.LessThan(DateTimeOffset.UtcNow.AddMinutes(1)));
    }

    [TestCase("/api/token/blacklist/")]
    [TestCase("/api/token/logout/")]
    public async Task LogOut_WithARefreshToken_EndsEveryTokenOfTheLogIn(string path)
    {
        var name = await NewUserAsync();
        var (here, elsewhere) = (await _server.LogInAsync(name), await _server.LogInAsync(name));

        var ended = await _server.PostAsync(path, RunningServer.Json($$"""{"refresh":"{{here.Refresh}}"}"""));
        var again = await _server.PostAsync(path, RunningServer.Json($$"""{"refresh":"{{here.Refresh}}"}"""));

        Assert.That((ended.Status, ended.Body), Is.EqualTo((HttpStatusCode.OK, "{}")));
        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await AskAsync("Bearer " + here.Access)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(here.Refresh)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await AskAsync("Bearer " + elsewhere.Access)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task LogOut_Everywhere_EndsEveryLogInAndThePasswordStaysGood(bool byTheUser)
    {
        var name = await NewUserAsync();
        var (here, elsewhere) = (await _server.LogInAsync(name), await _server.LogInAsync(name));

        var ended = byTheUser
            ? await _server.PostAsync("/api/token/logout/", RunningServer.Json($$"""{"refresh":"{{here.Refresh}}","everywhere":true}"""))
            : await _server.DeleteAsync($"/api/v1/users/{name}/tokens");

        Assert.That(ended.Status, Is.EqualTo(byTheUser ? HttpStatusCode.OK : HttpStatusCode.NoContent));
        Assert.That((await AskAsync("Bearer " + here.Access)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await RefreshAsync(elsewhere.Refresh)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That((await AskAsync("Bearer " + (await _server.LogInAsync(name)).Access)).Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task LogOutOfAUser_WhoIsUnknown_Is404() =>
        Assert.That((await _server.DeleteAsync("/api/v1/users/nobody-at-all/tokens")).Json.GetProperty("code").GetString(),
            Is.EqualTo("account.not_found"));

    [Test]
    public async Task Basic_NameAndPassword_LetInAsTheUserAndAWrongOneDoesNot()
    {
        var name = await NewUserAsync();

        var good = await AskAsync(BasicOf(name, RunningServer.Password));
        var wrong = await AskAsync(BasicOf(name, "Correct horse"));

        Assert.That(good.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(wrong.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(wrong.Body, Is.EqualTo("""{"detail":"Invalid username/password."}"""));
        Assert.That(wrong.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Basic realm=\"FaceAttendance\", charset=\"UTF-8\""));
    }

    [TestCase("Basic")]
    [TestCase("Basic !")]
    [TestCase("Basic bm9jb2xvbg==")]
    [TestCase("Basic /////w==")]
    public async Task Basic_Unreadable_Is401(string header) =>
        Assert.That((await AskAsync(header)).Status, Is.EqualTo(HttpStatusCode.Unauthorized));

    [TestCase("Token abc")]
    [TestCase("Digest username=\"x\"")]
    public async Task Authorization_OfAnotherKind_IsToldThatBearerIsWanted(string header)
    {
        var answer = await AskAsync(header);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(answer.Json.GetProperty("detail").GetString(), Does.Contain("Authorization: Bearer"));
        Assert.That(answer.Headers.WwwAuthenticate.ToString(), Is.EqualTo("Bearer realm=\"FaceAttendance\""));
    }

    [Test]
    public async Task LogIn_Refused_NamesASchemeToo() =>
        Assert.That(
            (await _server.PostAsync("/api/token/", RunningServer.Json("""{"username":"nobody","password":"x"}"""))).Headers.WwwAuthenticate
                .ToString(),
            Is.EqualTo("Bearer realm=\"FaceAttendance\""));

    private static string NewName() => $"user-{Guid.NewGuid():N}";

    private async Task<string> NewUserAsync()
    {
        var name = NewName();
        await _server.AddUserAsync(name, "operator");
        return name;
    }

    private static string BasicOf(string name, string password) =>
        "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{name}:{password}"));

    private static JsonElement PartOf((string Refresh, string Access) tokens, string use, int part) =>
        JsonDocument.Parse(WebEncoders.Base64UrlDecode((use == "access" ? tokens.Access : tokens.Refresh).Split('.')[part])).RootElement;

    private static string Text(Answer answer, string member) => answer.Json.GetProperty(member).GetString()!;

    private Task<Answer> RefreshAsync(string token) =>
        _server.PostAsync("/api/token/refresh/", RunningServer.Json($$"""{"refresh":"{{token}}"}"""));

    private Task<Answer> AskAsync(string authorization) => _server.SendAsync(HttpMethod.Get, "/students", ("Authorization", authorization));
}
