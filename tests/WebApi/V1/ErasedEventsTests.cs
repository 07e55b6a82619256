using System.Net;
using System.Text.Json;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>What an erasure leaves of a student's events: that there were some.</summary>
public sealed class ErasedEventsTests
{
    private const string Pupil = "pupil-4711";

    private RunningServer _server = null!;
    private WebhookReceiver _receiver = null!;

    [SetUp]
    public async Task StartAsync()
    {
        _receiver = await WebhookReceiver.StartAsync();
        _server =
            await RunningServer.StartAsync(
                "WEBHOOK_ALLOW_NETWORKS=127.0.0.0/8", "Webhook:PollInterval=00:00:00.05", "Webhook:RetryPauses:0=01:00:00");
        foreach (var student in new[] { Pupil, "pupil-4712" })
            await _server.PostAsync("/students", Form.With(("student_id", student), ("full_name", "Ayu")));
    }

    [TearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Test]
    public async Task Replay_AfterTheErasure_SendsNoEndpointWhatWasTheStudents()
    {
        _receiver.AnswerWith(200, $"stored {Pupil}");
        var old = await AddAsync();
        await MarkAsync(Pupil);
        var theirs = (await DeliveriesAsync(old, "sent", 1))[0];
        _receiver.AnswerWith(200, "stored");
        await MarkAsync("pupil-4712");
        await DeliveriesAsync(old, "sent", 2);

        var erased = await _server.PostAsync($"/api/v1/students/{Pupil}/erasure", null);
        var fresh = await AddAsync();
        var replayed = (Count(await ReplayAsync(fresh)), Count(await ReplayAsync(old)));
        var single = await _server.PostAsync($"{PathOf(old)}/deliveries/{theirs.GetProperty("id").GetString()}/replay", null);
        await DeliveriesAsync(fresh, "sent", 1);
        while (_receiver.Received.Count < 4) await Task.Delay(20);
        var kept = (await _server.GetAsync($"{PathOf(old)}/deliveries/{theirs.GetProperty("id").GetString()}")).Json;
        var dump = await _server.Database.DumpAsync();

        Assert.That(replayed, Is.EqualTo((1, 1)), "the other student's event alone");
        Assert.That(
            (single.Status, single.Json.GetProperty("code").GetString()), Is.EqualTo((HttpStatusCode.Conflict, "webhook.event_erased")));
        Assert.That(_receiver.Received.Skip(2).Select(r => r.Body), Has.All.Contains("pupil-4712"));
        Assert.That(erased.Json.GetProperty("removed").GetProperty("events").GetInt64(), Is.EqualTo(1));
        Assert.That((kept.GetProperty("status").GetString(), kept.GetProperty("erased").GetBoolean()), Is.EqualTo(("sent", true)));
        Assert.That((kept.GetProperty("student_id").ValueKind, kept.GetProperty("body").GetString()), Is.EqualTo((JsonValueKind.Null, "")));
        Assert.That(
            kept.GetProperty("outcomes")[0].GetProperty("message").GetString(), Is.Empty, "what the receiver answered may name them");
        Assert.That(dump.Split('\n')
            .Where(line => line.Contains(Pupil, StringComparison.Ordinal) && !line.Contains("student.removed", StringComparison.Ordinal)
            && !line.Contains("attendance.marked", StringComparison.Ordinal) && !line.Contains("student.saved", StringComparison.Ordinal)),
            Is.Empty);
    }

    [Test]
    public async Task Erasure_PendingAndDeadDeliveries_EndUnsent()
    {
        _receiver.AnswerWith(500);
        var endpoint = await AddAsync();
        await MarkAsync(Pupil);
        await MarkAsync(Pupil);
        while ((await DeliveriesAsync(endpoint, "pending", 2)).Any(d => d.GetProperty("outcomes").GetArrayLength() == 0))
            await Task.Delay(20);
        await _server.Database.ExecuteAsync(
            "UPDATE outbox SET status = 'dead', settled_at = now() WHERE id = (SELECT id FROM outbox LIMIT 1)");
        _receiver.AnswerWith(200);

        await _server.PostAsync($"/api/v1/students/{Pupil}/erasure", null);
        var attempted = _receiver.Received.Count;
        var replayed = Count(await ReplayAsync(endpoint)) + Count(await ReplayAsync(await AddAsync()));
        await Task.Delay(500);

        Assert.That(replayed, Is.Zero);
        Assert.That(_receiver.Received, Has.Count.EqualTo(attempted));
        Assert.That(await _server.Database.ReadAsync<long>("SELECT count(*) FROM events"), Is.Zero, "nobody ever got them");
    }

    private Task<Answer> AddAsync() => _server.PostAsync("/api/v1/webhooks", RunningServer.Json($$"""{"url":"{{_receiver.Url}}"}"""));

    private Task<Answer> MarkAsync(string student) => _server.PostAsync(
        "/api/v1/attendance/manual", RunningServer.Json($$"""{"student_id":"{{student}}","status":"present","reason":"seen"}"""));

    private Task<Answer> ReplayAsync(Answer endpoint) => _server.PostAsync(
        $"{PathOf(endpoint)}/replay", RunningServer.Json("""{"from":"2020-01-01T00:00:00Z","to":"2999-01-01T00:00:00Z"}"""));

    private static int Count(Answer replay) => replay.Json.GetProperty("replayed").GetInt32();

    private async Task<IReadOnlyList<JsonElement>> DeliveriesAsync(Answer endpoint, string status, int count)
    {
        while (true)
        {
            var items = (await _server.GetAsync($"{PathOf(endpoint)}/deliveries?status={status}")).Json.GetProperty("items")
                .EnumerateArray().ToList();
            if (items.Count >= count) return items;
            await Task.Delay(20);
        }
    }

    private static string PathOf(Answer made) => $"/api/v1/webhooks/{made.Json.GetProperty("id").GetString()}";
}
