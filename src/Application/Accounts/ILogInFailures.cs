using FaceAttendance.Domain.Accounts;

namespace FaceAttendance.Application.Accounts;

/// <summary>
/// Counts log-ins by the name that was typed, whether or not anybody bears it: otherwise the count itself, or the time it takes, would tell which
/// names exist.
/// </summary>
public interface ILogInFailures
{
    /// <summary>Counts an attempt as failed before it is judged, so that any number of attempts at once is still counted one by one.</summary>
    /// <param name="forgottenAfter">Failures so long ago no longer count.</param>
    /// <returns>False while the name is locked; the attempt is then not counted.</returns>
    Task<bool> CountAsync(string name, LockRule rule, TimeSpan forgottenAfter, CancellationToken ct);

    /// <summary>The name logged in: nothing of it counts any more.</summary>
    Task ForgetAsync(string name, CancellationToken ct);
}
