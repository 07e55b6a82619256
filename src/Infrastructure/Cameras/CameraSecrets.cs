using System.Text;
using System.Text.Json;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Secrets;

namespace FaceAttendance.Infrastructure.Cameras;

/// <summary>Sources as they are stored: sealed with the server's own key for them, each for its camera alone. Thread-safe.</summary>
internal sealed class CameraSecrets(ServerSecrets secrets)
{
    public string Seal(SchoolId school, CameraId camera, CameraSource source)
    {
        var plain = source switch
        {
            CameraSource.Network network => new Kept(network.Address.OriginalString, network.User, network.Password),
            _ => new Kept(source.Shown, null, null),
        };
        var bytes = JsonSerializer.SerializeToUtf8Bytes(plain);
        return Convert.ToBase64String(secrets.Seal(SecretUse.Cameras, bytes, BoundOf(school, camera)));
    }

    /// <returns><see cref="CameraSource.Lost"/> where the key is gone, or the row was changed outside the server.</returns>
    public CameraSource Open(SchoolId school, CameraId camera, string stored)
    {
        var bytes = new byte[stored.Length];
        if (!Convert.TryFromBase64String(stored, bytes, out var length)
            || secrets.Open(SecretUse.Cameras, bytes.AsSpan(0, length), BoundOf(school, camera)) is not { } plain)
            return new CameraSource.Lost();
        var kept = JsonSerializer.Deserialize<Kept>(plain)!;
        return CameraSource.Create(kept.Source, kept.User, kept.Password).Match(source => source, _ => new CameraSource.Lost());
    }

    private static byte[] BoundOf(SchoolId school, CameraId camera) =>
        Encoding.ASCII.GetBytes($"faceattendance/camera-source/1/{school.Value}/{camera}");

    private sealed record Kept(string Source, string? User, string? Password)
    {
        public override string ToString() => "Kept(withheld)";
    }
}
