using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Privacy;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Privacy;

public sealed class ErasureListTests
{
    private const string First = "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    private const string Second = "k2:ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA=";

    private static readonly SchoolMark School = new(SchoolId.First, DateTimeOffset.UnixEpoch);

    private string _file = null!;

    [SetUp]
    public void MakeFile() => _file = Path.GetTempFileName();

    [TearDown]
    public void RemoveFile() => File.Delete(_file);

    [Test]
    public async Task Open_AfterTheStorageKeyHasChanged_StillKnowsWhoIsMeant()
    {
        var before = ListOf(First);
        await before.OpenAsync(default);
        await before.AppendAsync(Forgotten.Erased, School, new("ayu"), DateTimeOffset.UtcNow, Guid.NewGuid(), default);
        await ListOf($"{Second},{First}").OpenAsync(default);

        var after = ListOf(Second);
        var matcher = after.MatcherOf(await after.OpenAsync(default));

        Assert.That(matcher.Of(School, new("ayu")).Count(), Is.EqualTo(1));
        Assert.That(matcher.Of(School, new("citra")), Is.Empty);
        Assert.That(matcher.Of(School with { CreatedAt = School.CreatedAt.AddTicks(10) }, new("ayu")), Is.Empty,
            "another database's school of the same id");
    }

    [Test]
    public async Task Append_ManyAtOnceFromTwoProcesses_EveryLineIsWholeAndOneThatBrokeOffIsLeft()
    {
        ErasureList[] lists = [ListOf(First), ListOf(First)];
        await Task.WhenAll(lists.Select(l => l.OpenAsync(default)));
        await File.AppendAllTextAsync(_file, "erased 0123");

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => lists[i % 2].AppendAsync(
            i % 3 == 0 ? Forgotten.Withdrawn : Forgotten.Erased, School, new($"s{i}"), DateTimeOffset.UtcNow, Guid.NewGuid(), default)));
        var lines = await ListOf(First).OpenAsync(default);

        var reading = ListOf(First);
        var matcher = reading.MatcherOf(await reading.OpenAsync(default));
        Assert.That(lines, Has.Count.EqualTo(60));
        Assert.That(Enumerable.Range(0, 60).SelectMany(i => matcher.Of(School, new($"s{i}"))).Count(l => l.What == Forgotten.Withdrawn),
            Is.EqualTo(20));
    }

    [Test]
    public async Task Open_FilesOfTwoMachinesOneBehindTheOther_KnowsBoth()
    {
        var other = Path.GetTempFileName();
        foreach (var (file, student) in new[] { (_file, "ayu"), (other, "citra") })
        {
            var list = ListOf(First, file);
            await list.OpenAsync(default);
            await list.AppendAsync(Forgotten.Erased, School, new(student), DateTimeOffset.UtcNow, Guid.NewGuid(), default);
        }
        await File.AppendAllTextAsync(_file, await File.ReadAllTextAsync(other));
        File.Delete(other);

        var both = ListOf(First);
        var matcher = both.MatcherOf(await both.OpenAsync(default));

        Assert.That(new[] { "ayu", "citra", "dewi" }.Select(s => matcher.Of(School, new(s)).Count()), Is.EqualTo(new[] { 1, 1, 0 }));
    }

    private ErasureList ListOf(string keys, string? file = null)
    {
        Assert.That(StorageKeys.TryParse(keys, out var parsed), Is.True);
        return new(parsed!, Options.Create(new PrivacyOptions { ErasuresFile = file ?? _file }), new Production(),
            NullLogger<ErasureList>.Instance);
    }

    private sealed class Production : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Production;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
