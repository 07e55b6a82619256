using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Enrollment;

public sealed class EnrollFaceTests
{
    private readonly FakeTemplates _templates = new(new FakeGallery("ann", "bob"));
    private readonly RecordingFeed _feed = new();
    private readonly RecordingNotices _notices = new();

    [SetUp]
    public void Forget()
    {
        _templates.Added.Clear();
        _templates.Overridden.Clear();
        _feed.Published.Clear();
        _notices.Raised.Clear();
    }

    [TestCase(49f, null, TestName = "Handle_BystanderLessThanHalfAsTall_IsIgnored")]
    [TestCase(50f, "enrollment.multiple_faces", TestName = "Handle_SecondFaceHalfAsTall_RefusesThePhoto")]
    [TestCase(100f, "enrollment.multiple_faces", TestName = "Handle_TwoEqualFaces_RefusesThePhoto")]
    public async Task Handle(float secondHeight, string? code)
    {
        var result = await HandlerFor(FakeAnalyzer.Face(5), FakeAnalyzer.Face(1, height: secondHeight)).Handle(Enroll("new"), default);

        Assert.That(result.Error?.Code, Is.EqualTo(code));
        Assert.That(_templates.Added, Has.Count.EqualTo(code is null ? 1 : 0));
        if (code is null) Assert.That(result.Value.FacesFound, Is.EqualTo(2));
        else Assert.That(result.Error!.Details!["faces_found"], Is.EqualTo(2));
    }

    [Test]
    public async Task Handle_NoFace_IsRefusedAndAnnouncesNothing()
    {
        var result = await HandlerFor().Handle(Enroll("new"), default);

        Assert.That(result.Error!.Code, Is.EqualTo("enrollment.no_face"));
        Assert.That(_feed.Published, Is.Empty);
    }

    [Test]
    public async Task Handle_PoorFace_NamesEveryReasonAsTheWireSpellsIt()
    {
        var poor = FakeAnalyzer.Face(0, measured: new FaceMeasurements(8, 0.99f, 0, 10, 40, 200, 1));

        var result = await HandlerFor(poor).Handle(Enroll("new"), default);

        Assert.That(result.Error!.Details!["reasons"], Is.EqualTo(new[] { "too_small", "too_dark" }));
    }

    [TestCase("ann", 0.9f, null, TestName = "Handle_FaceOfTheSameStudent_IsNoDuplicate")]
    [TestCase("new", 0.61f, "enrollment.duplicate_person", TestName = "Handle_FaceOfAnotherStudent_IsRefused")]
    [TestCase("new", 0.59f, null, TestName = "Handle_FaceBelowThresholdOfDuplicates_IsEnrolled")]
    public async Task Handle_Resemblance(string id, float cosine, string? code)
    {
        var result = await HandlerFor(FakeAnalyzer.Face(0, cosine)).Handle(Enroll(id), default);

        Assert.That(result.Error?.Code, Is.EqualTo(code));
        if (code is not null) Assert.That(result.Error!.Details!["student_id"], Is.EqualTo("ann"));
    }

    [TestCase("new", 0.59f, "ann", TestName = "Handle_FaceThatACameraWouldTakeForAnother_NamesTheLookalike")]
    [TestCase("new", 0.49f, null, TestName = "Handle_FaceLikeNobodys_NamesNoLookalike")]
    [TestCase("ann", 0.9f, null, TestName = "Handle_FaceOfTheSameStudent_IsNoLookalike")]
    public async Task Handle_Lookalike(string id, float cosine, string? named)
    {
        var result = await HandlerFor(FakeAnalyzer.Face(0, cosine)).Handle(Enroll(id), default);

        Assert.That(result.Value.Lookalike?.Student.Value, Is.EqualTo(named));
    }

    [TestCase(0.59f, false, true, TestName = "Handle_Lookalike_StaffIsToldOfThePair")]
    [TestCase(0.59f, true, true, TestName = "Handle_LookalikeOfAStudentWhoAddsAPhoto_StaffIsToldOfThePair")]
    [TestCase(0.49f, false, false, TestName = "Handle_FaceLikeNobodys_NobodyIsTold")]
    public async Task Handle_Notice(float cosine, bool mustMatch, bool isRaised)
    {
        await HandlerFor(FakeAnalyzer.Face(0, cosine)).Handle(Enroll("aaa") with { MustMatchEnrolled = mustMatch }, default);

        Assert.That(_notices.Raised.Select(n => (n.Student?.Value, n.Other?.Value)),
            Is.EqualTo(isRaised ? new (string?, string?)[] { ("aaa", "ann") } : []));
    }

    [Test]
    public async Task Handle_LookalikesPhotoAgain_IsNoNews()
    {
        var handler = HandlerFor(FakeAnalyzer.Face(0, 0.59f));

        await handler.Handle(Enroll("new"), default);
        await handler.Handle(Enroll("new"), default);

        Assert.That(_notices.Raised, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Handle_StudentAddsAPhoto_IsNotToldWhomTheyLookLike()
    {
        var result = await HandlerFor(FakeAnalyzer.Face(0, 0.59f)).Handle(Enroll("new") with { MustMatchEnrolled = true }, default);

        Assert.That((result.IsSuccess, result.Value.Lookalike), Is.EqualTo((true, (GalleryMatch?)null)));
    }

    [Test]
    public async Task Handle_DuplicateOverridden_IsEnrolledWithTheReasonForTheAudit()
    {
        var command = Enroll("twin") with { OverrideDuplicate = true, Reason = "identical twins" };

        var result = await HandlerFor(FakeAnalyzer.Face(0, 0.8f)).Handle(command, default);

        Assert.That(result.IsSuccess, Is.True);
        var overridden = _templates.Overridden.Single();
        Assert.That((overridden.Reason, overridden.Resembled?.Student, overridden.Own),
            Is.EqualTo(("identical twins", (StudentId?)new StudentId("ann"), (float?)null)));
        Assert.That(overridden.Resembled?.Similarity, Is.EqualTo(0.8f).Within(1e-4));
        Assert.That(_feed.Published, Is.EqualTo(new LiveEvent[] { new StudentEnrolled(SchoolId.First, new("twin"), 1) }));
    }

    [TestCase("ann", 0.19f, "enrollment.another_person", TestName = "Handle_FaceUnlikeTheStudentsOwn_IsRefused")]
    [TestCase("ann", 0.21f, null, TestName = "Handle_PoorPhotoOfTheSameStudent_IsEnrolled")]
    [TestCase("new", 0.0f, null, TestName = "Handle_FirstFaceOfAStudent_HasNothingToBeLike")]
    public async Task Handle_Likeness(string id, float cosine, string? code)
    {
        var result = await HandlerFor(FakeAnalyzer.Face(0, cosine)).Handle(Enroll(id), default);

        Assert.That(result.Error?.Code, Is.EqualTo(code));
        Assert.That(_templates.Added, Has.Count.EqualTo(code is null ? 1 : 0));
    }

    [Test]
    public async Task Handle_AnotherPersonOverridden_IsEnrolledWithTheReasonForTheAudit()
    {
        var command = Enroll("ann") with { OverrideAnotherPerson = true, Reason = "after an accident" };

        var result = await HandlerFor(FakeAnalyzer.Face(0, 0.1f)).Handle(command, default);

        Assert.That(result.IsSuccess, Is.True);
        var overridden = _templates.Overridden.Single();
        Assert.That((overridden.Reason, overridden.Resembled), Is.EqualTo(("after an accident", (GalleryMatch?)null)));
        Assert.That(overridden.Own, Is.EqualTo(0.1f).Within(1e-4));
    }

    // Somebody else's face, enrolled under their own id, for an id that has a face: neither override is enough alone.
    [TestCase(false, false, "enrollment.duplicate_person")]
    [TestCase(true, false, "enrollment.another_person")]
    [TestCase(false, true, "enrollment.duplicate_person")]
    [TestCase(true, true, null)]
    public async Task Handle_KnownFaceForAnotherId_NeedsBothOverrides(bool duplicate, bool another, string? code)
    {
        var command = Enroll("ann") with { OverrideDuplicate = duplicate, OverrideAnotherPerson = another, Reason = "both" };

        var result = await HandlerFor(FakeAnalyzer.Face(1, 0.9f)).Handle(command, default);

        Assert.That(result.Error?.Code, Is.EqualTo(code));
    }

    [TestCase(null)]
    [TestCase("")]
    public void Validate_OverrideWithoutReason_NamesTheField(string? reason)
    {
        var invalid = new EnrollFaceValidator().Validate(Enroll("twin") with { OverrideDuplicate = true, Reason = reason });
        var invalidToo = new EnrollFaceValidator().Validate(Enroll("ann") with { OverrideAnotherPerson = true, Reason = reason });
        Assert.That(invalidToo.Errors.Select(e => e.PropertyName), Is.EqualTo(new[] { "reason" }));

        Assert.That(invalid.Errors.Select(e => e.PropertyName), Is.EqualTo(new[] { "reason" }));
    }

    [Test]
    public async Task Handle_SamePhotoAgain_SaysSoAndStoresAndAnnouncesNothing()
    {
        var analyzer = new FakeAnalyzer(FakeAnalyzer.Face(0));
        var handler = HandlerFor(analyzer);
        await handler.Handle(Enroll("ann"), default);

        var again = await handler.Handle(Enroll("ann"), default);

        Assert.That(again.Value.AlreadyEnrolled, Is.True);
        Assert.That(analyzer.Analyzed, Is.EqualTo(1), "a photo known by its digest needs no inference");
        Assert.That(_templates.Added, Has.Count.EqualTo(1));
        Assert.That(_feed.Published, Has.Count.EqualTo(1), "listeners hear of what changed");
    }

    [TestCase(true, 1, null, TestName = "Handle_CentralAskedForAndClear_StoresTheOneInTheMiddle")]
    [TestCase(true, null, "enrollment.multiple_faces", TestName = "Handle_CentralAskedForAndNotClear_RefusesThePhoto")]
    [TestCase(false, 1, "enrollment.multiple_faces", TestName = "Handle_CentralNotAskedFor_RefusesThePhoto")]
    public async Task Handle_Central(bool asked, int? middle, string? code)
    {
        var analyzer = new FakeAnalyzer(FakeAnalyzer.Face(5), FakeAnalyzer.Face(6, height: 90)) { Central = middle };

        var result = await HandlerFor(analyzer).Handle(Enroll("new") with { Central = asked }, default);

        Assert.That(result.Error?.Code, Is.EqualTo(code));
        if (code is not null)
        {
            Assert.That(result.Error!.Message,
                asked ? Does.Contain("none of them is clearly the one in the middle") : Does.Contain("central=true"));
            Assert.That(_templates.Added, Is.Empty);
            return;
        }
        Assert.That((result.Value.FacesFound, result.Value.IsCentral), Is.EqualTo((2, true)));
        Assert.That(_templates.Added.Single().Embedding.Values.ToArray()[6], Is.EqualTo(1));
    }

    [Test]
    public async Task Handle_PhotoThatHadToBeTurned_SaysByHowMuch()
    {
        var result = await HandlerFor(new FakeAnalyzer(FakeAnalyzer.Face(5)) { Turned = 90 }).Handle(Enroll("new"), default);

        Assert.That((result.Value.Turned, result.Value.IsCentral), Is.EqualTo((90, false)));
    }

    private static EnrollFace Enroll(string id) => new(SchoolId.First, new(id), new byte[] { 1, 2, 3 });

    private EnrollFaceHandler HandlerFor(params FaceAttendance.Application.Recognition.AnalyzedFace[] faces) =>
        HandlerFor(new FakeAnalyzer(faces));

    private EnrollFaceHandler HandlerFor(FakeAnalyzer analyzer) =>
        new(new FaceEnroller(analyzer, _templates, _notices, Settings.Recognition, TimeProvider.System), _feed);
}
