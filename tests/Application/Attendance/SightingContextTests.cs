using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Attendance;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

public sealed class SightingContextTests
{
    [TestCase(null)]
    [TestCase("")]
    [TestCase("7B, third lesson")]
    [TestCase("42")]
    [TestCase("0192e4a0-0000-7000-8000-00000000004")]
    [TestCase("0192e4a0-0000-7000-8000-000000000042x")]
    public void ClassSession_AClientsOwnWord_NamesNone(string? word) =>
        Assert.That(new SightingContext(null, null, null, word).ClassSession, Is.Null);

    [TestCase("0192e4a0-0000-7000-8000-000000000042")]
    [TestCase("0192E4A0-0000-7000-8000-000000000042")]
    public void ClassSession_AnId_NamesThatSession(string id)
    {
        var context = new SightingContext(null, null, null, id);

        Assert.That(context.ClassSession, Is.EqualTo(new ClassSessionId(new Guid("0192e4a0-0000-7000-8000-000000000042"))));
        Assert.That(context.SessionId, Is.EqualTo(id), "the event repeats the word as it came");
    }
}
