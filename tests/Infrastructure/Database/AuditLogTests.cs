using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Tests.Gallery;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Database;

internal sealed class AuditLogTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;

    [Test]
    public async Task VerifyAsync_UntouchedLog_IsWholeAndItsHeadIsFoundAgainLater()
    {
        var log = (await StartProcessAsync()).Get<IAuditLog>();
        var empty = await log.VerifyAsync(School, null, default);
        await FillAsync(log, 10);

        var noted = (await log.VerifyAsync(School, null, default)).Head;
        await FillAsync(log, 5);
        var later = await log.VerifyAsync(School, noted, default);

        Assert.That((empty.Fault, empty.Head), Is.EqualTo(((AuditFault?)null, new AuditHead(0, ""))));
        Assert.That((later.Fault, later.Head.Length), Is.EqualTo(((AuditFault?)null, 15L)));
        Assert.That(later.Head.Hash, Is.Not.EqualTo(noted.Hash));
    }

    [TestCase("UPDATE audit SET subject = 'somebody' WHERE seq = 4", AuditFault.Changed, 4)]
    [TestCase("UPDATE audit SET details = '{\"number\": 99}' WHERE seq = 4", AuditFault.Changed, 4)]
    [TestCase("UPDATE audit SET actor = 'user:else' WHERE seq = 10", AuditFault.Changed, 10)]
    [TestCase("UPDATE audit SET at = at + interval '1 microsecond' WHERE seq = 1", AuditFault.Changed, 1)]
    [TestCase("UPDATE audit SET hash = sha256('made up') WHERE seq = 7", AuditFault.Changed, 7)]
    [TestCase("DELETE FROM audit WHERE seq = 1", AuditFault.Missing, 1)]
    [TestCase("DELETE FROM audit WHERE seq = 6", AuditFault.Missing, 6)]
    [TestCase("DELETE FROM audit WHERE seq >= 9", AuditFault.Missing, 9)]
    [TestCase("DELETE FROM audit", AuditFault.Missing, 1)]
    [TestCase("UPDATE audit AS a SET details = b.details FROM audit AS b WHERE (a.seq = 3 AND b.seq = 5) OR (a.seq = 5 AND b.seq = 3)",
        AuditFault.Changed, 3)]
    [TestCase("UPDATE audit SET seq = 100 WHERE seq = 3; UPDATE audit SET seq = 3 WHERE seq = 5; UPDATE audit SET seq = 5 WHERE seq = 100",
        AuditFault.Changed, 3)]
    [TestCase("DELETE FROM audit WHERE seq = 10; UPDATE audit_heads SET length = 9", AuditFault.Changed, 9)]
    [TestCase("UPDATE audit_heads SET length = 11", AuditFault.Missing, 11)]
    [TestCase("DELETE FROM audit_heads", AuditFault.Changed, 10)]
    public async Task VerifyAsync_ChangedByHand_NamesTheFirstRowAtFault(string tampering, AuditFault fault, long at)
    {
        var log = (await StartProcessAsync()).Get<IAuditLog>();
        await FillAsync(log, 10);

        await TamperAsync(tampering);
        var verdict = await log.VerifyAsync(School, null, default);

        Assert.That((verdict.Fault, verdict.At), Is.EqualTo(((AuditFault?)fault, (long?)at)));
    }

    [TestCase("UPDATE audit_words SET words = replace(words, 'bus', 'cab')", AuditFault.Changed)]
    [TestCase("UPDATE audit_words SET salt = '0123456789abcdef'", AuditFault.Changed)]
    [TestCase("DELETE FROM audit_words", AuditFault.Changed)]
    [TestCase("DELETE FROM audit_words; UPDATE audit SET details = '{}' WHERE seq = 2", AuditFault.Changed)]
    public async Task VerifyAsync_WordsChangedOrTakenOutWithoutAnErasure_AreFound(string tampering, AuditFault fault)
    {
        var process = await StartProcessAsync();
        var log = process.Get<IAuditLog>();
        await process.Get<IStudents>().UpsertAsync(School, new("s1"), new("Ayu", null, null, null), default);
        await log.AppendAsync(new(School, AuditActions.AttendanceMarked, "s1", null,
            new(new("s1"), new Dictionary<string, object?> { ["reason"] = "late bus" })), default);
        var whole = await log.VerifyAsync(School, null, default);

        await TamperAsync(tampering);
        var verdict = await log.VerifyAsync(School, null, default);

        Assert.That(whole.Fault, Is.Null);
        // After the entry of the student's own making.
        Assert.That((verdict.Fault, verdict.At), Is.EqualTo(((AuditFault?)fault, (long?)2)));
    }

    [Test]
    public async Task VerifyAsync_WrittenAnewFromARowOn_IsFoundByTheNotedHeadAlone()
    {
        var log = (await StartProcessAsync()).Get<IAuditLog>();
        await FillAsync(log, 10);
        var noted = (await log.VerifyAsync(School, null, default)).Head;

        // Whoever owns the database can make a chain of their own: take the tail out, head included, and let the trigger chain other rows.
        await TamperAsync(
            "DELETE FROM audit WHERE seq >= 8; UPDATE audit_heads SET length = 7, hash = (SELECT hash FROM audit WHERE seq = 7)");
        var cut = await log.VerifyAsync(School, noted, default);
        await FillAsync(log, 6);
        var inItself = await log.VerifyAsync(School, null, default);
        var asNoted = await log.VerifyAsync(School, noted, default);

        Assert.That((cut.Fault, cut.At), Is.EqualTo(((AuditFault?)AuditFault.Missing, (long?)8)));
        Assert.That(inItself.Fault, Is.Null);
        Assert.That((asNoted.Fault, asNoted.At), Is.EqualTo(((AuditFault?)AuditFault.NotAsNoted, (long?)10)));
    }

    [Test]
    public async Task Append_ManyAtOnceOnTwoProcesses_IsOneUnbrokenChain()
    {
        var here = await StartProcessAsync();
        var there = await StartProcessAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var process = worker % 2 == 0 ? here : there;
            for (var i = 0; i < 10; i++)
            {
                await process.Get<ITemplates>().AddAsync(Faces.TemplateOf($"s{worker}-{i % 3}", (worker * 100) + i), default);
                if (i % 4 == 3) await process.Get<IStudents>().RemoveAsync(School, new($"s{worker}-{i % 3}"), default);
                await FillAsync(process.Get<IAuditLog>(), 1);
            }
        })));

        var verdict = await here.Get<IAuditLog>().VerifyAsync(School, null, default);
        Assert.That((verdict.Fault, verdict.Head.Length), Is.EqualTo(((AuditFault?)null, 8L * (10 + 2 + 10))));
    }

    [Test]
    public async Task Append_OfTwoSchools_AreTwoChains()
    {
        var log = (await StartProcessAsync()).Get<IAuditLog>();
        var other = new SchoolId(Guid.CreateVersion7());
        await Database.ExecuteAsync($"INSERT INTO schools (id, name, code) VALUES ('{other.Value}', 'Another', 'another')");
        await FillAsync(log, 3);
        await FillAsync(log, 2, other);

        await TamperAsync($"UPDATE audit SET subject = 'x' WHERE seq = 2 AND school_id = '{other.Value}'");

        Assert.That((await log.VerifyAsync(School, null, default)).Fault, Is.Null);
        Assert.That((await log.VerifyAsync(other, null, default)).At, Is.EqualTo(2));
        Assert.That((await log.ListAsync(other, new(null, null, null, null, null, null), 10, default)).Select(r => r.Number),
            Is.EqualTo((long[])[2, 1]));
    }

    [Test]
    public async Task Migration_RowsOfBefore_AreChainedByTheirTime()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        var migrator = new Migrator(source, NullLogger<Migrator>.Instance);
        await migrator.MigrateAsync(
            [.. Migration.Embedded().TakeWhile(m => !m.Name.EndsWith("_audit_chain", StringComparison.Ordinal))], default);
        await Database.ExecuteAsync(
            """
            INSERT INTO schools (id, name) VALUES ('00000000-0000-7000-8000-000000000002', 'Another');
            INSERT INTO audit (school_id, id, at, action, subject)
            SELECT s.id, gen_random_uuid(), now() - n * interval '1 hour', 'student.removed', 's' || n
            FROM schools s, generate_series(1, 50) n
            """);

        var log = (await StartProcessAsync()).Get<IAuditLog>();
        await FillAsync(log, 1);

        var verdict = await log.VerifyAsync(School, null, default);
        Assert.That((verdict.Fault, verdict.Head.Length), Is.EqualTo(((AuditFault?)null, 51L)));
        var (newest, oldest) =
            (await Database.ReadAsync<string>("SELECT subject FROM audit WHERE seq = 50 LIMIT 1"),
                await Database.ReadAsync<string>("SELECT subject FROM audit WHERE seq = 1 LIMIT 1"));
        Assert.That((newest, oldest), Is.EqualTo(("s1", "s50")));
        Assert.ThrowsAsync<PostgresException>(() => Database.ExecuteAsync("DELETE FROM audit"), "append-only again");
    }

    private static async Task FillAsync(IAuditLog log, int rows, SchoolId? school = null)
    {
        for (var n = 1; n <= rows; n++)
        {
            await log.AppendAsync(new(school ?? School, AuditActions.TemplatesListed, $"s{n}",
                new Dictionary<string, object?> { ["number"] = n, ["word"] = "ü \"quoted\"" }), default);
        }
    }

    private Task<int> TamperAsync(string sql) =>
        Database.ExecuteAsync(
            $"ALTER TABLE audit DISABLE TRIGGER audit_is_append_only; {sql}; ALTER TABLE audit ENABLE TRIGGER audit_is_append_only");
}
