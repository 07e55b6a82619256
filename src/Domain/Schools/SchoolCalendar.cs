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

    /// <summary>Whether there is such a zone.</summary>
    public static bool IsZone(string ianaZone) =>
        ianaZone.Length is > 0 and <= 64 && TimeZoneInfo.TryFindSystemTimeZoneById(ianaZone, out _);

    /// <summary>As it was given.</summary>
    public string ZoneName => _zone.Id;

    public DateOnly DayOf(DateTimeOffset instant) => DateOnly.FromDateTime(LocalOf(instant).DateTime);

    /// <summary>The instant as a clock at the school shows it, with the offset in force there then.</summary>
    public DateTimeOffset LocalOf(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, _zone);

    /// <summary>
    /// The instant at which a clock at the school shows a time: the earlier one where it does so twice, and where a change of the clock
    /// skips the time the moment of that change.
    /// </summary>
    public DateTimeOffset InstantOf(DateOnly day, TimeOnly time)
    {
        var shown = day.ToDateTime(time);
        if (_zone.IsAmbiguousTime(shown)) return new(shown, _zone.GetAmbiguousTimeOffsets(shown).Max());
        var nearly = new DateTimeOffset(shown, _zone.GetUtcOffset(shown));
        if (!_zone.IsInvalidTime(shown)) return nearly;
        // No zone skips more than a day, and none turns its clock back so soon after.
        return FirstBetween(nearly.AddDays(-1), nearly.AddDays(1), instant => LocalOf(instant).DateTime >= shown);
    }

    /// <summary>
    /// The first instant of a day: midnight, the earlier one where the clock shows it twice, and where a change of the clock skips it the
    /// moment of that change. A day that the zone skipped as a whole begins when the next one does.
    /// </summary>
    public DateTimeOffset StartOf(DateOnly day)
    {
        // Every zone's midnight lies within this of Greenwich's. Days only ever grow, so the border is found by halving.
        var midnight = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        return FirstBetween(midnight.AddHours(-WidestOffset), midnight.AddHours(WidestOffset), instant => DayOf(instant) >= day);
    }

    private static DateTimeOffset FirstBetween(DateTimeOffset before, DateTimeOffset after, Func<DateTimeOffset, bool> isReached)
    {
        while (after.Ticks - before.Ticks > 1)
        {
            var middle = before.AddTicks((after.Ticks - before.Ticks) / 2);
            if (isReached(middle)) after = middle;
            else before = middle;
        }
        return after;
    }
}
