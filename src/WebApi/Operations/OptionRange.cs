using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace FaceAttendance.WebApi.Operations;

/// <summary>What an option may be, both ends included, read from the one place where it stands: the option's own
/// <see cref="RangeAttribute"/>.</summary>
internal readonly record struct OptionRange(double Least, double Most)
{
    /// <param name="setting">The section and the option, such as <c>Liveness:Steps</c>.</param>
    /// <param name="unit">What the ends of a span are counted in.</param>
    public static OptionRange Of<TOptions>(string setting, TimeSpan? unit = null)
    {
        var option = typeof(TOptions).GetProperty(setting[(setting.IndexOf(':', StringComparison.Ordinal) + 1)..]);
        var range = option?.GetCustomAttribute<RangeAttribute>()
            ?? throw new ArgumentException($"{setting} has no range.", nameof(setting));
        return new(Number(range.Minimum), Number(range.Maximum));

        // An attribute holds a span as text.
        double Number(object end) => unit is { } span
            ? TimeSpan.Parse((string)end, CultureInfo.InvariantCulture) / span
            : Convert.ToDouble(end, CultureInfo.InvariantCulture);
    }

    public bool Holds(double value) => value >= Least && value <= Most;

    /// <summary>Words with the ends in the places of {0} and {1}.</summary>
    public string In(string words) => string.Format(CultureInfo.InvariantCulture, words, (decimal)Least, (decimal)Most);
}
