using System.Security.Cryptography;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Secrets;
using FaceAttendance.TestKit;
using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Gallery;

/// <summary>Embeddings that stand in for people: the same number is the same face, different numbers are nearly orthogonal.</summary>
internal static class Faces
{
    public const int Dimension = 128;

    public static Embedding Of(int person, string? contract = null)
    {
        var random = new Random(person);
        var raw = new float[Dimension];
        for (var i = 0; i < raw.Length; i++) raw[i] = (float)(random.NextDouble() - 0.5);
        return Embedding.FromRaw(raw, contract is null ? ContractOnly.Id : new(contract));
    }

    public static NewTemplate TemplateOf(string student, int person, string? contract = null) => new(
        SchoolId.First, new(student), Of(person, contract), SHA256.HashData(BitConverter.GetBytes(person)), DateTimeOffset.UtcNow);

    /// <summary>Students s1, s2, … of a school with a template each, in one statement. The database has had a server before.</summary>
    public static async Task InsertAsync(TestDatabase database, SchoolId school, int count)
    {
        var ids = Enumerable.Range(0, count).Select(_ => TemplateId.New()).ToArray();
        using var cipher = Secrets.Keys.Of(TestKeys.First).OpenCipher();
        var seal = new TemplateSeal(cipher, school);
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            """
            WITH bumped AS (
                UPDATE schools SET gallery_revision = gallery_revision + 1 WHERE id = $5 RETURNING id, gallery_revision),
            added AS (INSERT INTO students (school_id, id) SELECT id, 's' || n FROM bumped, generate_series(1, $2) n RETURNING id)
            INSERT INTO templates
            SELECT bumped.id, i, 's' || n, $1, e, sha256(e), now(), gallery_revision, (SELECT id FROM storage_keys)
            FROM bumped, unnest($3, $4) WITH ORDINALITY AS given (e, i, n) WHERE (SELECT count(*) FROM added) > 0
            """, connection)
        {
            Parameters =
            {
                new() { Value = ContractOnly.Id.Value },
                new() { Value = count },
                new() { Value = ids.Select((id, n) => seal.Seal(id, new($"s{n + 1}"), ContractOnly.Id, Of(n + 1).Values)).ToArray() },
                new() { Value = ids.Select(id => id.Value).ToArray() },
                new() { Value = school.Value },
            },
        };
        await command.ExecuteNonQueryAsync();
    }
}
