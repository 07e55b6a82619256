using System.Globalization;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Schools;

internal sealed class SchoolCalendarTests
{
    [TestCase("Asia/Jakarta", "2026-01-05", "2026-01-05T00:00:00+07:00")]
    [TestCase("UTC", "2026-01-05", "2026-01-05T00:00:00+00:00")]
    [TestCase("Pacific/Kiritimati", "2026-01-05", "2026-01-05T00:00:00+14:00")]
    [TestCase("Etc/GMT+12", "2026-01-05", "2026-01-05T00:00:00-12:00")]
    [TestCase("Europe/Berlin", "2025-03-30", "2025-03-30T00:00:00+01:00", TestName = "StartOf_DayOf23Hours_BeginsInWinterTime")]
    [TestCase("Europe/Berlin", "2025-03-31", "2025-03-31T00:00:00+02:00", TestName = "StartOf_DayAfterSpringForward_BeginsInSummerTime")]
    [TestCase("Europe/Berlin", "2025-10-26", "2025-10-26T00:00:00+02:00", TestName = "StartOf_DayOf25Hours_BeginsInSummerTime")]
    [TestCase("Europe/Berlin", "2025-10-27", "2025-10-27T00:00:00+01:00", TestName = "StartOf_DayAfterFallBack_BeginsInWinterTime")]
    [TestCase("Africa/Cairo", "2025-04-25", "2025-04-25T01:00:00+03:00", TestName = "StartOf_MidnightSkipped_IsTheMomentOfTheChange")]
    [TestCase("America/Havana", "2025-11-02", "2025-11-02T00:00:00-04:00", TestName = "StartOf_MidnightTwice_IsTheFirst")]
    [TestCase("Africa/Cairo", "2025-10-31", "2025-10-31T00:00:00+02:00", TestName = "StartOf_HourBeforeMidnightTwice_IsMidnight")]
    [TestCase("Pacific/Apia", "2011-12-30", "2011-12-31T00:00:00+14:00", TestName = "StartOf_DayThatNeverWas_IsTheNextDays")]
    public void StartOf(string zone, string day, string expected)
    {
        var start = new SchoolCalendar(zone).StartOf(DateOnly.Parse(day, CultureInfo.InvariantCulture));

        Assert.That(start, Is.EqualTo(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture)));
    }

    [TestCase("Europe/Berlin", "2025-03-30", 23)]
    [TestCase("Europe/Berlin", "2025-10-26", 25)]
    [TestCase("Europe/Berlin", "2025-07-01", 24)]
    [TestCase("Australia/Lord_Howe", "2025-04-06", 24.5)]
    [TestCase("America/New_York", "2025-03-09", 23)]
    [TestCase("America/New_York", "2025-11-02", 25)]
    public void StartOf_NextDay_IsAsManyHoursLater(string zone, string day, double hours)
    {
        var calendar = new SchoolCalendar(zone);
        var date = DateOnly.Parse(day, CultureInfo.InvariantCulture);

        Assert.That(calendar.StartOf(date.AddDays(1)) - calendar.StartOf(date), Is.EqualTo(TimeSpan.FromHours(hours)));
    }

    [TestCase("Europe/Berlin", "2025-03-30T00:59:59Z", "2025-03-30T01:59:59+01:00")]
    [TestCase("Europe/Berlin", "2025-03-30T01:00:00Z", "2025-03-30T03:00:00+02:00")]
    [TestCase("Europe/Berlin", "2025-10-26T00:30:00Z", "2025-10-26T02:30:00+02:00")]
    [TestCase("Europe/Berlin", "2025-10-26T01:30:00Z", "2025-10-26T02:30:00+01:00")]
    [TestCase("Europe/Berlin", "2025-10-26T22:59:59Z", "2025-10-26T23:59:59+01:00")]
    [TestCase("Europe/Berlin", "2025-10-26T23:00:00Z", "2025-10-27T00:00:00+01:00")]
    [TestCase("Europe/Berlin", "2025-10-25T21:59:59Z", "2025-10-25T23:59:59+02:00")]
    public void LocalOf_AroundAChangeOfTheClock_HasTheOffsetInForceAndTheDayOfTheClock(string zone, string instant, string expected)
    {
        var calendar = new SchoolCalendar(zone);
        var at = DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

        var local = calendar.LocalOf(at);

        Assert.That(local.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture), Is.EqualTo(expected));
        Assert.That(calendar.DayOf(at), Is.EqualTo(DateOnly.FromDateTime(local.DateTime)));
    }

    [Test]
    public void StartOf_EveryDayOfTwentyYears_IsTheFirstInstantOfThatDay(
        [Values("Europe/Berlin", "America/Havana", "Africa/Cairo", "Asia/Beirut", "Australia/Lord_Howe")] string zone)
    {
        var calendar = new SchoolCalendar(zone);
        for (var day = new DateOnly(2010, 1, 1); day.Year < 2030; day = day.AddDays(1))
        {
            var start = calendar.StartOf(day);

            if (calendar.DayOf(start) != day || calendar.DayOf(start.AddTicks(-1)) >= day)
                Assert.Fail($"{day:O} does not begin at {start:O}.");
        }
    }
}
