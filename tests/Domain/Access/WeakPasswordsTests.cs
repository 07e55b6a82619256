using FaceAttendance.Domain.Access;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Access;

public sealed class WeakPasswordsTests
{
    [TestCase("        ", "is blank")]
    [TestCase("\t\t  \u00a0\u00a0  ", "is blank")]
    [TestCase("12345678", "is a short number")]
    [TestCase("17081945", "is a short number")]
    [TestCase("aaaaaaaaaa", "is a few characters in a row or over and over")]
    [TestCase("abababab", "is a few characters in a row or over and over")]
    [TestCase("Ab1!Ab1!Ab", "is a few characters in a row or over and over")]
    [TestCase("abcdefgh", "is a few characters in a row or over and over")]
    [TestCase("HGFEDCBA", "is a few characters in a row or over and over")]
    [TestCase("qwertyuiop", "is a few characters in a row or over and over")]
    [TestCase("1q2w3e4r", "is a few characters in a row or over and over")]
    [TestCase("asdfghjkl", "is a few characters in a row or over and over")]
    [TestCase("lkjhgfds", "is a few characters in a row or over and over")]
    [TestCase("qwertzuiop", "is a few characters in a row or over and over")]
    [TestCase("azertyuiop", "is a few characters in a row or over and over")]
    [TestCase("1qaz2wsx3edc", "is a few characters in a row or over and over")]
    [TestCase("xkvqxkvq", "is a few characters in a row or over and over")]
    [TestCase("53861792740", "is a short number")]
    [TestCase("538617927405", null)]
    [TestCase("password", "is among the commonest")]
    [TestCase("Password1", "is among the commonest")]
    [TestCase("P@ssw0rd!2026", "is among the commonest")]
    [TestCase("  password  ", "is among the commonest")]
    [TestCase("123password", "is among the commonest")]
    [TestCase("Indonesia1945", "is among the commonest")]
    [TestCase("AdminAdmin", "is among the commonest")]
    [TestCase("admin-sekolah", "is among the commonest")]
    [TestCase("iloveyou2", "is among the commonest")]
    [TestCase("ayu.lestari", "holds the user's name or student id")]
    [TestCase("My AYU.lestari password", "holds the user's name or student id")]
    [TestCase("xx-siswaA-xx", "holds the user's name or student id")]
    [TestCase("correct horse", null)]
    [TestCase("another horse", null)]
    [TestCase("a good password", null)]
    [TestCase("passwordless flying mango", null)]
    [TestCase("314159265358979", null)]
    [TestCase("kuda hijau 7 naik bis", null)]
    [TestCase("5f1c0a7e", null)]
    public void FaultOf_Password_SaysWhatIsWrongWithIt(string password, string? fault) =>
        Assert.That(WeakPasswords.FaultOf(password, "ayu.lestari", "siswaA", null, "ab"), Is.EqualTo(fault));

    [Test]
    public void FaultOf_NamesTooShortToMeanAnything_DoNotCount() =>
        Assert.That(WeakPasswords.FaultOf("correct horse", "or", "", null), Is.Null);

    [TestCase("lino", "holds the user's name or student id")]
    [TestCase("lin", null)]
    public void FaultOf_NameAroundTheShortestThatCounts_CountsFromIt(string name, string? fault) =>
        Assert.That(WeakPasswords.FaultOf("green linoleum floor", name), Is.EqualTo(fault));
}
