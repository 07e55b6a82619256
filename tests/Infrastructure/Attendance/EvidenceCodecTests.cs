using System.Text.Json.Nodes;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Infrastructure.Attendance;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Attendance;

internal sealed class EvidenceCodecTests
{
    private static readonly Guid Id = new("0192e4a0-0000-7000-8000-000000000042");

    // As they lie in databases: the text is what PostgreSQL gives back.
    private const string OfCamera = """{"distance": 0.2589, "device_id": "gate-1", "similarity": 0.7123, "location_id": "hall"}""";

    private const string OfCheckIn =
        """
        {"reasons": ["session.late"], "site_id": "0192e4a0-0000-7000-8000-000000000042", "verdict": "inside", "device_id": "phone-1",
        "accuracy_m": 5, "distance_m": -12.5, "captured_at": "2025-03-10T12:00:00.123+00:00",
        "liveness_session": "0192e4a0-0000-7000-8000-000000000042"}
        """;

    private const string OfMark = """{"reason": "bus broke down", "replaced": "0192e4a0-0000-7000-8000-000000000042"}""";

    [TestCase(AttendanceOrigin.Camera, OfCamera)]
    [TestCase(AttendanceOrigin.Camera, """{"distance": 0.2589}""")]
    [TestCase(AttendanceOrigin.Camera, "{}")]
    [TestCase(AttendanceOrigin.CheckIn, OfCheckIn)]
    [TestCase(AttendanceOrigin.CheckIn,
        """
        {"liveness_session":null,"site_id":null,"distance_m":null,"accuracy_m":5.5,"verdict":null,"captured_at":"2025-03-10T12:00:00+00:00",
        "device_id":"phone-1","reasons":[]}
        """)]
    [TestCase(AttendanceOrigin.Manual, OfMark)]
    [TestCase(AttendanceOrigin.Manual, """{"reason": "seen", "replaced": null}""")]
    [TestCase(AttendanceOrigin.Schedule, "{}")]
    public void ToJson_WhatIsStored_IsTheSameAgain(AttendanceOrigin origin, string stored)
    {
        var evidence = EvidenceCodec.Read(origin, stored);

        Assert.That(evidence.Origin, Is.EqualTo(origin));
        var again = EvidenceCodec.ToJson(evidence);
        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(again), JsonNode.Parse(stored)), again);
    }

    [Test]
    public void Read_EachOrigin_IsTyped()
    {
        var checkIn = (Evidence.CheckIn)EvidenceCodec.Read(AttendanceOrigin.CheckIn, OfCheckIn);

        Assert.That((checkIn.Site, checkIn.Verdict, checkIn.LivenessSession), Is.EqualTo((new SiteId(Id), PresenceVerdict.Inside, Id)));
        Assert.That(checkIn.Reasons, Is.EqualTo(new[] { "session.late" }));
        Assert.That(
            EvidenceCodec.Read(AttendanceOrigin.Manual, OfMark), Is.EqualTo(new Evidence.Manual("bus broke down", new RecordId(Id))));
        Assert.That(
            EvidenceCodec.Read(AttendanceOrigin.Camera, OfCamera), Is.EqualTo(new Evidence.Camera(0.2589, 0.7123, "gate-1", "hall")));
    }

    [TestCase(AttendanceOrigin.Camera)]
    [TestCase(AttendanceOrigin.CheckIn)]
    [TestCase(AttendanceOrigin.Manual)]
    [TestCase(AttendanceOrigin.Schedule)]
    public void Read_RowOfAnotherVersion_PassesOverWhatItDoesNotKnow(AttendanceOrigin origin) =>
        Assert.That(EvidenceCodec.ToJson(EvidenceCodec.Read(origin, """{"weather": "rain"}""")), Does.Not.Contain("weather"));
}
