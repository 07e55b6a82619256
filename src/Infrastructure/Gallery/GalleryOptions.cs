using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>How much of the schools' faces a process keeps at hand. Section: <c>Gallery</c>.</summary>
public sealed class GalleryOptions
{
    private const long Megabyte = 1_000_000;

    /// <summary>
    /// GALLERY_MEMORY_MB: what the galleries in memory may take together, in megabytes; the school that was asked for longest ago leaves. A
    /// school that is larger by itself is served all the same. Null for half of the memory that the process may use.
    /// </summary>
    [Range(1, 1_000_000)]
    public int? MemoryMb { get; set; }

    /// <summary>The same in bytes.</summary>
    public long MemoryBytes => MemoryMb is { } megabytes ? megabytes * Megabyte : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 2;
}

[OptionsValidator]
internal sealed partial class GalleryOptionsValidator : IValidateOptions<GalleryOptions>;
