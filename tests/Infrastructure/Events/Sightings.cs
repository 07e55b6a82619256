using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Infrastructure.Tests.Events;

internal static class Sightings
{
    /// <summary>Noon at Greenwich, so that a test chooses its day by the hours it adds.</summary>
    public static readonly DateTimeOffset Noon = new(2025, 3, 10, 12, 0, 0, TimeSpan.Zero);

    public static Sighting Of(string? student, DateTimeOffset? at = null, SightingContext? context = null, double distance = 0.38) => new(
        SchoolId.First, new(student is null ? null : new StudentId(student), 0.52f, distance), at ?? Noon, new(120, 260, 220, 160), 640,
        480, context ?? SightingContext.None);
}
