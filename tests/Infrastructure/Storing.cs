using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
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
        var faces = gallery.Open(school);
        return (faces.Templates, faces.Students.Total);
    }

    public static IReadOnlyList<GalleryMatch> Search(this IGallery gallery, SchoolId school, Embedding probe, int top) =>
        gallery.Open(school).Search(probe, top);

    /// <summary>A school's faces, of which the test knows that they are in memory, or come at once.</summary>
    public static ISchoolGallery Open(this IGallery gallery, SchoolId school) =>
        gallery.OpenAsync(school, default).AsTask().GetAwaiter().GetResult().Value;
}
