using FaceAttendance.Application.Notices;
using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Notices;

public sealed class NoticeHandlersTests
{
    [Test]
    public async Task Acknowledge_UnknownNotice_IsNotFound()
    {
        var answer = await new AcknowledgeNoticeHandler(new RecordingNotices()).Handle(
            new(SchoolId.First, NoticeId.New(), "key:one"), default);

        Assert.That(answer.Error!.Code, Is.EqualTo("notice.not_found"));
    }

    [Test]
    public async Task List_Nothing_IsAnEmptyPage()
    {
        var answer = await new ListNoticesHandler(new RecordingNotices()).Handle(new(SchoolId.First, OnlyOpen: true, 50, 0), default);

        Assert.That((answer.Value.Items.Count, answer.Value.Total), Is.EqualTo((0, 0)));
    }

    [Test]
    public void OfLookalikes_EitherOrder_IsTheSamePair() =>
        Assert.That(
            NewNotice.OfLookalikes(SchoolId.First, new("b"), new("a"), 0.6f),
            Is.EqualTo(NewNotice.OfLookalikes(SchoolId.First, new("a"), new("b"), 0.6f)));

    [TestCase(false, false, NoticeState.Open)]
    [TestCase(false, true, NoticeState.Acknowledged)]
    [TestCase(true, false, NoticeState.Resolved)]
    [TestCase(true, true, NoticeState.Resolved)]
    public void State_OfANotice_FollowsItsCauseAndThenWhoKnows(bool isResolved, bool isKnown, NoticeState expected)
    {
        var now = StandingClock.Start;
        var notice = new Notice(
            NoticeId.New(), new(SchoolId.First, NoticeKind.CameraSilent, "gate-1", "Gate"), now, isResolved ? now : null,
            isKnown ? now : null, isKnown ? "local" : null);

        Assert.That(notice.State, Is.EqualTo(expected));
    }
}
