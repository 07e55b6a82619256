using System.Globalization;
using System.Text.RegularExpressions;

namespace FaceAttendance.Benchmarks;

/// <summary>What the committed tables say that things cost on two cores; whoever measures anew changes these figures.</summary>
/// <param name="FrameSeconds">Of one core, while both recognise frames of 640×480 with one face.</param>
/// <param name="FrameSpread">The 95th percentile ÷ the median.</param>
/// <param name="RequestSeconds">What POST /recognize takes beyond the frame.</param>
/// <param name="LivenessSeconds">Of one core, a frame of a liveness session, both busy.</param>
/// <param name="TemplateSeconds">To read and open one template, on all cores.</param>
/// <param name="SightingsPerSecond">Recorded and told to the live feed by two cores, PostgreSQL on the same ones, over 16
/// connections.</param>
internal sealed record MeasuredCosts(
    double FrameSeconds, double FrameSpread, double RequestSeconds, double LivenessSeconds, double TemplateSeconds,
    double SightingsPerSecond)
{
    /// <param name="root">The project's folder.</param>
    public static async Task<MeasuredCosts> ReadAsync(string root)
    {
        var speed = await File.ReadAllTextAsync(Path.Combine(root, "benchmarks", "RESULTS.md"));
        var scaling = await File.ReadAllTextAsync(Path.Combine(root, "docs", "scaling.md"));
        var reliability = await File.ReadAllTextAsync(Path.Combine(root, "docs", "reliability.md"));
        var whole = Numbers(speed, @"^\| 640×480, 1 face \| \*\*whole frame\*\* \| ([\d.]+) \| ([\d.]+) \|");
        var rate = Numbers(speed, @"^\| 640×480, 1 face \| whole frames \| [\d.]+/s on 1 thread \| ([\d.]+)/s on 2 \|")[0];
        var post = Numbers(speed, @"^\| POST /recognize, 640×480, 1 face \| p50 ([\d.]+) ms")[0];
        var judged = Numbers(speed, @"^\| judged(?: on one core)? \| ([\d.]+) \|")[0];
        var copied = Numbers(scaling, @"^\| the templates read by `psql` alone \(binary COPY\) \| ([\d.]+) s")[0];
        var opened = Numbers(scaling, @"^\| the same bytes opened by AES-256-GCM alone, on all cores \| ([\d.]+) s")[0];
        var students = Numbers(scaling, @"^\| server with ([\d,]+) students \|")[0];
        var told = Numbers(
            reliability, @"^\| connections \| sightings recorded a second.*\n(?:\|.*\n)*?\| 16 \| [\d.]+ \| ([\d.]+) \|")[0];
        var (frame, both) = (whole[0] / 1000, 2 / rate);
        return new(
            both, whole[1] / whole[0], Math.Max(0, (post / 1000) - frame), judged / 1000 * both / frame, (copied + opened) / students,
            told);
    }

    private static double[] Numbers(string text, string row)
    {
        var found = Regex.Match(text, row, RegexOptions.Multiline, TimeSpan.FromSeconds(5));
        if (!found.Success) throw new InvalidOperationException($"No row of the measured tables is like {row}");
        return
        [
            .. found.Groups.Values.Skip(1).Select(
                g => double.Parse(g.Value, NumberStyles.Float | NumberStyles.AllowThousands, CultureInfo.InvariantCulture)),
        ];
    }
}
