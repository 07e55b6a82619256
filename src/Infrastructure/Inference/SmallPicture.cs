using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>Makes the small grey picture by which frames are compared.</summary>
internal static class SmallPicture
{
    /// <summary>Of a picture decoded at any scale; the remainder of a division is left out, on the right and at the bottom.</summary>
    public static LumaPicture Of(DecodedImage image)
    {
        var square = LumaPicture.Scale / image.Shrink;
        int width = Math.Max(1, image.Width / square), height = Math.Max(1, image.Height / square);
        // Of a picture that has less than one square, what there is.
        int across = Math.Min(square, image.Width), down = Math.Min(square, image.Height);
        var pixels = new byte[width * height];
        var sums = new int[width];
        var rgb = image.Rgb;
        for (var y = 0; y < height; y++)
        {
            Array.Clear(sums);
            for (var line = 0; line < down; line++)
            {
                var row = rgb.Slice(((y * square) + line) * image.Width * 3, image.Width * 3);
                for (var x = 0; x < width; x++)
                {
                    var sum = 0;
                    var part = row.Slice(x * square * 3, across * 3);
                    // ITU-R BT.601, in 256ths.
                    for (var i = 0; i + 2 < part.Length; i += 3) sum += (77 * part[i]) + (150 * part[i + 1]) + (29 * part[i + 2]);
                    sums[x] += sum;
                }
            }
            for (var x = 0; x < width; x++) pixels[(y * width) + x] = (byte)(sums[x] / (256 * across * down));
        }
        return new(width, height, pixels);
    }
}
