namespace FaceAttendance.Domain.Schools;

/// <summary>Which day it is at the school, whatever the server's own time zone.</summary>
public sealed class SchoolCalendar
{
    // Hours. Kiribati keeps +14, and the day before an instant with -12 begins as far on the other side.
    private const int WidestOffset = 15;

    private readonly TimeZoneInfo _zone;

    /// <param name="ianaZone">Such as <c>Asia/Jakarta</c>.</param>
    /// <exception cref="ArgumentException">No such zone.</exception>
    public SchoolCalendar(string ianaZone) => _zone = TimeZoneInfo.TryFindSystemTimeZoneById(ianaZone, out var zone)
        ? zone
        : throw new ArgumentException(
            $"'{ianaZone}' is no IANA time zone; give one such as Asia/Jakarta or Europe/Berlin.", nameof(ianaZone));

    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(LocalOf(instant).DateTime);

    /// <summary>The instant as a clock at the school shows it, with the offset in force there then.</summary>
    public DateTimeOffset LocalOf(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, _zone);

    /// <summary>
    /// The first instant of a day: midnight, the earlier one where the clock shows it twice, and where a change of the clock skips it the
    /// moment of that change. A day that the zone skipped as a whole begins when the next one does.
    /// </summary>
    public DateTimeOffset StartOf(DateOnly day)
    {
        // Every zone's midnight lies within this of Greenwich's. Days only ever grow, so the border is found by halving.
        var midnight = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        var (before, after) = (midnight.AddHours(-WidestOffset), midnight.AddHours(WidestOffset));
        while (after.Ticks - before.Ticks > 1)
        {
            var middle = before.AddTicks((after.Ticks - before.Ticks) / 2);
            if (DayOf(middle) < day) before = middle;
            else after = middle;
        }
        return after;
    }
}
