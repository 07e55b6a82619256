using FaceAttendance.Domain.Access;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Access;

public sealed class LockRuleTests
{
    private static readonly LockRule Rule = new(10, TimeSpan.FromMinutes(1), TimeSpan.FromHours(1));

    [TestCase(1, 0)]
    [TestCase(9, 0)]
    [TestCase(10, 1)]
    [TestCase(11, 2)]
    [TestCase(15, 32)]
    [TestCase(16, 60)]
    [TestCase(1000, 60)]
    [TestCase(int.MaxValue, 60)]
    public void LockedFor_FailuresInARow_GrowsUpToTheLongest(int failures, int minutes) =>
        Assert.That(Rule.LockedFor(failures), Is.EqualTo(TimeSpan.FromMinutes(minutes)));
}

public sealed class UserNameTests
{
    [TestCase("Ayu.Lestari-2_b", "ayu.lestari-2_b")]
    [TestCase("7", "7")]
    public void Parse_GoodName_IsInLowerCase(string text, string expected) =>
        Assert.That(UserName.Parse(text)!.Value.Value, Is.EqualTo(expected));

    [TestCase("")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("a b")]
    [TestCase("a/b")]
    [TestCase("ayu@school.example")]
    [TestCase("ayü")]
    [TestCase("a\0")]
    public void Parse_OtherText_IsNone(string text) => Assert.That(UserName.Parse(text), Is.Null);

    [Test]
    public void Parse_Length_IsLimited()
    {
        Assert.That(UserName.Parse(new string('a', 64)), Is.Not.Null);
        Assert.That(UserName.Parse(new string('a', 65)), Is.Null);
    }
}
