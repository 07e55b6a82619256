using FaceAttendance.Application;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Secrets;
using FaceAttendance.Infrastructure.Tests.Gallery;
using FaceAttendance.TestKit;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Enrollment;

internal sealed class TemplateKeyRotatorTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;

    // The server's own, which are re-encrypted with the templates.
    private static readonly int Secrets = Enum.GetValues<SecretUse>().Length;

    [Test]
    public async Task Dump_EnrolledFaces_HoldsNoPlainEmbedding()
    {
        var process = await StartProcessAsync();
        for (var person = 1; person <= 20; person++)
            await process.Get<ITemplates>().AddAsync(Faces.TemplateOf($"s{person}", person), default);

        var dump = await Database.DumpAsync();

        Assert.That(dump, Does.Contain("COPY public.templates").And.Contains("\ts20\t"));
        for (var person = 1; person <= 20; person++) Assert.That(PlainParts(person).Where(dump.Contains), Is.Empty, $"s{person}");

        // The search itself must be able to find one: here it stands plainly, as versions without encryption stored it.
        await StorePlainlyAsync(1);
        dump = await Database.DumpAsync();
        Assert.That(PlainParts(1).Where(dump.Contains), Has.Exactly(PlainParts(1).Count()).Items);
    }

    [Test]
    public async Task Start_PlainRowsOfAnEarlierVersion_AreSealedOnceAndMatchedAsBefore()
    {
        var before = await StartProcessAsync();
        for (var person = 1; person <= 1203; person++)
            await before.Get<ITemplates>().AddAsync(Faces.TemplateOf($"s{person}", person), default);
        for (var person = 1; person <= 1203; person++) await StorePlainlyAsync(person);

        var started = await Task.WhenAll(StartProcessAsync(), StartProcessAsync());

        Assert.That(
            started.Sum(p => p.Log.Lines.Count(l => l.Contains("Encrypted 1203 face templates", StringComparison.Ordinal))), Is.EqualTo(1));
        foreach (var process in started)
        {
            Assert.That(process.Get<IGallery>().Totals(School), Is.EqualTo((1203, 1203)));
            Assert.That(process.Get<IGallery>().Search(School, Faces.Of(1203), 1).Single().Similarity, Is.EqualTo(1).Within(1e-6));
        }
        var refused = Assert.ThrowsAsync<PostgresException>(() => Database.ExecuteAsync("UPDATE templates SET key_id = NULL"));
        Assert.That(refused!.SqlState, Is.EqualTo(PostgresErrorCodes.NotNullViolation));
    }

    [TestCase("UPDATE templates SET embedding = set_byte(embedding, 40, get_byte(embedding, 40) # 1) WHERE student_id = 'siswaA'", 1)]
    [TestCase("UPDATE templates SET student_id = 'siswaC' WHERE student_id = 'siswaA'", 1)]
    [TestCase("UPDATE templates AS t SET embedding = o.embedding FROM templates AS o WHERE t.student_id <> o.student_id", 2)]
    public async Task Start_RowsChangedByHand_AreLeftOutAndNamedAndTheServerStarts(string tampering, int left)
    {
        var before = await StartProcessAsync();
        await before.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        await before.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaB", 2), default);
        await Database.ExecuteAsync("INSERT INTO students (school_id, id) SELECT id, 'siswaC' FROM schools");

        await Database.ExecuteAsync(tampering);
        var process = await StartProcessAsync();

        Assert.That(process.Get<IGallery>().Open(School).Templates, Is.EqualTo(2 - left));
        Assert.That(
            process.Log.Lines.Where(l => l.StartsWith("Error", StringComparison.Ordinal)
                && l.Contains("changed or moved outside the server", StringComparison.Ordinal)),
            Has.Exactly(left).Items);
    }

    [Test]
    public async Task Start_KeyMissingOrAnotherOfItsName_IsRefusedByName()
    {
        var before = await StartProcessAsync();
        await before.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);

        var missing = Assert.ThrowsAsync<StartupException>(() => StartProcessAsync(("StorageKeys:Keys", TestKeys.Second)));
        var another = Assert.ThrowsAsync<StartupException>(() => StartProcessAsync(("StorageKeys:Keys", TestKeys.Of("test-1", "another"))));

        Assert.That(missing!.Message, Does.Contain("'test-1'").And.Contains("was not given"));
        Assert.That(another!.Message, Does.Contain("'test-1'").And.Contains("same name"));
    }

    [Test]
    public async Task RotateAsync_OnTwoProcessesWhileOthersEnrol_LeavesNoRowUnderTheOldKeyAndLosesNone()
    {
        const int Enrolled = 1100;
        var old = await StartProcessAsync();
        for (var person = 1; person <= Enrolled; person++)
            await old.Get<ITemplates>().AddAsync(Faces.TemplateOf($"s{person}", person), default);
        var both = $"{TestKeys.Second},{TestKeys.First}";
        var rotating = await Task.WhenAll(StartProcessAsync(("StorageKeys:Keys", both)), StartProcessAsync(("StorageKeys:Keys", both)));

        var work = rotating.Select(p => p.Get<ITemplateKeys>().RotateAsync(School, int.MaxValue, default)).ToArray();
        for (var person = 1; person <= 40; person++)
            await rotating[person % 2].Get<ITemplates>().AddAsync(Faces.TemplateOf($"n{person}", Enrolled + person), default);
        var rotated = (await Task.WhenAll(work)).Sum() + await rotating[0].Get<ITemplateKeys>().RotateAsync(School, int.MaxValue, default);

        Assert.That(rotated, Is.EqualTo(Enrolled + Secrets), "each row once");
        var state = await rotating[0].Get<ITemplateKeys>().GetAsync(School, default);
        Assert.That((state.CurrentKey, state.Remaining), Is.EqualTo(("test-2", 0)));
        var after = await StartProcessAsync(("StorageKeys:Keys", TestKeys.Second));
        Assert.That(after.Get<IGallery>().Open(School).Templates, Is.EqualTo(Enrolled + 40));
        Assert.That(after.Get<IGallery>().Search(School, Faces.Of(7), 1).Single().Student.Value, Is.EqualTo("s7"));
        Assert.That(after.Log.Lines, Has.None.Contains("left out"));
    }

    [Test]
    public async Task RotateAsync_BrokenOff_GoesOnWhereItStopped()
    {
        var old = await StartProcessAsync();
        for (var person = 1; person <= 600; person++) await old.Get<ITemplates>().AddAsync(Faces.TemplateOf($"s{person}", person), default);
        var keys = (await StartProcessAsync(("StorageKeys:Keys", $"{TestKeys.Second},{TestKeys.First}"))).Get<ITemplateKeys>();

        var first = await keys.RotateAsync(School, 1, default);
        var between = (await keys.GetAsync(School, default)).Remaining;
        var second = await keys.RotateAsync(School, int.MaxValue, default);

        Assert.That(first, Is.GreaterThan(Secrets).And.LessThan(600));
        Assert.That((between, first + second), Is.EqualTo((600 + Secrets - first, 600 + Secrets)));
        Assert.That(await keys.RotateAsync(School, int.MaxValue, default), Is.Zero);
    }

    [Test]
    public async Task SyncAsync_RowUnderAKeyNotGiven_IsLeftOutAndTheKeyNamed()
    {
        var here = await StartProcessAsync();
        var ahead = await StartProcessAsync(("StorageKeys:Keys", $"{TestKeys.Second},{TestKeys.First}"));

        await ahead.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        await here.Get<InMemoryGallery>().SyncAsync(School);

        Assert.That(here.Get<IGallery>().Open(School).Templates, Is.Zero);
        Assert.That(here.Log.Lines, Has.Some.StartsWith("Error").And.Contains("the key 'test-2', which this server was not given"));
    }

    /// <summary>The embedding's bytes as a dump would show them, in parts of 16 bytes: one of them found is a part of a face
    /// found.</summary>
    private static IEnumerable<string> PlainParts(int person) =>
        EmbeddingCodec.Encode(Faces.Of(person).Values).Chunk(16).Select(Convert.ToHexStringLower);

    private async Task StorePlainlyAsync(int person)
    {
        await using var connection = new NpgsqlConnection(Database.ConnectionString);
        await connection.OpenAsync();
        await using var alter = new NpgsqlCommand("ALTER TABLE templates ALTER COLUMN key_id DROP NOT NULL", connection);
        await alter.ExecuteNonQueryAsync();
        await using var store = new NpgsqlCommand("UPDATE templates SET key_id = NULL, embedding = $1 WHERE student_id = $2", connection)
        {
            Parameters = { new() { Value = EmbeddingCodec.Encode(Faces.Of(person).Values) }, new() { Value = $"s{person}" } },
        };
        await store.ExecuteNonQueryAsync();
    }
}
