using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Recognition;

/// <summary>How a school's own photos compare with each other.</summary>
public interface IGalleryScores
{
    /// <inheritdoc cref="GallerySnapshot.ScoresAgainst"/>
    GalleryScores ScoresAgainst(SchoolId school, float threshold, int most, int mostOthers, CancellationToken ct);
}
