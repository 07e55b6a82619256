using FaceAttendance.Domain;

namespace FaceAttendance.Application.Access;

public static class DeviceErrors
{
    public static Error NotFound { get; } = new("device.not_found", "The school has no such device.", ErrorKind.NotFound);

    public static Error Exists { get; } =
        new("device.exists", "The school has a device of this id already; remove it first.", ErrorKind.Conflict);

    public static Error NotTheDevice { get; } = new(
        "device.not_the_device", "A heartbeat is sent with the key of the device itself.", ErrorKind.Forbidden);
}
