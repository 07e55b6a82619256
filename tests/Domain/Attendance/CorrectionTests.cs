using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Attendance;

public sealed class CorrectionTests
{
    [TestCase(AttendanceStatus.Present, null, true)]
    [TestCase(AttendanceStatus.Present, AttendanceStatus.Present, false)]
    [TestCase(AttendanceStatus.Present, AttendanceStatus.Late, true)]
    [TestCase(AttendanceStatus.Late, AttendanceStatus.Late, false)]
    [TestCase(AttendanceStatus.Late, AttendanceStatus.Present, false)]
    [TestCase(AttendanceStatus.Late, AttendanceStatus.Absent, true)]
    [TestCase(AttendanceStatus.Late, AttendanceStatus.Excused, true)]
    [TestCase(AttendanceStatus.Present, AttendanceStatus.Sick, true)]
    public void Adds_BesideWhatStands_OnlyWhatSaysMore(AttendanceStatus wrong, AttendanceStatus? standing, bool adds) => Assert.That(
        Correction.Adds(
            RecordOf(wrong, new Evidence.Camera(null, null, null, null)),
            standing is { } status ? RecordOf(status, new Evidence.Schedule()) : null),
        Is.EqualTo(adds));

    [Test]
    public void IsOf_RecordsByTheirOrigin_ThoseOfAFace() => Assert.That(
        new Evidence[]
        {
            new Evidence.Camera(null, null, null, null), new Evidence.CheckIn(null, null, null, null, null, null, null, []),
            new Evidence.Manual("seen", null), new Evidence.Schedule(),
        }.Select(e => Correction.IsOf(RecordOf(AttendanceStatus.Present, e))),
        Is.EqualTo(new[] { true, true, false, false }));

    private static AttendanceRecord RecordOf(AttendanceStatus status, Evidence evidence) =>
        new(RecordId.New(), new StudentId("ann"), null, DateTimeOffset.UnixEpoch, status, false, evidence);
}
