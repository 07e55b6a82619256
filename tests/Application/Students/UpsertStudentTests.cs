using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Students;

public sealed class UpsertStudentTests
{
    private static readonly StudentId Ann = new("ann");

    private readonly FakeTemplates _templates = new(new FakeGallery());
    private readonly RecordingFeed _feed = new();
    private readonly FakeStudents _students = new();

    private UpsertStudentHandler Handler =>
        new(
            _students,
            new(new FakeAnalyzer(FakeAnalyzer.Face(0)), _templates, new RecordingNotices(), Settings.Recognition, TimeProvider.System),
            _feed);

    [Test]
    public async Task Handle_SamePhotoAgain_AnnouncesTheEnrolmentOnce()
    {
        await Handler.Handle(Upsert, default);
        var again = await Handler.Handle(Upsert, default);

        Assert.That(again.Value.Face, Is.EqualTo(new EnrolledFace(FacesFound: 1, AlreadyEnrolled: true)));
        Assert.That(_feed.Published, Has.Count.EqualTo(1), "listeners hear of what changed");
    }

    [Test]
    public async Task Handle_StudentRemovedWhileThePhotoIsLookedAt_IsNotFound()
    {
        _students.IsGone = true;

        var upserted = await Handler.Handle(Upsert, default);

        Assert.That(upserted.Error, Is.EqualTo(StudentErrors.NotFound));
    }

    private static UpsertStudent Upsert => new(SchoolId.First, Ann, new("Ann", null, null, null), new byte[] { 1, 2, 3 });

    private sealed class FakeStudents : IStudents
    {
        private static readonly Student Stored = new(Ann, "Ann", null, null, null, 1, null);

        public bool IsGone { get; set; }

        public Task<Student> UpsertAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct) =>
            Task.FromResult(Stored);

        public Task<Student?> FindAsync(SchoolId school, StudentId id, CancellationToken ct) => Task.FromResult(IsGone ? null : Stored);

        public Task<(IReadOnlyList<Student> Items, int Total)> ListAsync(
            SchoolId school, string? query, string? className, int limit, int offset, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<bool> RemoveAsync(SchoolId school, StudentId id, CancellationToken ct) => throw new NotSupportedException();
    }
}
