using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Students;

public sealed class StudentIdTests
{
    [TestCase("a", true)]
    [TestCase("siswaA", true)]
    [TestCase("2024.11_A-7", true)]
    [TestCase("", false)]
    [TestCase(null, false)]
    [TestCase(".", false)]
    [TestCase("..", false)]
    [TestCase(".a", true)]
    [TestCase("a/b", false)]
    [TestCase("a\\b", false)]
    [TestCase("a b", false)]
    [TestCase("a\n", false)]
    [TestCase("a\0", false)]
    [TestCase("é", false)]
    [TestCase("Unknown", false)]
    [TestCase("UNKNOWN", false)]
    [TestCase("Unknown1", true)]
    public void IsValid(string? id, bool expected) => Assert.That(StudentId.IsValid(id), Is.EqualTo(expected));

    [Test]
    public void Constructor_BadId_SaysTheRule() =>
        Assert.That(() => new StudentId("a b"), Throws.ArgumentException.With.Message.Contains(StudentId.Rule));

    [Test]
    public void Value_NeverGiven_Throws() => Assert.That(
        () => default(StudentId).Value, Throws.InvalidOperationException.With.Message.Contains("never given"));

    [TestCase(64, true)]
    [TestCase(65, false)]
    [TestCase(300, false)]
    public void IsValid_Length(int length, bool expected) => Assert.That(StudentId.IsValid(new string('a', length)), Is.EqualTo(expected));
}

public sealed class SchoolCalendarTests
{
    [TestCase("Asia/Jakarta", "2026-11-20T16:59:59Z", "2026-11-20")]
    [TestCase("Asia/Jakarta", "2026-11-20T17:00:00Z", "2026-11-21")]
    [TestCase("America/New_York", "2026-11-21T04:59:59Z", "2026-11-20")]
    [TestCase("Europe/Berlin", "2026-03-29T22:00:00Z", "2026-03-30")]
    [TestCase("Europe/Berlin", "2026-03-28T22:30:00Z", "2026-03-28")]
    [TestCase("UTC", "2026-11-21T00:00:00Z", "2026-11-21")]
    public void DayOf_SchoolZone_IsTheSchoolsOwnDay(string zone, string instant, string day) => Assert.That(
        new SchoolCalendar(zone).DayOf(DateTimeOffset.Parse(instant, null)), Is.EqualTo(DateOnly.ParseExact(day, "yyyy-MM-dd", null)));

    [Test]
    public void Constructor_NoSuchZone_NamesItAndTheRemedy() => Assert.That(
        () => new SchoolCalendar("Mars/Olympus"),
        Throws.ArgumentException.With.Message.Contains("Mars/Olympus").And.Message.Contains("Asia/Jakarta"));
}
