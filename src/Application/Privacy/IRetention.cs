using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Privacy;

/// <summary>Data whose time is over.</summary>
public interface IRetention
{
    /// <summary>A dry run: what a run would remove now.</summary>
    Task<IReadOnlyList<RetentionClass>> PreviewAsync(SchoolId school, CancellationToken ct);

    /// <summary>Removes it, in batches. Fails with <see cref="RetentionErrors.ClocksDiffer"/>.</summary>
    Task<Result<IReadOnlyList<RetentionClass>>> RunAsync(SchoolId school, CancellationToken ct);
}
