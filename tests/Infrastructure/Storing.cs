using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Infrastructure.Tests;

internal static class Storing
{
    /// <summary>Stores a template whoever's face it may be.</summary>
    public static async Task<bool> AddAsync(this ITemplates templates, NewTemplate template, CancellationToken ct) =>
        (await templates.AddAsync(template, _ => EnrollmentOverride.None, ct)).Value;

    /// <summary>Templates and students that can be matched.</summary>
    public static (int Templates, int Students) Totals(this IGallery gallery, SchoolId school)
    {
        var (templates, students) = gallery.Count(school);
        return (templates, students.Total);
    }
}
