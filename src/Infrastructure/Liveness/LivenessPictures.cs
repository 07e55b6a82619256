using System.Buffers.Binary;
using System.Numerics.Tensors;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;

namespace FaceAttendance.Infrastructure.Liveness;

/// <summary>Pictures of liveness sessions in PostgreSQL, sealed. What a key that is gone had sealed is forgotten with it.
/// Thread-safe.</summary>
internal sealed class LivenessPictures(NpgsqlDataSource database, StorageKeys keys) : ILivenessPictures
{
    // Of each student; a school day has one or two. The older ones go, and those without credentials by themselves: a stranger pushes out
    // nothing that a check-in rests on.
    private const int Sessions = 20;

    private const string Purpose = "faceattendance/liveness-pictures/1";

    // Sessions of one student that end at once wait for one another here. One that is void was begun before an erasure, or a withdrawal.
    private const string LockStudent =
        """
        SELECT 1 FROM students WHERE school_id = $1 AND id = $2 AND consent <> 'withdrawn'
            AND NOT EXISTS (SELECT 1 FROM used_liveness_tokens AS u WHERE u.school_id = $1 AND u.session_id = $3) FOR NO KEY UPDATE
        """;

    private const string Insert =
        """
        INSERT INTO liveness_pictures (school_id, student_id, session_id, by_anybody, contract, key_id, pictures)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING
        """;

    private const string ForgetOlder =
        """
        DELETE FROM liveness_pictures WHERE school_id = $1 AND student_id = $2 AND session_id IN (
            SELECT session_id FROM liveness_pictures WHERE school_id = $1 AND student_id = $2 AND by_anybody = $3
            ORDER BY seen_at DESC OFFSET $4)
        """;

    private const string Read =
        "SELECT session_id, key_id, pictures FROM liveness_pictures WHERE school_id = $1 AND student_id = $2 AND contract = $3";

    // An attempt that is not remembered any more tells nothing: then all are others'.
    private const string ReadSince =
        $"""
        {Read} AND session_id <> $4 AND seen_at >= coalesce(
            (SELECT began_at FROM liveness_attempts WHERE school_id = $1 AND student_id = $2 AND session_id = $4), '-infinity')
        """;

    public async Task<IReadOnlyList<SeenPicture>> ReadAsync(
        SchoolId school, StudentId student, EmbeddingContractId contract, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var read = Command(Read, connection, school, student, contract.Value);
        return await ReadAsync(read, school, student, contract, ct);
    }

    public async Task<IReadOnlyList<SeenPicture>> KeepAsync(
        SchoolId school, StudentId student, LivenessSessionId session, LivenessTrier by, IReadOnlyList<SeenPicture> pictures,
        CancellationToken ct)
    {
        var contract = pictures[0].Embedding.Contract;
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var hold = Command(LockStudent, connection, school, student, session.Value))
        {
            // Erased, or consent withdrawn, meanwhile: there is nobody to remember.
            if (await hold.ExecuteScalarAsync(ct) is null) return [];
        }
        var byAnybody = by == LivenessTrier.Anybody;
        await using (var insert = Command(
            Insert, connection, school, student, session.Value, byAnybody, contract.Value, keys.CurrentId,
            Seal(school, student, session, pictures)))
        {
            await insert.ExecuteNonQueryAsync(ct);
        }
        await using (var forget = Command(ForgetOlder, connection, school, student, byAnybody, Sessions))
            await forget.ExecuteNonQueryAsync(ct);
        IReadOnlyList<SeenPicture> others;
        await using (var read = Command(ReadSince, connection, school, student, contract.Value, session.Value))
        {
            others = await ReadAsync(read, school, student, contract, ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        return others;
    }

    private async Task<IReadOnlyList<SeenPicture>> ReadAsync(
        NpgsqlCommand read, SchoolId school, StudentId student, EmbeddingContractId contract, CancellationToken ct)
    {
        var found = new List<SeenPicture>();
        using var cipher = keys.OpenCipher();
        var seal = new TemplateSeal(cipher, school, Purpose);
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (seal.OpenBytes(rows.GetGuid(0), student, contract, rows.GetString(1), rows.GetFieldValue<byte[]>(2), out var plain)
                == Opening.Opened)
                PictureCodec.Decode(plain, contract, found);
        }
        return found;
    }

    private byte[] Seal(SchoolId school, StudentId student, LivenessSessionId session, IReadOnlyList<SeenPicture> pictures)
    {
        using var cipher = keys.OpenCipher();
        return new TemplateSeal(cipher, school, Purpose)
            .SealBytes(session.Value, student, pictures[0].Embedding.Contract, PictureCodec.Encode(pictures));
    }

    private static NpgsqlCommand Command(
        string sql, NpgsqlConnection connection, SchoolId school, StudentId student, params ReadOnlySpan<object> more)
    {
        var command = new NpgsqlCommand(sql, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = student.Value } },
        };
        foreach (var value in more) command.Parameters.Add(new() { Value = value });
        return command;
    }
}

/// <summary>
/// Pictures as bytes, before they are sealed: D as a 16-bit number, then for each its 64-bit digest and its embedding as D signed bytes,
/// all little-endian. Bytes move a cosine similarity by less than 0.001, which is enough to know a picture again, at a quarter of the
/// space.
/// </summary>
internal static class PictureCodec
{
    public static byte[] Encode(IReadOnlyList<SeenPicture> pictures)
    {
        var dimension = pictures[0].Embedding.Dimension;
        var bytes = new byte[sizeof(ushort) + (pictures.Count * (sizeof(ulong) + dimension))];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)dimension);
        var at = sizeof(ushort);
        foreach (var (digest, embedding) in pictures)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(at), digest);
            at += sizeof(ulong);
            // Its length is of no matter: embeddings are made unit vectors again.
            var scale = sbyte.MaxValue / MathF.Abs(TensorPrimitives.MaxMagnitude(embedding.Values));
            foreach (var value in embedding.Values) bytes[at++] = (byte)(sbyte)MathF.Round(value * scale);
        }
        return bytes;
    }

    /// <param name="pictures">Receives them.</param>
    public static void Decode(ReadOnlySpan<byte> bytes, EmbeddingContractId contract, List<SeenPicture> pictures)
    {
        var raw = new float[BinaryPrimitives.ReadUInt16LittleEndian(bytes)];
        for (bytes = bytes[sizeof(ushort)..]; bytes.Length > 0; bytes = bytes[(sizeof(ulong) + raw.Length)..])
        {
            for (var i = 0; i < raw.Length; i++) raw[i] = (sbyte)bytes[sizeof(ulong) + i];
            pictures.Add(new(BinaryPrimitives.ReadUInt64LittleEndian(bytes), Embedding.FromRaw(raw, contract)));
        }
    }
}
