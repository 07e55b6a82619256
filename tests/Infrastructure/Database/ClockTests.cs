using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Attendance;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Database;

/// <summary>A process whose clock is wrong, beside a database whose clock is right.</summary>
internal sealed class ClockTests : DatabaseFixture
{
    private const string Fill =
        """
        INSERT INTO students (school_id, id) SELECT id, 'ann' FROM schools;
        INSERT INTO events (school_id, id, type, payload, created_at)
        SELECT id, gen_random_uuid(), 'attendance.recognized', '{}', now() - n * interval '1 day'
        FROM schools, generate_series(1, 109) AS n;
        INSERT INTO used_liveness_tokens (school_id, session_id, expires_at) SELECT id, gen_random_uuid(), now() FROM schools;
        INSERT INTO idempotency_keys (school_id, caller, key, request_sha256, created_at)
        SELECT id, 'local', 'key', sha256('x'), now() - interval '2 days' FROM schools;
        INSERT INTO class_sessions (school_id, id, name, opens_at, starts_at, grace, ends_at)
        SELECT id, gen_random_uuid(), 'Tomorrow', now() + interval '1 day', now() + interval '1 day', interval '0',
            now() + interval '26 hours' FROM schools
        """;

    [Test]
    public async Task Retention_ProcessClock400DaysAhead_RemovesNothingAndSaysWhy()
    {
        await StartProcessAsync();
        await Database.ExecuteAsync(Fill);

        await using var ahead = await StartAheadAsync(TimeSpan.FromDays(400));
        await Task.Delay(500);
        var due = await ahead.Get<IRetention>().PreviewAsync(SchoolId.First, default);
        var run = await ahead.Get<IRetention>().RunAsync(SchoolId.First, default);
        var settled = await ahead.Get<IEnumerable<IHostedService>>().OfType<AbsenceMarker>().Single().SettleNextAsync(default);

        Assert.That(due.Single(c => c.Name == "events").Rows, Is.EqualTo(20), "by the database's clock");
        Assert.That(run.Error!.Code, Is.EqualTo("retention.clocks_differ"));
        Assert.That(run.Error.Message, Does.Contain("576000 minutes ahead"));
        Assert.That(settled, Is.False, "a lesson of tomorrow");
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM events"), Is.EqualTo(109));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM used_liveness_tokens"), Is.EqualTo(1));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM idempotency_keys"), Is.EqualTo(1));
        Assert.That(ahead.Log.Lines, Has.Some.Contains("differ by minutes"));
    }

    [Test]
    public async Task Retention_ClocksAgree_RemovesWhatIsOver()
    {
        var process = await StartProcessAsync();
        await Database.ExecuteAsync(Fill);

        var run = await process.Get<IRetention>().RunAsync(SchoolId.First, default);

        Assert.That(run.Value.Single(c => c.Name == "events").Rows, Is.EqualTo(20));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM events"), Is.EqualTo(89));
    }

    [Test]
    public async Task Start_OldRows_AreNotRemovedInItsFirstMinutes()
    {
        await StartProcessAsync();
        await Database.ExecuteAsync(Fill);

        await StartProcessAsync();
        await Task.Delay(500);

        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM events"), Is.EqualTo(109));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM idempotency_keys"), Is.EqualTo(1));
    }

    private Task<ServerProcess> StartAheadAsync(TimeSpan by) => ServerProcess.StartAsync(
        Database, configure: services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(new AheadOfTime(by))));

    private sealed class AheadOfTime(TimeSpan by) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + by;
    }
}
