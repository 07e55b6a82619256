namespace FaceAttendance.Domain.Recognition.Tracks;

/// <summary>A face in a frame of a camera, as it is given to the tracks.</summary>
/// <param name="Face">In pixels of the original.</param>
/// <param name="Quality">Of the view, see <see cref="ViewQuality"/>.</param>
/// <param name="Embedding">Null where the face was found where a track's was expected, and needed none.</param>
public sealed record SeenFace(DetectedFace Face, FacePatch Patch, float Quality, Embedding? Embedding)
{
    public override string ToString() => "SeenFace(withheld)";
}

/// <summary>Which track a face continues, judged by its place alone.</summary>
/// <param name="Track">Null where there is none in reach.</param>
/// <param name="IsCertain">Nobody else is near, or looks like it, and no time or frame is missing in between.</param>
public readonly record struct TrackMatch(Track? Track, bool IsCertain);

/// <summary>How much a view of a face is worth beside others of the same.</summary>
public static class ViewQuality
{
    /// <summary>Pixels between the eyes of the embedder's crop (112×112): a face that has more gains nothing.</summary>
    private static readonly float FullEyeDistance = SimilarityTransform.ArcFaceTemplate.EyeDistance;

    /// <returns>In [0, 1]: the product of size, frontal pose and the detector's confidence.</returns>
    public static float Of(in DetectedFace face)
    {
        var size = Math.Clamp(face.Points.EyeDistance / FullEyeDistance, 0, 1);
        // What is no number is turned away.
        var turned = Math.Abs(face.Points.NoseOffset);
        var frontal = turned < QualityRule.MostNoseOffset ? 1 - (0.7f * turned / QualityRule.MostNoseOffset) : 0.3f;
        return size * frontal * Math.Clamp(face.Confidence, 0, 1);
    }

    /// <summary>The same with what only the pixels tell.</summary>
    /// <param name="sharpness">As <see cref="FaceMeasurements.Sharpness"/>.</param>
    public static float WithSharpness(float quality, float sharpness)
    {
        // Sharp photos give 200 and more; a face that is blurred beyond use under 15.
        const float Sharp = 200;
        return quality * Math.Clamp(MathF.Sqrt(Math.Max(0, sharpness) / Sharp), 0.2f, 1);
    }
}
