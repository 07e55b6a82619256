using FaceAttendance.Domain.Access;

namespace FaceAttendance.Application.Access;

/// <summary>
/// What log-ins there were, by the name that was typed and the address it was typed at, whether or not anybody bears the name: otherwise
/// the count itself, or the time it takes, would tell which names exist.
/// </summary>
public interface ILogInHistory
{
    /// <summary>Whether the name has logged in from the address before.</summary>
    Task<bool> IsKnownAsync(string name, string address, CancellationToken ct);

    /// <summary>
    /// Counts an attempt from an address that is not known as failed before it is judged, so that any number of attempts at once is still
    /// counted one by one: once for the name at the address, and once for the name at all such addresses together.
    /// </summary>
    /// <param name="forgottenAfter">Failures so long ago no longer count.</param>
    /// <returns>False while either is locked; the attempt is then not counted.</returns>
    Task<bool> CountAsync(
        string name, string address, LockRule atTheAddress, LockRule atAllOfThem, TimeSpan forgottenAfter, CancellationToken ct);

    /// <summary>The name logged in from the address: nothing of the name counts any more, and the address is known.</summary>
    Task SucceedAsync(string name, string address, CancellationToken ct);
}
