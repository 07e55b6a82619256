namespace FaceAttendance.Domain.Students;

/// <summary>A person known to the system, with what the school chose to note of them.</summary>
/// <param name="FullName">Null when only faces were enrolled so far.</param>
/// <param name="EmbeddingCount">Templates of every contract.</param>
/// <param name="LastEnrolledAt">When the newest template was stored; null without any.</param>
public sealed record Student(
    StudentId Id, string? FullName, DateOnly? BirthDate, string? ClassName, string? Address, int EmbeddingCount,
    DateTimeOffset? LastEnrolledAt)
{
    public override string ToString() => $"Student({Id}, particulars withheld)";
}
