using System.Globalization;
using System.Net;
using System.Text;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>Plain drawings of a report, as SVG.</summary>
internal static class Drawing
{
    private const int Width = 480, Height = 360, Margin = 48;
    private const int Bars = 100;
    private static readonly string[] Colours = ["#1f5fa8", "#b8461b", "#3a7d34", "#7a3b8f", "#555555", "#a8871f"];

    /// <summary>Detection error trade-off: strangers accepted to the right, right ones missed upwards, both on logarithmic axes.</summary>
    public static string Trade(string title, IReadOnlyList<(string Name, IReadOnlyList<ErrorPoint> Points)> lines)
    {
        var rates = lines.SelectMany(l => l.Points).SelectMany(p => new[] { p.Stranger, p.Missed }).Where(r => r > 0).DefaultIfEmpty(0.01)
            .ToList();
        var least = (int)Math.Max(-6, Math.Floor(Math.Log10(rates.Min())));
        var page = Begin(title, "strangers accepted", "right ones missed");
        for (var decade = least; decade <= 0; decade++)
        {
            var label = Math.Pow(10, decade).ToString(CultureInfo.InvariantCulture);
            var (x, y) = (X(At(decade)), Y(At(decade)));
            page.Append(
                CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{x:0.#} {Y(0):0.#}V{Y(1):0.#}M{X(0):0.#} {y:0.#}H{X(1):0.#}\"/>");
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{Y(0) + 14:0.#}\" text-anchor=\"middle\">{label}</text>");
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{X(0) - 4:0.#}\" y=\"{y + 4:0.#}\" text-anchor=\"end\">{label}</text>\n");
        }
        for (var i = 0; i < lines.Count; i++)
        {
            var points = lines[i].Points.Where(p => p is { Stranger: > 0, Missed: > 0 })
                .Select(p =>
                    string.Create(CultureInfo.InvariantCulture, $"{X(At(Math.Log10(p.Stranger))):0.#},{Y(At(Math.Log10(p.Missed))):0.#}"));
            Line(page, i, lines[i].Name, points);
        }
        return End(page);

        double At(double log) => Math.Clamp((log - least) / -(double)least, 0, 1);
    }

    /// <summary>How often which similarity was met, each line by its own highest bar.</summary>
    public static string Scores(string title, IReadOnlyList<(string Name, ScoreCounts Scores)> lines)
    {
        var page = Begin(title, "cosine similarity", "share, of the highest");
        for (var tenth = -5; tenth <= 10; tenth += 5)
        {
            var x = X(((tenth / 10.0) + 0.5) / 1.5);
            page.Append(CultureInfo.InvariantCulture, $"<path class=\"grid\" d=\"M{x:0.#} {Y(0):0.#}V{Y(1):0.#}\"/>");
            page.Append(CultureInfo.InvariantCulture,
                $"<text x=\"{x:0.#}\" y=\"{Y(0) + 14:0.#}\" text-anchor=\"middle\">{tenth / 10.0:0.0}</text>\n");
        }
        for (var i = 0; i < lines.Count; i++)
        {
            var bars = lines[i].Scores.Histogram(Bars);
            var most = Math.Max(bars.Max(), double.Epsilon);
            // From −0.5 on: nothing lies lower.
            var points = bars.Select((share, bar) => (Share: share, At: ((((bar + 0.5) * 2 / Bars) - 1) + 0.5) / 1.5)).Where(b => b.At >= 0)
                .Select(b => string.Create(CultureInfo.InvariantCulture, $"{X(b.At):0.#},{Y(b.Share / most):0.#}"));
            Line(page, i, lines[i].Name, points);
        }
        return End(page);
    }

    private static StringBuilder Begin(string title, string right, string up)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" " +
            $"font-family=\"sans-serif\" font-size=\"11\">\n");
        page.Append(
            "<style>.grid{stroke:#ccc}.line{fill:none;stroke-width:1.5}</style><rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n");
        page.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{Width / 2}\" y=\"20\" text-anchor=\"middle\" font-size=\"13\">{WebUtility.HtmlEncode(title)}</text>\n");
        page.Append(CultureInfo.InvariantCulture, $"<text x=\"{Width / 2}\" y=\"{Height - 8}\" text-anchor=\"middle\">{right}</text>");
        page.Append(CultureInfo.InvariantCulture,
            $"<text transform=\"translate(12 {Height / 2})rotate(-90)\" text-anchor=\"middle\">{up}</text>\n");
        return page;
    }

    private static void Line(StringBuilder page, int number, string name, IEnumerable<string> points)
    {
        var colour = Colours[number % Colours.Length];
        page.Append(CultureInfo.InvariantCulture, $"<polyline class=\"line\" stroke=\"{colour}\" points=\"{string.Join(' ', points)}\"/>");
        page.Append(CultureInfo.InvariantCulture,
            $"<text x=\"{X(1)}\" y=\"{Y(1) + 12 + (14 * number)}\" text-anchor=\"end\" " +
            $"fill=\"{colour}\">{WebUtility.HtmlEncode(name)}</text>\n");
    }

    private static string End(StringBuilder page) => page.Append("</svg>\n").ToString();

    private static double X(double share) => Margin + (share * (Width - Margin - 16));

    private static double Y(double share) => Height - Margin + 8 - (share * (Height - Margin - 28));
}
