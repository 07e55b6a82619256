namespace FaceAttendance.WebApi.Access;

/// <summary>Whom a limit counts: each key and each user for itself, and each address for those who show nothing.</summary>
internal static class CallerKey
{
    public static string Of(HttpContext http) =>
        IsKnown(http) ? $"{http.School()} {http.CallerName()}" : $"address {CallerAddress.Of(http)}";

    /// <summary>Whether it is this machine's own user, who is not limited for the sake of others.</summary>
    public static bool IsLocal(HttpContext http) =>
        http.User.Identity is { IsAuthenticated: true, AuthenticationType: LocalCaller.SchemeName };

    public static bool IsKnown(HttpContext http) =>
        http.User.Identity is { IsAuthenticated: true, AuthenticationType: not OpenCaller.SchemeName };
}
