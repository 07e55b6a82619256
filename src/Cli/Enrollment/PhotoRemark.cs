using System.Globalization;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>Something to know about a photo that was enrolled.</summary>
/// <param name="What">lookalike, central, turned or overridden.</param>
internal sealed record PhotoRemark(string Photo, string What, string Message)
{
    public static IEnumerable<PhotoRemark> Of(
        string photo, PhotoTerms terms, int? facesFound, bool central, int? turned, LookalikeEntry? lookalike)
    {
        if (lookalike is not null)
        {
            yield return new(photo, "lookalike", string.Create(
                CultureInfo.InvariantCulture,
                $"{lookalike.StudentId}: looks much alike (similarity {lookalike.Similarity:0.00}). Siblings and twins stay told apart " +
                $"by a clear lead; if it is the same person, remove one of the two."));
        }
        if (central) yield return new(photo, "central", $"{facesFound} faces were found; the one in the middle was taken.");
        if (turned is > 0) yield return new(photo, "turned", $"{turned}: the photo had to be turned by {turned} degrees clockwise.");
        if (terms.Overrides.Count > 0)
            yield return new(photo, "overridden", $"{string.Join(", ", terms.Overrides.Select(o => o.Refusal))}: {terms.Reason}");
    }
}
