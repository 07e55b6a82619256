using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Requests;

/// <summary>How long bodies may take and how much of them may be in memory at once. Section: <c>Uploads</c>.</summary>
internal sealed class UploadOptions
{
    /// <summary>
    /// UPLOAD_IDLE_SECONDS: how long a body may bring no byte. Default 10 s: a radio link that was lost is back by then, or the client has
    /// given up.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Idle { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What a body may take in any case, whatever its size. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan Grace { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Beyond the grace, what a body has to bring on average. Default 16 KiB: a slow mobile uplink brings as much.</summary>
    [Range(1, int.MaxValue)]
    public int BytesPerSecond { get; set; } = 16 * 1024;

    /// <summary>UPLOAD_MEMORY_MIB: what all bodies together may hold. Default 256 MiB: seventeen pictures of the largest size.</summary>
    [Range(64, 65_536)]
    public int MemoryMib { get; set; } = 256;

    /// <summary>What one caller's bodies may hold; a single one may always be as large as its route takes. Default 48 MiB: three pictures
    /// of the largest size.</summary>
    [Range(1, 65_536)]
    public int MemoryMibPerCaller { get; set; } = 48;

    /// <summary>Bodies under way at once. Default 1000.</summary>
    [Range(1, 100_000)]
    public int AtOnce { get; set; } = 1000;

    /// <summary>Bodies of one caller under way at once. Default 100, as many as a caller may ask for at once.</summary>
    [Range(1, 100_000)]
    public int AtOncePerCaller { get; set; } = 100;
}

[OptionsValidator]
internal sealed partial class UploadOptionsValidator : IValidateOptions<UploadOptions>;
