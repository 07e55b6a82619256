using System.Collections.Concurrent;
using System.Security.Cryptography;
using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Access;

/// <summary>What a good key lets its bearer do.</summary>
/// <param name="Device">The machine that the key belongs to; null for a program's.</param>
public sealed record ApiKeyGrant(SchoolId School, ApiKeyId Id, string Name, IReadOnlyList<string> Scopes, DeviceId? Device);

/// <summary>
/// Judges keys, and keeps for a few seconds what it read about those that were shown. A change that any process makes to a key is told by
/// NOTIFY and forgets it here at once; while nobody listens, nothing is kept. Thread-safe.
/// </summary>
public sealed partial class ApiKeyCache(NpgsqlDataSource database, TimeProvider clock, ILogger<ApiKeyCache> log) : IChannelListener
{
    /// <summary>Channel of the notifications; the payload is the school's id, a space and the key's.</summary>
    internal const string Channel = "api_keys";

    private const string Find =
        """
        SELECT name, scopes, device_id, secret_sha256, previous_sha256, previous_until, expires_at, last_used_at FROM api_keys
        WHERE school_id = $1 AND id = $2 AND revoked_at IS NULL
        """;

    private const string NoteUse =
        "UPDATE api_keys SET last_used_at = $3 WHERE school_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $3)";

    // The last resort when a notification never comes: a connection can be dead for a while before anybody notices.
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(10);

    // Enough to see which keys are in use, without a write for each request.
    private static readonly TimeSpan BetweenNotesOfUse = TimeSpan.FromMinutes(1);

    // Only good keys are kept, so that this many are in use at once before the oldest are read anew.
    private const int MostKept = 10_000;

    private readonly ConcurrentDictionary<(SchoolId, ApiKeyId), Entry> _entries = new();

    // Raised by everything that forgets: what was being read meanwhile may be old and is not kept.
    private long _generation;
    private volatile bool _isListening;

    /// <summary>Judges a key that a caller shows.</summary>
    /// <param name="onlyKnown">Leaves the database alone for keys that were not good lately: they count as bad.</param>
    /// <returns>Null for a key that is unknown, wrong, expired or revoked.</returns>
    public ValueTask<ApiKeyGrant?> JudgeAsync(ApiKeySecret shown, bool onlyKnown, CancellationToken ct) =>
        JudgeAsync(shown.School, shown.Id, shown.Sha256, onlyKnown, ct);

    /// <summary>Judges a key by the hash of the secret that was shown.</summary>
    /// <inheritdoc cref="JudgeAsync(ApiKeySecret, bool, CancellationToken)"/>
    public async ValueTask<ApiKeyGrant?> JudgeAsync(SchoolId school, ApiKeyId id, byte[] hash, bool onlyKnown, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        if (!_entries.TryGetValue((school, id), out var entry) || entry.ReadAt + Kept <= now || entry.ReadAt > now)
        {
            if ((onlyKnown && entry?.IsGood(hash, now) != true) || await ReadAsync(school, id, hash, ct) is not { } read) return null;
            entry = read;
        }
        if (!entry.IsGood(hash, now)) return null;
        await NoteUseAsync(entry, now, ct);
        return entry.Grant;
    }

    internal static string Payload(SchoolId school, ApiKeyId id) => $"{school.Value} {id.Value}";

    string IChannelListener.Channel => Channel;

    Task IChannelListener.ConnectedAsync(CancellationToken ct)
    {
        ForgetAll();
        _isListening = true;
        return Task.CompletedTask;
    }

    /// <summary>One of another shape forgets everything, which is never wrong.</summary>
    void IChannelListener.Receive(string payload)
    {
        if (payload.Split(' ') is [var school, var id] && Guid.TryParse(school, out var s) && Guid.TryParse(id, out var i))
            Forget(new(s), new(i));
        else ForgetAll();
    }

    internal void Forget(SchoolId school, ApiKeyId id)
    {
        Interlocked.Increment(ref _generation);
        _entries.TryRemove((school, id), out _);
    }

    /// <summary>Nothing is kept from now on.</summary>
    void IChannelListener.Lost()
    {
        _isListening = false;
        ForgetAll();
    }

    private void ForgetAll()
    {
        Interlocked.Increment(ref _generation);
        _entries.Clear();
    }

    private async Task<Entry?> ReadAsync(SchoolId school, ApiKeyId id, byte[] shownHash, CancellationToken ct)
    {
        var (generation, readAt) = (Interlocked.Read(ref _generation), clock.GetUtcNow());
        Entry entry;
        await using (var find = database.CreateCommand(Find))
        {
            find.Parameters.Add(new() { Value = school.Value });
            find.Parameters.Add(new() { Value = id.Value });
            await using var row = await find.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct)) return null;
            var device = row.IsDBNull(2) ? (DeviceId?)null : new DeviceId(row.GetString(2));
            entry = new(
                new(school, id, row.GetString(0), row.GetFieldValue<string[]>(1), device), row.GetFieldValue<byte[]>(3),
                row.IsDBNull(4) ? null : row.GetFieldValue<byte[]>(4), Instant(row, 5), Instant(row, 6), readAt)
            {
                NotedAt = (Instant(row, 7) ?? DateTimeOffset.MinValue).UtcTicks,
            };
        }
        // A wrong secret under a right id is not worth a place.
        if (!_isListening || !entry.IsGood(shownHash, readAt)) return entry;
        if (_entries.Count >= MostKept) _entries.Clear();
        _entries[(school, id)] = entry;
        // Told in between: this may be what it was before.
        if (Interlocked.Read(ref _generation) != generation) _entries.TryRemove(new((school, id), entry));
        return entry;
    }

    private async ValueTask NoteUseAsync(Entry entry, DateTimeOffset now, CancellationToken ct)
    {
        var noted = Interlocked.Read(ref entry.NotedAt);
        if (now.UtcTicks - noted < BetweenNotesOfUse.Ticks || Interlocked.CompareExchange(ref entry.NotedAt, now.UtcTicks, noted) != noted)
            return;
        try
        {
            await using var note = database.CreateCommand(NoteUse);
            note.Parameters.Add(new() { Value = entry.Grant.School.Value });
            note.Parameters.Add(new() { Value = entry.Grant.Id.Value });
            note.Parameters.Add(new() { Value = now });
            await note.ExecuteNonQueryAsync(ct);
        }
        catch (NpgsqlException e) when (DatabaseFailures.IsUnavailable(e))
        {
            // The key is good all the same.
            Log.NotNoted(log, e.Message);
        }
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private sealed record Entry(
        ApiKeyGrant Grant, byte[] Sha256, byte[]? PreviousSha256, DateTimeOffset? PreviousUntil, DateTimeOffset? ExpiresAt,
        DateTimeOffset ReadAt)
    {
        /// <summary>Ticks of the last use that the database knows.</summary>
        public long NotedAt;

        public bool IsGood(byte[] shownHash, DateTimeOffset now)
        {
            if (now >= ExpiresAt) return false;
            var isCurrent = CryptographicOperations.FixedTimeEquals(Sha256, shownHash);
            var isPrevious = PreviousSha256 is { } previous && now < PreviousUntil
                && CryptographicOperations.FixedTimeEquals(previous, shownHash);
            return isCurrent || isPrevious;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1500, LogLevel.Warning, "The use of a key was not noted: the database is away ({Reason}).")]
        public static partial void NotNoted(ILogger logger, string reason);
    }
}
