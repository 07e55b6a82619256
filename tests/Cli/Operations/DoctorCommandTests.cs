using System.Text.Json;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Operations;

/// <summary>
/// That the command starts the server program, hands on what it says and gives its exit code; what it says has tests beside the server.
/// </summary>
[TestFixture]
public class DoctorCommandTests
{
    // The server program lies beside the command here, as the tests refer to both.
    private static readonly string[] Elsewhere =
    [
        "--", "--ConnectionStrings:Default=Host=127.0.0.1;Port=1;Database=none;Username=none", "--FACE_PROFILE=starter",
        "--urls=http://127.0.0.1:0",
    ];

    [Test]
    public async Task Doctor_DatabaseAway_ExitsOneWithALineForEachThing()
    {
        var outcome = await CommandRun.FinishAsync(new Dictionary<string, string>(), ["doctor", .. Elsewhere]);

        Assert.That(outcome.Code, Is.EqualTo(1), outcome.Errors);
        Assert.That(outcome.Lines, Is.All.Match("^(ok|warning|fault)\t[a-z]+\t.+$"));
        Assert.That(outcome.Lines, Has.One.Matches("^fault\tdatabase\t.*Start PostgreSQL there").And.Some.StartsWith("ok\tengines\t"));
    }

    [Test]
    public async Task Doctor_Redis_IsToldOfWithoutItsPassword()
    {
        if (!RedisServer.IsInstalled) Assert.Ignore("needs redis-server");
        await using var redis = await RedisServer.StartNewAsync();
        var here = await RunAsync($"--REDIS_URL={redis.Url}");
        await redis.StopAsync();
        var away = await RunAsync($"--REDIS_URL={redis.Url.Replace("//", "//:hidden@")}");
        var without = await RunAsync();

        Assert.That(here.Lines, Has.One.Matches("^ok\tredis\tRedis at 127.0.0.1:[0-9]+ answers"));
        Assert.That(away.Lines, Has.One.Matches("^fault\tredis\t.*REDIS_URL"));
        Assert.That(away.Output, Does.Not.Contain("hidden"));
        Assert.That(without.Output, Does.Not.Contain("\tredis\t"));

        static Task<Outcome> RunAsync(params string[] more) =>
            CommandRun.FinishAsync(new Dictionary<string, string>(), ["doctor", .. Elsewhere, .. more]);
    }

    [Test]
    public async Task Doctor_Json_IsOneDocument()
    {
        var outcome = await CommandRun.FinishAsync(new Dictionary<string, string>(), ["doctor", "--json", .. Elsewhere]);

        var report = JsonDocument.Parse(outcome.Output).RootElement;
        Assert.That((outcome.Code, report.GetProperty("ok").GetBoolean()), Is.EqualTo((1, false)));
        var members = report.GetProperty("checks")[0].EnumerateObject().Select(m => m.Name);
        Assert.That(members, Is.EqualTo(new[] { "check", "state", "message" }));
    }

    [Test]
    public async Task Doctor_ProgramThatIsNotThere_IsNamed()
    {
        var outcome = await CommandRun.FinishAsync(new Dictionary<string, string>(), "doctor", "--program", "/none/server.dll");

        Assert.That((outcome.Code, outcome.Errors), Is.EqualTo((1, "There is no server program /none/server.dll.\n")));
    }
}
