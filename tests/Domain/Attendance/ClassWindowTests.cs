using FaceAttendance.Domain.Attendance;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Attendance;

internal sealed class ClassWindowTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 5, 7, 0, 0, TimeSpan.Zero);

    [TestCase(-15.01, ExpectedResult = null)]
    [TestCase(-15, ExpectedResult = AttendanceStatus.Present)]
    [TestCase(0, ExpectedResult = AttendanceStatus.Present)]
    [TestCase(10, ExpectedResult = AttendanceStatus.Present)]
    [TestCase(10.01, ExpectedResult = AttendanceStatus.Late)]
    [TestCase(45, ExpectedResult = AttendanceStatus.Late)]
    [TestCase(45.01, ExpectedResult = null)]
    public AttendanceStatus? Classify_AroundEachEdge(double minutes) =>
        ClassWindow.Create(Start.AddMinutes(-15), Start, TimeSpan.FromMinutes(10), Start.AddMinutes(45)).Value
            .Classify(Start.AddMinutes(minutes));

    [TestCase(0, 0, 1, ExpectedResult = null)]
    [TestCase(1, 0, 45, ExpectedResult = "opens_at")]
    [TestCase(-15, -1, 45, ExpectedResult = "grace_minutes")]
    [TestCase(-15, 45, 45, ExpectedResult = null)]
    [TestCase(-15, 46, 45, ExpectedResult = "grace_minutes")]
    [TestCase(-15, 0, 0, ExpectedResult = "ends_at")]
    [TestCase(-15, 0, 1425, ExpectedResult = null)]
    [TestCase(-15, 0, 1426, ExpectedResult = "ends_at")]
    public string? Create_AroundEachEdge(double opens, double grace, double ends)
    {
        var error = ClassWindow.Create(Start.AddMinutes(opens), Start, TimeSpan.FromMinutes(grace), Start.AddMinutes(ends)).Error;

        // Told by one code, with the field and what it must be.
        if (error is not null) Assert.That((error.Code, error.Message.Contains(error.Field!, StringComparison.Ordinal) ||
            error.Message.Contains("hours at most", StringComparison.Ordinal)), Is.EqualTo(("session.invalid_window", true)));
        return error?.Field;
    }
}
