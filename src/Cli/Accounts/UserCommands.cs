using System.Text.Json.Nodes;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Accounts;

/// <summary>Keeps the users who may log in.</summary>
internal static class UserCommands
{
    private const int PageSize = 200;

    private static readonly Operand Name = new("name", null);

    private static readonly Option Role = new("--role", "role", "student, operator, device or admin");

    private static readonly Option Student = new("--student-id", "id", "with the role student: for whom alone the user may act");

    private static readonly Option PasswordFromInput = new("--password-stdin", null, "read the password from standard input, one line");

    public static IReadOnlyList<Command> Definitions { get; } =
    [
        new("user add", Name, "add a user who may log in",
            "The password is read from standard input and shown nowhere. Needs an administrator's rights.", [Role, Student, PasswordFromInput], AddAsync),
        new("user passwd", Name, "set a user's password",
            "Ends every token of the user at once.", [PasswordFromInput], (context, ct) => ChangeAsync(context, "password", Password(context), "has a new password", ct)),
        new("user disable", Name, "keep a user out", "Ends every token of the user at once.", [], (context, ct) => ChangeAsync(context, "disabled", true, "is disabled", ct)),
        new("user enable", Name, "let a disabled user in again", "The user logs in anew.", [], (context, ct) => ChangeAsync(context, "disabled", false, "is enabled", ct)),
        new("user logout", Name, "log a user out everywhere", "Ends every token of the user at once; the password stays good.", [], LogOutAsync),
        new("user list", null, "list the users", "Prints a line for each: name, role, student, and whether the user is active or disabled.", [], ListAsync),
    ];

    private static async Task<int> AddAsync(CommandContext context, CancellationToken ct)
    {
        var role = context.Arguments[Role] ?? throw new UsageException($"user add needs {Role.Usage}.");
        var body = new JsonObject { ["username"] = context.Arguments.Operand, ["role"] = role, ["password"] = Password(context) };
        if (context.Arguments[Student] is { } student) body["student_id"] = student;
        await AskAsync(context, (server, c) => server.AddUserAsync(body, c), ct);
        context.Screen.Line($"{context.Arguments.Operand} may log in.");
        return ExitCode.Done;
    }

    private static async Task<int> ChangeAsync(CommandContext context, string member, JsonNode value, string done, CancellationToken ct)
    {
        await AskAsync(context, (server, c) => server.ChangeUserAsync(context.Arguments.Operand, new JsonObject { [member] = value }, c), ct);
        context.Screen.Line($"{context.Arguments.Operand} {done}.");
        return ExitCode.Done;
    }

    private static async Task<int> LogOutAsync(CommandContext context, CancellationToken ct)
    {
        await AskAsync(context, (server, c) => server.LogOutUserAsync(context.Arguments.Operand, c), ct);
        context.Screen.Line($"{context.Arguments.Operand} is logged out everywhere.");
        return ExitCode.Done;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken ct)
    {
        var listed = 0;
        while (true)
        {
            var offset = listed;
            var page = (await AskAsync(context, (server, c) => server.UsersAsync(PageSize, offset, c), ct)).Read<UsersAnswer>().Items ?? [];
            foreach (var user in page) context.Screen.Fields(user.Username ?? "", user.Role ?? "", user.StudentId ?? "-", user.Disabled ? "disabled" : "active");
            listed += page.Count;
            if (page.Count < PageSize) return ExitCode.Done;
        }
    }

    // Not an option's value: the command line is there for every user of the machine to read.
    private static string Password(CommandContext context)
    {
        if (!context.Arguments.Has(PasswordFromInput)) throw new UsageException($"The password is given on standard input, with {PasswordFromInput.Name}.");
        return Console.In.ReadLine() is { Length: > 0 } password ? password : throw new UsageException("Standard input holds no password.");
    }

    private static async Task<ServerAnswer> AskAsync(CommandContext context, Func<FaceServer, CancellationToken, Task<ServerAnswer>> ask, CancellationToken ct)
    {
        using var server = new FaceServer(context.Server);
        try
        {
            var answer = await Patience.WhileBusyAsync(c => ask(server, c), ct);
            if (answer.IsSuccess) return answer;
            var refusal = answer.Refusal();
            throw new CommandFailedException($"{refusal.Code}: {refusal.Message}");
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }
}
