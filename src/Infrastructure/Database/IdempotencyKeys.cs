using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>
/// Keys that make a retry the same request, each its caller's own, within the transaction of what is asked. A key's row makes a second
/// request with it wait for the first one's end.
/// </summary>
internal static class IdempotencyKeys
{
    private const string Take =
        """
        INSERT INTO idempotency_keys (school_id, caller, key, request_sha256) VALUES ($1, $2, $3, $4)
        ON CONFLICT (school_id, caller, key) DO NOTHING
        """;

    private const string Read = "SELECT request_sha256, answer FROM idempotency_keys WHERE school_id = $1 AND caller = $2 AND key = $3";

    private const string Answer =
        "UPDATE idempotency_keys SET answer = $4, student_id = $5 WHERE school_id = $1 AND caller = $2 AND key = $3";

    /// <returns>The earlier answer; null when the key is new and now taken by this transaction. Fails with
    /// <paramref name="reused"/>.</returns>
    public static async Task<Result<string?>> TakeAsync(
        NpgsqlConnection connection, SchoolId school, ICaller caller, IdempotencyKey key, Error reused, CancellationToken ct)
    {
        await using (var take = new NpgsqlCommand(Take, connection)
        {
            Parameters =
            {
                new() { Value = school.Value }, new() { Value = caller.Name }, new() { Value = key.Value },
                new() { Value = key.RequestDigest.ToArray() },
            },
        })
        {
            if (await take.ExecuteNonQueryAsync(ct) == 1) return Result<string?>.Ok(null);
        }
        await using var read = new NpgsqlCommand(Read, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = caller.Name }, new() { Value = key.Value } },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            throw new InvalidOperationException("An idempotency key was forgotten while it was being asked for.");
        return reader.GetFieldValue<byte[]>(0).AsSpan().SequenceEqual(key.RequestDigest.Span) ? reader.GetString(1) : reused;
    }

    /// <summary>Lays the answer beside its key.</summary>
    public static NpgsqlBatchCommand AnswerOf(SchoolId school, ICaller caller, IdempotencyKey key, StudentId student, string answer) =>
        new(Answer)
        {
            Parameters =
        {
            new() { Value = school.Value }, new() { Value = caller.Name }, new() { Value = key.Value }, new() { Value = answer },
            new() { Value = student.Value },
        },
        };
}
