using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.Infrastructure.Database;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Access;

internal sealed class ApiKeyCacheTests : DatabaseFixture
{
    [Test]
    public async Task TryIssueFirstKey_ManyProcessesAtOnce_OneGetsIt()
    {
        var processes = new[] { await StartProcessAsync(), await StartProcessAsync() };

        var issued = await Task.WhenAll(
            Enumerable.Range(0, 16)
                .Select(i => Task.Run(() => processes[i % 2].Get<OperatorAccess>().TryIssueFirstKeyAsync(CancellationToken.None))));

        Assert.That(issued.Count(key => key is not null), Is.EqualTo(1));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM api_keys"), Is.EqualTo(1));
    }

    [Test]
    public async Task Judge_ShownAgain_LeavesTheDatabaseAlone()
    {
        var process = await StartProcessAsync();
        var (cache, key) = await KeyAsync(process);
        // The notification of the listener's connection may still be on its way.
        await Eventually.TrueAsync(async () => await IsKeptAsync(cache, key), "a good key is kept");

        await Database.ExecuteAsync("ALTER TABLE api_keys RENAME TO api_keys_away");

        Assert.That(await cache.JudgeAsync(key, onlyKnown: false, default), Is.Not.Null);
    }

    [Test]
    public async Task Judge_RevokedByAnotherProcess_IsRefusedWithoutBeingShownInBetween()
    {
        var (here, there) = (await StartProcessAsync(), await StartProcessAsync());
        var (cache, key) = await KeyAsync(here);
        await Eventually.TrueAsync(async () => await IsKeptAsync(cache, key), "a good key is kept");

        await there.Get<IApiKeys>().RevokeAsync(key.School, key.Id, default);

        await Eventually.TrueAsync(
            async () => await cache.JudgeAsync(key, onlyKnown: false, default) is null, "the other process refuses it");
    }

    [Test]
    public async Task Judge_ListeningConnectionLost_KeepsNothing()
    {
        var process = await StartProcessAsync();
        var (cache, key) = await KeyAsync(process);
        await Eventually.TrueAsync(async () => await IsKeptAsync(cache, key), "a good key is kept");
        ((IChannelListener)cache).Lost();

        var judged = await cache.JudgeAsync(key, onlyKnown: false, default);

        Assert.That(judged, Is.Not.Null);
        Assert.That(await cache.JudgeAsync(key, onlyKnown: true, default), Is.Null);
    }

    [Test]
    public async Task Judge_KeyOfOneSchoolUnderAnothersName_IsRefused()
    {
        var process = await StartProcessAsync();
        var (cache, key) = await KeyAsync(process);
        var raw = Convert.FromBase64String(key.Reveal()[3..].Replace('-', '+').Replace('_', '/') + "==");
        Guid.NewGuid().TryWriteBytes(raw.AsSpan(16));

        var forged = ApiKeySecret.Parse("fa_" + Convert.ToBase64String(raw).TrimEnd('=').Replace('+', '-').Replace('/', '_'))!;

        Assert.That(forged.Id, Is.EqualTo(key.Id));
        Assert.That(await cache.JudgeAsync(forged, onlyKnown: false, default), Is.Null);
    }

    [TestCase("fa_")]
    [TestCase("")]
    [TestCase("fa_é")]
    public void Parse_NoKey_IsNull(string text) => Assert.That(ApiKeySecret.Parse(text), Is.Null);

    [Test]
    public void Parse_WhatWasRevealed_IsTheSameKey()
    {
        var key = ApiKeySecret.New(SchoolId.First, ApiKeyId.New());

        var read = ApiKeySecret.Parse(key.Reveal())!;

        Assert.That((read.School, read.Id), Is.EqualTo((key.School, key.Id)));
        Assert.That(read.Sha256, Is.EqualTo(key.Sha256));
        Assert.That(key.ToString(), Does.Not.Contain(key.Reveal()));
    }

    private static async Task<(ApiKeyCache Cache, ApiKeySecret Key)> KeyAsync(ServerProcess process) =>
        (process.Get<ApiKeyCache>(), await process.Get<OperatorAccess>().IssueKeyAsync(default));

    private static async Task<bool> IsKeptAsync(ApiKeyCache cache, ApiKeySecret key) =>
        await cache.JudgeAsync(key, onlyKnown: false, default) is not null
            && await cache.JudgeAsync(key, onlyKnown: true, default) is not null;
}
