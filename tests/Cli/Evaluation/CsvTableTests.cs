using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Evaluation;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Evaluation;

[TestFixture]
public class CsvTableTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void Make() => _folder = new();

    [TearDown]
    public void Remove() => _folder.Dispose();

    [TestCase("a,b\n1,2\n", TestName = "Read_Commas")]
    [TestCase("a;b\r\n1;2\r\n\r\n", TestName = "Read_SemicolonsAndWindowsLines")]
    [TestCase("a\tb\n1\t2\n", TestName = "Read_Tabs")]
    [TestCase("\"a\",\"b\"\n\"1\",\"2\"", TestName = "Read_QuotedWithoutALastLineBreak")]
    public void Read(string text)
    {
        var table = CsvTable.Read(_folder.Write("t.csv", text));

        Assert.That(table.Columns, Is.EqualTo(new[] { "a", "b" }));
        Assert.That(table.Rows, Is.EqualTo(new[] { new[] { "1", "2" } }));
        Assert.That(table.Column("B"), Is.EqualTo(1));
    }

    [Test]
    public void Read_QuotesSeparatorsAndBreaksInAField_BelongToIt() =>
        Assert.That(CsvTable.Read(_folder.Write("t.csv", "a,b\n\"x,\"\"y\"\"\nz\",2\n")).Rows[0][0], Is.EqualTo("x,\"y\"\nz"));

    [Test]
    public void Read_QuoteWithinAField_SaysWhatToDo() => Assert.That(
        () => CsvTable.Read(_folder.Write("t.csv", "a,b\nx\"y,2\n")),
        Throws.TypeOf<CommandFailedException>().With.Message.Contains("close every quote"));

    [Test]
    public void Column_Missing_NamesThoseThatAreThere() => Assert.That(
        () => CsvTable.Read(_folder.Write("t.csv", "a,b\n")).Column("c"),
        Throws.TypeOf<CommandFailedException>().With.Message.Contains("it has a, b"));
}
