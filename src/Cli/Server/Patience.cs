using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Server;

/// <summary>Repeats a request that may be repeated: while the server is busy, and over a broken connection.</summary>
internal static class Patience
{
    // A frame's place in the server's queue is free again within a second.
    private static readonly TimeSpan UnsaidWait = TimeSpan.FromSeconds(1);

    // Retry-After: 0 must not become a tight loop, and a mistaken hour must not stop a run without a word.
    private static readonly TimeSpan LeastWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan MostWait = TimeSpan.FromMinutes(1);

    // Longer than any load spike; a database that is down for so long needs a person.
    private static readonly TimeSpan MostBusy = TimeSpan.FromMinutes(5);

    // Together longer than a restart of the server takes.
    private static readonly TimeSpan[] PausesAfterBreaks =
        [TimeSpan.FromMilliseconds(250), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(6)];

    /// <summary>Waits for a busy server as it asks.</summary>
    /// <exception cref="NoAnswerException">The first time that no answer comes.</exception>
    /// <exception cref="CommandFailedException">The server has been too busy for minutes.</exception>
    public static async Task<ServerAnswer> WhileBusyAsync(Func<CancellationToken, Task<ServerAnswer>> send, CancellationToken ct)
    {
        var waited = TimeSpan.Zero;
        while (true)
        {
            var answer = await send(ct);
            if (!answer.IsBusy) return answer;

            if (waited > MostBusy)
            {
                throw new CommandFailedException(
                    $"The server was too busy for {MostBusy.TotalMinutes} minutes: {answer.Refusal().Message}", ExitCode.NoServer);
            }
            var wait = answer.RetryAfter ?? UnsaidWait;
            if (wait < LeastWait) wait = LeastWait;
            if (wait > MostWait) wait = MostWait;
            waited += wait;
            await Task.Delay(wait, ct);
        }
    }

    /// <summary>As <see cref="WhileBusyAsync"/>, and repeats the request a few times when its connection breaks.</summary>
    /// <exception cref="NoAnswerException">It broke every time.</exception>
    /// <exception cref="CommandFailedException">The server has been too busy for minutes.</exception>
    public static async Task<ServerAnswer> WhileBusyOrBrokenAsync(Func<CancellationToken, Task<ServerAnswer>> send, CancellationToken ct)
    {
        foreach (var pause in PausesAfterBreaks)
        {
            try
            {
                return await WhileBusyAsync(send, ct);
            }
            catch (NoAnswerException)
            {
                await Task.Delay(pause, ct);
            }
        }
        return await WhileBusyAsync(send, ct);
    }
}
