namespace FaceAttendance.Application.Attendance;

/// <summary>A sighting that its client records later, once.</summary>
/// <param name="Id">By which a second delivery is known.</param>
public sealed record HeldSighting(Guid Id, Sighting Sighting, DateTimeOffset ExpiresAt)
{
    /// <summary>A client that was cut off over a weekend or a short holiday still delivers.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromDays(7);

    public override string ToString() => $"HeldSighting({Id})";
}
