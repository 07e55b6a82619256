using System.Globalization;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Imaging.Native;
using Spectre.Console;

namespace FaceAttendance.Cli.Recognition;

/// <summary>Recognised faces as text and as marks on their picture.</summary>
internal static class Annotation
{
    /// <summary><c>label distance</c>, the distance with the server's own digits.</summary>
    public static string Caption(FaceEntry face) =>
        string.Create(CultureInfo.InvariantCulture, $"{face.Label} {face.Distance:0.####}");

    /// <summary><c>label distance [top,right,bottom,left]</c>.</summary>
    public static string Line(FaceEntry face) => $"{Caption(face)} [{string.Join(',', face.Box ?? [])}]";

    /// <summary>Prints <see cref="Line"/>, on a terminal in the colour of the box.</summary>
    public static void Show(Screen screen, FaceEntry face) =>
        screen.Line(face, Line(face), new Style(IsUnknown(face) ? Color.Red : Color.Green));

    /// <param name="extension">The format to write, with its dot; one of <see cref="ImageCanvas.Extensions"/>.</param>
    /// <returns>An upright copy of the picture with a box and a caption for each face.</returns>
    /// <exception cref="CommandFailedException">The picture cannot be drawn on here.</exception>
    public static byte[] Draw(ReadOnlyMemory<byte> image, IEnumerable<FaceEntry> faces, string extension)
    {
        try
        {
            var opened = ImageCanvas.Open(image);
            if (opened.Error is { } error) throw new CommandFailedException($"The picture cannot be drawn on: {error.Message}");

            var canvas = opened.Value;
            foreach (var face in faces)
            {
                if (face.Box is not [var top, var right, var bottom, var left]) continue;
                var color = IsUnknown(face) ? CanvasColor.Red : CanvasColor.Green;
                canvas.DrawFace(new PixelBox(top, right, bottom, left), Caption(face), color);
            }
            return canvas.Encode(extension);
        }
        catch (NativeLibraryMissingException e)
        {
            throw new CommandFailedException(e.Message);
        }
    }

    /// <returns>The file's extension.</returns>
    /// <exception cref="UsageException">Pictures cannot be written in that format.</exception>
    public static string ExtensionOf(string file)
    {
        if (IsPicture(file)) return Path.GetExtension(file);
        throw new UsageException($"'{file}' should end in one of {string.Join(", ", ImageCanvas.Extensions)}.");
    }

    private static bool IsUnknown(FaceEntry face) => face.Label == StudentId.UnknownLabel;

    public static bool IsPicture(string file) => ImageCanvas.Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase);

    /// <summary>Replaces the file in one step, so that whoever looks at it never sees half a picture.</summary>
    /// <exception cref="CommandFailedException">It cannot be written.</exception>
    public static async Task WriteAsync(string file, byte[] picture, CancellationToken ct)
    {
        var part = file + ".part";
        try
        {
            await File.WriteAllBytesAsync(part, picture, ct);
            File.Move(part, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{file} cannot be written: {e.Message}");
        }
    }
}
