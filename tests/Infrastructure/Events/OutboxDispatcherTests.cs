using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Students;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using NUnit.Framework;
using Npgsql;
using static FaceAttendance.Application.Attendance.LedgerEntry;

namespace FaceAttendance.Infrastructure.Tests.Events;

/// <summary>The event's whole way: ledger, first attempt, outbox, dispatcher, receiver.</summary>
internal sealed class OutboxDispatcherTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;

    private WebhookReceiver _receiver = null!;

    [SetUp]
    public async Task StartReceiverAsync() => _receiver = await WebhookReceiver.StartAsync();

    [TearDown]
    public async Task StopReceiverAsync() => await _receiver.DisposeAsync();

    [Test]
    public async Task AttemptAsync_Accepted_IsSettledAndNeverSentAgain()
    {
        _receiver.AnswerWith(200, "{\"token\":\"T\"}");
        var process = await StartAsync();

        var report = await RecordAndAttemptAsync(process);

        Assert.That(report, Is.EqualTo(new DispatchReport(DispatchStatus.Sent, 200, "{\"token\":\"T\"}", false)));
        Assert.That(await OutboxAsync(), Is.EqualTo("sent 1 200 {\"token\":\"T\"}"));
        Assert.That(await ClaimAsync(process.Get<DeliveryQueue>(), 10), Is.Empty);
        Assert.That(_receiver.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task AttemptAsync_Refused_IsReportedRetriedAndDelivered()
    {
        _receiver.Answer = (http, count) =>
        {
            http.Response.StatusCode = count < 3 ? 500 : 200;
            return http.Response.WriteAsync($"answer {count}");
        };
        var process = await StartAsync();

        var report = await RecordAndAttemptAsync(process);

        Assert.That(report, Is.EqualTo(new DispatchReport(DispatchStatus.Failed, 500, "answer 1", true)));
        await Eventually.TrueAsync(async () => await OutboxAsync() == "sent 3 200 answer 3", "the third attempt is accepted");
        var received = _receiver.Received;
        Assert.That(received.Select(r => r.Id).Distinct().ToArray(), Has.Length.EqualTo(1));
        Assert.That(received.Select(r => r.Body).Distinct().ToArray(), Has.Length.EqualTo(1));
        Assert.That(received, Has.Count.EqualTo(3));
    }

    [Test]
    public async Task AttemptAsync_EveryAttemptRefused_EndsDead()
    {
        _receiver.AnswerWith(500, "no");
        var process = await StartAsync();

        await RecordAndAttemptAsync(process);

        await Eventually.TrueAsync(async () => await OutboxAsync() == "dead 4 500 no", "the event is given up after three retries");
        Assert.That(_receiver.Received, Has.Count.EqualTo(4));
        Assert.That(await ClaimAsync(process.Get<DeliveryQueue>(), 10), Is.Empty);
        Assert.That(process.Log.Lines, Has.Some.StartsWith("Error").And.Contains("given up"));
    }

    [Test]
    public async Task AttemptAsync_ReceiverAsksToWait_WaitsAtLeastThatLong()
    {
        _receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = 429;
            http.Response.Headers.RetryAfter = "3600";
            return Task.CompletedTask;
        };
        var process = await StartAsync();

        await RecordAndAttemptAsync(process);

        Assert.That(await Database.ReadAsync<TimeSpan>("SELECT next_attempt_at - clock_timestamp() FROM outbox"),
            Is.GreaterThan(TimeSpan.FromMinutes(50)));
    }

    [Test]
    public async Task AttemptAsync_DefaultPauses_PutsTheSecondAttemptFiveSecondsOff()
    {
        _receiver.AnswerWith(500);
        var process = await StartProcessAsync(("Webhook:Url", _receiver.Url));

        await RecordAndAttemptAsync(process);

        // The row was made before the attempt, so the distance is the pause and the attempt's own time; a slow machine may add to it.
        Assert.That(await Database.ReadAsync<TimeSpan>("SELECT next_attempt_at - created_at FROM outbox"),
            Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(4)));
    }

    [TestCase(4.9, true)]
    [TestCase(5.1, false)]
    public async Task AttemptAsync_LeaseAsGoodAsOver_IsLeftToTheBackground(double secondsAgo, bool isSent)
    {
        // Ten seconds for the attempt and five to write down what came of it: what is left must hold a whole attempt.
        var process = await StartAsync(("Webhook:PollInterval", "00:01:00"));
        var first = (await RecordAsync(process)).First!;
        var since = first.Since - (long)(secondsAgo * process.Get<TimeProvider>().TimestampFrequency);

        var report = await process.Get<IEventDelivery>().AttemptAsync(first with { Since = since }, default);

        Assert.That(report.Message, isSent ? Is.Not.EqualTo("delivered in the background") : Is.EqualTo("delivered in the background"));
        Assert.That((report.WillRetry, _receiver.Received.Count), Is.EqualTo((!isSent, isSent ? 1 : 0)));
    }

    [Test]
    public async Task AttemptAsync_StudentRemovedMeanwhile_LeavesNothingBehind()
    {
        var process = await StartAsync();
        var first = (await RecordAsync(process)).First!;
        _receiver.Answer = async (http, _) =>
        {
            await process.Get<IStudents>().RemoveAsync(School, new("siswaA"), default);
            await http.Response.WriteAsync("about siswaA");
        };

        var report = await process.Get<IEventDelivery>().AttemptAsync(first, default);

        Assert.That(report.Status, Is.EqualTo(DispatchStatus.Sent));
        Assert.That(
            await Database.ReadAsync<long>(
                "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM outbox) + (SELECT count(*) FROM delivery_attempts)"),
            Is.Zero);
    }

    [TestCase(null)]
    [TestCase("")]
    public async Task IsEnabled_NoUrl_IsFalse(string? url)
    {
        var process = await StartProcessAsync(("Webhook:Url", url));

        Assert.That(process.Get<IEventDelivery>().IsEnabledFor(School), Is.False);
    }

    [Test]
    public async Task Dispatcher_ProcessDiedBeforeItsFirstAttempt_DeliversWhenTheLeaseRunsOut()
    {
        var idle = await StartProcessAsync(Unsent);
        var entry = await RecordAsync(idle);
        Assert.That(await ClaimAsync(idle.Get<DeliveryQueue>(), 10), Is.Empty, "the event is in the hands of the process that recorded it");
        await Database.ExecuteAsync("UPDATE outbox SET leased_until = clock_timestamp()");

        await StartAsync();

        await Eventually.TrueAsync(
            async () => (await OutboxAsync()).StartsWith("sent 2 200", StringComparison.Ordinal), "another process delivers it");
        Assert.That(_receiver.Received.Single().Id, Is.EqualTo(entry.EventId.ToString()));
    }

    [Test]
    public async Task Dispatcher_TwoProcessesAndManyEvents_SendsEachOnce()
    {
        const int Events = 60;
        var idle = await StartProcessAsync([.. Unsent, ("Attendance:Cooldown", "00:00:00")]);
        for (var i = 0; i < Events; i++) await RecordAsync(idle);
        await Database.ExecuteAsync("UPDATE outbox SET leased_until = clock_timestamp()");

        await StartAsync();
        await StartAsync();

        await Eventually.TrueAsync(
            async () => await Database.ReadAsync<long>("SELECT count(*) FROM outbox WHERE status = 'sent'") == Events, "all are sent");
        Assert.That(_receiver.Received.Select(r => r.Id), Is.Unique);
        Assert.That(_receiver.Received, Has.Count.EqualTo(Events));
    }

    [Test]
    public async Task Dispatcher_SomeReceiversHang_GoesOnWithTheOthers()
    {
        // Fewer hang than are sent side by side, so hands stay free.
        var idle = await StartProcessAsync([.. Unsent, ("Attendance:Cooldown", "00:00:00")]);
        for (var i = 0; i < 30; i++) await RecordAsync(idle);
        await Database.ExecuteAsync("UPDATE outbox SET leased_until = clock_timestamp()");
        _receiver.Answer = (http, count) => count <= 8 ? Task.Delay(Timeout.Infinite, http.RequestAborted) : Task.CompletedTask;

        await StartAsync(("Webhook:Timeout", "00:00:30"));

        await Eventually.TrueAsync(async () => await Database.ReadAsync<long>("SELECT count(*) FROM outbox WHERE status = 'sent'") == 22,
            "22 are sent while 8 hang");
    }

    [Test]
    public async Task Claim_RowsThatAnotherProcessIsTaking_AreSkippedWithoutWaiting()
    {
        var idle = await StartProcessAsync([.. Unsent, ("Attendance:Cooldown", "00:00:00")]);
        for (var i = 0; i < 5; i++) await RecordAsync(idle);
        await Database.ExecuteAsync("UPDATE outbox SET leased_until = clock_timestamp()");
        var queue = idle.Get<DeliveryQueue>();
        await using var connection = new NpgsqlConnection(Database.ConnectionString);
        await connection.OpenAsync();
        await using var rival = await connection.BeginTransactionAsync();
        await using var take = new NpgsqlCommand("SELECT id FROM outbox ORDER BY next_attempt_at LIMIT 2 FOR UPDATE", connection);
        await take.ExecuteNonQueryAsync();

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var claimed = await ClaimAsync(queue, 5, patience.Token);
        var again = await ClaimAsync(queue, 5, patience.Token);

        Assert.That(claimed, Has.Count.EqualTo(3));
        Assert.That(again, Is.Empty, "what is claimed is under a lease");
    }

    [Test]
    public async Task Settle_AnAttemptThatLostItsLease_DoesNotOverruleTheNext()
    {
        var idle = await StartProcessAsync(Unsent);
        await RecordAsync(idle);
        var (queue, outcomes) = (idle.Get<DeliveryQueue>(), idle.Get<DeliveryOutcomes>());
        await Database.ExecuteAsync("UPDATE outbox SET leased_until = clock_timestamp()");
        var first = (await ClaimAsync(queue, 1)).Single();
        await Database.ExecuteAsync("UPDATE outbox SET leased_until = clock_timestamp()");
        var second = (await ClaimAsync(queue, 1)).Single();

        await outcomes.SettleFailedAsync(first, new(false, 500, "late"), default, pause: null);
        var afterLateFailure = await OutboxAsync();
        await outcomes.SettleSentAsync(first, new(true, 200, "late but accepted"), default);
        await outcomes.SettleFailedAsync(second, new(false, 500, "too late"), default, pause: null);

        Assert.That(afterLateFailure, Is.EqualTo("pending 3  "));
        Assert.That(await OutboxAsync(), Is.EqualTo("sent 3 200 late but accepted"));
    }

    [Test]
    public async Task Secrets_NoneConfigured_AreMadeOnceForAllProcesses()
    {
        var here = await StartAsync();
        var there = await StartAsync();

        var kept = here.Get<EndpointSecrets>().Read((await Database.ReadAsync<string>("SELECT webhook_secret FROM schools"))!);

        Assert.That(WebhookSignature.TryReadSecret(kept), Is.Not.Null);
        Assert.That(await here.Get<WebhookSecrets>().KeyOfAsync(School, default), Is.EqualTo(WebhookSignature.TryReadSecret(kept)));
        Assert.That(await there.Get<WebhookSecrets>().KeyOfAsync(School, default), Is.EqualTo(WebhookSignature.TryReadSecret(kept)));
    }

    [Test]
    public async Task Secrets_ManyProcessesMakeOneAtOnce_AllSignWithTheSame()
    {
        var process = await StartAsync();
        await using var source = NpgsqlDataSource.Create(Database.ConnectionString);
        await Database.ExecuteAsync("UPDATE schools SET webhook_secret = NULL");

        var keys = await Task.WhenAll(Enumerable.Range(0, 30).Select(
            _ => new WebhookSecrets(source, process.Get<EndpointSecrets>(), Options.Create(new WebhookOptions()))
                .KeyOfAsync(School, default).AsTask()));

        Assert.That(keys.Select(Convert.ToHexString).Distinct().ToArray(), Has.Length.EqualTo(1));
    }

    [Test]
    public async Task Secrets_Configured_SignsWithIt()
    {
        const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        var process = await StartAsync(("Webhook:Secret", Secret));

        await RecordAndAttemptAsync(process);

        var got = _receiver.Received.Single();
        Assert.That(got.Headers["X-Signature"],
            Is.EqualTo(WebhookSignature.OfBody(WebhookSignature.TryReadSecret(Secret)!, System.Text.Encoding.UTF8.GetBytes(got.Body))));
    }

    [TestCase("Webhook:Url", "ftp://example.com/hook", "ATTENDANCE_WEBHOOK_URL")]
    [TestCase("Webhook:Url", "/hook", "ATTENDANCE_WEBHOOK_URL")]
    [TestCase("Webhook:Url", "example.com", "ATTENDANCE_WEBHOOK_URL")]
    [TestCase("Webhook:ApiKey", "line\nbreak", "ATTENDANCE_API_KEY")]
    [TestCase("Webhook:Secret", "whsec_c2hvcnQ=", "Webhook:Secret")]
    [TestCase("Webhook:Timeout", "00:02:00", "Timeout")]
    [TestCase("Persistence:ConnectionString", "", "ConnectionString")]
    [TestCase("Persistence:ConnectionString", "nonsense", "ConnectionString")]
    [TestCase("Persistence:ConnectionString", "Database=x;Password=hunter2", "ConnectionString")]
    public void Start_InvalidSetting_StopsNamesItAndRepeatsNothing(string key, string value, string named)
    {
        var refused = Assert.ThrowsAsync<OptionsValidationException>(() => StartProcessAsync((key, value)));

        Assert.That(refused!.Message, Does.Contain(named));
        if (value.Length > 0 && key != "Webhook:Timeout") Assert.That(refused.Message, Does.Not.Contain(value).And.Not.Contain("hunter2"));
    }

    /// <summary>A process with a receiver and pauses so short that a retry comes at once.</summary>
    private Task<ServerProcess> StartAsync(params (string, string?)[] more) => StartProcessAsync(
    [
        ("Webhook:Url", _receiver.Url), ("Webhook:PollInterval", "00:00:00.05"),
        ("Webhook:RetryPauses:0", "00:00:00"), ("Webhook:RetryPauses:1", "00:00:00"), ("Webhook:RetryPauses:2", "00:00:00"), .. more,
    ]);

    private async Task<Announced> RecordAsync(ServerProcess process)
    {
        await Database.ExecuteAsync($"INSERT INTO students (school_id, id) VALUES ('{School}', 'siswaA') ON CONFLICT DO NOTHING");
        return (Announced)await process.Get<IAttendanceLedger>().RecordAsync(Sightings.Of("siswaA"), default);
    }

    private async Task<DispatchReport> RecordAndAttemptAsync(ServerProcess process) =>
        await process.Get<IEventDelivery>().AttemptAsync((await RecordAsync(process)).First!, default);

    private static Task<IReadOnlyList<OutboxDelivery>> ClaimAsync(DeliveryQueue queue, int limit, CancellationToken ct = default) =>
        queue.ClaimAsync(limit, perEndpoint: limit, new Dictionary<EndpointId, int>(), ct);

    private async Task<string> OutboxAsync() =>
        (await Database.ReadAsync<string>("SELECT concat(status, ' ', attempts, ' ', last_http_status, ' ', last_message) FROM outbox"))!;
}
