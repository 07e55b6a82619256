using FaceAttendance.WebApi.V1;

namespace FaceAttendance.WebApi.Tests.V1;

public sealed class SpreadsheetTextTests
{
    [TestCase("", ExpectedResult = "")]
    [TestCase("Ayu Lestari", ExpectedResult = "Ayu Lestari")]
    [TestCase("=1+1", ExpectedResult = "'=1+1")]
    [TestCase("+62 341", ExpectedResult = "'+62 341")]
    [TestCase("-1", ExpectedResult = "'-1")]
    [TestCase("@SUM(A1)", ExpectedResult = "'@SUM(A1)")]
    [TestCase("\t=1", ExpectedResult = "'\t'=1")]
    [TestCase("\r=1", ExpectedResult = "'\r'=1")]
    [TestCase("＝1", ExpectedResult = "'＝1")]
    [TestCase("A-1", ExpectedResult = "A-1")]
    [TestCase("a=b", ExpectedResult = "a=b")]
    [TestCase("'=1", ExpectedResult = "'=1")]
    [TestCase("x;=1", ExpectedResult = "x;'=1", TestName = "Defuse_BehindAnotherSpreadsheetsSeparator_IsDefusedThereToo")]
    [TestCase("Jl. Mawar 1\r\nMalang", ExpectedResult = "Jl. Mawar 1\r\nMalang")]
    [TestCase("x\n@y", ExpectedResult = "x\n'@y")]
    public string Defuse(string text) => SpreadsheetText.Defuse(text);
}
