using FaceAttendance.Infrastructure.Database;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Database;

/// <summary>What the schema promises of every table, read off the catalogue of a database that was migrated.</summary>
internal sealed class SchemaTests
{
    // Each breaks one rule.
    private const string Broken =
        """
        CREATE SCHEMA specimen;
        SET search_path = specimen;
        CREATE TABLE pupils (school_id uuid NOT NULL, id int NOT NULL, PRIMARY KEY (school_id, id), UNIQUE (id, school_id));
        CREATE TABLE no_school (id int PRIMARY KEY);
        CREATE TABLE any_school (school_id uuid, id int NOT NULL, PRIMARY KEY (id));
        CREATE TABLE no_key (school_id uuid NOT NULL, id int);
        CREATE TABLE one_name (school_id uuid NOT NULL, id int, name text, PRIMARY KEY (school_id, id));
        CREATE UNIQUE INDEX one_name_partial ON one_name (lower(name)) WHERE id > 7;
        CREATE TABLE one_at_a_time (school_id uuid NOT NULL, id int, span tstzrange, PRIMARY KEY (school_id, id),
            EXCLUDE USING gist (span WITH &&));
        CREATE TABLE counted (school_id uuid NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, PRIMARY KEY (school_id, id));
        CREATE TABLE by_half (school_id uuid NOT NULL, id int, pupil int, of_school uuid, PRIMARY KEY (school_id, id),
            CONSTRAINT by_half_swapped FOREIGN KEY (of_school, pupil) REFERENCES pupils (school_id, id));
        CREATE TABLE no_half (school_id uuid NOT NULL, id int, PRIMARY KEY (school_id, id),
            CONSTRAINT no_half_fkey FOREIGN KEY (id) REFERENCES no_school (id));
        """;

    private TestDatabase _database = null!;
    private SchemaCatalogue _catalogue = null!;

    [OneTimeSetUp]
    public async Task MigrateAsync()
    {
        _database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        await using var source = NpgsqlDataSource.Create(_database.ConnectionString);
        await new Migrator(source, NullLogger<Migrator>.Instance).MigrateAsync(Migration.Embedded(), default);
        _catalogue = await SchemaCatalogue.ReadAsync(_database.ConnectionString);
    }

    [OneTimeTearDown]
    public async Task DropAsync() => await _database.DisposeAsync();

    [Test]
    public void Schema_EveryUniqueAndForeignKey_CarriesTheSchool() => Assert.That(_catalogue.Faults(), Is.Empty);

    [Test]
    public void Schema_TablesOfTheWholeServer_AreThoseThatAreNamed() => Assert.That(
        _catalogue.Tables.Where(t => !t.HasSchool).Select(t => t.Name), Is.EquivalentTo(SchemaCatalogue.ServerWide.Keys));

    [Test]
    public async Task Schema_Specimen_EveryFaultIsReported()
    {
        await _database.ExecuteAsync(Broken);

        var faults = (await SchemaCatalogue.ReadAsync(_database.ConnectionString, "specimen")).Faults().ToList();

        Assert.That(faults, Is.EquivalentTo(new[]
        {
            "no_school has no school_id that is a uuid and never null",
            "any_school has no school_id that is a uuid and never null",
            "no_key has no primary key",
            "counted.id is counted by a sequence, over all schools",
            "specimen.pupils_id_school_id_key on pupils (id, school_id) does not begin with school_id",
            "specimen.no_school_pkey on no_school (id) does not begin with school_id",
            "specimen.any_school_pkey on any_school (id) does not begin with school_id",
            "specimen.one_name_partial on one_name ((lower(name))) does not begin with school_id",
            "specimen.one_at_a_time_span_excl on one_at_a_time (span) does not begin with school_id",
            "by_half_swapped of by_half to specimen.pupils does not compare school_id",
            "no_half_fkey of no_half to specimen.no_school does not compare school_id",
        }));
    }
}
