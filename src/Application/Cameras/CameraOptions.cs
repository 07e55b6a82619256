namespace FaceAttendance.Application.Cameras;

/// <summary>What the server may look through on behalf of whoever makes cameras over the API. Section: <c>Cameras</c>.</summary>
public sealed class CameraOptions
{
    /// <summary>CAMERA_PATHS: devices, video files and folders of them on the server's own machine, separated by commas. None when
    /// empty.</summary>
    public string? Paths { get; set; }

    /// <summary>CAMERA_ALLOW_NETWORKS: networks besides the private and public ones, such as 127.0.0.0/8, separated by commas.</summary>
    public string? AllowNetworks { get; set; }
}
