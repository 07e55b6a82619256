using FaceAttendance.Domain;

namespace FaceAttendance.Application.Cameras;

public static class CameraErrors
{
    public static Error NotFound { get; } = new("camera.not_found", "The school has no such camera.", ErrorKind.NotFound);

    public static Error TooMany { get; } = new(
        "camera.too_many", $"A school has at most {ICameras.MostCameras} cameras; remove one first.", ErrorKind.Conflict);

    public static Error DeviceTaken { get; } = new(
        "camera.device_taken", "Another camera of the school has this device_id; give each its own.", ErrorKind.Conflict)
    { Field = "device_id" };

    public static Error Unresolvable { get; } = new(
        "camera.unresolvable", "The host name of the source cannot be resolved; check its spelling.", ErrorKind.Rejected)
    { Field = "source" };

    public static Error TargetRefused { get; } = new(
        "camera.target_refused",
        "The source leads to this machine itself, or to an address that no camera has. An operator may allow it with " +
        "CAMERA_ALLOW_NETWORKS.",
        ErrorKind.Rejected)
    { Field = "source" };

    public static Error PathRefused { get; } = new(
        "camera.path_refused",
        "The server may not read this path. An operator may allow devices, files and folders with CAMERA_PATHS.", ErrorKind.Rejected)
    { Field = "source" };

    public static Error NotPushed { get; } = new(
        "camera.not_pushed", "The server opens this camera itself; frames are sent only of cameras whose source is push.",
        ErrorKind.Conflict);

    public static Error Disabled { get; } = new("camera.disabled", "The camera is switched off.", ErrorKind.Conflict);

    public static Error OtherDevice { get; } = new(
        "camera.other_device", "The credential is another device's; a device sends the frames of the camera with its own device_id alone.",
        ErrorKind.Forbidden);

    public static Error PushTaken { get; } = new(
        "camera.push_taken", "A client sends this camera's frames already; try again when it has ended.", ErrorKind.Conflict);

    public static Error PushEnded { get; } = new(
        "camera.push_ended", "The camera was changed, switched off or removed; begin again.", ErrorKind.Conflict);

    public static Error NotAFrame { get; } = new(
        "camera.not_a_frame", "Each frame must be one JPEG of at most 2 MiB.", ErrorKind.Invalid);

    public static Error NoStill { get; } = new(
        "camera.no_still", "There is no picture of the camera at this moment; its state says why.", ErrorKind.NotFound);
}
