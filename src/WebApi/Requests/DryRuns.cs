using FaceAttendance.Domain;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Operations;

namespace FaceAttendance.WebApi.Requests;

/// <summary>
/// Sees to it that who asks for a dry run never gets the real one: a route that has none refuses, and a spelling that no route reads is
/// refused everywhere. Which routes have one, their descriptions say.
/// </summary>
internal static class DryRuns
{
    public const string Name = "dry_run";

    public static Error None { get; } = new Error(
        "request.no_dry_run", $"This route has no dry run, and nothing was done; leave {Name} out to carry the request out.",
        ErrorKind.Invalid);

    private static Error Misspelt { get; } = new Error(
        "request.no_dry_run", $"A dry run is asked for with {Name}=true; nothing was done.", ErrorKind.Invalid);

    /// <summary>After routes are chosen and callers known, before anything is done.</summary>
    public static void UseDryRunChecks(this WebApplication app) => app.Use(async (http, next) =>
    {
        foreach (var (name, value) in http.Request.Query)
        {
            if (RefusalOf(name, value.ToString(), http) is not { } refusal) continue;
            await refusal.ToAnswer(http).ExecuteAsync(http);
            return;
        }
        await next(http);
    });

    /// <returns>Why a field or a member of this name is not gone by; null for any other name, and where it is well understood.</returns>
    public static Error? RefusalOf(string name, string value, HttpContext http)
    {
        if (!name.Replace("_", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal)
            .Equals("dryrun", StringComparison.OrdinalIgnoreCase)) return null;
        if (ContractVariables.ParseFlag(value) == false) return null;
        if (http.GetEndpoint() is not { } endpoint) return null;
        var has = endpoint.Metadata.OfType<DescribedQuery>().Any(q => q.Name == Name)
            || endpoint.Metadata.OfType<DescribedField>().Any(f => f.Name == Name);
        return !has ? None : name == Name ? null : Misspelt;
    }
}
