using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Liveness;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Privacy;

/// <summary>Consent in PostgreSQL. Locks as every change of templates does: student, school, templates. Thread-safe.</summary>
internal sealed class ConsentStore(
    NpgsqlDataSource database, InMemoryGallery gallery, AuditLog audit, ErasureList list, ICaller caller, IOptions<PrivacyOptions> options)
        : IConsents
{
    private const string ReadState = "SELECT consent FROM students WHERE school_id = $1 AND id = $2";

    private const string ReadHistory =
        """
        SELECT state, method, note, caller_name($1, recorded_by), recorded_at FROM consents WHERE school_id = $1 AND student_id = $2
        ORDER BY recorded_at DESC, id DESC
        """;

    private const string SetState = "UPDATE students SET consent = $3, updated_at = clock_timestamp() WHERE school_id = $1 AND id = $2";

    private const string Insert =
        "INSERT INTO consents (school_id, id, student_id, state, method, note, recorded_by) VALUES ($1, $2, $3, $4, $5, $6, $7) ON " +
        "CONFLICT (school_id, id) DO NOTHING";

    private const string BuryTemplates =
        """
        WITH gone AS (DELETE FROM templates WHERE school_id = $1 AND student_id = $2 RETURNING id)
        INSERT INTO template_tombstones (school_id, template_id, revision) SELECT $1, id, $3 FROM gone
        """;

    private const string ForgetPictures = "DELETE FROM liveness_pictures WHERE school_id = $1 AND student_id = $2";

    // A gallery that left them out for want of consent finds them as it finds new ones.
    private const string ShowTemplates = "UPDATE templates SET revision = $3 WHERE school_id = $1 AND student_id = $2";

    public async Task<Consent?> FindAsync(SchoolId school, StudentId student, CancellationToken ct)
    {
        await using var read = database.CreateBatch();
        read.BatchCommands.Add(new(ReadState) { Parameters = { Of(school), Of(student) } });
        read.BatchCommands.Add(new(ReadHistory) { Parameters = { Of(school), Of(student) } });
        await using var reader = await read.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct)) return null;
        var state = Words.Parse<ConsentState>(reader.GetString(0))!.Value;
        await reader.NextResultAsync(ct);
        var history = new List<ConsentStatement>();
        while (await reader.ReadAsync(ct))
        {
            history.Add(new(
                Words.Parse<ConsentState>(reader.GetString(0))!.Value, reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4)));
        }
        return new(state, options.Value.ConsentRequired, history);
    }

    public Task<Consent?> RecordAsync(
        SchoolId school, StudentId student, ConsentState state, string method, string? note, CancellationToken ct) =>
        RecordAsync(school, student, state, method, note, null, ct);

    /// <summary>Repeats a withdrawal that stands in the list of erasures already.</summary>
    public Task WithdrawAgainAsync(SchoolId school, StudentId student, Guid statement, CancellationToken ct) =>
        RecordAsync(school, student, ConsentState.Withdrawn, "repeated after a restore", null, statement, ct);

    private async Task<Consent?> RecordAsync(
        SchoolId school, StudentId student, ConsentState state, string method, string? note, Guid? again, CancellationToken ct)
    {
        var statement = again ?? Guid.CreateVersion7();
        long revision;
        await using (var connection = await database.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            var word = Words.Of(state);
            await using (var set = new NpgsqlCommand(SetState, connection)
            {
                Parameters = { Of(school), Of(student), new() { Value = word } },
            })
            {
                if (await set.ExecuteNonQueryAsync(ct) == 0) return null;
            }
            revision = await GalleryRevision.BumpForRemovalAsync(connection, school, ct);
            var templates = new NpgsqlBatchCommand(state == ConsentState.Withdrawn ? BuryTemplates : ShowTemplates)
            {
                Parameters = { Of(school), Of(student), new() { Value = revision } },
            };
            await using (var write = new NpgsqlBatch(connection)
            {
                BatchCommands =
                {
                    templates,
                    new(Insert)
                    {
                        Parameters =
                        {
                            Of(school), new() { Value = statement }, Of(student), new() { Value = word }, new() { Value = method },
                            new() { Value = (object?)note ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Varchar },
                            new() { Value = caller.Name },
                        },
                    },
                    GalleryRevision.Notify(school, revision),
                    audit.EntryOf(new(
                        school, AuditActions.ConsentRecorded, student.Value,
                        Words: new(student, new Dictionary<string, object?> { ["state"] = word, ["method"] = method }))),
                },
            })
            {
                await write.ExecuteNonQueryAsync(ct);
            }
            if (state == ConsentState.Withdrawn)
            {
                await using var forget = new NpgsqlBatch(connection)
                {
                    BatchCommands =
                    {
                        new(ForgetPictures) { Parameters = { Of(school), Of(student) } },
                        SightingFaces.BuryOf(school, student, revision),
                        new(SightingFaces.Forget) { Parameters = { Of(school), Of(student) } },
                        new(LivenessAttempts.VoidResults) { Parameters = { Of(school), Of(student) } },
                    },
                };
                await forget.ExecuteNonQueryAsync(ct);
                var (mark, now) = await ErasureReplay.ReadMomentAsync(connection, school, ct);
                if (again is null) await list.AppendAsync(Forgotten.Withdrawn, mark, student, now, statement, ct);
            }
            await transaction.CommitAsync(CancellationToken.None);
        }
        await gallery.SyncAsync(school, revision, CancellationToken.None);
        return await FindAsync(school, student, ct);
    }

    private static NpgsqlParameter Of(SchoolId school) => new() { Value = school.Value };

    private static NpgsqlParameter Of(StudentId student) => new() { Value = student.Value };
}
