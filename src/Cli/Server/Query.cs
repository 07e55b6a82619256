namespace FaceAttendance.Cli.Server;

/// <summary>A request's query.</summary>
internal static class Query
{
    /// <returns>With the question mark, and without what is null; empty when all is.</returns>
    public static string Of(params (string Name, string? Value)[] fields)
    {
        var given = fields.Where(f => f.Value is not null).Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value!)}").ToList();
        return given.Count == 0 ? "" : "?" + string.Join('&', given);
    }

    /// <summary>One more field at the end of a path that may have a query already.</summary>
    public static string With(this string path, string name, string value) =>
        $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{name}={Uri.EscapeDataString(value)}";
}
