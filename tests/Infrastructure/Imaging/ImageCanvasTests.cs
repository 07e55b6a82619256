using FaceAttendance.Infrastructure.Imaging;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Imaging;

public sealed class ImageCanvasTests
{
    private static CanvasColor At(ImageCanvas canvas, int x, int y)
    {
        var at = ((y * canvas.Width) + x) * 3;
        return new(canvas.Rgb[at], canvas.Rgb[at + 1], canvas.Rgb[at + 2]);
    }

    private static int Count(ImageCanvas canvas, CanvasColor color)
    {
        var count = 0;
        for (var y = 0; y < canvas.Height; y++)
        {
            for (var x = 0; x < canvas.Width; x++)
                if (At(canvas, x, y) == color) count++;
        }
        return count;
    }

    [Test]
    public void Open_PictureLyingOnItsSide_StandsUpright()
    {
        var lying = TestPictures.WithOrientation(TestPictures.Quadrants(64, 32).Encode(".jpg"), 6);

        var canvas = ImageCanvas.Open(lying).Value;

        Assert.That((canvas.Width, canvas.Height), Is.EqualTo((32, 64)));
    }

    [Test]
    public void Open_NoPicture_IsAnError()
    {
        var opened = ImageCanvas.Open("no picture"u8.ToArray());

        Assert.That(opened.Error?.Code, Is.EqualTo("image.invalid_image"));
    }

    [TestCase(".png", 0)]
    [TestCase(".PNG", 0)]
    [TestCase(".jpg", 12)]
    [TestCase(".JPEG", 12)]
    [TestCase(".webp", 20)]
    public void Save_EachExtension_CanBeOpenedAgain(string extension, int tolerance)
    {
        var path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + extension);
        var canvas = ImageCanvas.Blank(40, 30, new(200, 100, 50));

        canvas.Save(path);
        var again = ImageCanvas.Open(File.ReadAllBytes(path)).Value;
        File.Delete(path);

        var color = At(again, 20, 15);
        Assert.That((again.Width, again.Height), Is.EqualTo((40, 30)));
        Assert.That(Math.Abs(color.R - 200) + Math.Abs(color.G - 100) + Math.Abs(color.B - 50), Is.LessThanOrEqualTo(tolerance));
    }

    [TestCase("face.gif")]
    [TestCase("face")]
    public void Save_OtherExtension_NamesTheKnownOnes(string path)
    {
        var canvas = ImageCanvas.Blank(4, 4, CanvasColor.White);

        Action save = () => canvas.Save(path);

        Assert.That(save, Throws.ArgumentException.With.Message.Contains(".webp"));
    }

    [Test]
    public void FromRgb_WrongLength_Throws()
    {
        Action make = () => ImageCanvas.FromRgb(2, 2, new byte[11]);

        Assert.That(make, Throws.ArgumentException.With.Message.Contains("12 bytes"));
    }

    [Test]
    public void FromRgb_CallersBytesChangedAfterwards_KeepsItsOwn()
    {
        var rgb = new byte[12];

        var canvas = ImageCanvas.FromRgb(2, 2, rgb);
        rgb[0] = 99;

        Assert.That(At(canvas, 0, 0), Is.EqualTo(CanvasColor.Black));
    }

    [Test]
    public void DrawRectangle_InsideThePicture_ColoursTheFrameAlone()
    {
        var canvas = ImageCanvas.Blank(20, 20, CanvasColor.Black);

        canvas.DrawRectangle(new(Top: 5, Right: 15, Bottom: 12, Left: 3), CanvasColor.Red, lineWidth: 2);

        Assert.That(Count(canvas, CanvasColor.Red), Is.EqualTo((12 * 7) - (8 * 3)));
        Assert.That((At(canvas, 3, 5), At(canvas, 14, 11)), Is.EqualTo((CanvasColor.Red, CanvasColor.Red)));
        Assert.That((At(canvas, 5, 7), At(canvas, 15, 12)), Is.EqualTo((CanvasColor.Black, CanvasColor.Black)));
    }

    [TestCase(-10, 30, 30, -10)]
    [TestCase(5, 5, 5, 5)]
    [TestCase(30, 40, 50, 25)]
    [TestCase(12, 3, 5, 15)]
    public void DrawRectangle_AtOrBeyondTheEdges_Stays(int top, int right, int bottom, int left)
    {
        var canvas = ImageCanvas.Blank(20, 20, CanvasColor.Black);

        Action draw = () => canvas.DrawRectangle(new(top, right, bottom, left), CanvasColor.Red, lineWidth: 3);

        Assert.That(draw, Throws.Nothing);
    }

    [Test]
    public void DrawText_EveryPrintableLetter_LooksLikeNoOther()
    {
        var seen = new Dictionary<string, char>();

        for (var letter = '!'; letter <= '~'; letter++)
        {
            var canvas = ImageCanvas.Blank(5, 9, CanvasColor.White);
            canvas.DrawText(letter.ToString(), 0, 0, CanvasColor.Black, scale: 1);
            var dots = Convert.ToHexString(canvas.Rgb);
            Assert.That(seen.TryAdd(dots, letter), Is.True, $"{letter} looks like {seen[dots]}");
        }

        Assert.That(seen, Has.Count.EqualTo(94));
    }

    [Test]
    public void DrawText_LetterBeyondAscii_IsABox()
    {
        ImageCanvas first = ImageCanvas.Blank(5, 9, CanvasColor.White), second = ImageCanvas.Blank(5, 9, CanvasColor.White);

        first.DrawText("é", 0, 0, CanvasColor.Black, scale: 1);
        second.DrawText("😀", 0, 0, CanvasColor.Black, scale: 1);

        Assert.That(Count(first, CanvasColor.Black), Is.EqualTo(20));
        Assert.That(first.Rgb.SequenceEqual(second.Rgb), Is.True);
    }

    [Test]
    public void DrawText_BeyondTheEdges_IsClipped()
    {
        var canvas = ImageCanvas.Blank(30, 10, CanvasColor.White);

        canvas.DrawText(new string('W', 50), -8, -3, CanvasColor.Black, scale: 2);

        Assert.That(Count(canvas, CanvasColor.Black), Is.Positive);
    }

    [TestCase(60, 40, TestName = "DrawFace_RoomAbove_PutsTheTextAbove")]
    [TestCase(0, 0, TestName = "DrawFace_NoRoomAbove_PutsTheTextInside")]
    public void DrawFace_Label(int top, int firstTextRow)
    {
        var canvas = ImageCanvas.Blank(320, 240, CanvasColor.Black);

        canvas.DrawFace(new(top, 200, top + 80, 100), "siswaA 0.38", CanvasColor.Green);

        var rows = Enumerable.Range(0, 240).Where(y => Enumerable.Range(0, 320).Any(x => At(canvas, x, y) == CanvasColor.White)).ToArray();
        Assert.That(rows, Is.Not.Empty);
        Assert.That(rows[0], Is.InRange(firstTextRow, firstTextRow + 20));
        Assert.That(rows[^1], top > 0 ? Is.LessThan(top) : Is.LessThan(top + 40));
    }

    [Test]
    public void DrawFace_AtTheRightEdge_KeepsTheTextInThePicture()
    {
        var canvas = ImageCanvas.Blank(320, 240, CanvasColor.Black);
        var roomy = ImageCanvas.Blank(320, 240, CanvasColor.Black);

        canvas.DrawFace(new(100, 320, 180, 290), "a.student-id_42 0.31", CanvasColor.Red);
        roomy.DrawFace(new(100, 80, 180, 50), "a.student-id_42 0.31", CanvasColor.Red);

        Assert.That(Count(canvas, CanvasColor.White), Is.EqualTo(Count(roomy, CanvasColor.White)));
    }
}
