using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Database;

internal sealed class MigratorTests : DatabaseFixture
{
    private static readonly Migration[] TwoSteps =
    [
        new("0001_one", "CREATE TABLE one (id int); INSERT INTO one VALUES (1)"),
        new("0002_two", "INSERT INTO one VALUES (2)"),
    ];

    [Test]
    public async Task MigrateAsync_EmbeddedFilesTwice_AppliesEachOnce()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        var migrator = new Migrator(source, NullLogger<Migrator>.Instance);

        await migrator.MigrateAsync(Migration.Embedded(), default);
        await migrator.MigrateAsync(Migration.Embedded(), default);

        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM schema_migrations"),
            Is.EqualTo(Migration.Embedded().Count).And.GreaterThan(0));
        Assert.That(await Database.ReadAsync<Guid>("SELECT id FROM schools"), Is.EqualTo(Domain.Schools.SchoolId.First.Value));
        Assert.That(
            await Database.ReadAsync<string>("SELECT extname::text FROM pg_extension WHERE extname = 'postgis'"), Is.EqualTo("postgis"));
    }

    [Test]
    public async Task MigrateAsync_ManyProcessesAtOnce_AppliesEachOnce()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        var migrator = new Migrator(source, NullLogger<Migrator>.Instance);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => migrator.MigrateAsync(TwoSteps, default)));

        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM one"), Is.EqualTo(2));
    }

    [Test]
    public async Task MigrateAsync_AppliedFileChanged_StopsAndNamesIt()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        var migrator = new Migrator(source, NullLogger<Migrator>.Instance);
        await migrator.MigrateAsync(TwoSteps, default);
        Migration[] changed = [TwoSteps[0] with { Sql = "CREATE TABLE another (id int)" }, TwoSteps[1]];

        var refused = Assert.ThrowsAsync<DatabaseStartupException>(() => migrator.MigrateAsync(changed, default));

        Assert.That(refused!.Message, Does.Contain("0001_one"));
    }

    [Test]
    public async Task MigrateAsync_DatabaseOfANewerVersion_Stops()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        var migrator = new Migrator(source, NullLogger<Migrator>.Instance);
        await migrator.MigrateAsync(TwoSteps, default);

        var refused = Assert.ThrowsAsync<DatabaseStartupException>(() => migrator.MigrateAsync(TwoSteps[..1], default));

        Assert.That(refused!.Message, Does.Contain("0002_two"));
    }

    [Test]
    public async Task MigrateAsync_FileFails_LeavesNothingOfItAndAppliesItNextTime()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        var migrator = new Migrator(source, NullLogger<Migrator>.Instance);
        Migration[] broken = [TwoSteps[0], new("0002_two", "INSERT INTO one VALUES (2); INSERT INTO nowhere VALUES (1)")];

        Assert.ThrowsAsync<PostgresException>(() => migrator.MigrateAsync(broken, default));
        await migrator.MigrateAsync(TwoSteps, default);

        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM one WHERE id = 2"), Is.EqualTo(1));
    }

    [Test]
    public async Task MigrateAsync_EarlierSecretAndAbsencesForTheOperator_SecretStaysGoodAndTheAbsencesWaitForAPerson()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        var migrator = new Migrator(source, NullLogger<Migrator>.Instance);
        await migrator.MigrateAsync([.. Migration.Embedded().TakeWhile(m => string.CompareOrdinal(m.Name, "0024") < 0)], default);
        await Database.ExecuteAsync(
            """
            INSERT INTO webhook_endpoints (school_id, id, url, description, events, headers, secret, previous_secret, previous_until,
                enabled)
            SELECT id, gen_random_uuid(), 'https://school.example', '', '{}', '', 'new', 'old', now() + interval '1 hour', true
            FROM schools;
            INSERT INTO events (school_id, id, type, payload) SELECT schools.id, gen_random_uuid(), type, '{}'
            FROM schools, unnest(ARRAY['attendance.absent', 'attendance.recognized']) AS type;
            INSERT INTO outbox (school_id, id, event_id, endpoint_id, attempts, next_attempt_at)
            SELECT school_id, gen_random_uuid(), id, '00000000-0000-7000-8000-00000000000a', 1, now() FROM events;
            """);

        await migrator.MigrateAsync(Migration.Embedded(), default);

        Assert.That(
            await Database.ReadAsync<string>("SELECT secret FROM webhook_previous_secrets WHERE good_until > now()"), Is.EqualTo("old"));
        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT string_agg(e.type || ' ' || o.status, ', ' ORDER BY e.type) FROM outbox AS o JOIN events AS e ON e.id = " +
                "o.event_id"),
            Is.EqualTo("attendance.absent dead, attendance.recognized pending"));
    }

    [Test]
    public void Digest_OtherLineEndings_IsTheSame()
    {
        var unix = new Migration("0001", "SELECT 1;\nSELECT 2;\n");
        var windows = new Migration("0001", "SELECT 1;\r\nSELECT 2;\r\n");

        Assert.That(windows.Digest, Is.EqualTo(unix.Digest));
    }

    [TestCase("UPDATE audit SET action = 'x'")]
    [TestCase("DELETE FROM audit")]
    [TestCase("TRUNCATE audit")]
    public async Task Audit_Changed_IsRefused(string sql)
    {
        await StartProcessAsync();

        var refused = Assert.ThrowsAsync<PostgresException>(() => Database.ExecuteAsync(sql));

        Assert.That(refused!.MessageText, Does.Contain("append-only"));
    }
}
