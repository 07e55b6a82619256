using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Cameras;

/// <summary>Adds a camera; one of the processes looks through it from now on.</summary>
public sealed record AddCamera(SchoolId School, Camera Camera) : IRequest<Result<WatchedCamera>>, ICameraSaid;

internal sealed class AddCameraValidator : CameraValidator<AddCamera>;

internal sealed class AddCameraHandler(ICameras cameras, ICameraTargets targets) : IRequestHandler<AddCamera, Result<WatchedCamera>>
{
    public async Task<Result<WatchedCamera>> Handle(AddCamera command, CancellationToken ct)
    {
        if (await targets.CheckAsync(command.Camera.Source, ct) is { } refused) return refused;
        var added = await cameras.AddAsync(command.School, command.Camera, ct);
        if (added.Error is { } error) return error;
        return await cameras.FindAsync(command.School, command.Camera.Id, ct) is { } found ? found : CameraErrors.NotFound;
    }
}
