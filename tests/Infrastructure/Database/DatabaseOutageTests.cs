using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Tests.Events;
using FaceAttendance.Infrastructure.Tests.Gallery;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.Http;
using NUnit.Framework;
using static FaceAttendance.Application.Attendance.LedgerEntry;

namespace FaceAttendance.Infrastructure.Tests.Database;

/// <summary>PostgreSQL stopped and started again under a running process, on a cluster of this fixture's own.</summary>
internal sealed class DatabaseOutageTests
{
    private static readonly SchoolId School = SchoolId.First;

    private PostgresCluster _cluster = null!;
    private TestDatabase _database = null!;
    private WebhookReceiver _receiver = null!;

    [OneTimeSetUp]
    public async Task StartClusterAsync() => _cluster = await PostgresCluster.StartPrivateAsync();

    [OneTimeTearDown]
    public async Task StopClusterAsync() => await _cluster.DisposeAsync();

    [SetUp]
    public async Task SetUpAsync()
    {
        _database = await _cluster.CreateDatabaseAsync();
        _receiver = await WebhookReceiver.StartAsync();
    }

    [TearDown]
    public async Task TearDownAsync()
    {
        await _receiver.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task EveryPort_DatabaseStopped_FailsAsUnavailableAndRecovers()
    {
        await using var process = await StartAsync();
        await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        Func<Task>[] calls =
        [
            () => process.Get<IStudents>().FindAsync(School, new("siswaA"), default),
            () => process.Get<IStudents>().ListAsync(School, null, null, 10, 0, default),
            () => process.Get<IStudents>().UpsertAsync(School, new("siswaA"), new("Ani", null, null, null), default),
            () => process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 2), default),
            () => process.Get<ITemplates>().ListAsync(School, new("siswaA"), default),
            () => process.Get<IAttendanceLedger>().RecordAsync(Sightings.Of("siswaA"), default),
            () => process.Get<IAttendanceLedger>().ListDayAsync(School, new(2025, 3, 10), 10, 0, default),
        ];

        await _cluster.StopServerAsync();
        // Twice: the first call may meet a connection that broke, the second one that cannot be made.
        foreach (var call in calls.Concat(calls))
        {
            var failure = Assert.CatchAsync(() => call());
            Assert.That(DatabaseFailures.IsUnavailable(failure!), Is.True, failure!.ToString());
        }
        Assert.That(process.Get<IGallery>().Search(School, Faces.Of(1), 1), Has.Count.EqualTo(1), "recognising needs no database");
        await _cluster.StartServerAsync();

        foreach (var call in calls) Assert.DoesNotThrowAsync(() => call());
        Assert.That(process.Get<IGallery>().Totals(School), Is.EqualTo((2, 1)));
    }

    [Test]
    public async Task Dispatcher_DatabaseStoppedAndBack_GoesOn()
    {
        _receiver.AnswerWith(500);
        await using var process = await StartAsync(("Webhook:RetryPauses:0", "00:00:01"), ("Webhook:RetryPauses:1", "00:00:00"));
        var entry = await RecordAsync(process);
        await process.Get<IEventDelivery>().AttemptAsync(entry.First!, default);

        await _cluster.StopServerAsync();
        await Eventually.TrueAsync(
            () => process.Log.Lines.Any(l => l.Contains("Deliveries wait for the database", StringComparison.Ordinal)), "it noticed");
        _receiver.AnswerWith(200);
        await _cluster.StartServerAsync();

        await Eventually.TrueAsync(() => IsSentAsync(), "the event is delivered");
    }

    [Test]
    public async Task AttemptAsync_DatabaseGoesDuringTheDelivery_SettlesLaterAndSendsOnce()
    {
        await using var process = await StartAsync(("Webhook:Timeout", "00:00:30"));
        var entry = await RecordAsync(process);
        _receiver.Answer = async (http, count) =>
        {
            if (count == 1) await _cluster.StopServerAsync();
            await http.Response.WriteAsync("got it");
        };

        var report = await process.Get<IEventDelivery>().AttemptAsync(entry.First!, default);
        await _cluster.StartServerAsync();
        // The lease is over, as after a long outage: only this process's memory keeps the event from being sent again.
        await _database.ExecuteAsync("UPDATE outbox SET leased_until = clock_timestamp() - interval '1 second'");

        Assert.That(report, Is.EqualTo(new DispatchReport(DispatchStatus.Sent, 200, "got it", false)));
        await Eventually.TrueAsync(() => IsSentAsync(), "the delivery is written down");
        Assert.That(_receiver.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task AttemptAsync_DatabaseGoneBeforehand_DeliversAndSettlesLater()
    {
        await using var process = await StartAsync();
        var entry = await RecordAsync(process);

        await _cluster.StopServerAsync();
        var report = await process.Get<IEventDelivery>().AttemptAsync(entry.First!, default);
        await _cluster.StartServerAsync();
        await _database.ExecuteAsync("UPDATE outbox SET leased_until = clock_timestamp()");

        Assert.That(report.Status, Is.EqualTo(DispatchStatus.Sent), "nothing is read back before it is sent");
        await Eventually.TrueAsync(() => IsSentAsync(), "the delivery is written down");
        Assert.That(_receiver.Received, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Sync_DatabaseStoppedAndBack_CatchesUp()
    {
        await using var here = await StartAsync();
        await using var there = await StartAsync();
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);

        await _cluster.StopServerAsync();
        await _cluster.StartServerAsync();
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 2), default);

        await Eventually.TrueAsync(() => there.Get<IGallery>().Totals(School) == (2, 1), "the other process hears of it");
    }

    [Test]
    public async Task Start_DatabaseComesUpLater_WaitsForIt()
    {
        await _cluster.StopServerAsync();
        await using var process = ServerProcess.Build(_database.ConnectionString);

        var starting = process.StartAsync();
        await Eventually.TrueAsync(
            () => process.Log.Lines.Any(l => l.Contains("does not answer yet", StringComparison.Ordinal)), "it says that it waits");
        await _cluster.StartServerAsync();
        await starting;

        Assert.That(process.Log.Lines, Has.Some.Contains("Gallery of school"));
    }

    [Test]
    public async Task Start_DatabaseNeverComes_StopsNamesItAndKeepsThePassword()
    {
        await _cluster.StopServerAsync();
        try
        {
            await using var process = ServerProcess.Build(
                _database.ConnectionString + ";Password=hunter2",
                new Dictionary<string, string?> { ["Persistence:StartupWait"] = "00:00:00.5" });

            var failure = Assert.ThrowsAsync<DatabaseStartupException>(process.StartAsync);

            Assert.That(failure!.Message,
                Does.Contain("face_test_").And.Contain("/tmp/").And.Contain("did not answer within").And.Not.Contain("hunter2"));
            Assert.That(failure.ToString(), Does.Not.Contain("hunter2"));
        }
        finally
        {
            await _cluster.StartServerAsync();
        }
    }

    [Test]
    public async Task Start_DatabaseDoesNotExist_StopsAtOnceAndSaysSo()
    {
        var elsewhere = new Npgsql.NpgsqlConnectionStringBuilder(_database.ConnectionString) { Database = "nowhere" };
        await using var process = ServerProcess.Build(elsewhere.ConnectionString);

        var failure = Assert.ThrowsAsync<DatabaseStartupException>(process.StartAsync);

        Assert.That(failure!.Message, Does.Contain("\"nowhere\" does not exist"));
    }

    [Test]
    public async Task Start_UserMayNotSetUpTheSchema_StopsAndSaysWhatToGrant()
    {
        await _database.ExecuteAsync("CREATE ROLE guest LOGIN");
        var asGuest = new Npgsql.NpgsqlConnectionStringBuilder(_database.ConnectionString) { Username = "guest" };
        await using var process = ServerProcess.Build(asGuest.ConnectionString);

        var failure = Assert.ThrowsAsync<DatabaseStartupException>(process.StartAsync);

        Assert.That(failure!.Message, Does.Contain("may not set up the schema").And.Contain("owner"));
    }

    private Task<ServerProcess> StartAsync(params (string Key, string? Value)[] more) => ServerProcess.StartAsync(
        _database,
        more.Append(("Webhook:Url", _receiver.Url)).Append(("Webhook:PollInterval", "00:00:00.05"))
            .ToDictionary(s => s.Item1, s => s.Item2));

    private async Task<Announced> RecordAsync(ServerProcess process)
    {
        await _database.ExecuteAsync($"INSERT INTO students (school_id, id) VALUES ('{School}', 'siswaA') ON CONFLICT DO NOTHING");
        return (Announced)await process.Get<IAttendanceLedger>().RecordAsync(Sightings.Of("siswaA"), default);
    }

    private async Task<bool> IsSentAsync() => await _database.ReadAsync<string>("SELECT status FROM outbox") == "sent";
}
