using FaceAttendance.Domain;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Cameras;

/// <summary>A client begins to send a camera's frames.</summary>
/// <param name="Device">The machine that calls, where it is one: it sends for the camera of its own name alone.</param>
public sealed record PushFrames(SchoolId School, CameraId Id, string? Device) : IRequest<Result<ICameraPush>>;

/// <summary>Where clients' frames go in.</summary>
public interface ICameraPushes
{
    /// <summary>From now on this process looks at the camera's frames.</summary>
    /// <returns>Fails with <see cref="CameraErrors.PushTaken"/>.</returns>
    Task<Result<ICameraPush>> BeginAsync(SchoolId school, CameraId camera, CancellationToken ct);
}

/// <summary>One client's frames of one camera, until it is disposed of. For one caller at a time.</summary>
public interface ICameraPush : IAsyncDisposable
{
    /// <summary>Cancelled when the camera was changed, switched off or removed, or another process may have it.</summary>
    CancellationToken Ended { get; }

    /// <summary>Returns at once: a frame that is not looked at yet gives way to the newer one.</summary>
    void Offer(byte[] jpeg);
}

internal sealed class PushFramesHandler(ICameras cameras, ICameraPushes pushes) : IRequestHandler<PushFrames, Result<ICameraPush>>
{
    public async Task<Result<ICameraPush>> Handle(PushFrames command, CancellationToken ct)
    {
        var (school, id, device) = command;
        if (await cameras.FindAsync(school, id, ct) is not { Camera: var camera }) return CameraErrors.NotFound;
        if (device is not null && device != camera.DeviceId) return CameraErrors.OtherDevice;
        if (camera.Source is not CameraSource.Pushed) return CameraErrors.NotPushed;
        if (!camera.IsEnabled) return CameraErrors.Disabled;
        return await pushes.BeginAsync(school, id, ct);
    }
}
