namespace FaceAttendance.Domain.Recognition;

/// <summary>
/// Keeps the most confident of boxes that overlap (greedy non-maximum suppression), and drops the ghost that detectors see between two
/// faces cheek to cheek: it overlaps neither enough to be suppressed by one, yet the two together leave nothing of it
/// (docs/accuracy.md#ghosts).
/// </summary>
public static class NonMaximumSuppression
{
    // Share of a ghost that its neighbours cover together, and that each covers at least. A small real face in front of or behind a larger
    // one lies within that one alone, so two are asked for.
    private const float GhostCover = 0.8f;
    private const float GhostNeighbour = 0.25f;

    /// <summary>Sorts <paramref name="faces"/> by falling confidence and removes every face that overlaps a kept one by more than the
    /// limit.</summary>
    /// <param name="overlapLimit">Intersection over union in [0, 1]; 0.4 is what RetinaFace and YuNet were tuned with.</param>
    public static void Apply(List<DetectedFace> faces, float overlapLimit)
    {
        faces.Sort(static (a, b) => b.Confidence.CompareTo(a.Confidence));
        var kept = 0;
        for (var i = 0; i < faces.Count; i++)
        {
            var candidate = faces[i];
            var overlaps = false;
            for (var k = 0; k < kept && !overlaps; k++) overlaps = faces[k].Box.IntersectionOverUnion(candidate.Box) > overlapLimit;
            if (!overlaps && !IsGhost(candidate.Box, faces, kept)) faces[kept++] = candidate;
        }
        faces.RemoveRange(kept, faces.Count - kept);
    }

    private static bool IsGhost(in FaceBox box, List<DetectedFace> stronger, int count)
    {
        var covered = 0f;
        var neighbours = 0;
        for (var k = 0; k < count; k++)
        {
            var share = box.SharedArea(stronger[k].Box) / Math.Max(box.Area, float.Epsilon);
            if (share < GhostNeighbour) continue;
            covered += share;
            neighbours++;
        }
        return neighbours >= 2 && covered >= GhostCover;
    }
}
