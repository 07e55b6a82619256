using System.Text;

namespace FaceAttendance.WebApi.V1;

/// <summary>Text that a spreadsheet takes for text. One that begins like a formula would otherwise be computed by whoever opens the
/// file.</summary>
internal static class SpreadsheetText
{
    /// <summary>
    /// Puts an apostrophe before a character that begins a formula, at the start and behind whatever a spreadsheet set to another separator
    /// would take for the start of a cell.
    /// </summary>
    public static string Defuse(string text)
    {
        StringBuilder? defused = null;
        var isStart = true;
        for (var i = 0; i < text.Length; i++)
        {
            if ((isStart && BeginsFormula(text[i])) || (i == 0 && char.IsControl(text[i])))
                (defused ??= new StringBuilder(text, 0, i, text.Length + 8)).Append('\'');
            defused?.Append(text[i]);
            isStart = text[i] is ';' or '\t' or '\r' or '\n';
        }
        return defused?.ToString() ?? text;
    }

    // The characters that OWASP names for CSV injection, and the full-width forms that Excel takes for some of them. Tabs and line ends,
    // which it names too, are skipped by a spreadsheet at the start of a text alone.
    private static bool BeginsFormula(char c) => c is '=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠';
}
