using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.Infrastructure.Database;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Broadcast;

internal sealed class AttendanceFeedTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;

    private static readonly JsonSerializerOptions WithConverter = new()
    {
        Converters = { new DispatchReportJsonConverter() },
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private static readonly object[] Reports =
    [
        new object[]
        {
            new DispatchReport(DispatchStatus.Sent, 200, "{\"ok\":true} é <b>", false),
            """{"status":"sent","http_status":200,"message":"{\"ok\":true} é <b>"}""",
        },
        new object[]
        {
            new DispatchReport(DispatchStatus.Failed, 500, "no", true),
            """{"status":"failed","http_status":500,"message":"no","will_retry":true}""",
        },
        new object[]
        {
            new DispatchReport(DispatchStatus.Failed, null, "timeout after 10 s", true),
            """{"status":"failed","http_status":null,"message":"timeout after 10 s","will_retry":true}""",
        },
        new object[] { DispatchReport.WebhookDisabled, """{"status":"failed","http_status":null,"message":"webhook_disabled"}""" },
        new object[]
        {
            DispatchReport.CoolingDown(TimeSpan.FromSeconds(3.2)),
            """{"status":"skipped","message":"cooldown_active (4s left)","reason":"cooldown_active (4s left)"}""",
        },
    ];

    [TestCaseSource(nameof(Reports))]
    public void Publish_Recognized_IsTheContractsJson(DispatchReport report, string json)
    {
        var feed = new AttendanceFeed();
        using var listener = feed.Subscribe(School);

        feed.Publish(RecognizedWith(report));

        Assert.That(listener.Messages.TryRead(out var message), Is.True);
        Assert.That(Encoding.UTF8.GetString(message!.Json.Span),
            Is.EqualTo($$"""{"type":"recognized","student_id":"siswaA","distance":0.37,"ts":1727580000,"dispatch":{{json}}}"""));
        Assert.That(message.Type, Is.EqualTo("recognized"));
    }

    [TestCaseSource(nameof(Reports))]
    public void Converter_InOptions_WritesTheSameShape(DispatchReport report, string json)
    {
        Assert.That(JsonSerializer.Serialize(report, WithConverter), Is.EqualTo(json));
    }

    [Test]
    public void Publish_UnknownInAnEmptyGallery_HasTheGreatestDistance()
    {
        var feed = new AttendanceFeed();
        using var listener = feed.Subscribe(School);

        feed.Publish(RecognizedWith(DispatchReport.WebhookDisabled) with { Label = "Unknown", Distance = 1 });

        Assert.That(listener.Messages.TryRead(out var message), Is.True);
        Assert.That(
            Encoding.UTF8.GetString(message!.Json.Span), Does.StartWith("""{"type":"recognized","student_id":"Unknown","distance":1,"""));
    }

    [Test]
    public void Publish_StudentEnrolled_IsTheContractsJson()
    {
        var feed = new AttendanceFeed();
        using var listener = feed.Subscribe(School);

        feed.Publish(new StudentEnrolled(School, new("siswaA"), 1));

        Assert.That(listener.Messages.TryRead(out var message), Is.True);
        Assert.That(
            Encoding.UTF8.GetString(message!.Json.Span), Is.EqualTo("""{"type":"student.enrolled","student_id":"siswaA","saved":1}"""));
    }

    [Test]
    public void Publish_ListenerDoesNotRead_LosesTheOldestAndCountsThem()
    {
        var feed = new AttendanceFeed();
        using var slow = feed.Subscribe(School);
        using var quick = feed.Subscribe(School);
        var heard = 0;

        for (var i = 0; i < 100; i++)
        {
            feed.Publish(new StudentEnrolled(School, new($"s{i}"), 1));
            while (quick.Messages.TryRead(out _)) heard++;
        }

        Assert.That((heard, quick.Dropped), Is.EqualTo((100, 0)));
        Assert.That(slow.Dropped, Is.EqualTo(36));
        Assert.That(slow.Messages.TryRead(out var oldest), Is.True);
        Assert.That(Encoding.UTF8.GetString(oldest!.Json.Span), Does.Contain("\"s36\""));
    }

    [Test]
    public async Task Subscribe_DisposedOrAnotherSchool_HearsNothing()
    {
        var feed = new AttendanceFeed();
        var left = feed.Subscribe(School);
        using var elsewhere = feed.Subscribe(new(Guid.CreateVersion7()));
        left.Dispose();

        feed.Publish(new StudentEnrolled(School, new("siswaA"), 1));

        Assert.That(await left.Messages.WaitToReadAsync(), Is.False);
        Assert.That(elsewhere.Messages.TryRead(out _), Is.False);
    }

    [Test]
    public async Task Publish_ListenerInAnotherProcess_HearsTheSameOnce()
    {
        var here = await StartProcessAsync();
        var there = await StartProcessAsync();
        using var near = here.Get<AttendanceFeed>().Subscribe(School);
        using var far = there.Get<AttendanceFeed>().Subscribe(School);
        await Listening.HearAsync(here, far);
        await Listening.HearAsync(there, near);
        while (near.Messages.TryRead(out _) || far.Messages.TryRead(out _))
        {
        }

        here.Get<IAttendanceFeed>().Publish(RecognizedWith(new(DispatchStatus.Sent, 200, "naïve \"quoted\" 🙂\0\n", false)));
        here.Get<IAttendanceFeed>().Publish(new StudentEnrolled(School, new("last"), 1));

        var nearby = await Listening.ReadToAsync(near, "last");
        var faraway = await Listening.ReadToAsync(far, "last");
        // PostgreSQL keeps the order: by the time this answer is here, this process's own notifications were too.
        there.Get<IAttendanceFeed>().Publish(new StudentEnrolled(School, new("answer"), 1));
        var afterwards = await Listening.ReadToAsync(near, "answer");
        Assert.That(nearby, Has.Count.EqualTo(2));
        Assert.That(faraway, Is.EqualTo(nearby));
        Assert.That(afterwards, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Publish_LongAnswer_IsCutForOtherProcessesUntilItFits()
    {
        var here = await StartProcessAsync();
        var there = await StartProcessAsync();
        using var far = there.Get<AttendanceFeed>().Subscribe(School);
        await Listening.HearAsync(here, far);

        // The most that an answer of 2 KB can become: every character written as an escape of six bytes.
        here.Get<IAttendanceFeed>().Publish(RecognizedWith(new(DispatchStatus.Sent, 200, new string('\u0001', 2048), false)));
        here.Get<IAttendanceFeed>().Publish(new StudentEnrolled(School, new("last"), 1));

        var heard = await Listening.ReadToAsync(far, "last");
        using var message = JsonDocument.Parse(heard[0]);
        Assert.That(message.RootElement.GetProperty("dispatch").GetProperty("message").GetString(), Is.EqualTo(new string('\u0001', 1024)));
    }

    [Test]
    public async Task Publish_AfterTheListeningConnectionWasKilled_ArrivesAgain()
    {
        var here = await StartProcessAsync();
        var there = await StartProcessAsync();
        using var far = there.Get<AttendanceFeed>().Subscribe(School);
        await Listening.HearAsync(here, far);

        Assert.That(await Database.EndListeningConnectionsAsync(), Is.Positive);

        await Listening.HearAsync(here, far);
    }

    [TestCase("")]
    [TestCase("no line")]
    [TestCase("a b\n{}")]
    [TestCase("a school recognized\n{}")]
    public void Receive_ForeignPayload_IsIgnored(string payload)
    {
        var feed = new AttendanceFeed();
        using var listener = feed.Subscribe(School);

        ((IChannelListener)feed).Receive(payload);

        Assert.That(listener.Messages.TryRead(out _), Is.False);
    }

    private static Recognized RecognizedWith(DispatchReport report) =>
        new(School, "siswaA", 0.37, DateTimeOffset.FromUnixTimeMilliseconds(1727580000500), report);
}
