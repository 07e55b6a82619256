using FaceAttendance.Domain;

namespace FaceAttendance.Application.Recognition;

/// <summary>Why a frame could not be analyzed at all. "Nobody recognised" is no error.</summary>
public static class RecognitionErrors
{
    /// <summary>The existing clients know this text; the reason beside it is for people.</summary>
    public const string InvalidImageText = "Gambar tidak valid";

    /// <param name="reason">What is wrong with the bytes, without any of their content.</param>
    public static Error InvalidImage(string reason) => new("image.invalid_image", InvalidImageText, ErrorKind.Invalid)
    {
        Details = new Dictionary<string, object?> { ["reason"] = reason },
    };

    public static Error ImageTooLarge(string message) => new("image.too_large", message, ErrorKind.TooLarge);

    public static Error GalleryLoading(TimeSpan retryAfter) =>
        new("recognition.gallery_loading", "The school's faces are still being loaded; try again shortly.", ErrorKind.Unavailable)
        {
            RetryAfter = retryAfter,
        };

    public static Error Busy(TimeSpan retryAfter) =>
        new("recognition.busy", "The server analyzes as many frames as it can; try again shortly.", ErrorKind.Unavailable)
        {
            RetryAfter = retryAfter,
        };
}
