using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Tests.Gallery;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Liveness;

internal sealed class LivenessPicturesTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly StudentId Ayu = new("ayu");
    private static readonly EmbeddingContractId Contract = Faces.Of(1).Contract;

    private ServerProcess _process = null!;

    [SetUp]
    public async Task EnrollAsync()
    {
        _process = await StartProcessAsync();
        await _process.Get<ITemplates>().AddAsync(Faces.TemplateOf("ayu", 1), default);
    }

    [Test]
    public async Task KeepAsync_ThenReadInAnotherProcess_SamePicturesOfThatStudentAndContractOnly()
    {
        await _process.Get<ITemplates>().AddAsync(Faces.TemplateOf("budi", 2), default);
        await KeepAsync(1, 2, 3, 4, 5);
        var other = (await StartProcessAsync()).Get<ILivenessPictures>();

        var read = await other.ReadAsync(School, Ayu, Contract, default);

        Assert.That(read.Select(p => p.Digest), Is.EqualTo(new ulong[] { 1, 2, 3, 4, ulong.MaxValue - 5 }));
        Assert.That(read.Select((p, i) => p.Embedding.CosineSimilarity(Faces.Of(i + 1))), Is.All.GreaterThan(0.9995f));
        Assert.That(await other.ReadAsync(School, new("budi"), Contract, default), Is.Empty);
        Assert.That(await other.ReadAsync(School, Ayu, new("another-model"), default), Is.Empty);
    }

    [Test]
    public async Task KeepAsync_TwoSessionsAtOnce_ExactlyOneIsToldOfTheOther()
    {
        var attempts = _process.Get<ILivenessAttempts>();
        for (var round = 0; round < 20; round++)
        {
            LivenessSessionId[] sessions = [new(Guid.NewGuid()), new(Guid.NewGuid())];
            foreach (var session in sessions)
                await attempts.BeginAsync(School, Ayu, session, LivenessTrier.Caller, new(100, TimeSpan.FromMinutes(10)), default);

            var told =
                await Task.WhenAll(sessions.Select(session => _process.Get<ILivenessPictures>()
                    .KeepAsync(School, Ayu, session, LivenessTrier.Caller, Of(1, 2, 3, 4), default)));

            Assert.That(told.Select(t => t.Count), Is.EquivalentTo(new[] { 0, 4 }), $"round {round}");
        }
    }

    [Test]
    public async Task KeepAsync_ManySessions_KeepsTheLastTwenty()
    {
        for (var i = 0; i < 23; i++) await KeepAsync(1, 2, 3, 4);

        Assert.That(await CountAsync(), Is.EqualTo(20));
    }

    [Test]
    public async Task KeepAsync_ManySessionsOfStrangers_PushOutNoneThatWasWithCredentials()
    {
        await KeepAsync(1, 2, 3, 4);
        for (var i = 0; i < 23; i++)
            await _process.Get<ILivenessPictures>()
                .KeepAsync(School, Ayu, new(Guid.NewGuid()), LivenessTrier.Anybody, Of(6, 7, 8, 9), default);

        var read = await _process.Get<ILivenessPictures>().ReadAsync(School, Ayu, Contract, default);

        Assert.That(read.Select(p => p.Digest), Does.Contain(1));
        Assert.That(await CountAsync(), Is.EqualTo(21));
    }

    [Test]
    public async Task Rows_InADumpOrMovedToAnotherStudent_AreOfNoUse()
    {
        await _process.Get<ITemplates>().AddAsync(Faces.TemplateOf("budi", 2), default);
        await KeepAsync(1, 2, 3, 4);

        var stored = await Database.ReadAsync<byte[]>("SELECT pictures FROM liveness_pictures");
        await Database.ExecuteAsync("UPDATE liveness_pictures SET student_id = 'budi'");

        var plain = new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 };
        Assert.That(stored.AsSpan().IndexOf(plain), Is.LessThan(0), "a digest is readable");
        Assert.That(await _process.Get<ILivenessPictures>().ReadAsync(School, new("budi"), Contract, default), Is.Empty);
    }

    [Test]
    public async Task Student_ErasedOrConsentWithdrawn_IsForgotten()
    {
        await KeepAsync(1, 2, 3, 4);
        await _process.Get<IConsents>().RecordAsync(School, Ayu, ConsentState.Withdrawn, "paper", null, default);
        // A session that was under way.
        await KeepAsync(1, 2, 3, 4);
        var afterWithdrawal = await CountAsync();
        await _process.Get<IConsents>().RecordAsync(School, Ayu, ConsentState.Given, "paper", null, default);
        await KeepAsync(1, 2, 3, 4);

        var receipt = await _process.Get<IStudentRights>().EraseAsync(School, Ayu, default);

        Assert.That(afterWithdrawal, Is.Zero);
        Assert.That(receipt!.Removed["liveness_pictures"], Is.EqualTo(1));
        Assert.That(await KeepAsync(1, 2, 3, 4), Is.Empty, "a session that ends after the erasure");
        Assert.That(await CountAsync(), Is.Zero);
    }

    private Task<IReadOnlyList<SeenPicture>> KeepAsync(params int[] faces) =>
        _process.Get<ILivenessPictures>().KeepAsync(School, Ayu, new(Guid.NewGuid()), LivenessTrier.Student, Of(faces), default);

    private static List<SeenPicture> Of(params int[] faces) =>
        [.. faces.Select(f => new SeenPicture(f == 5 ? ulong.MaxValue - 5 : (ulong)f, Faces.Of(f)))];

    private Task<long> CountAsync() => Database.ReadAsync<long>("SELECT count(*) FROM liveness_pictures");
}
