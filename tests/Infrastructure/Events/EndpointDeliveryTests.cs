using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.TestKit;
using NUnit.Framework;
using static FaceAttendance.Application.Attendance.LedgerEntry;

namespace FaceAttendance.Infrastructure.Tests.Events;

/// <summary>Endpoints made over the API: who gets what, in which order of numbers, and what ends them.</summary>
internal sealed class EndpointDeliveryTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly StudentId Ani = new("siswaA");

    private WebhookReceiver _receiver = null!;

    [SetUp]
    public async Task StartReceiverAsync() => _receiver = await WebhookReceiver.StartAsync();

    [TearDown]
    public async Task StopReceiverAsync() => await _receiver.DisposeAsync();

    [Test]
    public async Task Events_SeveralEndpoints_EachGetsWhatItWantsSignedWithItsOwnSecret()
    {
        await using var second = await WebhookReceiver.StartAsync();
        await using var operators = await WebhookReceiver.StartAsync();
        var process = await StartAsync(
            ("Webhook:Url", operators.Url), ("Webhook:Events", EventTypes.Marked), ("Attendance:Cooldown", "00:00:00"));
        var all = await AddAsync(process, _receiver.Url);
        var marks = await AddAsync(process, second.Url, EventTypes.Marked);
        await AddAsync(process, second.Url, enabled: false);

        await MarkAsync(process);
        await SeeAsync(process);

        await Eventually.TrueAsync(
            () => _receiver.Received.Count == 2 && second.Received.Count == 1 && operators.Received.Count >= 1, "the events arrive");
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM outbox"), Is.EqualTo(5),
            "two for the operator, two for all, one for marks");
        Assert.That(_receiver.Received, Has.All.Matches<ReceivedEvent>(e => IsSignedBy(e, all.Secret) && !IsSignedBy(e, marks.Secret)));
        Assert.That(second.Received.Single().Body, Does.StartWith("{\"event\":\"attendance.marked\"").And.EndWith("\"sequence\":1}"));
        Assert.That(IsSignedBy(second.Received.Single(), marks.Secret));
    }

    [Test]
    public async Task Events_ManyOfOneStudentAtOnceFromEveryOrigin_AreNumberedWithoutGaps()
    {
        var process = await StartAsync(("Attendance:Cooldown", "00:00:00"));
        await AddAsync(process, _receiver.Url);
        await AddStudentAsync();

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => Task.Run(() => i % 2 == 0 ? MarkAsync(process) : (Task)SeeAsync(process))));

        Assert.That(
            await Database.ReadAsync<string>("SELECT string_agg(sequence::text, ' ' ORDER BY sequence) FROM events"),
            Is.EqualTo(string.Join(' ', Enumerable.Range(1, 60))));
        Assert.That(await Database.ReadAsync<long>("SELECT last FROM event_sequences"), Is.EqualTo(60));
    }

    [Test]
    public async Task Record_NobodyWantsTheEvent_WritesNoneAndTakesNoSlot()
    {
        var process = await StartAsync();
        await AddAsync(process, _receiver.Url, EventTypes.Marked);

        Assert.That(await SeeAsync(process), Is.TypeOf<RecordedOnly>());
        Assert.That(await Database.ReadAsync<long>(
            "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM cooldowns) + (SELECT count(*) FROM event_sequences)"), Is.Zero);
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records WHERE event_id IS NULL"), Is.EqualTo(1));
    }

    [Test]
    public async Task Record_EndpointBeingRemovedMeanwhile_StillRecords()
    {
        var process = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 15).Select(async i =>
        {
            var endpoint = await AddAsync(process, _receiver.Url);
            await Task.WhenAll(MarkAsync(process), process.Get<IWebhookEndpoints>().RemoveAsync(School, endpoint.Endpoint.Id, default));
        }));

        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM attendance_records"), Is.EqualTo(15));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM outbox"), Is.Zero, "deliveries go with their endpoint");
    }

    [Test]
    public async Task Dispatcher_ReceiverIsGone_DisablesTheEndpointAtOnce()
    {
        _receiver.AnswerWith(410, "no more");
        var process = await StartAsync();
        var endpoint = await AddAsync(process, _receiver.Url);

        await MarkAsync(process);

        await Eventually.TrueAsync(
            async () => (await FindAsync(process, endpoint)).DisabledReason == DisabledReason.Gone, "410 disables it");
        Assert.That((await DeliveriesAsync(process, endpoint)).Single(), Has.Property("Status").EqualTo(DeliveryStatus.Dead));
        Assert.That(process.Log.Lines, Has.Some.Contains("is disabled (gone)"));
        await MarkAsync(process);
        Assert.That(await DeliveriesAsync(process, endpoint), Has.Count.EqualTo(1), "a disabled endpoint gets no new deliveries");
    }

    [TestCase("4 days 23 hours", false)]
    [TestCase("5 days 1 hour", true)]
    public async Task Dispatcher_NothingAcceptedForDays_DisablesTheEndpointAfterFive(string failing, bool disabled)
    {
        _receiver.AnswerWith(500, "no");
        var process = await StartAsync();
        var endpoint = await AddAsync(process, _receiver.Url);
        await Database.ExecuteAsync($"UPDATE webhook_endpoints SET failing_since = clock_timestamp() - interval '{failing}'");

        await MarkAsync(process);

        await Eventually.TrueAsync(
            async () => (await DeliveriesAsync(process, endpoint)).Single().Outcomes.Count > 0, "an attempt is made");
        Assert.That(
            (await FindAsync(process, endpoint)).DisabledReason, Is.EqualTo(disabled ? DisabledReason.Failing : (DisabledReason?)null));
        Assert.That(process.Log.Lines.Any(l => l.Contains("is disabled (failing)", StringComparison.Ordinal)), Is.EqualTo(disabled));
    }

    [Test]
    public async Task Dispatcher_AcceptedAfterFailures_ForgetsThem()
    {
        _receiver.Answer = (http, count) =>
        {
            http.Response.StatusCode = count == 1 ? 500 : 200;
            return Task.CompletedTask;
        };
        var process = await StartAsync();
        var endpoint = await AddAsync(process, _receiver.Url);

        await MarkAsync(process);

        await Eventually.TrueAsync(async () =>
            (await DeliveriesAsync(process, endpoint))
                .Single() is { Status: DeliveryStatus.Sent, Outcomes: [{ HttpStatus: 500 }, { HttpStatus: 200 }] },
                "the second attempt is accepted");
        Assert.That((await FindAsync(process, endpoint)).FailingSince, Is.Null);
    }

    [Test]
    public async Task Dispatcher_ReceiverAsksToWait_LeavesTheWholeEndpointAlone()
    {
        _receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        };
        var process = await StartAsync();
        var endpoint = await AddAsync(process, _receiver.Url);
        await MarkAsync(process);
        await Eventually.TrueAsync(async () =>
            await Database.ReadAsync<bool>("SELECT paused_until > clock_timestamp() + interval '50 minutes' FROM webhook_endpoints"),
            "the pause is noted");

        await MarkAsync(process);
        var claimed = await process.Get<DeliveryQueue>().ClaimAsync(10, 10, new Dictionary<EndpointId, int>(), default);

        Assert.That(claimed, Is.Empty);
        Assert.That(await DeliveriesAsync(process, endpoint), Has.Count.EqualTo(2));
        Assert.That(_receiver.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Dispatcher_OneReceiverHangsOnEverything_OthersAreServed()
    {
        await using var hanging = await WebhookReceiver.StartAsync();
        hanging.Answer = (http, _) => Task.Delay(Timeout.Infinite, http.RequestAborted);
        var process = await StartAsync(("Webhook:Timeout", "00:01:00"));
        await AddAsync(process, hanging.Url);
        await AddAsync(process, _receiver.Url);

        for (var i = 0; i < 3 * OutboxDispatcher.MostToOneEndpoint; i++) await MarkAsync(process);

        await Eventually.TrueAsync(() => _receiver.Received.Count == 3 * OutboxDispatcher.MostToOneEndpoint, "the other one has all");
        Assert.That(hanging.Received, Has.Count.LessThanOrEqualTo(OutboxDispatcher.MostToOneEndpoint));
    }

    [Test]
    public async Task Replay_OfASpan_SendsAgainWhatWasSentAndWhatWasMissed()
    {
        var process = await StartAsync();
        var early = await AddAsync(process, _receiver.Url);
        await MarkAsync(process);
        await MarkAsync(process);
        await Eventually.TrueAsync(
            async () => (await DeliveriesAsync(process, early)).All(d => d.Status == DeliveryStatus.Sent), "both are sent");
        await using var late = await WebhookReceiver.StartAsync();
        var made = await AddAsync(process, late.Url);
        var (from, to) = (DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));

        var again = await process.Get<IDeliveries>().ReplayAsync(School, early.Endpoint.Id, from, to, DeliveryStatus.Sent, default);
        var dead = await process.Get<IDeliveries>().ReplayAsync(School, early.Endpoint.Id, from, to, DeliveryStatus.Dead, default);
        var missed = await process.Get<IDeliveries>().ReplayAsync(School, made.Endpoint.Id, from, to, null, default);

        Assert.That((again, dead, missed), Is.EqualTo((2, 0, 2)));
        await Eventually.TrueAsync(() => late.Received.Count == 2 && _receiver.Received.Count == 4, "they arrive");
        Assert.That(_receiver.Received.Select(r => r.Id).Distinct().Count(), Is.EqualTo(2), "under the same ids");
    }

    [Test]
    public async Task Replay_OfADeadLetter_StartsTheScheduleAnew()
    {
        _receiver.AnswerWith(500);
        var process = await StartAsync();
        var endpoint = await AddAsync(process, _receiver.Url);
        await MarkAsync(process);
        await Eventually.TrueAsync(
            async () => (await DeliveriesAsync(process, endpoint)).Single().Status == DeliveryStatus.Dead, "it is given up");
        var before = (await DeliveriesAsync(process, endpoint)).Single();

        await process.Get<IDeliveries>().ReplayAsync(School, endpoint.Endpoint.Id, before.Id, default);

        await Eventually.TrueAsync(async () =>
            (await DeliveriesAsync(process, endpoint)).Single() is { Status: DeliveryStatus.Dead, Attempts: var n }
                && n == 2 * before.Attempts, "it is tried as often again");
    }

    [Test]
    public async Task Database_Dump_ShowsNoSecretAndNoHeaderValue()
    {
        var process = await StartAsync();
        var made = await process.Get<IWebhookEndpoints>().AddAsync(
            School, new("https://school.example/"), "", [], new Dictionary<string, string> { ["Authorization"] = "Bearer hunter2" }, true,
            default);

        var row = await Database.ReadAsync<string>("SELECT w::text FROM webhook_endpoints AS w");

        Assert.That(row, Does.Contain("school.example").And.Not.Contain(made!.Secret[6..]).And.Not.Contain("hunter2"));
    }

    private Task<ServerProcess> StartAsync(params (string, string?)[] more) => StartProcessAsync(
    [
        ("Webhook:AllowPrivate", "true"), ("Webhook:PollInterval", "00:00:00.05"), ("Webhook:RetryPauses:0", "00:00:00"),
        ("Webhook:RetryPauses:1", "00:00:00"), .. more,
    ]);

    private static async Task<EndpointWithSecret> AddAsync(ServerProcess process, string url, string? type = null, bool enabled = true) =>
        (await process.Get<IWebhookEndpoints>()
            .AddAsync(School, new(url), "", type is null ? [] : [type], new Dictionary<string, string>(), enabled, default))!;

    private static async Task<WebhookEndpoint> FindAsync(ServerProcess process, EndpointWithSecret endpoint) =>
        (await process.Get<IWebhookEndpoints>().FindAsync(School, endpoint.Endpoint.Id, default))!;

    private static Task<IReadOnlyList<Delivery>> DeliveriesAsync(ServerProcess process, EndpointWithSecret endpoint) =>
        process.Get<IDeliveries>().ListAsync(School, endpoint.Endpoint.Id, new(null, null, null, null, 200), default);

    private async Task MarkAsync(ServerProcess process)
    {
        await AddStudentAsync();
        var marked = await process.Get<IManualMarks>().MarkAsync(
            new(School, Ani, null, AttendanceStatus.Present, DateTimeOffset.UtcNow, "seen"), default);
        Assert.That(marked.IsSuccess);
    }

    private async Task<LedgerEntry> SeeAsync(ServerProcess process)
    {
        await AddStudentAsync();
        return await process.Get<IAttendanceLedger>()
            .RecordAsync(Sightings.Of(Ani.Value), default);
    }

    private Task<int> AddStudentAsync() =>
        Database.ExecuteAsync($"INSERT INTO students (school_id, id) VALUES ('{School}', '{Ani}') ON CONFLICT DO NOTHING");

    private static bool IsSignedBy(ReceivedEvent received, string secret) =>
        received.Headers["webhook-signature"].Split(' ').Contains(WebhookSignature.Standard(
        WebhookSignature.TryReadSecret(secret)!, received.Id,
        long.Parse(received.Headers["webhook-timestamp"], System.Globalization.CultureInfo.InvariantCulture),
        System.Text.Encoding.UTF8.GetBytes(received.Body)));
}
