using System.CommandLine;
using System.Globalization;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Privacy;

/// <summary>What an administrator does with the encryption of stored faces.</summary>
internal static class TemplatesCommand
{
    private const string RotateKey = "rotate-key";
    private const string Status = "status";

    // Rows that are left because somebody else works on them are free again within a second.
    private const int MostIdleTries = 5;
    private static readonly TimeSpan IdleWait = TimeSpan.FromSeconds(1);

    private static readonly Argument<string> Action = Symbols.Operand("action", Status, $"{Status} or {RotateKey}");

    public static Command Definition { get; } = new Verb(
        "templates", "encryption of the stored faces and secrets: status, or rotate-key",
        """
        status (the default) prints each key's name, and how many templates and secrets of the server are encrypted with it.
        rotate-key re-encrypts those of older keys under the current one while the server goes on serving. It may be
        interrupted and repeated, and run anywhere. To change the key: give every server the new key as the second one
        of SERVER_KEYS or of the key file and restart them one by one; make it the first and restart them again; run
        rotate-key; then take the old key out. Exits with 1 if rows remain. Needs an administrator's credentials.
        """,
        [Action], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        using var server = new FaceServer(context.Server);
        try
        {
            return context.Get(Action) switch
            {
                Status => await ShowAsync(context.Screen, server, ct),
                RotateKey => await RotateAsync(context.Screen, server, ct),
                var other => throw new UsageException($"templates takes {Status} or {RotateKey}, not '{Screen.OneLine(other)}'."),
            };
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }

    private static async Task<int> ShowAsync(Screen screen, FaceServer server, CancellationToken ct)
    {
        var state = Read(await Patience.WhileBusyAsync(server.TemplateKeysAsync, ct));
        if (screen.IsForPrograms)
        {
            screen.Json(state);
            return ExitCode.Done;
        }
        foreach (var key in state.Keys ?? [])
        {
            var role = key.Id == state.CurrentKey ? "encrypts" : key.IsHere ? "decrypts" : "is missing on the server";
            screen.Fields(key, key.Id ?? "", role, string.Create(CultureInfo.InvariantCulture, $"{key.Rows} rows"),
                string.Create(CultureInfo.InvariantCulture, $"{key.Secrets} secrets"));
        }
        return ExitCode.Done;
    }

    private static async Task<int> RotateAsync(Screen screen, FaceServer server, CancellationToken ct)
    {
        var rotated = 0L;
        for (var idle = 0; ;)
        {
            var state = Read(await Patience.WhileBusyOrBrokenAsync(server.RotateTemplateKeyAsync, ct));
            rotated += state.Rotated;
            if (state.Remaining == 0)
            {
                screen.Line(state with { Rotated = rotated },
                    string.Create(CultureInfo.InvariantCulture,
                        $"{rotated} rows re-encrypted with the key {state.CurrentKey}; none remains under another."));
                return ExitCode.Done;
            }
            if (state.Rotated > 0)
            {
                idle = 0;
                screen.Note(string.Create(CultureInfo.InvariantCulture, $"{rotated} rows re-encrypted, {state.Remaining} remain."));
            }
            else if (++idle == MostIdleTries)
            {
                throw new CommandFailedException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{state.Remaining} rows remain that do not open with their key; the server's log names them. Keep their key, or " +
                    $"remove those templates and enrol again."));
            }
            else
            {
                await Task.Delay(IdleWait, ct);
            }
        }
    }

    private static TemplateKeysAnswer Read(ServerAnswer answer) =>
        answer.IsSuccess ? answer.Read<TemplateKeysAnswer>() : throw new CommandFailedException(answer.Refusal().Message);
}
