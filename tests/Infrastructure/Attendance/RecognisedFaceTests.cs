using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Tests.Database;
using FaceAttendance.Infrastructure.Tests.Events;
using FaceAttendance.TestKit;
using NUnit.Framework;
using static FaceAttendance.Application.Attendance.LedgerEntry;

namespace FaceAttendance.Infrastructure.Tests.Attendance;

/// <summary>What a recognised face costs from its sighting to its settled delivery.</summary>
internal sealed class RecognisedFaceTests : DatabaseFixture
{
    [Test]
    public async Task RecordAndAttempt_RecognisedFace_GoesToTheDatabaseThreeTimesAtMost()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var trips = new RoundTrips(Database.ConnectionString);
        await using var process = ServerProcess.Build(trips.ConnectionString, new Dictionary<string, string?>
        {
            ["Webhook:Url"] = receiver.Url, ["Webhook:PollInterval"] = "00:01:00", ["Attendance:Cooldown"] = "00:00:00",
        });
        await process.StartAsync();
        await Database.ExecuteAsync($"INSERT INTO students (school_id, id) VALUES ('{SchoolId.First}', 'siswaA')");

        var counts = new List<int>();
        for (var i = 0; i < 6; i++)
        {
            var before = trips.Count;
            var entry = (Announced)await process.Get<IAttendanceLedger>().RecordAsync(Sightings.Of("siswaA"), default);
            await process.Get<IEventDelivery>().AttemptAsync(entry.First!, default);
            counts.Add(trips.Count - before);
        }

        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM outbox WHERE status = 'sent'"), Is.EqualTo(6));
        TestContext.Out.WriteLine($"Ways to the database and back: {string.Join(", ", counts)}");
        // The least, for the process does other things at times.
        Assert.That(counts.Min(), Is.InRange(1, 3));
    }
}
