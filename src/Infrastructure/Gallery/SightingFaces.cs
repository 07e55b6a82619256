using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>
/// The faces of what cameras recorded, sealed, and what becomes of one whose name was wrong: a negative example, by which its student is
/// not taken for such a face again. Commands for the transaction of what causes them.
/// </summary>
internal static class SightingFaces
{
    /// <summary>Of the seal, bound to the record's id.</summary>
    public const string Purpose = "faceattendance/sighting/1";

    // A sighting that left no record has nothing that could be corrected.
    private const string Insert =
        """
        INSERT INTO sighting_faces (school_id, id, student_id, contract, key_id, embedding) SELECT $1, $2, $3, $4, $5, $6
        WHERE EXISTS (SELECT 1 FROM attendance_records WHERE school_id = $1 AND id = $2)
        """;

    // Known to be the face of somebody who does not want to be recognised by it.
    private const string ForgetUnwilling =
        """
        DELETE FROM sighting_faces WHERE school_id = $1 AND id = $2
            AND EXISTS (SELECT 1 FROM students WHERE school_id = $1 AND id = $3 AND consent = 'withdrawn')
        """;

    private const string Make =
        "UPDATE sighting_faces SET negative_id = $4, other_student_id = $3, revision = $5 WHERE school_id = $1 AND id = $2";

    private const string TakeBack =
        """
        WITH was AS (
            SELECT negative_id FROM sighting_faces WHERE school_id = $1 AND id = $2 AND negative_id IS NOT NULL FOR UPDATE
        ), changed AS (
            UPDATE sighting_faces SET negative_id = NULL, other_student_id = NULL, revision = NULL WHERE school_id = $1 AND id = $2
        )
        INSERT INTO template_tombstones (school_id, template_id, revision) SELECT $1, negative_id, $3 FROM was
        """;

    private const string Theirs = "school_id = $1 AND (student_id = $2 OR other_student_id = $2)";

    private const string Bury =
        $"""
        INSERT INTO template_tombstones (school_id, template_id, revision)
        SELECT $1, negative_id, $3 FROM sighting_faces WHERE {Theirs} AND negative_id IS NOT NULL
        """;

    /// <summary>Forgets all that are of a student, or were taken for them.</summary>
    public const string Forget = $"DELETE FROM sighting_faces WHERE {Theirs}";

    /// <summary>Those that are there.</summary>
    public const string Find = "SELECT 1 FROM sighting_faces WHERE school_id = $1 AND id = $2";

    public static NpgsqlBatchCommand InsertOf(StorageKeys keys, SchoolId school, RecordId record, StudentId student, Embedding face)
    {
        using var cipher = keys.OpenCipher();
        var stored = new TemplateSeal(cipher, school, Purpose)
            .SealBytes(record.Value, student, face.Contract, EmbeddingCodec.Encode(face.Values));
        return new(Insert)
        {
            Parameters =
            {
                new() { Value = school.Value }, new() { Value = record.Value }, new() { Value = student.Value },
                new() { Value = face.Contract.Value }, new() { Value = keys.CurrentId }, new() { Value = stored },
            },
        };
    }

    /// <summary>Makes the record's face a negative example of whom the record named.</summary>
    /// <param name="of">Whose face it is; null for nobody whom the school knows.</param>
    public static IEnumerable<NpgsqlBatchCommand> NegativeOf(
        SchoolId school, RecordId record, StudentId? of, CorrectionId correction, long revision)
    {
        NpgsqlParameter Whose() => new() { Value = (object?)of?.Value ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar };
        yield return new(ForgetUnwilling) { Parameters = { new() { Value = school.Value }, new() { Value = record.Value }, Whose() } };
        yield return new(Make)
        {
            Parameters =
            {
                new() { Value = school.Value }, new() { Value = record.Value }, Whose(), new() { Value = correction.Value },
                new() { Value = revision },
            },
        };
    }

    /// <summary>Makes it an ordinary face again.</summary>
    public static NpgsqlBatchCommand TakenBackOf(SchoolId school, RecordId record, long revision) => new(TakeBack)
    {
        Parameters = { new() { Value = school.Value }, new() { Value = record.Value }, new() { Value = revision } },
    };

    /// <summary>Tells the galleries what <see cref="Forget"/> takes out of them.</summary>
    public static NpgsqlBatchCommand BuryOf(SchoolId school, StudentId student, long revision) => new(Bury)
    {
        Parameters = { new() { Value = school.Value }, new() { Value = student.Value }, new() { Value = revision } },
    };
}
