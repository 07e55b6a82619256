using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Recognition;

public sealed class FrameRecognizerTests
{
    [Test]
    public async Task Follow_SameViews_AreLookedUpOnceUntilTheGalleryChanges()
    {
        var gallery = new FakeGallery("ann", "bob");
        var recognizer = new FakeTracks(FakeAnalyzer.Face(0, 0.9f)).Recognizer(gallery);

        var named = await NameAsync(recognizer);
        gallery.Forget("ann");
        var erased = await NameAsync(recognizer);
        gallery.Remember("cid");
        var other = await NameAsync(recognizer);

        Assert.That((named, erased, other), Is.EqualTo(("ann", (string?)null, "cid")));
    }

    [Test]
    public async Task Follow_NewView_IsLookedUpAnew()
    {
        var gallery = new FakeGallery("ann", "bob");
        var tracks = new FakeTracks(FakeAnalyzer.Face(0, 0.9f));
        var recognizer = tracks.Recognizer(gallery);
        await NameAsync(recognizer);
        var searched = gallery.Searches;

        await NameAsync(recognizer);
        Assert.That(gallery.Searches, Is.EqualTo(searched), "what is known is not asked again");

        tracks.Views = 2;
        await NameAsync(recognizer);
        Assert.That(gallery.Searches, Is.EqualTo(searched + 1));
    }

    [TestCase(0.9f, true, TestName = "Follow_FirstViewsBeyondDoubt_AreNamedAtOnce")]
    [TestCase(0.52f, false, TestName = "Follow_FirstViewsInDoubt_WaitForMore")]
    public async Task Follow(float similarity, bool isNamed)
    {
        var tracks = new FakeTracks(FakeAnalyzer.Face(0, similarity)) { IsSettling = true };
        var recognizer = tracks.Recognizer(new FakeGallery("ann", "bob"));

        Assert.That(await NameAsync(recognizer), Is.EqualTo(isNamed ? "ann" : null));

        tracks.IsSettling = false;
        Assert.That(await NameAsync(recognizer), Is.EqualTo("ann"), "no more views come");
    }

    private static async Task<string?> NameAsync(FrameRecognizer recognizer)
    {
        var frame = (await recognizer.FollowAsync(SchoolId.First, "gate-1", new byte[] { 1 }, default)).Value;
        StudentId? who = frame.Faces.Single().Who.Student;
        return who?.Value;
    }
}
