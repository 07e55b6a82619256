using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

/// <summary>Creates or updates a student, and enrols the photo when one comes along.</summary>
/// <param name="Photo">An encoded JPEG, PNG, WebP, AVIF or HEIC to enrol; null enrols nothing.</param>
/// <param name="Central">As <see cref="EnrollFace.Central"/>.</param>
public sealed record UpsertStudent(SchoolId School, StudentId Id, StudentProfile Profile, ReadOnlyMemory<byte>? Photo, bool Central = false)
    : IRequest<Result<UpsertedStudent>>, IBringsProfile
{
    public override string ToString() => $"UpsertStudent({Id})";
}

/// <param name="Enrolled">0 or 1.</param>
/// <param name="Face">How it was enrolled; null when nothing was.</param>
/// <param name="PhotoError">Why the photo was not enrolled although the student was stored; null when there is nothing to say.</param>
public sealed record UpsertedStudent(Student Student, int Enrolled, Error? PhotoError, EnrolledFace? Face = null);

internal sealed class UpsertStudentValidator(TimeProvider clock) : StudentProfileRules<UpsertStudent>(clock);

internal sealed class UpsertStudentHandler(IStudents students, FaceEnroller enroller, IAttendanceFeed feed)
    : IRequestHandler<UpsertStudent, Result<UpsertedStudent>>
{
    public async Task<Result<UpsertedStudent>> Handle(UpsertStudent command, CancellationToken ct)
    {
        var student = await students.UpsertAsync(command.School, command.Id, command.Profile, ct);
        if (command.Photo is not { } photo) return new UpsertedStudent(student, 0, null);

        var enrolled = await enroller.EnrollAsync(new EnrollFace(command.School, command.Id, photo, Central: command.Central), ct);
        if (enrolled.Error is { } error) return new UpsertedStudent(student, 0, error);
        if (!enrolled.Value.AlreadyEnrolled) feed.Publish(new StudentEnrolled(command.School, command.Id, Saved: 1));
        // As it is now, with the photo counted. It may have been removed while the photo was looked at.
        return await students.FindAsync(command.School, command.Id, ct) is { } stored
            ? new UpsertedStudent(stored, 1, null, enrolled.Value)
            : StudentErrors.NotFound;
    }
}
