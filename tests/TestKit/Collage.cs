
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.TestKit;

/// <summary>Pictures that tests make of other pictures. Plain loops: clarity before speed.</summary>
public static class Collage
{
    /// <summary>A grey picture with others pasted in, each stretched to a square of that side at (left, top); bilinear.</summary>
    public static ImageCanvas Paste(int width, int height, IReadOnlyList<(ImageCanvas Picture, int Left, int Top, int Side)> parts)
    {
        var rgb = new byte[width * height * 3];
        Array.Fill(rgb, (byte)118);
        foreach (var (picture, left, top, side) in parts)
        {
            for (var y = 0; y < side; y++)
            {
                for (var x = 0; x < side; x++)
                {
                    for (var c = 0; c < 3; c++)
                        rgb[((((top + y) * width) + left + x) * 3) + c] = Area(picture, x, y, side, c);
                }
            }
        }
        return ImageCanvas.FromRgb(width, height, rgb);
    }

    public static ImageCanvas Crop(ImageCanvas picture, int left, int top, int right, int bottom)
    {
        var rgb = new byte[(right - left) * (bottom - top) * 3];
        for (var y = top; y < bottom; y++)
            picture.Rgb.Slice(((y * picture.Width) + left) * 3, (right - left) * 3).CopyTo(rgb.AsSpan((y - top) * (right - left) * 3));
        return ImageCanvas.FromRgb(right - left, bottom - top, rgb);
    }

    /// <summary>The same picture turned clockwise by 90, 180 or 270 degrees.</summary>
    public static ImageCanvas Turn(ImageCanvas picture, int degrees)
    {
        var (width, height) = degrees == 180 ? (picture.Width, picture.Height) : (picture.Height, picture.Width);
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < width * height; i++)
        {
            int x = i % width, y = i / width;
            var (fromX, fromY) = degrees switch
            {
                90 => (y, picture.Height - 1 - x),
                180 => (picture.Width - 1 - x, picture.Height - 1 - y),
                _ => (picture.Width - 1 - y, x),
            };
            picture.Rgb.Slice(((fromY * picture.Width) + fromX) * 3, 3).CopyTo(rgb.AsSpan(i * 3));
        }
        return ImageCanvas.FromRgb(width, height, rgb);
    }

    /// <summary>The same picture with that longer side.</summary>
    public static ImageCanvas Shrink(ImageCanvas picture, int longerSide)
    {
        var scale = longerSide / (double)Math.Max(picture.Width, picture.Height);
        int width = Math.Max(1, (int)Math.Round(picture.Width * scale)), height = Math.Max(1, (int)Math.Round(picture.Height * scale));
        var rgb = new byte[width * height * 3];
        for (var i = 0; i < rgb.Length; i++)
        {
            int c = i % 3, x = i / 3 % width, y = i / 3 / width;
            int left = x * picture.Width / width, right = Math.Max(left + 1, (x + 1) * picture.Width / width);
            int top = y * picture.Height / height, bottom = Math.Max(top + 1, (y + 1) * picture.Height / height);
            int sum = 0;
            for (var sy = top; sy < bottom; sy++)
            {
                for (var sx = left; sx < right; sx++) sum += picture.Rgb[(((sy * picture.Width) + sx) * 3) + c];
            }
            rgb[i] = (byte)(sum / ((right - left) * (bottom - top)));
        }
        return ImageCanvas.FromRgb(width, height, rgb);
    }

    /// <summary>Box blur, twice.</summary>
    public static ImageCanvas Blur(ImageCanvas picture, int radius)
    {
        var from = picture.Rgb.ToArray();
        for (var pass = 0; pass < 2; pass++)
        {
            var to = new byte[from.Length];
            for (var i = 0; i < from.Length; i++)
            {
                int c = i % 3, x = i / 3 % picture.Width, y = i / 3 / picture.Width, sum = 0, count = 0;
                for (var dy = -radius; dy <= radius; dy++)
                {
                    for (var dx = -radius; dx <= radius; dx++)
                    {
                        if ((uint)(x + dx) >= (uint)picture.Width || (uint)(y + dy) >= (uint)picture.Height) continue;
                        sum += from[((((y + dy) * picture.Width) + x + dx) * 3) + c];
                        count++;
                    }
                }
                to[i] = (byte)(sum / count);
            }
            from = to;
        }
        return ImageCanvas.FromRgb(picture.Width, picture.Height, from);
    }

    /// <summary>Mean over the source pixels that fall on the target pixel, or bilinear where there is less than one.</summary>
    private static byte Area(ImageCanvas picture, int x, int y, int side, int c)
    {
        double fx = (double)picture.Width / side, fy = (double)picture.Height / side;
        if (fx <= 1) return Bilinear(picture, ((x + 0.5) * fx) - 0.5, ((y + 0.5) * fy) - 0.5, c);
        int sum = 0, count = 0;
        for (var sy = (int)(y * fy); sy < Math.Min(picture.Height, Math.Max((int)(y * fy) + 1, (int)((y + 1) * fy))); sy++)
        {
            for (var sx = (int)(x * fx); sx < Math.Min(picture.Width, Math.Max((int)(x * fx) + 1, (int)((x + 1) * fx))); sx++)
            {
                sum += picture.Rgb[(((sy * picture.Width) + sx) * 3) + c];
                count++;
            }
        }
        return (byte)(sum / count);
    }

    private static byte Bilinear(ImageCanvas picture, double x, double y, int c)
    {
        x = Math.Clamp(x, 0, picture.Width - 1);
        y = Math.Clamp(y, 0, picture.Height - 1);
        int left = (int)x, top = (int)y, right = Math.Min(left + 1, picture.Width - 1), bottom = Math.Min(top + 1, picture.Height - 1);
        double fx = x - left, fy = y - top;
        double At(int px, int py) => picture.Rgb[(((py * picture.Width) + px) * 3) + c];
        return (byte)Math.Round((((At(left, top) * (1 - fx)) + (At(right, top) * fx)) * (1 - fy))
            + (((At(left, bottom) * (1 - fx)) + (At(right, bottom) * fx)) * fy));
    }
}
