using System.Text;

namespace FaceAttendance.WebApi.Tests;

/// <summary>
/// Holds every line that the servers of this suite log, at Debug and with every value, and at the end looks through them for what no log
/// may hold. What that is, the tests themselves tell, by sending and receiving it: see <see cref="PersonalData"/>.
/// </summary>
[SetUpFixture]
public sealed class LogScan
{
    private static Capture? s_capture;

    /// <summary>What was logged so far.</summary>
    internal static IReadOnlyList<string> Lines => s_capture!.Lines;

    [OneTimeSetUp]
    public void Listen() => Console.SetOut(s_capture = new Capture(Console.Out));

    [OneTimeTearDown]
    public void Scan()
    {
        var offences = Lines.SelectMany(line => PersonalData.In(line).Select(kind => $"{kind}: {line}")).Take(20).ToList();

        TestContext.Progress.WriteLine(
            $"{Lines.Count} lines of log looked through for {PersonalData.Count} values of personal data and secrets.");
        Assert.That(offences, Is.Empty);
    }

    /// <summary>Keeps the lines of the log, and shows on the console only those from Warning on and what is no log.</summary>
    private sealed class Capture(TextWriter console) : TextWriter
    {
        private readonly List<string> _lines = [];

        public override Encoding Encoding => console.Encoding;

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines) return [.. _lines];
            }
        }

        // The log's sink writes an event in one piece.
        public override void Write(string? value)
        {
            if (string.IsNullOrEmpty(value)) return;
            // The rest is no log: a first start prints its administrator's key, to be seen once.
            var isJson = value.StartsWith('{');
            if (isJson || char.IsAsciiDigit(value[0]))
            {
                lock (_lines) _lines.Add(value);
            }
            var isQuiet = isJson
                && (value.Contains("\"level\":\"Information\"", StringComparison.Ordinal)
                    || value.Contains("\"level\":\"Debug\"", StringComparison.Ordinal));
            if (!isQuiet) console.Write(value);
        }

        public override void Write(char value) => console.Write(value);

        public override void Flush() => console.Flush();
    }
}
