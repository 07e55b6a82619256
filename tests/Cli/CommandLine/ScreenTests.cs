using FaceAttendance.Cli.CommandLine;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.CommandLine;

[TestFixture]
public class ScreenTests
{
    [TestCase("siswaA 0.38", ExpectedResult = "siswaA 0.38", TestName = "OneLine_PlainText_StaysAsItIs")]
    [TestCase("Gedung Ä [red] \"x\"", ExpectedResult = "Gedung Ä [red] \"x\"", TestName = "OneLine_MarkupAndLetters_StayAsTheyAre")]
    [TestCase("a\r\nb\tc", ExpectedResult = "a\\u000d\\u000ab\\u0009c", TestName = "OneLine_LineBreaks_AreEscaped")]
    [TestCase("\u001b[2Jgone", ExpectedResult = "\\u001b[2Jgone", TestName = "OneLine_EscapeSequence_IsEscaped")]
    [TestCase("\u009b2J", ExpectedResult = "\\u009b2J", TestName = "OneLine_EightBitControl_IsEscaped")]
    [TestCase("a\u2028b\u202eb\u2066", ExpectedResult = "a\\u2028b\\u202eb\\u2066", TestName = "OneLine_DirectionMarks_AreEscaped")]
    public string OneLine(string text) => Screen.OneLine(text);

    [Test]
    public void Fields_TabInsideField_KeepsThreeFields()
    {
        using var output = new StringWriter();

        Screen.Plain(output, TextWriter.Null).Fields(new { }, "refused", "a\tb.jpg", "no_face");

        Assert.That(output.ToString(), Is.EqualTo("refused\ta\\u0009b.jpg\tno_face\n"));
    }

    [Test]
    public void Line_ForPrograms_IsJsonWithoutWhatATerminalObeys()
    {
        using var output = new StringWriter();

        Screen.Plain(output, TextWriter.Null).ForPrograms().Line(new { StudentId = "a\u202e\u001b[2J\n" }, "for people");

        Assert.That(output.ToString(), Is.EqualTo("""{"student_id":"a\u202E\u001B[2J\n"}""" + "\n"));
    }
}
