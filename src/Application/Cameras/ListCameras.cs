using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Cameras;

/// <summary>A page of the school's cameras, by name.</summary>
public sealed record ListCameras(SchoolId School, int Limit, int Offset) : IRequest<Result<CameraPage>>;

public sealed record CameraPage(IReadOnlyList<WatchedCamera> Items, int Total);

internal sealed class ListCamerasHandler(ICameras cameras) : IRequestHandler<ListCameras, Result<CameraPage>>
{
    public async Task<Result<CameraPage>> Handle(ListCameras query, CancellationToken ct)
    {
        var (items, total) = await cameras.ListAsync(query.School, query.Limit, query.Offset, ct);
        return new CameraPage(items, total);
    }
}
