namespace FaceAttendance.Domain.Recognition;

/// <summary>
/// Whose photo a picture of several people is, where whoever sends it says that it is of the one in the middle. The central face lies
/// nearest the picture's middle, is not clearly smaller than the tallest, and no other of its size lies about as near. Where one of these
/// fails there is none: a wrong template is worse than a refused photo.
/// </summary>
public static class CentralFace
{
    // Faces under half the height of the tallest.
    private const float BystanderHeight = 0.5f;

    /// <summary>Of the tallest face: what is lower than that stands behind it.</summary>
    public const float LeastHeight = 0.75f;

    /// <summary>In heights of the central face: how much farther from the middle any other must lie.</summary>
    public const float LeastLead = 1f / 3;

    /// <summary>Whether a face has no say beside the tallest. A picture with a second one that has is one of several people, whoever
    /// asks.</summary>
    public static bool IsBystander(in FaceBox face, in FaceBox tallest) => face.Height < BystanderHeight * tallest.Height;

    /// <param name="faces">By falling height.</param>
    /// <returns>The central face's index, or null when there is none.</returns>
    public static int? Find(IReadOnlyList<FaceBox> faces, int width, int height)
    {
        if (faces.Count == 0) return null;
        var (nearest, near, next) = (-1, float.PositiveInfinity, float.PositiveInfinity);
        for (var i = 0; i < faces.Count && !IsBystander(faces[i], faces[0]); i++)
        {
            var distance = MathF.Sqrt(Square(faces[i].Left + faces[i].Right - width) + Square(faces[i].Top + faces[i].Bottom - height)) / 2;
            if (distance < near) (nearest, near, next) = (i, distance, near);
            else next = Math.Min(next, distance);
        }
        var central = faces[nearest].Height;
        return central >= LeastHeight * faces[0].Height && next - near >= LeastLead * central ? nearest : null;
    }

    private static float Square(float x) => x * x;
}
