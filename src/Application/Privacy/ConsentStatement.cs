
namespace FaceAttendance.Application.Privacy;

/// <param name="Method">How it was said, such as <c>paper</c>.</param>
public sealed record ConsentStatement(ConsentState State, string Method, string? Note, string RecordedBy, DateTimeOffset RecordedAt)
{
    public override string ToString() => $"ConsentStatement({State})";
}
