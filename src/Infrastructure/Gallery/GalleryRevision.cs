using System.Globalization;
using FaceAttendance.Domain.Schools;
using Npgsql;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>
/// The count of changes to a school's templates. Raising it locks the school's row until the transaction ends, so revisions commit in
/// their order: who has seen revision n has seen all before it.
/// </summary>
internal static class GalleryRevision
{
    /// <summary>Channel of the notifications; the payload is the school's id, a space and the revision.</summary>
    public const string Channel = "gallery";

    private const string Bump = "UPDATE schools SET gallery_revision = gallery_revision + 1 WHERE id = $1 RETURNING gallery_revision";

    // Whoever has been away for longer than a day loads the gallery anew, which takes seconds; keeping tombstones longer would save them
    // that at most.
    private const string Prune =
        """
        WITH pruned AS (
            DELETE FROM template_tombstones WHERE school_id = $1 AND removed_at < now() - interval '1 day' RETURNING revision)
        UPDATE schools SET tombstone_floor = greatest(tombstone_floor, (SELECT max(revision) FROM pruned))
        WHERE id = $1 AND EXISTS (SELECT 1 FROM pruned)
        """;

    /// <summary>The next revision, in the caller's transaction.</summary>
    public static async Task<long> BumpAsync(NpgsqlConnection connection, SchoolId school, CancellationToken ct)
    {
        await using var bump = new NpgsqlCommand(Bump, connection) { Parameters = { new() { Value = school.Value } } };
        return await bump.ExecuteScalarAsync(ct) is long revision ? revision
            : throw new InvalidOperationException($"There is no school {school}.");
    }

    /// <summary>The next revision, for a transaction that writes tombstones; old ones are cleared away on the occasion.</summary>
    public static async Task<long> BumpForRemovalAsync(NpgsqlConnection connection, SchoolId school, CancellationToken ct)
    {
        var revision = await BumpAsync(connection, school, ct);
        await using var prune = new NpgsqlCommand(Prune, connection) { Parameters = { new() { Value = school.Value } } };
        await prune.ExecuteNonQueryAsync(ct);
        return revision;
    }

    /// <summary>Tells the other processes, when the transaction commits.</summary>
    public static NpgsqlBatchCommand Notify(SchoolId school, long revision) => new("SELECT pg_notify($1, $2)")
    {
        Parameters =
        {
            new() { Value = Channel },
            new() { Value = string.Create(CultureInfo.InvariantCulture, $"{school.Value} {revision}") },
        },
    };

    /// <returns>False for a payload of another shape.</returns>
    public static bool TryParse(string payload, out SchoolId school, out long revision)
    {
        school = default;
        revision = 0;
        var space = payload.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || !Guid.TryParse(payload.AsSpan(0, space), out var id)) return false;
        school = new SchoolId(id);
        return long.TryParse(payload.AsSpan(space + 1), NumberStyles.None, CultureInfo.InvariantCulture, out revision);
    }
}
