using System.Text;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Broadcast;

internal sealed class RedisBroadcastTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;

    [Test]
    public async Task Publish_ListenerInAnotherProcess_HearsTheSameOnce()
    {
        await using var redis = await StartRedisAsync();
        await using var here = await StartProcessAsync(redis);
        await using var there = await StartProcessAsync(redis);
        using var near = here.Get<AttendanceFeed>().Subscribe(School);
        using var far = there.Get<AttendanceFeed>().Subscribe(School);
        await Listening.HearAsync(here, far);
        await Listening.HearAsync(there, near);
        while (near.Messages.TryRead(out _) || far.Messages.TryRead(out _))
        {
        }

        for (var i = 0; i < 20; i++) here.Get<IAttendanceFeed>().Publish(new StudentEnrolled(School, new($"s{i}"), 1));
        here.Get<IAttendanceFeed>().Publish(new StudentEnrolled(School, new("last"), 1));

        var faraway = await Listening.ReadToAsync(far, "last");
        there.Get<IAttendanceFeed>().Publish(new StudentEnrolled(School, new("answer"), 1));
        var nearby = await Listening.ReadToAsync(near, "answer");
        Assert.That(faraway, Has.Count.EqualTo(21));
        Assert.That(nearby, Has.Count.EqualTo(22));
        Assert.That(nearby.Take(21), Is.EqualTo(faraway));
    }

    [Test]
    public async Task Publish_RedisAway_IsWarnedOfAndLiveAgainWhenItIsBack()
    {
        await using var redis = await StartRedisAsync();
        await using var here = await StartProcessAsync(redis);
        await using var there = await StartProcessAsync(redis);
        using var far = there.Get<AttendanceFeed>().Subscribe(School);
        using var near = here.Get<AttendanceFeed>().Subscribe(School);
        await Listening.HearAsync(here, far);

        await redis.StopAsync();
        await Eventually.TrueAsync(
            () => here.Log.Lines.Any(l => l.StartsWith("Warning", StringComparison.Ordinal) && l.Contains("until Redis is back")),
            "the loss is logged");
        while (near.Messages.TryRead(out _))
        {
        }
        here.Get<IAttendanceFeed>().Publish(new StudentEnrolled(School, new("alone"), 1));
        Assert.That(near.Messages.TryRead(out var own), Is.True, "this process's own listeners");
        Assert.That(Encoding.UTF8.GetString(own!.Json.Span), Does.Contain("\"alone\""));
        await redis.StartAsync();

        await Listening.HearAsync(here, far);
        await Eventually.TrueAsync(() => here.Log.Lines.Any(l => l.Contains("Redis is back")), "the return is logged");
    }

    [Test]
    public async Task Start_RedisAway_StartsAndIsLiveWhenItComes()
    {
        await using var redis = await StartRedisAsync();
        await redis.StopAsync();
        await using var here = await StartProcessAsync(redis);
        await using var there = await StartProcessAsync(redis);
        using var far = there.Get<AttendanceFeed>().Subscribe(School);

        await redis.StartAsync();

        await Listening.HearAsync(here, far);
    }

    [Test]
    public async Task Publish_AnotherInstallationOnTheSameRedis_HearsNothing()
    {
        await using var redis = await StartRedisAsync();
        await using var here = await StartProcessAsync(redis);
        await using var there = await StartProcessAsync(redis);
        await using var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        await using var stranger = await ServerProcess.StartAsync(database, SettingsOf(redis));
        using var far = there.Get<AttendanceFeed>().Subscribe(School);
        using var strange = stranger.Get<AttendanceFeed>().Subscribe(School);

        await Listening.HearAsync(here, far);
        await Listening.HearAsync(stranger, strange);

        while (strange.Messages.TryRead(out var message))
            Assert.That(Encoding.UTF8.GetString(message.Json.Span), Does.Not.Contain("from-here"));
    }

    [Test]
    public async Task Publish_ProcessThatKnowsNoRedisYet_IsHeardByThoseThatDo()
    {
        await using var redis = await StartRedisAsync();
        await using var before = await ServerProcess.StartAsync(Database);
        await using var there = await StartProcessAsync(redis);
        using var far = there.Get<AttendanceFeed>().Subscribe(School);

        await Listening.HearAsync(before, far);
    }

    [TestCase("redis://10.0.0.5", "10.0.0.5:6379", null, null, false)]
    [TestCase("redis://:secret@cache:7000/", "cache:7000", null, "secret", false)]
    [TestCase("rediss://school:p%40ss@cache", "cache:6379", "school", "p@ss", true)]
    public void Parse_Address_IsRead(string url, string endPoint, string? user, string? password, bool isTls)
    {
        var options = BroadcastOptions.Parse(url)!;

        Assert.That(options.EndPoints.Single().ToString(), Does.EndWith(endPoint));
        Assert.That((options.User, options.Password, options.Ssl), Is.EqualTo((user, password, isTls)));
    }

    [TestCase("")]
    [TestCase("10.0.0.5:6379")]
    [TestCase("http://10.0.0.5")]
    [TestCase("redis://")]
    [TestCase("redis://10.0.0.5/3")]
    public void Parse_AnythingElse_IsNone(string url) => Assert.That(BroadcastOptions.Parse(url), Is.Null);

    private static async Task<RedisServer> StartRedisAsync()
    {
        if (!RedisServer.IsInstalled) Assert.Ignore("needs redis-server");
        return await RedisServer.StartNewAsync();
    }

    private static Dictionary<string, string?> SettingsOf(RedisServer redis) => new() { ["Broadcast:Redis"] = redis.Url };

    private Task<ServerProcess> StartProcessAsync(RedisServer redis) => ServerProcess.StartAsync(Database, SettingsOf(redis));
}
