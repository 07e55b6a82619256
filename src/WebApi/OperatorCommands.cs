using FaceAttendance.Application;
using FaceAttendance.Infrastructure.Persistence;
using FaceAttendance.Infrastructure.Security;
using FaceAttendance.WebApi.Configuration;

namespace FaceAttendance.WebApi;

/// <summary>
/// What the server program does instead of serving, for whoever runs it: standing at its command line is the credential. Needs the database and
/// nothing else, beside a running server or without one.
/// </summary>
internal static class OperatorCommands
{
    public const string IssueAdminKey = "--issue-admin-key";
    public const string AddSchool = "--add-school";

    /// <returns>What to do; null when the arguments ask for none of this.</returns>
    /// <exception cref="StartupException">The arguments make no sense.</exception>
    public static Func<Task>? Find(string[] args)
    {
        if (args.Contains(IssueAdminKey)) return () => IssueAdminKeyAsync([.. args.Where(a => a != IssueAdminKey)]);
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
        var key = await services.GetRequiredService<OperatorAccess>().AddSchoolAsync(name, CancellationToken.None);
        await Console.Out.WriteLineAsync($"School {key.School} is made. Its administrator's key, shown this once:\n  {key.Reveal()}");
    }

    private static ServiceProvider Build(string[] settings)
    {
        var configuration = new ConfigurationManager();
        configuration.AddEnvironmentVariables();
        configuration.AddCommandLine(settings);
        configuration.AddContractVariables();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddLogging();
        services.AddPersistence();
        return services.BuildServiceProvider();
    }
}
