using FaceAttendance.Domain;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Students;

/// <summary>The photos that came with a roster. Used by one reader at a time.</summary>
public interface IImportPhotos
{
    /// <param name="name">As the roster gives it; null looks for one named by the student's id.</param>
    /// <returns>
    /// The encoded picture, valid until the next call; null when there is none and none was named. Errors: <c>photo.not_found</c>,
    /// <c>photo.ambiguous_name</c>, <c>photo.unreadable</c>, <c>photo.too_large</c>.
    /// </returns>
    Result<ReadOnlyMemory<byte>>? Find(StudentId student, string? name);
}

/// <summary>What became of a photo.</summary>
public enum PhotoOutcome
{
    Enrolled,
    AlreadyEnrolled,

    /// <summary>Found in a dry run, and not looked at.</summary>
    Found,

    Refused,
}
