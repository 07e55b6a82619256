using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Events;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Events;

internal sealed class OperatorsEndpointTests
{
    private static readonly SchoolId Another = new(Guid.NewGuid());

    [TestCase("http://host/hook", null, EventTypes.Recognized, true)]
    [TestCase("http://host/hook", null, EventTypes.Absent, false)]
    [TestCase("http://host/hook", "attendance.absent", EventTypes.Absent, true)]
    [TestCase("http://host/hook", "attendance.absent", EventTypes.Recognized, true)]
    [TestCase("http://host/hook", "attendance.absent", EventTypes.Marked, false)]
    [TestCase("", "attendance.absent", EventTypes.Absent, false)]
    [TestCase(null, null, EventTypes.Recognized, false)]
    public void Wants_AnEventOfTheFirstSchool_GoesByTheSettings(string? url, string? events, string type, bool wanted)
    {
        var endpoint = new OperatorsEndpoint(Options.Create(new WebhookOptions { Url = url, Events = events }));

        Assert.That(endpoint.Wants(SchoolId.First, type), Is.EqualTo(wanted));
        Assert.That(endpoint.Wants(Another, type), Is.False, "it hears nothing of other schools");
    }

    [Test]
    public void Find_OfTheFirstSchool_ShowsTheOriginAlone()
    {
        var endpoint = new OperatorsEndpoint(Options.Create(new WebhookOptions { Url = "https://me:secret@host:8443/path?key=secret" }));

        Assert.That(endpoint.Find(SchoolId.First)!.Url.AbsoluteUri, Is.EqualTo("https://host:8443/"));
        Assert.That(endpoint.Find(Another), Is.Null);
    }
}
