using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Cameras;

public sealed record RemoveCamera(SchoolId School, CameraId Id) : IRequest<Result<Done>>;

internal sealed class RemoveCameraHandler(ICameras cameras) : IRequestHandler<RemoveCamera, Result<Done>>
{
    public async Task<Result<Done>> Handle(RemoveCamera command, CancellationToken ct) =>
        await cameras.RemoveAsync(command.School, command.Id, ct) ? default(Done) : CameraErrors.NotFound;
}
