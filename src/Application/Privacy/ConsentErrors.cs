using FaceAttendance.Domain;

namespace FaceAttendance.Application.Privacy;

public static class ConsentErrors
{
    public static Error Missing { get; } = new(
        "consent.missing", "This school enrols a face only after consent was given; record it first.", ErrorKind.Rejected);

    public static Error Withdrawn { get; } = new(
        "consent.withdrawn", "Consent to face recognition was withdrawn; mark attendance by hand, or record a new consent first.",
        ErrorKind.Rejected);
}
