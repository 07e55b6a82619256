using FaceAttendance.Application.Enrollment;

namespace FaceAttendance.Infrastructure.Tests;

internal static class Storing
{
    /// <summary>Stores a template whoever's face it may be.</summary>
    public static async Task<bool> AddAsync(this ITemplates templates, NewTemplate template, CancellationToken ct) =>
        (await templates.AddAsync(template, _ => EnrollmentOverride.None, ct)).Value;
}
