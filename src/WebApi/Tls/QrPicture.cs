using System.Globalization;
using System.Text;
using QRCoder;

namespace FaceAttendance.WebApi.Tls;

/// <summary>A text as a QR code with its quiet zone.</summary>
internal sealed class QrPicture : IDisposable
{
    private readonly QRCodeData _code;

    public QrPicture(string text)
    {
        using var generator = new QRCodeGenerator();
        _code = generator.CreateQrCode(text, QRCodeGenerator.ECCLevel.M);
    }

    private int Size => _code.ModuleMatrix.Count;

    public string ToSvg()
    {
        var path = new StringBuilder();
        for (var y = 0; y < Size; y++)
        {
            for (var x = 0; x < Size; x++)
            {
                if (IsDark(x, y)) path.Append(CultureInfo.InvariantCulture, $"M{x} {y}h1v1h-1z");
            }
        }
        return FormattableString.Invariant(
            $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Size} {Size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{Size}v{Size}H0z"/><path d="{path}"/></svg>""");
    }

    /// <summary>Two rows in a line, light where the code is, as a dark terminal shows it right.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        for (var y = 0; y < Size; y += 2)
        {
            for (var x = 0; x < Size; x++)
            {
                text.Append((IsDark(x, y), y + 1 >= Size || IsDark(x, y + 1)) switch
                {
                    (false, false) => '█',
                    (false, true) => '▀',
                    (true, false) => '▄',
                    (true, true) => ' ',
                });
            }
            text.AppendLine();
        }
        return text.ToString();
    }

    public void Dispose() => _code.Dispose();

    private bool IsDark(int x, int y) => _code.ModuleMatrix[y][x];
}
