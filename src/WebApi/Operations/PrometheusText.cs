using System.Globalization;
using System.Text;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// Writes Prometheus' text format 0.0.4, and OpenMetrics 1.0.0 on request, which differs in the name of a counter's family and in its end.
/// Names follow OpenTelemetry's rule: dots become underscores, the unit and a counter's <c>_total</c> are appended.
/// </summary>
internal sealed class PrometheusText(bool isOpenMetrics)
{
    private readonly StringBuilder _text = new(32 * 1024);

    public string ContentType => isOpenMetrics
        ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
        : "text/plain; version=0.0.4; charset=utf-8";

    public void Write(Family family)
    {
        var series = family.Series.ToList();
        if (series.Count == 0) return;
        var name = NameOf(family.Instrument.Name, family.Instrument.Unit);
        WriteHead(name, family.Type, family.Instrument.Description);
        foreach (var (labels, values) in series)
        {
            if (family.Type == MetricType.Histogram) WriteHistogram(name, family.Bounds, labels, values);
            else WriteLine(family.Type == MetricType.Counter ? name + "_total" : name, labels.All(), values.Value);
        }
    }

    /// <summary>A gauge that no instrument reports.</summary>
    public void Write(string name, string description, double value)
    {
        WriteHead(name, MetricType.Gauge, description);
        WriteLine(name, [], value);
    }

    public string End()
    {
        if (isOpenMetrics) _text.Append("# EOF\n");
        return _text.ToString();
    }

    private static string NameOf(string instrument, string? unit)
    {
        var name = instrument.Replace('.', '_');
        var suffix = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        return name.EndsWith(suffix, StringComparison.Ordinal) ? name : name + suffix;
    }

    private void WriteHead(string name, MetricType type, string? description)
    {
        var family = type == MetricType.Counter && !isOpenMetrics ? name + "_total" : name;
        var word = type switch
        {
            MetricType.Counter => "counter",
            MetricType.Gauge => "gauge",
            MetricType.Histogram => "histogram",
        };
        _text.Append("# HELP ").Append(family).Append(' ').Append(Escaped(description ?? "", quotes: isOpenMetrics)).Append('\n');
        _text.Append("# TYPE ").Append(family).Append(' ').Append(word).Append('\n');
    }

    private void WriteHistogram(string name, double[] bounds, Labels labels, Series series)
    {
        var upTo = 0L;
        var buckets = series.Buckets;
        for (var i = 0; i < buckets.Length; i++)
        {
            upTo += buckets[i];
            var bound = i < bounds.Length ? Bound(bounds[i]) : "+Inf";
            WriteLine(name + "_bucket", labels.All().Append(new("le", bound)), upTo);
        }
        WriteLine(name + "_sum", labels.All(), series.Value);
        // Not a counter of its own: a scrape amid a report must still find the count equal to the last bucket.
        WriteLine(name + "_count", labels.All(), upTo);
    }

    private void WriteLine(string name, IEnumerable<KeyValuePair<string, object?>> labels, double value)
    {
        _text.Append(name);
        var separator = '{';
        foreach (var (label, content) in labels)
        {
            var text = Convert.ToString(content, CultureInfo.InvariantCulture) ?? "";
            _text.Append(separator).Append(label.Replace('.', '_')).Append("=\"").Append(Escaped(text, quotes: true)).Append('"');
            separator = ',';
        }
        if (separator == ',') _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    // OpenMetrics has bounds as floating-point numbers always, and the other format takes them.
    private static string Bound(double value) =>
        value == Math.Floor(value) ? value.ToString("0.0", CultureInfo.InvariantCulture) : Number(value);

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private static string Escaped(string text, bool quotes)
    {
        var escaped = text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return quotes ? escaped.Replace("\"", "\\\"", StringComparison.Ordinal) : escaped;
    }
}
