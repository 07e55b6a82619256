using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Cameras;

/// <summary>A camera and how it goes with it.</summary>
public sealed record WatchedCamera(Camera Camera, CameraCondition Condition)
{
    public override string ToString() => $"WatchedCamera({Camera.Id})";
}

/// <summary>The school's cameras.</summary>
public interface ICameras
{
    /// <summary>Of one school.</summary>
    public const int MostCameras = 1000;

    /// <summary>By name.</summary>
    /// <returns>A page, and how many there are in all.</returns>
    Task<(IReadOnlyList<WatchedCamera> Items, int Total)> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct);

    /// <returns>Null for an unknown id.</returns>
    Task<WatchedCamera?> FindAsync(SchoolId school, CameraId id, CancellationToken ct);

    /// <returns>Fails with <see cref="CameraErrors.TooMany"/> or <see cref="CameraErrors.DeviceTaken"/>.</returns>
    Task<Result<Done>> AddAsync(SchoolId school, Camera camera, CancellationToken ct);

    /// <returns>Fails with <see cref="CameraErrors.NotFound"/> or <see cref="CameraErrors.DeviceTaken"/>.</returns>
    Task<Result<Done>> ReplaceAsync(SchoolId school, Camera camera, CancellationToken ct);

    /// <returns>Whether it was there.</returns>
    Task<bool> RemoveAsync(SchoolId school, CameraId id, CancellationToken ct);
}

/// <summary>Where cameras made over the API may lie.</summary>
public interface ICameraTargets
{
    /// <returns>Null, or <see cref="CameraErrors.Unresolvable"/>, <see cref="CameraErrors.TargetRefused"/> or
    /// <see cref="CameraErrors.PathRefused"/>.</returns>
    Task<Error?> CheckAsync(CameraSource source, CancellationToken ct);
}

/// <summary>What cameras show.</summary>
public interface ICameraStills
{
    /// <returns>The newest frame as JPEG; null when there is none of the last seconds.</returns>
    Task<byte[]?> NewestAsync(SchoolId school, CameraId camera, CancellationToken ct);
}
