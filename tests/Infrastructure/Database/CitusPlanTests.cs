using FaceAttendance.Infrastructure.Database;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Database;

/// <summary>docs/scaling.md's statements for Citus, held against the catalogue of a database that was migrated.</summary>
internal sealed class CitusPlanTests : DatabaseFixture
{
    // Each breaks one rule.
    private const string Broken =
        """
        CREATE TABLE everywhere (id int PRIMARY KEY);
        CREATE TABLE pupils (school_id uuid, id int, other int REFERENCES everywhere, PRIMARY KEY (school_id, id));
        CREATE TABLE no_place (school_id uuid PRIMARY KEY);
        CREATE TABLE twice (school_id uuid PRIMARY KEY);
        CREATE TABLE by_nothing (id int PRIMARY KEY);
        CREATE TABLE one_name (school_id uuid, name text, PRIMARY KEY (school_id, name));
        CREATE UNIQUE INDEX one_name_only ON one_name (name);
        CREATE TABLE nulled (school_id uuid, id int, pupil int, PRIMARY KEY (school_id, id),
            CONSTRAINT nulled_pupil FOREIGN KEY (school_id, pupil) REFERENCES pupils (school_id, id) ON DELETE SET NULL (pupil));
        CREATE TABLE swapped (school_id uuid, id int, of_school uuid, PRIMARY KEY (school_id, id),
            CONSTRAINT swapped_pupil FOREIGN KEY (of_school, id) REFERENCES pupils (school_id, id));
        CREATE TABLE homeless (school_id uuid PRIMARY KEY CONSTRAINT homeless_school REFERENCES no_place);
        CREATE TABLE early (school_id uuid, id int, PRIMARY KEY (school_id, id),
            CONSTRAINT early_pupil FOREIGN KEY (school_id, id) REFERENCES pupils (school_id, id));
        CREATE TABLE outward (school_id uuid, id int PRIMARY KEY,
            CONSTRAINT outward_pupil FOREIGN KEY (school_id, id) REFERENCES pupils (school_id, id));
        CREATE TABLE counted (school_id uuid, id int GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (school_id, id));
        CREATE TABLE shown (school_id uuid PRIMARY KEY);
        ALTER TABLE shown ENABLE ROW LEVEL SECURITY;
        CREATE TABLE watched (school_id uuid PRIMARY KEY);
        CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
        CREATE TRIGGER watched_rows BEFORE INSERT ON watched FOR EACH ROW EXECUTE FUNCTION watch();
        """;

    private const string BrokenPlan =
        """
        SELECT create_reference_table('everywhere');
        SELECT create_distributed_table('early', 'school_id');
        SELECT create_distributed_table('pupils', 'school_id');
        SELECT create_distributed_table('twice', 'school_id');
        SELECT create_distributed_table('twice', 'school_id');
        SELECT create_distributed_table('by_nothing', 'school_id');
        SELECT create_distributed_table('one_name', 'school_id');
        SELECT create_distributed_table('nulled', 'school_id');
        SELECT create_distributed_table('swapped', 'school_id');
        SELECT create_distributed_table('homeless', 'school_id');
        SELECT create_reference_table('outward');
        SELECT create_distributed_table('counted', 'school_id');
        SELECT create_distributed_table('shown', 'school_id');
        SELECT create_distributed_table('watched', 'school_id');
        SELECT create_distributed_table('removed', 'school_id');
        """;

    [Test]
    public async Task Statements_OfTheDocumentation_PlaceEveryTableWhereItsKeysHold()
    {
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await new Migrator(source, NullLogger<Migrator>.Instance).MigrateAsync(Migration.Embedded(), default);
        var page = await File.ReadAllTextAsync(Path.Combine(SharedFiles.ProjectRoot, "docs", "scaling.md"));

        var catalogue = await SchemaCatalogue.ReadAsync(Database.ConnectionString);
        var plan = CitusPlan.Read(page);

        // The first start drops it.
        Assert.That(plan.Faults(catalogue, "protection_keys"), Is.Empty);
        Assert.That(
            plan.Tables.Where(t => t.Column is null).Select(t => t.Name),
            Is.EquivalentTo(SchemaCatalogue.ServerWide.Keys.Where(t => t != "protection_keys")), "all others lie with their school");
        Assert.That(plan.Tables.Where(t => t.Column is not null).Select(t => t.Column), Is.All.EqualTo(SchemaCatalogue.School));
    }

    [Test]
    public async Task Statements_Specimen_EveryFaultIsReported()
    {
        await Database.ExecuteAsync(Broken);

        var faults = CitusPlan.Read(BrokenPlan).Faults(await SchemaCatalogue.ReadAsync(Database.ConnectionString)).ToList();

        Assert.That(faults, Is.EquivalentTo(new[]
        {
            "twice is placed twice",
            "removed is no table",
            "no_place has no place",
            "by_nothing has no column school_id",
            "by_nothing_pkey on by_nothing is unique without school_id",
            "one_name_only on one_name is unique without school_id",
            "nulled_pupil of nulled sets columns while it holds school_id",
            "swapped_pupil of swapped does not compare school_id",
            "homeless_school of homeless leads to no_place, which has no place",
            "early_pupil of early leads to pupils, which is placed later",
            "outward_pupil of outward leads from a table that is everywhere to pupils",
            "counted.id is counted by a sequence",
            "shown has row-level security",
            "watched has triggers, which are not allowed",
        }));
    }
}
