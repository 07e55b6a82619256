using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Recognition;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests;

/// <summary>What stands in databases, in clients and in dashboards already: a member that is renamed must not rename its word
/// unseen.</summary>
public sealed class WordsTests
{
    [Test]
    public void All_OfWhatIsStoredOrSent_IsWhatItWas() => Assert.Multiple(() =>
    {
        Assert.That(Words.All<AttendanceStatus>(), Is.EqualTo(["present", "late", "absent", "excused", "sick"]));
        Assert.That(Words.All<AttendanceOrigin>(), Is.EqualTo(["camera", "check_in", "manual", "schedule"]));
        Assert.That(Words.All<CheckInOutcome>(), Is.EquivalentTo(["accepted", "review", "refused"]));
        Assert.That(Words.All<PresenceVerdict>(), Is.EquivalentTo(["inside", "outside", "uncertain"]));
        Assert.That(Words.All<EvidenceAction>(), Is.EquivalentTo(["note", "review", "refuse"]));
        Assert.That(Words.All<UserRole>(), Is.EquivalentTo(["student", "operator", "device", "admin"]));
        Assert.That(Words.All<LivenessAction>(), Is.EqualTo(["blink", "mouth_open", "nod", "turn_left", "turn_right", "move_closer"]));
        Assert.That(Words.All<LivenessTrier>(), Is.EquivalentTo(["student", "caller", "anybody"]));
        Assert.That(
            Words.All<LivenessHint>(),
            Is.EquivalentTo(["look_straight", "act", "return", "other_action", "hold", "move_back", "faster"]));
        Assert.That(Words.All<LivenessFault>(), Is.EquivalentTo(
            [
                "low_light", "no_face", "several_faces", "face_mismatch", "face_lost", "static_image", "presentation_attack", "replay",
                "wrong_actions", "time_up",
            ]));
    });

    [Test]
    public void Parse_EveryWord_GivesItsMember() =>
        Assert.That(Words.All<QualityReason>().Select(Words.Parse<QualityReason>), Is.EqualTo(Enum.GetValues<QualityReason>()));

    [TestCase(null)]
    [TestCase("")]
    [TestCase("Present")]
    [TestCase("0")]
    [TestCase("present,late")]
    public void Parse_AnotherWord_GivesNothing(string? word) => Assert.That(Words.Parse<AttendanceStatus>(word), Is.Null);
}
