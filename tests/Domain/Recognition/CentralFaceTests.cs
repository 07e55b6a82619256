using FaceAttendance.Domain.Recognition;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition;

/// <summary>In a picture of 600×400, whose middle is at (300, 200). Faces are squares: side and middle.</summary>
public sealed class CentralFaceTests
{
    [TestCase("100@300,200 100@120,200", 0, TestName = "Find_OneInTheMiddleAndOneAside_IsTheFirst")]
    [TestCase("100@120,200 100@480,200 100@310,210", 2, TestName = "Find_MiddleOfThree_IsTheOneInTheMiddle")]
    [TestCase("120@120,200 100@310,200", 1, TestName = "Find_SlightlySmallerInTheMiddle_IsTaken")]
    [TestCase("100@150,200 75@310,200", 1, TestName = "Find_ThreeQuartersOfTheTallest_IsTaken")]
    [TestCase("100@150,200 74@310,200", null, TestName = "Find_ClearlySmallerInTheMiddle_IsNobody")]
    [TestCase("100@200,200 100@400,200", null, TestName = "Find_TwoAlikeOnBothSides_IsNobody")]
    [TestCase("100@300,200 100@300,240", 0, TestName = "Find_FartherByFourTenthsOfItsHeight_IsTaken")]
    [TestCase("100@290,200 100@300,240", null, TestName = "Find_HardlyNearer_IsNobody")]
    [TestCase("100@150,200 49@300,200", 0, TestName = "Find_BystanderInTheMiddle_HasNoSay")]
    public void Find(string faces, int? expected) => Assert.That(
        CentralFace.Find([.. faces.Split(' ').Select(Face)], 600, 400), Is.EqualTo(expected));

    [Test]
    public void Find_NoFace_IsNobody() => Assert.That(CentralFace.Find([], 600, 400), Is.Null);

    private static FaceBox Face(string text)
    {
        var numbers = Array.ConvertAll(text.Split('@', ','), n => float.Parse(n, System.Globalization.CultureInfo.InvariantCulture));
        var (half, x, y) = (numbers[0] / 2, numbers[1], numbers[2]);
        return new(x - half, y - half, x + half, y + half);
    }
}
