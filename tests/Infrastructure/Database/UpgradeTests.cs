using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Secrets;
using FaceAttendance.Infrastructure.Tests.Gallery;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Database;

/// <summary>Databases as earlier versions left them, opened by this one.</summary>
internal sealed class UpgradeTests : DatabaseFixture
{
    // In the order in which the files came to be, which is not that of their numbers: a database of a version between has what came
    // before it, and gets a file of a smaller number afterwards. Those behind 0027 came one by one.
    private static readonly string[] AsTheyCame =
        ["0027", "0030", "0028", "0038", "0033", "0036", "0034", "0029", "0031", "0032", "0040", "0046"];

    // Whatever of a schema a program could notice, one thing a line, in no order.
    private const string Describe =
        """
        SELECT string_agg(line, E'\n' ORDER BY line) FROM (
            SELECT format('%s.%s %s %s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                pg_get_expr(d.adbin, d.adrelid)) AS line
            FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            UNION ALL SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint
            WHERE connamespace = 'public'::regnamespace
            UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
            UNION ALL SELECT pg_get_functiondef(p.oid) FROM pg_proc AS p
            WHERE p.pronamespace = 'public'::regnamespace AND p.prolang <> 13
                AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')) AS lines
        """;

    // A school of the first two files: everything that was there had a row.
    private const string FirstRows =
        """
        INSERT INTO students (school_id, id, full_name, class_name) SELECT id, 'siswa' || n, 'Siswa ' || n, '7B' FROM schools,
            generate_series(1, 3) AS n;
        INSERT INTO templates (school_id, id, student_id, contract, embedding, image_sha256, enrolled_at, revision)
        SELECT id, gen_random_uuid(), 'siswa1', 'CONTRACT', '\xEMBEDDING', sha256('photo'), now(), 1 FROM schools;
        UPDATE schools SET gallery_revision = 2;
        INSERT INTO template_tombstones (school_id, template_id, revision) SELECT id, gen_random_uuid(), 2 FROM schools;
        INSERT INTO audit (school_id, id, at, action, subject) SELECT id, gen_random_uuid(), now() - n * interval '1 minute', 'enrolled',
            'siswa' || n FROM schools, generate_series(1, 3) AS n;
        INSERT INTO attendance_days (school_id, student_id, date, first_seen, last_seen, hits)
        SELECT id, 'siswa' || n, current_date - n, now(), now(), n FROM schools, generate_series(1, 3) AS n;
        INSERT INTO cooldowns (school_id, student_key, taken_at, event_id) SELECT id, 'siswa1', now(), gen_random_uuid() FROM schools;
        INSERT INTO outbox (school_id, id, student_key, payload, attempts, next_attempt_at, status)
        SELECT id, gen_random_uuid(), 'siswa1', '{"event":"attendance.recognized","n":' || n || '}', n, now() + interval '1 hour',
            (ARRAY['pending', 'sent', 'dead'])[n] FROM schools, generate_series(1, 3) AS n;
        """;

    // Of the last files before 0046: what its keys hold, in every state they may be in.
    private const string NamedRows =
        """
        INSERT INTO students (school_id, id) SELECT id, 'siswa' || n FROM schools, generate_series(1, 3) AS n;
        INSERT INTO lessons (school_id, id, name, weekdays, starts, ends, opens_before, grace, valid_from)
        SELECT id, gen_random_uuid(), 'Choir', '{1}', '07:00', '07:45', '15 min', '10 min', current_date FROM schools;
        INSERT INTO class_sessions (school_id, id, name, opens_at, starts_at, grace, ends_at, lesson_id, lesson_day)
        SELECT s.id, gen_random_uuid(), 'Choir', now(), now(), '10 min', now() + interval '45 min', l.id, current_date - n
        FROM schools AS s, generate_series(1, 3) AS n LEFT JOIN lessons AS l ON n < 3;
        INSERT INTO notices (school_id, id, kind, subject, label, student_id, other_id, raised_at)
        SELECT id, gen_random_uuid(), kind, subject, 'label', one, other, now() FROM schools, (VALUES
            ('lookalike', '', 'siswa1', 'siswa2'), ('lookalike', '', 'siswa3', NULL), ('camera_silent', 'gate-1', NULL, NULL))
            AS n (kind, subject, one, other)
        """;

    private const string ReadNamed =
        """
        SELECT string_agg(line, E'\n' ORDER BY line) FROM (
            SELECT c::text AS line FROM class_sessions AS c UNION ALL SELECT n::text FROM notices AS n UNION ALL SELECT l::text
            FROM lessons AS l) AS lines
        """;

    [Test]
    public async Task Migrate_DatabaseOfAnyEarlierVersion_HasTheSchemaOfANewOne()
    {
        await using var fresh = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        await MigrateAsync(fresh, Migration.Embedded());
        var expected = (await fresh.ReadAsync<string>(Describe))!.Split('\n');

        for (var version = 0; version < AsTheyCame.Length; version++)
        {
            await using var earlier = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
            await MigrateAsync(earlier, [.. Migration.Embedded().Where(m =>
                string.CompareOrdinal(m.Name, "0028") < 0 || AsTheyCame.Take(version + 1).Contains(m.Name[..4]))]);

            await MigrateAsync(earlier, Migration.Embedded());

            Assert.That(
                (await earlier.ReadAsync<string>(Describe))!.Split('\n'), Is.EqualTo(expected), $"the last was {AsTheyCame[version]}");
        }
    }

    [Test]
    public async Task Start_DatabaseOfTheFirstFiles_KeepsEveryRowAndRecognisesWhomItKnew()
    {
        await MigrateAsync(Database, [.. Migration.Embedded().Take(2)]);
        await Database.ExecuteAsync(FirstRows
            .Replace("CONTRACT", ContractOnly.Id.Value, StringComparison.Ordinal)
            .Replace("EMBEDDING", Convert.ToHexString(EmbeddingCodec.Encode(Faces.Of(1).Values)), StringComparison.Ordinal));

        var process = await StartProcessAsync();

        var (students, total) = await process.Get<IStudents>().ListAsync(SchoolId.First, null, "7B", 10, 0, default);
        Assert.That((total, students[0].EmbeddingCount, students[2].FullName), Is.EqualTo((3, 1, "Siswa 3")));
        Assert.That(
            process.Get<IGallery>().Search(SchoolId.First, Faces.Of(1), 1).Single().Student, Is.EqualTo(new StudentId("siswa1")));
        Assert.That(
            await Database.ReadAsync<string>("SELECT string_agg(student_id || ' ' || hits, ' ' ORDER BY hits) FROM attendance_days"),
            Is.EqualTo("siswa1 1 siswa2 2 siswa3 3"));
        Assert.That(
            await Database.ReadAsync<string>(
                """
                SELECT string_agg(o.status || ' ' || e.payload, ' ' ORDER BY o.attempts) FROM outbox AS o
                JOIN events AS e ON e.school_id = o.school_id AND e.id = o.event_id
                """),
            Is.EqualTo(
                """pending {"event":"attendance.recognized","n":1} sent {"event":"attendance.recognized","n":2} """ +
                """dead {"event":"attendance.recognized","n":3}"""));
        var verdict = await process.Get<IAuditLog>().VerifyAsync(SchoolId.First, null, default);
        Assert.That(verdict.Fault, Is.Null);
        Assert.That(verdict.Head.Length, Is.GreaterThanOrEqualTo(3));
    }

    [Test]
    public async Task Migrate_KeysThatCitusCouldNotPlace_AreReplacedWithEveryRowKept()
    {
        await MigrateAsync(Database, [.. Migration.Embedded().TakeWhile(m => string.CompareOrdinal(m.Name, "0046") < 0)]);
        await Database.ExecuteAsync(NamedRows);
        var before = await Database.ReadAsync<string>(ReadNamed);

        await MigrateAsync(Database, Migration.Embedded());

        Assert.That(await Database.ReadAsync<string>(ReadNamed), Is.EqualTo(before));
        foreach (var table in new[] { "lessons", "students" })
        {
            var refused = Assert.ThrowsAsync<PostgresException>(() => Database.ExecuteAsync($"DELETE FROM {table}"));
            Assert.That(refused!.SqlState, Is.EqualTo(PostgresErrorCodes.ForeignKeyViolation), "nothing is named that is not there");
        }
    }

    private static async Task MigrateAsync(TestDatabase database, IReadOnlyList<Migration> migrations)
    {
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await new Migrator(source, NullLogger<Migrator>.Instance).MigrateAsync(migrations, default);
    }
}
