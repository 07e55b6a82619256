using FaceAttendance.Domain.Access;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Access;

public sealed class LogInNameTests
{
    [TestCase("Ayu", "ayu", null)]
    [TestCase("Ayu@SMA-2", "ayu", "sma-2")]
    public void Parse_Name_IsTheNameAndTheSchoolsCode(string text, string name, string? code) =>
        Assert.That(LogInName.Parse(text), Is.EqualTo(new LogInName(UserName.Parse(name)!.Value, code)));

    [TestCase("")]
    [TestCase("a b")]
    [TestCase("@sma-2")]
    [TestCase("ayu@")]
    [TestCase("ayu@sma@2")]
    [TestCase("ayu@sma 2")]
    [TestCase("ayu@aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public void Parse_Nobodys_IsNothing(string text) => Assert.That(LogInName.Parse(text), Is.Null);

    [TestCase(32, true)]
    [TestCase(33, false)]
    public void Parse_CodeAroundItsLimit_IsTakenUpToIt(int length, bool isName) =>
        Assert.That(LogInName.Parse("ayu@" + new string('a', length)) is not null, Is.EqualTo(isName));
}
