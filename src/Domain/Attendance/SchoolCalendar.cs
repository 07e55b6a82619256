namespace FaceAttendance.Domain.Attendance;

/// <summary>Which day it is at the school, whatever the server's own time zone.</summary>
public sealed class SchoolCalendar
{
    private readonly TimeZoneInfo _zone;

    /// <param name="ianaZone">Such as <c>Asia/Jakarta</c>.</param>
    /// <exception cref="ArgumentException">No such zone.</exception>
    public SchoolCalendar(string ianaZone) => _zone = TimeZoneInfo.TryFindSystemTimeZoneById(ianaZone, out var zone)
        ? zone
        : throw new ArgumentException($"'{ianaZone}' is no IANA time zone; give one such as Asia/Jakarta or Europe/Berlin.", nameof(ianaZone));

    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(instant, _zone).DateTime);
}
