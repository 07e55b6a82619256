using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <param name="Device">The one whose key was shown.</param>
public sealed record BeatDevice(SchoolId School, DeviceId Device) : IRequest<Result<Done>>;

internal sealed class BeatDeviceHandler(IDevices devices, TimeProvider clock) : IRequestHandler<BeatDevice, Result<Done>>
{
    public async Task<Result<Done>> Handle(BeatDevice command, CancellationToken ct) =>
        await devices.BeatAsync(command.School, command.Device, clock.GetUtcNow(), ct) ? default(Done) : DeviceErrors.NotFound;
}
