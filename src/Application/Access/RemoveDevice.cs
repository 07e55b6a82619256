using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Access;

public sealed record RemoveDevice(SchoolId School, DeviceId Device) : IRequest<Result<Done>>;

internal sealed class RemoveDeviceHandler(IDevices devices) : IRequestHandler<RemoveDevice, Result<Done>>
{
    public async Task<Result<Done>> Handle(RemoveDevice command, CancellationToken ct) =>
        await devices.RemoveAsync(command.School, command.Device, ct) ? default(Done) : DeviceErrors.NotFound;
}
