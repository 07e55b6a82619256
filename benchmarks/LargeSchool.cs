using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Benchmarks;

/// <summary>Students with a sealed template each, written into the first school of a database that has the tables.</summary>
internal static class LargeSchool
{
    private const int Together = 10_000;

    /// <summary>The keys that they are sealed with, for SERVER_KEYS.</summary>
    public static string Keys { get; } = StorageKeys.NewLine();

    public static ModelFile<EmbedderEntry> Embedder { get; } = ModelStore.Open(new()).Resolve(null, NullLogger.Instance).Embedder;

    public static async Task FillAsync(string connection, int students)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        // Rows come in their own order; what checks them one by one is switched off while they come.
        await ExecuteAsync(open, "SET session_replication_role = replica");
        await using (var copy = await open.BeginBinaryImportAsync("COPY students (school_id, id, full_name) FROM STDIN (FORMAT BINARY)"))
        {
            for (var i = 0; i < students; i++)
            {
                await copy.StartRowAsync();
                await copy.WriteAsync(SchoolId.First.Value, NpgsqlDbType.Uuid);
                await copy.WriteAsync($"s{i}", NpgsqlDbType.Varchar);
                await copy.WriteAsync($"Student {i}", NpgsqlDbType.Varchar);
            }
            await copy.CompleteAsync();
        }
        if (!StorageKeys.TryParse(Keys, out var keys)) throw new InvalidOperationException("No keys.");
        await using (var copy = await open.BeginBinaryImportAsync(
            "COPY templates (school_id, id, student_id, contract, embedding, image_mac, enrolled_at, revision, key_id) FROM STDIN " +
            "(FORMAT BINARY)"))
        {
            for (var from = 0; from < students; from += Together)
            {
                var first = from;
                var sealedOnes = new (TemplateId Id, byte[] Bytes)[Math.Min(Together, students - from)];
                Parallel.For(0, Environment.ProcessorCount, part =>
                {
                    using var cipher = keys.OpenCipher();
                    var seal = new TemplateSeal(cipher, SchoolId.First);
                    for (var i = part; i < sealedOnes.Length; i += Environment.ProcessorCount)
                    {
                        var id = TemplateId.New();
                        var face = FaceOf(first + i);
                        sealedOnes[i] = (id, seal.Seal(id, new($"s{first + i}"), face.Contract, face.Values));
                    }
                });
                for (var i = 0; i < sealedOnes.Length; i++)
                {
                    await copy.StartRowAsync();
                    await copy.WriteAsync(SchoolId.First.Value, NpgsqlDbType.Uuid);
                    await copy.WriteAsync(sealedOnes[i].Id.Value, NpgsqlDbType.Uuid);
                    await copy.WriteAsync($"s{first + i}", NpgsqlDbType.Varchar);
                    await copy.WriteAsync(Embedder.Entry.Contract.Value, NpgsqlDbType.Varchar);
                    await copy.WriteAsync(sealedOnes[i].Bytes, NpgsqlDbType.Bytea);
                    await copy.WriteAsync(DigestOf(first + i), NpgsqlDbType.Bytea);
                    await copy.WriteAsync(DateTime.UtcNow, NpgsqlDbType.TimestampTz);
                    await copy.WriteAsync(first + i + 1L, NpgsqlDbType.Bigint);
                    await copy.WriteAsync(keys.CurrentId, NpgsqlDbType.Varchar);
                }
            }
            await copy.CompleteAsync();
        }
        await ExecuteAsync(open, $"UPDATE schools SET gallery_revision = {students}");
        await ExecuteAsync(open, "VACUUM ANALYZE students, templates");
    }

    public static Embedding FaceOf(int student)
    {
        var random = new Random(student);
        var raw = new float[Embedder.Entry.Dimension];
        for (var k = 0; k < raw.Length; k++) raw[k] = random.NextSingle() - 0.5f;
        return Embedding.FromRaw(raw, Embedder.Entry.Contract);
    }

    private static byte[] DigestOf(int student)
    {
        var digest = new byte[32];
        BitConverter.TryWriteBytes(digest, student);
        return digest;
    }

    private static async Task ExecuteAsync(NpgsqlConnection open, string sql)
    {
        await using var command = new NpgsqlCommand(sql, open) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync();
    }
}
