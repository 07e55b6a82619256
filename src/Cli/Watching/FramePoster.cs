using System.Globalization;
using System.Threading.Channels;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Watching;

/// <summary>Posts a camera's newest frame at a steady pace and prints what was dispatched. No frame is sent twice.</summary>
/// <param name="query">The query string of each post.</param>
internal sealed class FramePoster(FaceServer server, Screen screen, TimeSpan every, string query)
{
    // What a client in Python would leave the code as: nothing.
    private const string NoHttpStatus = "-";

    private string? _trouble;

    /// <returns>When the frames are over.</returns>
    /// <exception cref="CommandFailedException">The source gives no frames, or the server does not let the caller in.</exception>
    public async Task RunAsync(ChannelReader<byte[]> frames, CancellationToken ct)
    {
        while (await frames.WaitToReadAsync(ct))
        {
            if (!frames.TryRead(out var frame)) continue;
            var pause = Task.Delay(every, ct);
            var askedToWait = await PostAsync(frame, ct);
            await pause;
            if (askedToWait > every) await Task.Delay(askedToWait - every, ct);
        }
    }

    /// <returns>How long the server asks to be left alone.</returns>
    private async Task<TimeSpan> PostAsync(byte[] frame, CancellationToken ct)
    {
        ServerAnswer answer;
        try
        {
            answer = await server.RecognizeRealtimeAsync(frame, "image/jpeg", query, ct);
        }
        catch (NoAnswerException e)
        {
            Trouble($"No answer from {server}: {e.Message}; frames are lost until it answers again.");
            return TimeSpan.Zero;
        }

        if (answer.IsSuccess)
        {
            if (_trouble is not null) screen.Note($"{server} answers again.");
            _trouble = null;
            foreach (var item in answer.Read<RealtimeAnswer>().Dispatch ?? []) Show(item);
            return TimeSpan.Zero;
        }

        var refusal = answer.Refusal();
        Trouble($"A frame was refused: {refusal.Code}: {refusal.Message}");
        return answer.IsBusy ? answer.RetryAfter ?? TimeSpan.Zero : TimeSpan.Zero;
    }

    private void Show(DispatchEntry item)
    {
        var report = item.Report;
        var http = report?.HttpStatus?.ToString(CultureInfo.InvariantCulture) ?? NoHttpStatus;
        screen.Line(
            new { type = "dispatch", item.Label, report?.Status, report?.HttpStatus, Message = report?.Message ?? report?.Reason },
            $"dispatch[{item.Label}] -> {report?.Status} ({http}) {report?.Message ?? report?.Reason}");
    }

    // The same trouble with every frame is said once.
    private void Trouble(string text)
    {
        if (text != _trouble) screen.Note(text);
        _trouble = text;
    }
}
