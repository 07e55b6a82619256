using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>
/// What is removed for its age goes by the database's clock, and by no clock that may be wrong: not in the first minutes of a start, in
/// which a machine may still be setting its own, and not while the process and the database disagree. Thread-safe.
/// </summary>
internal sealed class DatabaseClock(NpgsqlDataSource database, TimeProvider clock)
{
    /// <summary>Clocks that are kept by a time server differ by less than a second.</summary>
    public static readonly TimeSpan MostApart = TimeSpan.FromMinutes(2);

    /// <summary>After a start nothing is removed for so long.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromMinutes(5);

    private readonly long _startedAt = clock.GetTimestamp();

    public bool HasSettled => clock.GetElapsedTime(_startedAt) >= Settling;

    /// <summary>By how much this process's clock is ahead of the database's; negative when it is behind.</summary>
    public async Task<TimeSpan> AheadAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var ask = new NpgsqlCommand("SELECT clock_timestamp()", connection);
        var before = clock.GetUtcNow();
        var there = new DateTimeOffset((DateTime)(await ask.ExecuteScalarAsync(ct))!);
        return before + ((clock.GetUtcNow() - before) / 2) - there;
    }

    public async Task<bool> AgreesAsync(CancellationToken ct) => (await AheadAsync(ct)).Duration() < MostApart;
}
