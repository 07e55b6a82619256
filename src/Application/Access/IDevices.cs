using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Access;

/// <summary>What is particular to keys of devices.</summary>
public interface IDevices
{
    /// <summary>Whether the school has a device of this id, whose key is good.</summary>
    Task<bool> IsThereAsync(SchoolId school, DeviceId device, CancellationToken ct);

    /// <summary>Notes that the device lives.</summary>
    /// <returns>False when there is no such device.</returns>
    Task<bool> BeatAsync(SchoolId school, DeviceId device, DateTimeOffset at, CancellationToken ct);

    /// <summary>Ends the device's key, in every process at once.</summary>
    /// <returns>False when there is no such device.</returns>
    Task<bool> RemoveAsync(SchoolId school, DeviceId device, CancellationToken ct);
}
