using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Domain.Liveness;

/// <summary>One frame as the session's rules see it.</summary>
/// <param name="MeanGrey">0 to 255, of the largest face; of the whole frame where there is none.</param>
/// <param name="PixelDigest">The same for the same pixels, however often they come.</param>
/// <param name="FaceCount">Faces that could be the one meant; small ones in the background are left out.</param>
/// <param name="Face">The largest; null without any.</param>
public sealed record FrameObservation(float MeanGrey, ulong PixelDigest, int FaceCount, ObservedFace? Face);

/// <summary>A picture of a student's face that a session was shown, as far as is needed to know it again.</summary>
/// <param name="Digest">As <see cref="FrameObservation.PixelDigest"/>.</param>
public sealed record SeenPicture(ulong Digest, Embedding Embedding)
{
    public override string ToString() => "SeenPicture(withheld)";
}

/// <param name="Box">Pixels of the frame.</param>
/// <param name="Share">How much of the frame's width, or of its height if that is more, the box takes; above 1 when it goes beyond the
/// frame.</param>
/// <param name="Similarity">Cosine similarity to the student's nearest template.</param>
/// <param name="View">Null when this frame's was not asked for.</param>
/// <param name="LiveProbability">Passive presentation attack detection's, in [0, 1]; null when this frame was no sample.</param>
public sealed record ObservedFace(
    FaceBox Box, float Share, FaceGeometry Geometry, Embedding Embedding, float Similarity, FaceView? View, float? LiveProbability)
{
    public override string ToString() => "ObservedFace(withheld)";
}
