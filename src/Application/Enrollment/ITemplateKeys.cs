using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Enrollment;

/// <summary>The keys that biometric data and the server's secrets are encrypted with. Never the keys themselves, only their
/// names.</summary>
public interface ITemplateKeys
{
    Task<TemplateKeyState> GetAsync(SchoolId school, CancellationToken ct);

    /// <summary>Re-encrypts secrets and rows of older keys under the current one, batch by batch, each in its own transaction. May be
    /// broken off and repeated.</summary>
    /// <param name="most">About as many; the batch that reaches it is the last.</param>
    /// <returns>How many it re-encrypted; 0 when there is none that it can.</returns>
    Task<int> RotateAsync(SchoolId school, int most, CancellationToken ct);
}

/// <param name="Rows">The school's face templates, and the faces of its sightings.</param>
/// <param name="Secrets">The server's own secrets, which are no school's.</param>
/// <param name="IsHere">Whether this server has the key.</param>
public sealed record TemplateKeyUse(string Id, long Rows, long Secrets, bool IsHere);
