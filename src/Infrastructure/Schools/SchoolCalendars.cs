using System.Collections.Concurrent;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Schools;

/// <summary>
/// The schools' time zones in memory, told by NOTIFY of what any process changes. The setting counts before what is stored for the first
/// school, whose operator wrote it, and after it for the others. Thread-safe.
/// </summary>
internal sealed class SchoolCalendars(NpgsqlDataSource database, IOptions<AttendanceOptions> options) : ISchoolCalendars, IChannelListener
{
    /// <summary>Channel of the notifications; the payload is the school's id, a space and its zone.</summary>
    internal const string Channel = "school_zones";

    private const string ReadAll = "SELECT id, time_zone FROM schools WHERE time_zone IS NOT NULL";

    private readonly ConcurrentDictionary<SchoolId, SchoolCalendar> _stored = new();
    private readonly SchoolCalendar _setting = new(options.Value.TimeZone ?? AttendanceOptions.UsualTimeZone);

    public string? Fixed => options.Value.TimeZone;

    string IChannelListener.Channel => Channel;

    public SchoolCalendar Of(SchoolId school) =>
        (school == SchoolId.First && Fixed is not null) || !_stored.TryGetValue(school, out var stored) ? _setting : stored;

    public async Task LoadAsync(CancellationToken ct)
    {
        await using var read = database.CreateCommand(ReadAll);
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) Keep(new(rows.GetGuid(0)), rows.GetString(1));
    }

    /// <summary>For the transaction that stores it.</summary>
    public static NpgsqlBatchCommand TellOf(SchoolId school, string zone) => new("SELECT pg_notify($1, $2)")
    {
        Parameters = { new() { Value = Channel }, new() { Value = $"{school.Value} {zone}" } },
    };

    public void Keep(SchoolId school, string zone)
    {
        // One that this machine has no data of would stop whoever asks for a day.
        if (SchoolCalendar.IsZone(zone)) _stored[school] = new(zone);
    }

    Task IChannelListener.ConnectedAsync(CancellationToken ct) => LoadAsync(ct);

    void IChannelListener.Receive(string payload)
    {
        if (payload.Split(' ') is [var school, var zone] && Guid.TryParse(school, out var id)) Keep(new(id), zone);
    }

    /// <summary>What was heard last is kept until the connection is back, and everything is read anew.</summary>
    void IChannelListener.Lost()
    {
    }
}
