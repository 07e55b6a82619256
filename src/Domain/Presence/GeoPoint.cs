namespace FaceAttendance.Domain.Presence;

/// <summary>A position on the WGS-84 ellipsoid, in degrees. It says nothing of itself in text: a position is personal.</summary>
public readonly record struct GeoPoint
{
    /// <param name="latitude">−90 to 90.</param>
    /// <param name="longitude">−180 to 180; both ends are the same meridian.</param>
    /// <exception cref="ArgumentOutOfRangeException">Outside its range, or NaN.</exception>
    public GeoPoint(double latitude, double longitude)
    {
        if (!IsValid(latitude, longitude))
            throw new ArgumentOutOfRangeException(nameof(latitude), "A position has a latitude of ±90 and a longitude of ±180 at most.");
        (Latitude, Longitude) = (latitude, longitude);
    }

    public double Latitude { get; }

    public double Longitude { get; }

    public static bool IsValid(double latitude, double longitude) => Math.Abs(latitude) <= 90 && Math.Abs(longitude) <= 180;

    public override string ToString() => "GeoPoint(withheld)";
}
