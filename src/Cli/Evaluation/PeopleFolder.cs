using System.Numerics;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Enrollment;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>One picture's face.</summary>
/// <param name="File">Full path.</param>
/// <param name="Face">Null where none was found.</param>
/// <param name="Refusal">Why enrolment would refuse the picture; null where it takes it.</param>
/// <param name="IsPicture">False of what is none, or cannot be read: nobody can be asked for with it.</param>
internal sealed record FacePicture(string File, Embedding? Face, string? Refusal, bool IsPicture = true);

/// <summary>The pictures of one person, by name.</summary>
internal sealed record PersonPictures(string Name, IReadOnlyList<string> Files);

/// <summary>Folders of <c>person/pictures</c>, and what the models saw in them.</summary>
internal static class PeopleFolder
{
    /// <returns>Everybody who has a picture, by name.</returns>
    /// <exception cref="CommandFailedException">The folder cannot be read.</exception>
    public static IReadOnlyList<PersonPictures> Read(string folder)
    {
        try
        {
            return [.. Directory.GetDirectories(folder).Order(StringComparer.Ordinal)
                .Select(p => new PersonPictures(Path.GetFileName(p), Pictures(p))).Where(p => p.Files.Count > 0)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The pictures cannot be listed: {e.Message}");
        }
    }

    /// <returns>The pictures that lie in the folder itself, by name.</returns>
    public static IReadOnlyList<string> Pictures(string folder) =>
        [.. Directory.GetFiles(folder).Where(f => !Path.GetFileName(f).StartsWith('.') && PhotoFolder.MediaTypeOf(f) is not null)
            .Order(StringComparer.Ordinal)];

    /// <param name="isCentral">Whose picture it is stands in the middle, whoever else is larger; otherwise the tallest face is meant, as
    /// enrolment has it.</param>
    public static FacePicture FaceOf(string file, SeenPicture seen, bool isCentral)
    {
        if (seen.Frame is not { } frame) return new(file, null, seen.Error, IsPicture: false);
        if (frame.Faces.Count == 0) return new(file, null, "no_face");
        var middle = new Vector2(frame.Width, frame.Height) / 2;
        var face = isCentral ? frame.Faces.MinBy(f => Vector2.Distance(f.Points.Nose, middle))! : frame.Faces[0];
        return new(file, face.Embedding, !isCentral && frame.IsOfSeveral ? "multiple_faces" : Against(face));
    }

    private static string? Against(AnalyzedFace face) =>
        QualityRule.Judge(face.Measurements!.Value) is { Count: > 0 } reasons ? string.Join(" + ", reasons) : null;
}
