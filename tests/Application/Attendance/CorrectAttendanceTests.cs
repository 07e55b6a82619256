using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CorrectAttendanceTests
{
    private static readonly CorrectAttendance Command = new(SchoolId.First, RecordId.New(), new StudentId("bob"), " Her sister. ");

    private readonly RecordingFeed _feed = new();
    private readonly RecordingCorrections _corrections = new();

    [Test]
    public async Task Handle_Correction_IsHandedOnWithItsReasonTrimmed()
    {
        var corrected = await new CorrectAttendanceHandler(_corrections, _feed).Handle(Command, default);

        Assert.That(
            _corrections.Asked, Is.EqualTo(new NewCorrection(SchoolId.First, Command.Record, new StudentId("bob"), "Her sister.")));
        Assert.That(_feed.Published, Is.EqualTo([new AttendanceChanged(SchoolId.First, EventTypes.Corrected, Command.Record)]));
        Assert.That(corrected.Value.Student, Is.EqualTo(Command.Student));
    }

    [Test]
    public async Task Handle_Undo_IsHandedOnWithItsRefusal()
    {
        var undone = await new UndoCorrectionHandler(_corrections, _feed).Handle(new(SchoolId.First, Command.Record), default);

        Assert.That((_corrections.Undone, undone.Error), Is.EqualTo((Command.Record, CorrectionErrors.NotFound)));
    }

    [TestCase("Her sister.", null)]
    [TestCase(" ", "reason")]
    [TestCase("a\nb", "reason")]
    public void Validate_BadReason_IsNamed(string reason, string? field) =>
        Assert.That(new CorrectAttendanceValidator().FaultOf(Command with { Reason = reason }), Is.EqualTo(field));

    private sealed class RecordingCorrections : ICorrections
    {
        public NewCorrection? Asked { get; private set; }

        public RecordId Undone { get; private set; }

        public Task<Result<Correction>> CorrectAsync(NewCorrection correction, CancellationToken ct)
        {
            Asked = correction;
            return Task.FromResult<Result<Correction>>(new Correction(
                CorrectionId.New(), correction.Record, correction.Student, RecordId.New(), correction.Reason, "local",
                DateTimeOffset.UnixEpoch, IsExample: false));
        }

        public Task<Result<Done>> UndoAsync(SchoolId school, RecordId record, CancellationToken ct)
        {
            Undone = record;
            return Task.FromResult<Result<Done>>(CorrectionErrors.NotFound);
        }
    }
}
