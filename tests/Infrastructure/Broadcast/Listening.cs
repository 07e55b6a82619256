using System.Text;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Broadcast;

namespace FaceAttendance.Infrastructure.Tests.Broadcast;

/// <summary>What a listener in one process hears of another.</summary>
internal static class Listening
{
    /// <summary>Publishes until the listener hears: its process may not listen yet.</summary>
    public static async Task HearAsync(ServerProcess from, LiveSubscription to)
    {
        await Eventually.TrueAsync(
            () =>
            {
                from.Get<IAttendanceFeed>().Publish(new StudentEnrolled(SchoolId.First, new("from-here"), 1));
                return to.Messages.TryRead(out _);
            }, "the listener hears");
        // What is still under way of the greetings ends with this one.
        var begin = $"begin-{Guid.NewGuid():N}";
        from.Get<IAttendanceFeed>().Publish(new StudentEnrolled(SchoolId.First, new(begin), 1));
        await ReadToAsync(to, begin);
    }

    /// <returns>What the listener heard up to what names this student, that included.</returns>
    public static async Task<List<string>> ReadToAsync(LiveSubscription listener, string student)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var heard = new List<string>();
        do heard.Add(Encoding.UTF8.GetString((await listener.Messages.ReadAsync(patience.Token)).Json.Span));
        while (!heard[^1].Contains($"\"{student}\"", StringComparison.Ordinal));
        return heard;
    }
}
