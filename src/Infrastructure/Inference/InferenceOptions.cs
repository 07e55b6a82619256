using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>Which models run, and how much of the machine they may take. Section: <c>Inference</c>.</summary>
public sealed class InferenceOptions
{
    /// <summary>
    /// FACE_PROFILE: a profile of the manifest. Null takes <c>standard</c> when its weights are found and <c>starter</c> otherwise.
    /// </summary>
    public string? Profile { get; set; }

    /// <summary>FACE_MODELS_DIR: where weights are looked for before onnx-models/ and a sibling ../shared/models.</summary>
    public string? ModelsDirectory { get; set; }

    /// <summary>FACE_ACCEPT_NONCOMMERCIAL: the operator has read the terms of weights that exclude commercial use.</summary>
    public bool AcceptNonCommercial { get; set; }

    /// <summary>FACE_WORKERS: frames analyzed at once, each on one core. 0 takes the number of cores.</summary>
    [Range(0, 256)]
    public int Workers { get; set; }

    /// <summary>
    /// FACE_QUEUE_LENGTH: frames of all callers together that may wait for a worker; when one more comes, the newest of whoever has most
    /// here is refused at once. 0: nobody waits.
    /// </summary>
    [Range(0, 10_000)]
    public int QueueLength { get; set; } = 32;

    /// <summary>Longest a frame may wait for a worker before it is refused.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan MaxQueueWait { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Longest that decoding a picture may hold a worker. The costliest that is taken, 50 megapixels of CMYK on their side, needs 2 s of a
    /// present-day core.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan MaxDecodeTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// FACE_MIN_PIXELS: height, in pixels of the picture as it came, of the smallest face that must be found; smaller ones may be. It sets
    /// the detector's input: 24 px of a frame of 1280 cost four times the usual, which finds 24 px of 640, and that is the least. In
    /// pictures of more than 4,096 px faces from 100 px are found, whatever it says. 0: the usual.
    /// </summary>
    [Range(0, 4096)]
    public int MinFacePixels { get; set; }
}

[OptionsValidator]
internal sealed partial class InferenceOptionsValidator : IValidateOptions<InferenceOptions>;
