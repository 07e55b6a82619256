using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Tests.Gallery;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Database;

/// <summary>What somebody can do who has taken over the server, and with it the role that it works as.</summary>
internal sealed class ServerRoleTests : DatabaseFixture
{
    [TestCase("UPDATE audit SET action = 'x'")]
    [TestCase("DELETE FROM audit")]
    [TestCase("TRUNCATE audit")]
    [TestCase("DROP TABLE audit")]
    [TestCase("ALTER TABLE audit DISABLE TRIGGER ALL")]
    [TestCase("ALTER TABLE audit RENAME TO audit_of_before")]
    [TestCase("DROP TRIGGER audit_is_append_only ON audit")]
    [TestCase("CREATE TRIGGER mine BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION chain_audit_row()")]
    [TestCase("CREATE OR REPLACE FUNCTION audit_text(a audit) RETURNS text LANGUAGE sql AS 'SELECT ''x'''")]
    [TestCase("UPDATE audit_heads SET length = 0")]
    [TestCase("DELETE FROM audit_heads")]
    [TestCase("INSERT INTO audit_heads (school_id, length, hash) SELECT id, 7, '' FROM schools")]
    [TestCase("SET session_replication_role = replica")]
    [TestCase("DELETE FROM schema_migrations")]
    public async Task ServersRole_TriesToAlterTheAuditLog_MayNot(string sql)
    {
        var process = await StartAsServerAsync();
        await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("ann", 1), default);

        var refused = Assert.ThrowsAsync<PostgresException>(async () =>
        {
            await using var source = NpgsqlDataSource.Create(Database.ServersConnectionString);
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        });

        Assert.That(refused!.SqlState, Is.EqualTo(PostgresErrorCodes.InsufficientPrivilege));
        Assert.That((await process.Get<IAuditLog>().VerifyAsync(SchoolId.First, null, default)).Fault, Is.Null);
        Assert.That(process.Log.Lines, Has.None.Contains("may alter the audit log"));
    }

    [Test]
    public async Task ServersRole_HidesTheHeadsBehindATableOfItsOwn_ChainsAsBefore()
    {
        var process = await StartAsServerAsync();
        await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("ann", 1), default);

        await using (var source = NpgsqlDataSource.Create(Database.ServersConnectionString))
        await using (var command = source.CreateCommand(
            """
            CREATE TEMP TABLE audit_heads (school_id uuid PRIMARY KEY, length bigint, hash bytea);
            INSERT INTO audit (school_id, id, actor, action, subject) SELECT id, gen_random_uuid(), 'key:x', 'x', 'x' FROM schools
            """))
        {
            await command.ExecuteNonQueryAsync();
        }

        Assert.That(await Database.ReadAsync<long>("SELECT length FROM audit_heads"), Is.EqualTo(2));
        Assert.That((await process.Get<IAuditLog>().VerifyAsync(SchoolId.First, null, default)).Fault, Is.Null);
    }

    [Test]
    public async Task Start_OneConnectionOfTheOwner_WorksAndWarns()
    {
        var process = await StartProcessAsync();

        Assert.That(await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("ann", 1), default), Is.True);
        Assert.That(process.Log.Lines, Has.Some.StartsWith("Warning").And.Contains("may alter the audit log"));
    }

    [Test]
    public async Task Start_ManyProcessesAtOnce_AllWork()
    {
        var processes = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => StartAsServerAsync()));

        for (var i = 0; i < processes.Length; i++)
            Assert.That(await processes[i].Get<ITemplates>().AddAsync(Faces.TemplateOf($"s{i}", i + 1), default), Is.True);
    }

    private Task<ServerProcess> StartAsServerAsync() => StartProcessAsync(
        ("Persistence:ConnectionString", Database.ServersConnectionString),
        ("Persistence:OwnerConnectionString", Database.ConnectionString));
}
