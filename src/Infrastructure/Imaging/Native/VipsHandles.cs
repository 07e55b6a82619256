using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Imaging.Native;

/// <summary>A reference that libvips counts. Dropped exactly once, after the last generated import that uses it.</summary>
internal abstract class VipsHandle : SafeHandle
{
    private static int _live;
    private static int _finalized;
    private int _open = 1;

    protected VipsHandle() : base(0, ownsHandle: true) => Interlocked.Increment(ref _live);

    /// <summary>Handles of this process that were not disposed yet; tests watch that it returns to where it was.</summary>
    public static int Live => Volatile.Read(ref _live);

    /// <summary>Handles that the garbage collector had to close because nobody disposed them: each is a bug.</summary>
    public static int Finalized => Volatile.Read(ref _finalized);

    public override bool IsInvalid => handle == 0;

    protected override void Dispose(bool disposing)
    {
        if (Interlocked.Exchange(ref _open, 0) == 1)
        {
            Interlocked.Decrement(ref _live);
            if (!disposing) Interlocked.Increment(ref _finalized);
        }
        base.Dispose(disposing);
    }
}

/// <summary>A part of an image being computed, used by one thread.</summary>
internal sealed class VipsRegion : VipsHandle
{
    protected override bool ReleaseHandle()
    {
        VipsNative.g_object_unref(handle);
        return true;
    }
}

/// <summary>A constant array that libvips reads as an option's value.</summary>
internal sealed class VipsArea : VipsHandle
{
    protected override bool ReleaseHandle()
    {
        VipsNative.vips_area_unref(handle);
        return true;
    }
}
