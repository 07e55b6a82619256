using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Cameras;

/// <summary>Puts a camera in the place of the one of its id. Credentials that are not given stay while its address stays at the same
/// machine.</summary>
public sealed record ReplaceCamera(SchoolId School, Camera Camera) : IRequest<Result<WatchedCamera>>, ICameraSaid;

internal sealed class ReplaceCameraValidator : CameraValidator<ReplaceCamera>;

internal sealed class ReplaceCameraHandler(ICameras cameras, ICameraTargets targets)
    : IRequestHandler<ReplaceCamera, Result<WatchedCamera>>
{
    public async Task<Result<WatchedCamera>> Handle(ReplaceCamera command, CancellationToken ct)
    {
        var (school, id) = (command.School, command.Camera.Id);
        if (await cameras.FindAsync(school, id, ct) is not { } before) return CameraErrors.NotFound;
        var source = CameraSource.Replacing(before.Camera.Source, command.Camera.Source);
        if (await targets.CheckAsync(source, ct) is { } refused) return refused;
        var replaced = await cameras.ReplaceAsync(school, command.Camera with { Source = source }, ct);
        if (replaced.Error is { } error) return error;
        return await cameras.FindAsync(school, id, ct) is { } found ? found : CameraErrors.NotFound;
    }
}
