using System.Collections.Concurrent;
using FaceAttendance.Application.Audit;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Cameras;

/// <summary>What a camera shows at this moment. Nothing of it is kept but who looked.</summary>
/// <param name="By">Who looks.</param>
public sealed record GetCameraStill(SchoolId School, CameraId Id, string By) : IRequest<Result<CameraStill>>;

/// <param name="Jpeg">The newest frame.</param>
public sealed record CameraStill(ReadOnlyMemory<byte> Jpeg)
{
    public override string ToString() => "CameraStill(withheld)";
}

/// <summary>Who looks at which camera: a page that shows the newest frame again and again is one look. Thread-safe.</summary>
public sealed class CameraViews(TimeProvider clock)
{
    private static readonly TimeSpan OneLook = TimeSpan.FromMinutes(10);

    // More than any school has people before screens; beyond, a look may be written down twice.
    private const int Most = 10_000;

    private readonly ConcurrentDictionary<(SchoolId, CameraId, string), DateTimeOffset> _began = new();

    /// <returns>Whether it is a look of its own, to be written down.</returns>
    public bool Begins(SchoolId school, CameraId camera, string by)
    {
        var now = clock.GetUtcNow();
        return !_began.TryGetValue((school, camera, by), out var began) || now - began >= OneLook;
    }

    public void Noted(SchoolId school, CameraId camera, string by)
    {
        if (_began.Count >= Most) _began.Clear();
        _began[(school, camera, by)] = clock.GetUtcNow();
    }
}

internal sealed class GetCameraStillHandler(ICameras cameras, ICameraStills stills, IAuditLog audit, CameraViews views)
    : IRequestHandler<GetCameraStill, Result<CameraStill>>
{
    public async Task<Result<CameraStill>> Handle(GetCameraStill query, CancellationToken ct)
    {
        var (school, id, by) = query;
        if (await cameras.FindAsync(school, id, ct) is null) return CameraErrors.NotFound;
        if (await stills.NewestAsync(school, id, ct) is not { } newest) return CameraErrors.NoStill;
        // What cannot be noted is not shown.
        if (views.Begins(school, id, by))
        {
            await audit.AppendAsync(new(school, AuditActions.CameraViewed, id.ToString()), ct);
            views.Noted(school, id, by);
        }
        return new CameraStill(newest);
    }
}
