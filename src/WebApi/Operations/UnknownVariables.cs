using System.Collections;
using FaceAttendance.Application;

namespace FaceAttendance.WebApi.Operations;

/// <summary>
/// Finds variables that nobody reads. A name in .env that is nearly one of the server's stops the start: what it was to set would silently
/// stay as it is. Every other unknown name there is told and left alone, for the file may serve other programs too. In the environment,
/// which belongs to the machine, only names that begin like the server's own are looked at, and told.
/// </summary>
internal static class UnknownVariables
{
    /// <summary>Read by the command line and by the tests.</summary>
    private static readonly string[] OfOthers = ["FACE_SERVER", "FACE_API_KEY", "FACE_SHARED_DIR", "FACE_TEST_POSTGRES"];

    // What .NET and ASP.NET Core read, and the server's own settings by their full names, such as Access__RequestBurst.
    private static readonly string[] Prefixes =
        ["ASPNETCORE_", "DOTNET_", "OTEL_", "Kestrel__", "Logging__", "AllowedHosts", "ConnectionStrings__"];

    // Beginnings of ContractVariables that no other program's variables are likely to share.
    private static readonly string[] Own =
        ["FACE_", "ATTENDANCE_", "LIVENESS_", "RETENTION_", "TEMPLATE_KEY", "RATE_LIMIT_", "UPLOAD_", "LIVE_CONNECTIONS"];

    /// <summary>Every name that the server reads under its own name.</summary>
    public static IReadOnlyList<string> Known { get; } = [.. ContractVariables.All.Select(v => v.Name), .. OfOthers];

    /// <returns>What to tell whoever starts the server.</returns>
    /// <exception cref="StartupException">A name of the file is nearly one of the server's.</exception>
    public static IReadOnlyList<string> Check(IEnumerable<string> inFile, string file)
    {
        var (wrong, told) = (new List<string>(), new List<string>());
        foreach (var name in inFile.Where(n => !IsKnown(n)))
        {
            if (Nearest(name) is { } meant)
                wrong.Add($"{file}: {name} is no variable of this server; {meant} is. Correct the name, or remove the line.");
            else told.Add($"{file}: {name} is no variable of this server, and does nothing here.");
        }
        return wrong.Count == 0 ? told : throw new StartupException(string.Join(Environment.NewLine, wrong));
    }

    /// <returns>What to tell whoever starts the server.</returns>
    public static IReadOnlyList<string> CheckEnvironment(IDictionary environment) =>
    [
        .. environment.Keys.Cast<string>().Where(n => Own.Any(p => n.StartsWith(p, StringComparison.Ordinal)) && !IsKnown(n))
            .Order(StringComparer.Ordinal)
            .Select(n =>
                $"The environment's {n} is no variable of this server, and does nothing here" +
                (Nearest(n) is { } meant ? $"; {meant} is one." : ".")),
    ];

    private static bool IsKnown(string name) => Known.Contains(name, StringComparer.OrdinalIgnoreCase)
        || Prefixes.Any(p => name.StartsWith(p, StringComparison.OrdinalIgnoreCase))
        || Sections.Contains(name.Split(["__", ":"], StringSplitOptions.None)[0], StringComparer.OrdinalIgnoreCase);

    // Of all options, whether or not they have variables of their own.
    private static readonly IReadOnlySet<string> Sections = ContractVariables.All.Select(v => v.Setting.Split(':')[0]).Append("Presence")
        .ToHashSet();

    private static string? Nearest(string name) => Spelling.Nearest(name, Known);
}
