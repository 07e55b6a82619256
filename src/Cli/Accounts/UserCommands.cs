using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Accounts;

/// <summary>Keeps the users who may log in.</summary>
internal static class UserCommands
{
    private const string Users = "api/v1/users";
    private const string EndsTokens = "Ends every token of the user at once.";

    private static readonly Argument<string> Name = Symbols.Operand("name", "the user's");

    private static readonly Option<string> Role =
        Symbols.Word("--role", "role", "student, operator, device or admin", ["student", "operator", "device", "admin"], isRequired: true);

    private static readonly Option<string> Student =
        Symbols.Text("--student-id", "id", "with the role student: for whom alone the user may act");

    private static readonly Option<bool> FromInput =
        Symbols.Switch("--password-stdin", "read the password from standard input, one line, on a terminal too");

    public static Command Definition { get; } = new("user", "the users who may log in: list, add, passwd, disable, enable, logout")
    {
        new Verb("list", "list the users", "Prints a line for each: name, role, student, and whether the user is active or disabled.", [],
            (context, ct) => context.ListAsync(Users, FieldsOf, ct)),
        new Verb("add", "add a user who may log in", $"{Secret.Rule} Needs an administrator's rights.", [Name, Role, Student, FromInput],
            AddAsync),
        new Verb("passwd", "set a user's password", $"{EndsTokens} {Secret.Rule}", [Name, FromInput],
            (context, ct) => ChangeAsync(context, "password", Password(context), "has a new password", ct)),
        new Verb(
            "disable", "keep a user out", EndsTokens, [Name], (context, ct) => ChangeAsync(context, "disabled", true, "is disabled", ct)),
        new Verb("enable", "let a disabled user in again", "The user logs in anew.", [Name],
            (context, ct) => ChangeAsync(context, "disabled", false, "is enabled", ct)),
        new Verb("logout", "log a user out everywhere", $"{EndsTokens} The password stays good.", [Name], LogOutAsync),
    };

    private static async Task<int> AddAsync(CommandContext context, CancellationToken ct)
    {
        var body = new JsonObject { ["username"] = context.Get(Name), ["role"] = context.Get(Role), ["password"] = Password(context) };
        if (context.Get(Student) is { } student) body["student_id"] = student;
        return context.Tell(await context.AskAsync((server, c) => server.PostJsonAsync(Users, body, c), ct),
            $"{context.Get(Name)} may log in.");
    }

    private static async Task<int> ChangeAsync(CommandContext context, string member, JsonNode value, string done, CancellationToken ct)
    {
        var change = new JsonObject { [member] = value };
        return context.Tell(await context.AskAsync((server, c) => server.PatchJsonAsync(PathOf(context), change, c), ct),
            $"{context.Get(Name)} {done}.");
    }

    private static async Task<int> LogOutAsync(CommandContext context, CancellationToken ct) =>
        context.Tell(await context.AskAsync((server, c) => server.DeleteAsync($"{PathOf(context)}/tokens", c), ct),
            $"{context.Get(Name)} is logged out everywhere.");

    private static string PathOf(CommandContext context) => $"{Users}/{Uri.EscapeDataString(context.Get(Name))}";

    private static string Password(CommandContext context) => Secret.Read(context.Get(FromInput), "Password", isNew: true);

    private static string[] FieldsOf(JsonElement user) =>
        [user.Text("username"), user.Text("role"), user.Text("student_id"), user.Text("disabled") == "true" ? "disabled" : "active"];
}
