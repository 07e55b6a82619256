using FaceAttendance.Application;
using FaceAttendance.Infrastructure;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.Infrastructure.Operations;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// What the server program does instead of serving, for whoever runs it: standing at its command line is the credential. Needs the database
/// and nothing else, beside a running server or without one.
/// </summary>
internal static class OperatorCommands
{
    public const string IssueAdminKey = "--issue-admin-key";
    public const string AddSchool = "--add-school";
    public const string ShowWebhookSecret = "--show-webhook-secret";
    public const string GiveUpTemplates = "--give-up-templates";

    private const string Yes = "--yes";
    private const string Confirmation = "give up";

    /// <returns>What to do; null when the arguments ask for none of this.</returns>
    /// <exception cref="StartupException">The arguments make no sense.</exception>
    public static Func<Task>? Find(string[] args)
    {
        if (args.Any(a => a.Contains("dry-run", StringComparison.OrdinalIgnoreCase)
            || a.Contains("dry_run", StringComparison.OrdinalIgnoreCase)))
        {
            throw new StartupException("Nothing at this command line has a dry run; nothing was done.");
        }
        if (args.Contains(IssueAdminKey)) return () => IssueAdminKeyAsync([.. args.Where(a => a != IssueAdminKey)]);
        if (args.Contains(ShowWebhookSecret)) return () => ShowWebhookSecretAsync([.. args.Where(a => a != ShowWebhookSecret)]);
        if (args.Contains(GiveUpTemplates))
            return () => GiveUpTemplatesAsync(args.Contains(Yes), [.. args.Where(a => a is not (GiveUpTemplates or Yes))]);
        var at = Array.FindIndex(args, a => a == AddSchool || a.StartsWith(AddSchool + "=", StringComparison.Ordinal));
        if (at < 0) return null;
        var isInline = args[at].Length > AddSchool.Length;
        var name = isInline ? args[at][(AddSchool.Length + 1)..] : args.ElementAtOrDefault(at + 1) ?? "";
        if (string.IsNullOrWhiteSpace(name) || name.Length > 200 || name.Any(char.IsControl))
        {
            throw new StartupException($"{AddSchool} needs the school's name, of 1 to 200 characters.");
        }
        return () => AddSchoolAsync(name, [.. args.Where((_, i) => i != at && (isInline || i != at + 1))]);
    }

    private static async Task IssueAdminKeyAsync(string[] settings)
    {
        await using var services = Build(settings);
        var key = await services.GetRequiredService<OperatorAccess>().IssueKeyAsync(CancellationToken.None);
        await Console.Out.WriteLineAsync($"An administrator's key, shown this once:\n  {key.Reveal()}");
    }

    private static async Task AddSchoolAsync(string name, string[] settings)
    {
        await using var services = Build(settings);
        var (key, code) = await services.GetRequiredService<OperatorAccess>().AddSchoolAsync(name, CancellationToken.None);
        await Console.Out.WriteLineAsync(
            $"School {key.School} is made. Its users log in as name@{code}. Its administrator's key, shown this once:\n  {key.Reveal()}");
    }

    private static async Task ShowWebhookSecretAsync(string[] settings)
    {
        await using var services = Build(settings);
        await Console.Out.WriteLineAsync(await services.GetRequiredService<OperatorSecrets>()
            .RevealWebhookSecretAsync(CancellationToken.None));
    }

    private static async Task GiveUpTemplatesAsync(bool isConfirmed, string[] settings)
    {
        await using var services = Build(settings);
        var secrets = services.GetRequiredService<OperatorSecrets>();
        if (await secrets.FindLostAsync(CancellationToken.None) is not { } lost)
        {
            await Console.Out.WriteLineAsync("Everything in the database opens with the keys that are here. Nothing was removed.");
            return;
        }
        await Console.Out.WriteLineAsync(
            $"""
            Encrypted with a key that this server does not have ({string.Join(", ", lost.Keys.Select(k => $"'{k}'"))}), and to be removed for good:
              {lost.Templates} face templates of {lost.Students} students, who must enrol again
              what is remembered of their liveness sessions
            """);
        if (lost.Secrets)
        {
            await Console.Out.WriteLineAsync(
                "  the server's own secrets: users log in again; webhook endpoints are disabled until their secrets are rotated and " +
                "their headers set anew");
        }
        await Console.Out.WriteLineAsync("Everything else stays: students, consent, attendance, users, keys, the audit log.");
        if (!isConfirmed)
        {
            await Console.Out.WriteAsync($"Type '{Confirmation}' to remove it: ");
            if ((await Console.In.ReadLineAsync())?.Trim() != Confirmation)
            {
                await Console.Out.WriteLineAsync("Nothing was removed.");
                return;
            }
        }
        await secrets.GiveUpAsync(lost, CancellationToken.None);
        await Console.Out.WriteLineAsync("Removed. The server starts with the key that is here.");
    }

    // Not the builder's own Build(), which in Development wants every service that a server has.
    private static ServiceProvider Build(string[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder(settings);
        builder.Configuration.AddContractVariables();
        builder.Logging.ClearProviders();
        builder.Services.AddInfrastructure();
        return builder.Services.BuildServiceProvider();
    }
}
