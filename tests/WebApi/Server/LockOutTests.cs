using System.Net;

namespace FaceAttendance.WebApi.Tests.Server;

public sealed class LockOutTests
{
    [TestCase("maya", TestName = "Token_FailuresInARow_LockANameThatExists")]
    [TestCase("nobody", TestName = "Token_FailuresInARow_LockANameThatDoesNot")]
    public async Task Token_FailuresInARow_LockTheNameAndNoOther(string name)
    {
        await using var server = await RunningServer.StartAsync("Accounts:FailuresBeforeLock=3", "Accounts:FirstLock=01:00:00");
        await server.AddUserAsync("maya", "operator");
        await server.AddUserAsync("nina", "operator");
        for (var i = 0; i < 3; i++) await TokenAsync(server, name, "wrong horse");

        var locked = await TokenAsync(server, name, RunningServer.Password);
        var other = await TokenAsync(server, "nina", RunningServer.Password);
        var lockedRows = await server.Database.ReadAsync<long>("SELECT count(*) FROM log_in_failures WHERE locked_until > clock_timestamp()");

        Assert.That(locked.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(locked.Body, Is.EqualTo("""{"detail":"No active account found with the given credentials"}"""));
        Assert.That(other.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(lockedRows, Is.EqualTo(1));
    }

    [Test]
    public async Task Token_LockIsOver_LetsInAndForgetsTheFailures()
    {
        await using var server = await RunningServer.StartAsync("Accounts:FailuresBeforeLock=3", "Accounts:FirstLock=00:00:01", "Accounts:LongestLock=00:00:01");
        await server.AddUserAsync("maya", "operator");
        for (var i = 0; i < 3; i++) await TokenAsync(server, "maya", "wrong horse");

        Answer answer;
        var patience = DateTime.UtcNow.AddMinutes(1);
        do answer = await TokenAsync(server, "maya", RunningServer.Password);
        while (answer.Status != HttpStatusCode.OK && DateTime.UtcNow < patience);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await server.Database.ReadAsync<long>("SELECT count(*) FROM log_in_failures"), Is.Zero);
    }

    private static Task<Answer> TokenAsync(RunningServer server, string name, string password) =>
        server.PostAsync("/api/token/", RunningServer.Json($$"""{"username":"{{name}}","password":"{{password}}"}"""));
}
