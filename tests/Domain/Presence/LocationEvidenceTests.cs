using FaceAttendance.Domain.Presence;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Presence;

internal sealed class LocationEvidenceTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 7, 0, 0, TimeSpan.Zero);
    private static readonly GeoPoint School = new(-7.9673435, 112.6267206);

    // One degree of latitude is 111 195 m on the sphere that the rule measures on.
    private const double DegreePerKm = 1 / 111.195080;

    private readonly LocationEvidence _rules = LocationEvidence.Default;

    [TestCase(0, ExpectedResult = "")]
    [TestCase(-30, ExpectedResult = "")]
    [TestCase(-30.1, ExpectedResult = LocationEvidence.StaleFix)]
    [TestCase(5, ExpectedResult = "")]
    [TestCase(5.1, ExpectedResult = LocationEvidence.FutureFix)]
    public string Judge_Age_AroundEachEdge(double capturedSeconds) => Codes(Fix(School, Now.AddSeconds(capturedSeconds)));

    [TestCase(199, ExpectedResult = "")]
    [TestCase(201, ExpectedResult = LocationEvidence.ImpossibleSpeed)]
    public string Judge_SpeedSinceAnHourAgo_AroundTheLimit(double km) => Codes(Fix(School, Now), Fix(North(km), Now.AddHours(-1)));

    [TestCase(0.3, ExpectedResult = "", TestName = "Judge_JumpWithinTheErrorsOfBothFixes_IsNoSpeed")]
    [TestCase(0.5, ExpectedResult = LocationEvidence.ImpossibleSpeed, TestName = "Judge_JumpBeyondTheErrorsOfBothFixes_IsASpeed")]
    public string Judge_JumpWithinASecond(double km) =>
        Codes(Fix(School, Now, accuracy: 100), Fix(North(km), Now.AddSeconds(-1), accuracy: 100));

    [Test]
    public void Judge_TwoPlacesAtOneTime_IsImpossible() =>
        Assert.That(Codes(Fix(School, Now), Fix(North(1), Now)), Is.EqualTo(LocationEvidence.ImpossibleSpeed));

    [Test]
    public void Judge_EarlierFixOverTheAntimeridian_IsNear() =>
        Assert.That(Codes(Fix(new(-17, 179.9999), Now), Fix(new(-17, -179.9999), Now.AddMinutes(-1))), Is.Empty);

    [TestCase(119, ExpectedResult = "")]
    [TestCase(120, ExpectedResult = LocationEvidence.RepeatedCoordinates)]
    public string Judge_SameDigitsAgain_AroundTwoMinutes(double seconds) => Codes(Fix(School, Now), Fix(School, Now.AddSeconds(-seconds)));

    [Test]
    public void Judge_LastDigitDiffers_IsNoRepetition() =>
        Assert.That(Codes(Fix(School, Now), Fix(new(School.Latitude + 1e-7, School.Longitude), Now.AddMinutes(-10))), Is.Empty);

    [Test]
    public void Judge_Mocked_IsTheHeaviest()
    {
        var findings = _rules.Judge(Fix(School, Now.AddMinutes(-1), mocked: true), [Fix(School, Now.AddMinutes(-20))], Now);

        Assert.That(findings.Select(f => f.Code),
            Is.EqualTo(new[] { LocationEvidence.Mocked, LocationEvidence.StaleFix, LocationEvidence.RepeatedCoordinates }));
        Assert.That(findings.Select(f => f.Weight), Is.Ordered.Descending.And.All.InRange(0.0, 1.0));
    }

    [TestCase(EvidenceAction.Refuse, new[] { 0.4 }, ExpectedResult = EvidenceAction.Note)]
    [TestCase(EvidenceAction.Refuse, new[] { 0.5 }, ExpectedResult = EvidenceAction.Refuse)]
    [TestCase(EvidenceAction.Review, new[] { 0.4, 0.1 }, ExpectedResult = EvidenceAction.Review)]
    [TestCase(EvidenceAction.Refuse, new[] { 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05 },
        ExpectedResult = EvidenceAction.Refuse)]
    [TestCase(EvidenceAction.Note, new[] { 1.0, 1.0 }, ExpectedResult = EvidenceAction.Note)]
    [TestCase(EvidenceAction.Refuse, new double[0], ExpectedResult = EvidenceAction.Note)]
    public EvidenceAction ActionFor_SumOfWeights(EvidenceAction action, double[] weights) =>
        new EvidencePolicy(action, 0.5).ActionFor([.. weights.Select(w => new EvidenceFinding("x", "", w))]);

    [Test]
    public void Judge_OrderOfEarlierFixes_ChangesNothing()
    {
        var moments = Gen.Choose(1, 100_000).ArrayOf().ToArbitrary();
        Prop.ForAll(moments, seconds =>
        {
            LocationFix[] previous = [.. seconds.Select((s, i) => Fix(North(i % 300), Now.AddSeconds(-s)))];
            var forward = _rules.Judge(Fix(School, Now), previous, Now);
            return forward.SequenceEqual(_rules.Judge(Fix(School, Now), [.. previous.Reverse()], Now));
        }).QuickCheckThrowOnFailure();
    }

    private string Codes(LocationFix fix, params LocationFix[] previous) =>
        string.Join(',', _rules.Judge(fix, previous, Now).Select(f => f.Code));

    private static LocationFix Fix(GeoPoint place, DateTimeOffset at, double accuracy = 0, bool mocked = false) =>
        new(place, accuracy, at, "phone", mocked);

    private static GeoPoint North(double km) => new(School.Latitude + (km * DegreePerKm), School.Longitude);

    [Test]
    public void Judge_SeveralFindings_ComeHeaviestFirstAndSaySomething()
    {
        var fix = Fix(School, Now.AddMinutes(-10)) with { Mocked = true };

        var findings = _rules.Judge(fix, [Fix(North(500), Now.AddMinutes(-11))], Now);

        Assert.That(findings.Select(f => f.Weight), Is.Ordered.Descending);
        Assert.That(findings, Has.Count.EqualTo(3));
        Assert.That(findings.Select(f => f.Message), Has.All.Not.Empty);
    }
}
