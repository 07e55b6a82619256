using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Enrollment;

/// <summary>Why a photo did not become a template.</summary>
public static class EnrollmentErrors
{
    public static Error NoFace { get; } = new(
        "enrollment.no_face", "No face was found; take the photo from nearer, from the front and in good light.", ErrorKind.Rejected)
    {
        Details = new Dictionary<string, object?> { ["faces_found"] = 0 },
    };

    /// <param name="wantedCentral">The one in the middle was asked for already.</param>
    public static Error MultipleFaces(int found, bool wantedCentral) => new(
        "enrollment.multiple_faces",
        wantedCentral
            ? $"{found} faces were found, and none of them is clearly the one in the middle; enrol from a photo of one person, or cut " +
                "this one to the student."
            : $"{found} faces were found; enrol from a photo of one person, or repeat with central=true if it is of the one in the middle.",
        ErrorKind.Rejected)
    {
        Details = new Dictionary<string, object?> { ["faces_found"] = found },
    };

    public static Error LowQuality(int found, IReadOnlyList<QualityReason> reasons)
    {
        var names = reasons.Select(Words.Of).ToArray();
        return new("enrollment.low_quality", $"The face is too poor to be matched later ({string.Join(", ", names)}); take another photo.",
            ErrorKind.Rejected)
        {
            Details = new Dictionary<string, object?> { ["faces_found"] = found, ["reasons"] = names },
        };
    }

    /// <param name="similarity">Cosine similarity to the other student.</param>
    public static Error DuplicatePerson(int found, StudentId other, float similarity) => new(
        "enrollment.duplicate_person",
        "This face is enrolled under another id; if it really is another person, repeat with override_duplicate=true and a reason.",
        ErrorKind.Rejected)
    {
        Details = new Dictionary<string, object?>
        {
            ["faces_found"] = found,
            ["student_id"] = other.Value,
            ["similarity"] = Math.Round(similarity, 4),
        },
    };

    /// <param name="similarity">Cosine similarity to the id's own photos.</param>
    public static Error AnotherPerson(int found, float similarity) => new(
        "enrollment.another_person",
        "This is not the face that is enrolled under this id. If it is the same person, remove the old photos first, or let an " +
        "administrator repeat with override_another_person=true and a reason.",
        ErrorKind.Rejected)
    {
        Details = new Dictionary<string, object?> { ["faces_found"] = found, ["similarity"] = Math.Round(similarity, 4) },
    };

    /// <summary>The same, told to the student.</summary>
    public static Error NotOwnFace(int found) => new(
        "enrollment.another_person", "The face is not the one that is registered already; ask the school to renew it.", ErrorKind.Rejected)
    {
        Details = new Dictionary<string, object?> { ["faces_found"] = found },
    };
}
