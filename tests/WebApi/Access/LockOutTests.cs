using System.Net;

namespace FaceAttendance.WebApi.Tests.Access;

/// <summary>Strangers who guess passwords, and whom they must not keep out.</summary>
public sealed class LockOutTests
{
    private const string Home = "198.51.100.1";
    private const string Elsewhere = "198.51.100.2";

    private static readonly string[] Basics =
        ["FACE_PROFILE=starter", "TRUSTED_PROXIES=127.0.0.1", "Accounts:FailuresBeforeLock=3", "Accounts:FirstLock=01:00:00"];

    [TestCase("maya", TestName = "Token_FailuresInARow_LockANameThatExists")]
    [TestCase("nobody", TestName = "Token_FailuresInARow_LockANameThatDoesNot")]
    public async Task Token_FailuresInARow_LockTheNameAndNoOther(string name)
    {
        await using var server = await StartAsync();
        for (var i = 0; i < 3; i++) await TokenAsync(server, name, "wrong horse", Home);

        var locked = await TokenAsync(server, name, RunningServer.Password, Home);
        var other = await TokenAsync(server, "nina", RunningServer.Password, Home);
        var elsewhere = await TokenAsync(server, "maya", RunningServer.Password, Elsewhere);
        var lockedRows =
            await server.Database.ReadAsync<long>("SELECT count(*) FROM log_in_failures WHERE locked_until > clock_timestamp()");

        Assert.That(locked.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(locked.Body, Is.EqualTo("""{"detail":"No active account found with the given credentials"}"""));
        Assert.That(other.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(elsewhere.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(lockedRows, Is.EqualTo(name == "maya" ? 0 : 1), "who logs in has nothing against them any more");
    }

    [Test]
    public async Task Token_LockIsOver_LetsInAndForgetsTheFailures()
    {
        await using var server =
            await StartAsync("Accounts:FirstLock=00:00:01", "Accounts:LongestLock=00:00:01", "Accounts:WrongPasswordBurst=1000");
        for (var i = 0; i < 3; i++) await TokenAsync(server, "maya", "wrong horse", Home);

        Answer answer;
        var patience = DateTime.UtcNow.AddMinutes(1);
        do answer = await TokenAsync(server, "maya", RunningServer.Password, Home);
        while (answer.Status != HttpStatusCode.OK && DateTime.UtcNow < patience);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await server.Database.ReadAsync<long>("SELECT count(*) FROM log_in_failures"), Is.Zero);
    }

    [Test]
    public async Task Token_GuessedByStrangers_IsGivenWhereTheNameLoggedInBeforeAndRefreshTokensStayGood()
    {
        await using var server = await StartAsync("Accounts:StrangersPause=00:10:00");
        var refresh = (await TokenAsync(server, "maya", RunningServer.Password, Home)).Json.GetProperty("refresh").GetString();
        for (var i = 0; i < 8; i++) await TokenAsync(server, "maya", "wrong horse", $"203.0.113.{i}");

        var traveller = await TokenAsync(server, "maya", RunningServer.Password, Elsewhere);
        var refreshed = await server.PostAsync("/api/token/refresh/", RunningServer.Json($$"""{"refresh":"{{refresh}}"}"""));
        for (var i = 0; i < 5; i++) await TokenAsync(server, "maya", "wrong horse", Home);
        var atHome = await TokenAsync(server, "maya", RunningServer.Password, Home);

        Assert.That(traveller.Status, Is.EqualTo(HttpStatusCode.Unauthorized), "all strangers together have a small rate");
        Assert.That(refreshed.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(atHome.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Token_WrongPasswordsFromOneAddress_Are429InTheEndThereAndForNobodyWhoLoggedInThere()
    {
        await using var server = await StartAsync("Accounts:WrongPasswordBurst=5", "Accounts:WrongPasswordPause=00:10:00");
        await TokenAsync(server, "maya", RunningServer.Password, Home);
        var wrong = new List<Answer>();
        for (var i = 0; i < 6; i++) wrong.Add(await TokenAsync(server, $"guess-{i}", "wrong horse", Home));

        var refused = wrong[^1];
        var basic = await server.SendAsync(HttpMethod.Get, "/students", ("X-Forwarded-For", Home), ("Authorization", "Basic bm9ib2R5Ong="));
        var known = await TokenAsync(server, "maya", RunningServer.Password, Home);
        var elsewhere = await TokenAsync(server, "nina", RunningServer.Password, Elsewhere);

        Assert.That(wrong.Take(5).Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(refused.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(refused.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(refused.Json.GetProperty("detail").GetString(), Does.Contain("Retry-After"));
        Assert.That(basic.Status, Is.EqualTo(HttpStatusCode.TooManyRequests));
        Assert.That(known.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(elsewhere.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Token_FloodFromManyAddresses_IsRefusedAtOnceAndKnownAddressesFindAPlace()
    {
        await using var server = await StartAsync("Accounts:PasswordQueue=2");
        await TokenAsync(server, "maya", RunningServer.Password, Home);

        var flood = Enumerable.Range(0, 60).Select(i => TokenAsync(server, $"guess-{i}", "wrong horse", $"203.0.113.{i}")).ToArray();
        var known = await TokenAsync(server, "maya", RunningServer.Password, Home);
        var answers = await Task.WhenAll(flood);

        var busy = answers.First(a => a.Status == HttpStatusCode.ServiceUnavailable);
        Assert.That(busy.Headers.RetryAfter!.Delta, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(
            answers.Select(a => a.Status), Is.All.EqualTo(HttpStatusCode.ServiceUnavailable).Or.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(known.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Basic_SentWithEveryRequest_IsJudgedOnceAndEndsWithThePassword()
    {
        await using var server = await StartAsync();
        (string, string) maya = ("Authorization", "Basic " + Convert.ToBase64String("maya:correct horse"u8));
        await server.SendAsync(HttpMethod.Get, "/students", maya);
        await server.Database.ExecuteAsync("UPDATE known_addresses SET seen_at = '2026-01-01'");

        var again = await server.SendAsync(HttpMethod.Get, "/students", maya);
        var seen = await server.Database.ReadAsync<DateTime>("SELECT max(seen_at) FROM known_addresses");
        await server.Http.PatchAsync("/api/v1/users/maya", RunningServer.Json("""{"password":"another horse"}"""));
        var after = await server.SendAsync(HttpMethod.Get, "/students", maya);

        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(seen.Month, Is.EqualTo(1), "not judged anew");
        Assert.That(after.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private static async Task<RunningServer> StartAsync(params string[] settings)
    {
        var server = await RunningServer.StartAsync([.. Basics, .. settings]);
        await server.AddUserAsync("maya", "operator");
        await server.AddUserAsync("nina", "operator");
        return server;
    }

    private static async Task<Answer> TokenAsync(RunningServer server, string name, string password, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/token/")
        {
            Content = RunningServer.Json($$"""{"username":"{{name}}","password":"{{password}}"}"""),
        };
        request.Headers.Add("X-Forwarded-For", address);
        return await Answer.OfAsync(await server.Http.SendAsync(request));
    }
}
