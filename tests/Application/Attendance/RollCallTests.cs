using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

public sealed class RollCallTests
{
    [TestCase("2026-01-05T16:59:59Z", "2026-01-05")]
    [TestCase("2026-01-05T17:00:00Z", "2026-01-06")]
    public async Task Get_Today_IsTheSchoolsOwnDay(string now, string day)
    {
        var read = await ReadAsync(null, now);

        Assert.That(read.Day, Is.EqualTo(DateOnly.Parse(day, null)));
        Assert.That(read.From.ToUniversalTime(), Is.EqualTo(DateTimeOffset.Parse($"{day}T00:00:00+07:00", null)));
        Assert.That(read.Before - read.From, Is.EqualTo(TimeSpan.FromDays(1)));
    }

    [Test]
    public async Task Get_ADayOnWhichTheClockChanges_IsAsLongAsItIs()
    {
        var read = await ReadAsync(new(2026, 3, 29), "2026-01-05T00:00:00Z", "Europe/Berlin");

        Assert.That(read.Before - read.From, Is.EqualTo(TimeSpan.FromHours(23)));
    }

    private static async Task<(DateOnly Day, DateTimeOffset From, DateTimeOffset Before)> ReadAsync(
        DateOnly? day, string now, string zone = "Asia/Jakarta")
    {
        var calls = new EmptyDays();
        var handler = new GetRollCallHandler(calls, new OneZone(zone), new StandingClock { Now = DateTimeOffset.Parse(now, null) });
        await handler.Handle(new(SchoolId.First, day), default);
        return calls.Asked;
    }

    private sealed class EmptyDays : IRollCalls
    {
        public (DateOnly, DateTimeOffset, DateTimeOffset) Asked { get; private set; }

        public Task<RollCall> ReadAsync(
            SchoolId school, DateOnly day, DateTimeOffset from, DateTimeOffset before, string? className, bool withEntries,
            CancellationToken ct)
        {
            Asked = (day, from, before);
            return Task.FromResult(new RollCall(day, [], 0, 0));
        }
    }
}
