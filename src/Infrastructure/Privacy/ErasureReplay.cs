using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Privacy;

/// <summary>
/// Repeats, at the start, what the list of erasures holds and the database does not know: it was restored from a backup of before. Whoever
/// was enrolled under the same id afterwards is somebody else and stays.
/// </summary>
internal sealed partial class ErasureReplay(
    NpgsqlDataSource database, ErasureList list, StudentRights rights, ConsentStore consents, ILogger<ErasureReplay> log)
{
    // What the database has written itself it does not repeat.
    private const string ReadKnown =
        "SELECT id FROM erasure_receipts WHERE id = ANY ($1) UNION ALL SELECT id FROM consents WHERE id = ANY ($1)";

    private const string ReadStudents =
        """
        SELECT k.id, k.created_at, s.id, s.created_at,
            coalesce((SELECT max(c.recorded_at) FROM consents AS c WHERE c.school_id = s.school_id AND c.student_id = s.id), '-infinity')
        FROM students AS s JOIN schools AS k ON k.id = s.school_id
        """;

    private const string ReadMoment = "SELECT created_at, clock_timestamp() FROM schools WHERE id = $1";

    /// <summary>What a line of the list says of when and where, within a transaction that holds the school.</summary>
    public static async Task<(SchoolMark School, DateTimeOffset Now)> ReadMomentAsync(
        NpgsqlConnection connection, SchoolId school, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand(ReadMoment, connection) { Parameters = { new() { Value = school.Value } } };
        await using var reader = await read.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return (new(school, reader.GetFieldValue<DateTimeOffset>(0)), reader.GetFieldValue<DateTimeOffset>(1));
    }

    /// <exception cref="Application.StartupException">The list cannot be opened.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        var lines = await list.OpenAsync(ct);
        if (lines.Count == 0) return;
        var known = await ReadKnownAsync([.. lines.Select(l => l.Id)], ct);
        if (lines.Where(l => !known.Contains(l.Id)).ToList() is not { Count: > 0 } unknown) return;
        var found = await FindAsync(list.MatcherOf(unknown), ct);
        foreach (var (school, student, line) in found.Where(f => f.Line.What == Forgotten.Erased))
            await rights.EraseAgainAsync(school, student, line.Id, ct);
        foreach (var (school, student, line) in found.Where(f => f.Line.What == Forgotten.Withdrawn))
            await consents.WithdrawAgainAsync(school, student, line.Id, ct);
        if (found.Count > 0) Log.Repeated(log, found.Count);
    }

    private async Task<HashSet<Guid>> ReadKnownAsync(Guid[] ids, CancellationToken ct)
    {
        var known = new HashSet<Guid>();
        await using var read = database.CreateCommand(ReadKnown);
        read.Parameters.AddWithValue(ids);
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) known.Add(reader.GetGuid(0));
        return known;
    }

    private async Task<List<(SchoolId School, StudentId Student, ListedErasure Line)>> FindAsync(
        ErasureMatcher matcher, CancellationToken ct)
    {
        var found = new List<(SchoolId, StudentId, ListedErasure)>();
        await using var read = database.CreateCommand(ReadStudents);
        read.CommandTimeout = 0;
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var school = new SchoolMark(new(reader.GetGuid(0)), reader.GetFieldValue<DateTimeOffset>(1));
            var student = new StudentId(reader.GetString(2));
            var (made, said) = (reader.GetFieldValue<DateTimeOffset>(3), reader.GetFieldValue<DateTimeOffset>(4));
            // A consent that was given after the withdrawal stands; the last of several withdrawals is the one to repeat.
            var theirs = matcher.Of(school, student).Where(l => made <= l.At && (l.What == Forgotten.Erased || said < l.At))
                .OrderBy(l => l.At).ToList();
            if ((theirs.FindLast(l => l.What == Forgotten.Erased) ?? theirs.LastOrDefault()) is { } line)
                found.Add((school.School, student, line));
        }
        return found;
    }

    private static partial class Log
    {
        [LoggerMessage(1715, LogLevel.Warning,
            "The database is from before {Count} erasures or withdrawals of consent that the list of erasures holds; they were repeated.")]
        public static partial void Repeated(ILogger log, int count);
    }
}
