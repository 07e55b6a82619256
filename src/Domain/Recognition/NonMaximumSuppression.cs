namespace FaceAttendance.Domain.Recognition;

/// <summary>Keeps the most confident of boxes that overlap (greedy non-maximum suppression).</summary>
public static class NonMaximumSuppression
{
    /// <summary>Sorts <paramref name="faces"/> by falling confidence and removes every face that overlaps a kept one by more than the limit.</summary>
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
            if (!overlaps) faces[kept++] = candidate;
        }
        faces.RemoveRange(kept, faces.Count - kept);
    }
}
