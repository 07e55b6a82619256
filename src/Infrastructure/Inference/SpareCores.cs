namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// Whether the frame on this thread may use the cores that other frames would: it may while it is the only one. Asked before each model's
/// run, so that a frame which is joined by another gives up its second core within one run.
/// </summary>
internal static class SpareCores
{
    [ThreadStatic]
    private static Func<bool>? _areThere;

    /// <summary>False on threads that nobody told.</summary>
    public static bool AreThere => _areThere?.Invoke() == true;

    /// <summary>From now on <paramref name="areThere"/> says it for this thread.</summary>
    public static void Watch(Func<bool> areThere) => _areThere = areThere;
}
