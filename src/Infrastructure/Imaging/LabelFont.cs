using System.Text;

namespace FaceAttendance.Infrastructure.Imaging;

/// <summary>
/// The letters of labels: printable ASCII, which student ids and distances are made of, as dots, drawn for this project. Fonts of the
/// machine would look finer, but a bare server has none, and then a label would come out empty.
/// </summary>
internal static class LabelFont
{
    /// <summary>Dots of a letter from left to right.</summary>
    public const int Width = 5;

    /// <summary>Dots from the top of a capital to the tail of a g; the base line lies under the seventh.</summary>
    public const int Height = 9;

    /// <summary>Dots from one letter to the next.</summary>
    public const int Advance = 6;

    private const char First = ' ';

    // A letter is nine rows from top to bottom, a row one digit of base 32 (0-9, A-V), whose highest bit is the leftmost dot.
    private static readonly string[] Rows =
    [
        "000000000", "444440400", "AAA000000", "AAVAVAA00", "4FKE5U400", "PP248JJ00", "CIK8LID00", "444000000", // space ! " # $ % & '
        "248884200", "842224800", "0LEVEL000", "044V44000", "000004480", "000E00000", "00000CC00", "11248GG00", // ( ) * + , - . /
        "EHJLPHE00", "4C4444E00", "EH1248V00", "EH161HE00", "26AIV2200", "VGU11HE00", "68GUHHE00", "V12444400", // 0 1 2 3 4 5 6 7
        "EHHEHHE00", "EHHF12C00", "0CC0CC000", "0CC0C4800", "248G84200", "00V0V0000", "842124800", "EH1240400", // 8 9 : ; < = > ?
        "EHNLNGE00", "EHHVHHH00", "UHHUHHU00", "EHGGGHE00", "SIHHHIS00", "VGGUGGV00", "VGGUGGG00", "EHGNHHF00", // @ A B C D E F G
        "HHHVHHH00", "E44444E00", "72222IC00", "HIKOKIH00", "GGGGGGV00", "HRLLHHH00", "HHPLJHH00", "EHHHHHE00", // H I J K L M N O
        "UHHUGGG00", "EHHHLID00", "UHHUKIH00", "FGGE11U00", "V44444400", "HHHHHHE00", "HHHHHA400", "HHHLLLA00", // P Q R S T U V W
        "HHA4AHH00", "HHHA44400", "V1248GV00", "E88888E00", "GG8421100", "E22222E00", "4AH000000", "0000000V0", // X Y Z [ \ ] ^ _
        "840000000", "00E1FHF00", "GGUHHHU00", "00EGGHE00", "11FHHHF00", "00EHVGE00", "698S88800", "00FHHHF1E", // ` a b c d e f g
        "GGMPHHH00", "40C444E00", "2062222IC", "GGIKOKI00", "C44444E00", "00QLLLL00", "00MPHHH00", "00EHHHE00", // h i j k l m n o
        "00UHHHUGG", "00FHHHF11", "00MPGGG00", "00FGE1U00", "88S889600", "00HHHJD00", "00HHHA400", "00HHLLA00", // p q r s t u v w
        "00HA4AH00", "00HHHHF1E", "00V248V00", "344844300", "444444400", "O44244O00", "008L20000", // x y z { | } ~
    ];

    // An empty box, for what the table does not hold.
    private const string Unknown = "VHHHHHV00";

    public static LabelGlyph Glyph(Rune rune)
    {
        var index = rune.Value - First;
        return new(index >= 0 && index < Rows.Length ? Rows[index] : Unknown);
    }

    /// <returns>Dots from the left edge of the first letter to the right edge of the last.</returns>
    public static int WidthOf(string text)
    {
        var letters = text.EnumerateRunes().Count();
        return letters == 0 ? 0 : (letters * Advance) - (Advance - Width);
    }
}

/// <summary>One letter's dots.</summary>
internal readonly struct LabelGlyph(string rows)
{
    public bool IsSet(int row, int column)
    {
        var digit = rows[row];
        var bits = digit <= '9' ? digit - '0' : digit - 'A' + 10;
        return (bits >> (LabelFont.Width - 1 - column) & 1) == 1;
    }
}
