using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Presence;

namespace FaceAttendance.Application.Schools;

/// <param name="TimeZone">Null leaves it.</param>
/// <param name="Site">Where the school is; null for nowhere yet.</param>
public sealed record FirstSchool(string Name, string? TimeZone, Site? Site);

/// <summary>What happens once: the first school gets its first administrator.</summary>
public interface IFirstSetUp
{
    /// <summary>Whether the school has no user yet, and never had one by this.</summary>
    Task<bool> IsNeededAsync(CancellationToken ct);

    /// <summary>All of it or nothing, by one of any number of callers at once.</summary>
    /// <returns>Null when it has been done, or the school has users.</returns>
    Task<Account?> DoAsync(FirstSchool school, User administrator, string passwordHash, CancellationToken ct);
}
