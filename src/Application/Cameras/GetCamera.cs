using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Cameras;

public sealed record GetCamera(SchoolId School, CameraId Id) : IRequest<Result<WatchedCamera>>;

internal sealed class GetCameraHandler(ICameras cameras) : IRequestHandler<GetCamera, Result<WatchedCamera>>
{
    public async Task<Result<WatchedCamera>> Handle(GetCamera query, CancellationToken ct) =>
        await cameras.FindAsync(query.School, query.Id, ct) is { } found ? found : CameraErrors.NotFound;
}
