using System.Globalization;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Attendance;

internal sealed class LessonTests
{
    private static readonly DayOfWeek[] EveryDay = Enum.GetValues<DayOfWeek>();

    // 07:00 is 07:00 in summer and in winter; what the clock skips is the moment of its change, what it shows twice is the first.
    [TestCase("2025-03-29", "07:00", "07:45", "2025-03-29T06:00:00Z", "2025-03-29T06:45:00Z")]
    [TestCase("2025-03-30", "07:00", "07:45", "2025-03-30T05:00:00Z", "2025-03-30T05:45:00Z")]
    [TestCase("2025-03-30", "01:30", "03:15", "2025-03-30T00:30:00Z", "2025-03-30T01:15:00Z")]
    [TestCase("2025-03-30", "02:15", "03:15", "2025-03-30T01:00:00Z", "2025-03-30T01:15:00Z")]
    [TestCase("2025-03-30", "02:15", "02:45", null, null)]
    [TestCase("2025-10-25", "07:00", "07:45", "2025-10-25T05:00:00Z", "2025-10-25T05:45:00Z")]
    [TestCase("2025-10-26", "02:30", "03:30", "2025-10-26T00:30:00Z", "2025-10-26T02:30:00Z")]
    [TestCase("2025-10-26", "07:00", "07:45", "2025-10-26T06:00:00Z", "2025-10-26T06:45:00Z")]
    public void WindowOn_AroundChangesOfTheClock_IsWhenTheClockAtTheSchoolShowsIt(
        string day, string starts, string ends, string? from, string? to)
    {
        var window = Lesson(starts, ends).WindowOn(Day(day), new SchoolCalendar("Europe/Berlin"));

        Assert.That(window?.StartsAt, Is.EqualTo(Instant(from)));
        Assert.That(window?.EndsAt, Is.EqualTo(Instant(to)));
    }

    [Test]
    public void WindowOn_DayThatShortensTheLesson_EndsTheGraceWithIt() => Assert.That(
        Lesson("01:30", "03:15", graceMinutes: 100).WindowOn(Day("2025-03-30"), new SchoolCalendar("Europe/Berlin"))!.Grace,
        Is.EqualTo(TimeSpan.FromMinutes(45)));

    [TestCase("2026-01-04", false, Description = "a Sunday before it is valid")]
    [TestCase("2026-01-05", true)]
    [TestCase("2026-01-06", false, Description = "a Tuesday")]
    [TestCase("2026-01-19", true)]
    [TestCase("2026-01-26", false, Description = "a Monday after it")]
    public void IsOn(string day, bool expected) => Assert.That(
        (Lesson("07:00", "07:45") with
        {
            Weekdays = [DayOfWeek.Monday], ValidFrom = Day("2026-01-05"), ValidUntil = Day("2026-01-19"),
        }).IsOn(Day(day)),
        Is.EqualTo(expected));

    [TestCase("07:00", "07:00", 15, 10, "ends")]
    [TestCase("07:00", "06:00", 15, 10, "ends")]
    [TestCase("07:00", "07:45", -1, 10, "opens_before_minutes")]
    [TestCase("07:00", "07:45", 1396, 10, "opens_before_minutes")]
    [TestCase("07:00", "07:45", 1395, 45, null)]
    [TestCase("07:00", "07:45", 0, 46, "grace_minutes")]
    [TestCase("07:00", "07:45", 0, -1, "grace_minutes")]
    public void Hours_AroundTheirLimits_NameTheFieldAtFault(string starts, string ends, int opens, int grace, string? field)
    {
        var hours = LessonHours.Create(Time(starts), Time(ends), TimeSpan.FromMinutes(opens), TimeSpan.FromMinutes(grace));

        Assert.That(hours.Error?.Field, Is.EqualTo(field));
        Assert.That(hours.Error?.Code, Is.EqualTo(field is null ? null : "lesson.invalid_times"));
    }

    [Test]
    public void Plan_TwoWeeks_LeavesOutHolidaysAndBeginsToday()
    {
        var lesson = Lesson("07:00", "07:45") with { Weekdays = [DayOfWeek.Monday, DayOfWeek.Wednesday] };
        Holiday[] holidays = [new(HolidayId.New(), "Feast", Day("2026-01-06"), Day("2026-01-07"))];

        var plan = Timetable.Plan([lesson], holidays, new SchoolCalendar("Asia/Jakarta"), Day("2026-01-05"));

        Assert.That(plan.Select(p => p.Day), Is.EqualTo(new[] { Day("2026-01-05"), Day("2026-01-12"), Day("2026-01-14") }));
    }

    private static Lesson Lesson(string starts, string ends, int graceMinutes = 10) => new(
        LessonId.New(), "Mathematics", "7B", EveryDay,
        LessonHours.Create(Time(starts), Time(ends), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(graceMinutes)).Value, [],
        Day("2020-01-01"), null);

    private static DateOnly Day(string text) => DateOnly.Parse(text, CultureInfo.InvariantCulture);

    private static TimeOnly Time(string text) => TimeOnly.Parse(text, CultureInfo.InvariantCulture);

    private static DateTimeOffset? Instant(string? text) =>
        text is null ? null : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
