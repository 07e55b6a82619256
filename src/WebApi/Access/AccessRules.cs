using System.Security.Claims;
using FaceAttendance.Application.Access;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Errors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace FaceAttendance.WebApi.Access;

/// <summary>Which scopes an endpoint asks for; any one of them lets a caller in. None means that every known caller may.</summary>
internal sealed record NeededScopes(IReadOnlyList<string> AnyOf);

/// <summary>
/// Says to the caller of a socket why they are not let in, on the socket itself and in place of an HTTP answer: a browser shows its page
/// nothing of a handshake that is refused.
/// </summary>
internal sealed record RefusalOnSocket(Func<HttpContext, Error, Task> Tell);

/// <summary>What a caller is known to be: claims that every way of authentication writes, and that endpoints read.</summary>
internal static class AccessRules
{
    /// <summary>The claim that names the caller's school.</summary>
    public const string SchoolClaim = "school";

    /// <summary>One claim for each of <see cref="Scopes"/> that the caller has.</summary>
    public const string ScopeClaim = "scope";

    /// <returns>Null for nobody who is known.</returns>
    public static string? CallerOf(ClaimsPrincipal caller) => caller.FindFirstValue(AccountClaim) ?? caller.FindFirstValue(ClaimTypes.Name);

    /// <summary>The only student for whom the caller may act; absent from callers who may act for any.</summary>
    public const string StudentClaim = "student";

    /// <summary>An account's id, as it is written beside what is done; absent from callers without an account.</summary>
    public const string AccountClaim = "account";

    /// <summary>An account's number, which clients of other systems know it by; absent from callers without an account.</summary>
    public const string NumberClaim = "number";

    /// <summary>An account's role; absent from callers without an account.</summary>
    public const string RoleClaim = "role";

    /// <summary>The machine that calls; absent from callers who are none.</summary>
    public const string DeviceClaim = "device";

    /// <summary>Lets in whoever has any one of the scopes.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder endpoint, params string[] anyOf) where TBuilder : IEndpointConventionBuilder =>
        endpoint.Needs(ShownCredentials.AnyScheme, anyOf);

    /// <summary>As <see cref="Needs{TBuilder}(TBuilder, string[])"/>, and this machine's own user needs credentials too.</summary>
    public static TBuilder NeedsCredentials<TBuilder>(this TBuilder endpoint, params string[] anyOf)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Needs(ShownCredentials.RealScheme, anyOf);

    /// <summary>As <see cref="Needs{TBuilder}(TBuilder, string[])"/>, and anybody without credentials where LIVENESS_OPEN says
    /// so.</summary>
    public static TBuilder NeedsUnlessOpen<TBuilder>(this TBuilder endpoint, params string[] anyOf)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.Needs(ShownCredentials.OpenScheme, anyOf);

    /// <summary>Lets in the administrators of the first school, who run the server: what tells of all schools is theirs.</summary>
    public static TBuilder NeedsOperator<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint
        .RequireAuthorization(new AuthorizationPolicyBuilder(ShownCredentials.AnyScheme).RequireAuthenticatedUser()
            .RequireAssertion(c => c.User.HasAny([Scopes.Admin]) && c.User.HasClaim(SchoolClaim, SchoolId.First.Value.ToString())).Build())
        .WithMetadata(new NeededScopes([Scopes.Admin]));

    /// <summary>Lets in every caller who is known, whatever their scopes.</summary>
    public static TBuilder NeedsAnyCaller<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization().WithMetadata(new NeededScopes([]));

    /// <summary>Lets in every caller who is known, and this machine's own user whatever else the request shows.</summary>
    public static TBuilder NeedsAnyCallerOrLocal<TBuilder>(this TBuilder endpoint) where TBuilder : IEndpointConventionBuilder => endpoint
        .RequireAuthorization(new AuthorizationPolicyBuilder(ShownCredentials.AnyScheme, LocalCaller.SchemeName).RequireAuthenticatedUser()
            .Build())
        .WithMetadata(new NeededScopes([]));

    /// <summary>The school whose data the caller may see.</summary>
    public static SchoolId School(this HttpContext http) => new(Guid.Parse(http.User.FindFirstValue(SchoolClaim)
        ?? throw new InvalidOperationException("A caller without a school passed the authorization.")));

    /// <summary>Who calls, as it is written beside what they did. No person's name: a key's id, an account's number, or the word for this
    /// machine's own user.</summary>
    public static string CallerName(this HttpContext http) => CallerOf(http.User)
        ?? throw new InvalidOperationException("A caller without a name passed the authorization.");

    public static bool IsAdmin(this HttpContext http) => http.User.HasAny([Scopes.Admin]);

    /// <summary>The machine that something comes from, as it is recorded: the calling device itself, otherwise what the caller
    /// says.</summary>
    /// <param name="given">Null where the request says nothing.</param>
    /// <returns>Fails with <see cref="AccessErrors.OtherDevice"/>: a device speaks for no other.</returns>
    public static Result<string?> DeviceOf(this HttpContext http, string? given)
    {
        var own = http.User.FindFirstValue(DeviceClaim);
        return own is null || given is null || given == own ? Result<string?>.Ok(own ?? given) : AccessErrors.OtherDevice;
    }

    /// <summary>The only student for whom the caller may act; null for callers who may act for any.</summary>
    public static StudentId? OwnStudent(this HttpContext http) =>
        http.User.FindFirstValue(StudentClaim) is { } own ? new StudentId(own) : null;

    /// <summary>Whether the caller was let in without showing who they are: this machine's own user, or anybody.</summary>
    public static bool ShowsNothing(this HttpContext http) =>
        http.User.Identity?.AuthenticationType is LocalCaller.SchemeName or OpenCaller.SchemeName;

    /// <summary>Whether the caller may act for this student: anybody's operator may, a student only for themselves.</summary>
    public static bool MayActFor(this HttpContext http, StudentId student) =>
        http.User.FindFirstValue(StudentClaim) is not { } own || own == student.Value;

    private static TBuilder Needs<TBuilder>(this TBuilder endpoint, string scheme, string[] anyOf)
        where TBuilder : IEndpointConventionBuilder => endpoint
        .RequireAuthorization(new AuthorizationPolicyBuilder(scheme).RequireAuthenticatedUser().RequireAssertion(c => c.User.HasAny(anyOf))
            .Build())
        .WithMetadata(new NeededScopes(anyOf));

    /// <param name="scopes">Any one of them is enough.</param>
    internal static bool HasAny(this ClaimsPrincipal caller, string[] scopes) =>
        caller.HasClaim(c => c.Type == ScopeClaim && (c.Value == Scopes.Admin || scopes.Contains(c.Value)));
}

/// <summary>Says 401 and 403 in the words of the path's dialect.</summary>
internal sealed class AccessAnswers : IAuthorizationMiddlewareResultHandler
{
    /// <summary>What a 401 asks for where nothing was shown.</summary>
    public const string Challenge = $"Bearer realm=\"{Realm}\"";

    private const string Realm = "FaceAttendance";

    public Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded) return next(context);
        if (authorizeResult.Challenged && AsksWhoItIsFor(context))
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return Task.CompletedTask;
        }
        var error = ErrorOf(context, authorizeResult);
        if (context.WebSockets.IsWebSocketRequest && context.GetEndpoint()?.Metadata.GetMetadata<RefusalOnSocket>() is { } own)
            return own.Tell(context, error);
        if (!authorizeResult.Challenged) return error.ToForbidden(context).ExecuteAsync(context);
        if (error.Kind is ErrorKind.Forbidden) return error.ToForbidden(context).ExecuteAsync(context);
        if (error.Kind is ErrorKind.TooMany or ErrorKind.Unavailable) return error.ToAnswer(context).ExecuteAsync(context);
        context.Response.Headers.WWWAuthenticate = ChallengeOf(context); // RFC 9110, 15.5.2: a 401 names a scheme.
        return error.ToDetail().ExecuteAsync(context);
    }

    // That nobody is logged in is what a page wants to know, and no fault that a browser's console should list.
    private static bool AsksWhoItIsFor(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) && context.GetEndpoint()?.Metadata.GetMetadata<StaleSessionIsNone>() is not null
        && ShownCredentials.SchemeOf(context) is LocalCaller.SchemeName or ShownCredentials.SessionScheme
        && ShownCredentials.RefusalOf(context) is null;

    private static Error ErrorOf(HttpContext context, PolicyAuthorizationResult authorizeResult) =>
        !authorizeResult.Challenged ? ForbiddenTo(context)
        : ShownCredentials.RefusalOf(context) is { } refusal ? refusal
        : ShownCredentials.SchemeOf(context) == LocalCaller.SchemeName
            ? SessionCookie.IsShownByAnotherPage(context) ? AccessErrors.SessionOfAnotherPage : AccessErrors.NotProvided
        : ShownCredentials.SchemeOf(context) == ShownCredentials.SessionScheme ? AccessErrors.SessionOver
        : ShownCredentials.IsForeign(context) ? AccessErrors.SchemeNotKnown
        : ShownCredentials.SchemeOf(context) == ShownCredentials.BasicScheme ? AccessErrors.PasswordWrong
        : AccessErrors.NotValid;

    private static Error ForbiddenTo(HttpContext context)
    {
        var needed = context.GetEndpoint()?.Metadata.GetMetadata<NeededScopes>()?.AnyOf ?? [];
        // Who has the scope is refused for the school.
        return context.User.HasAny([.. needed]) ? AccessErrors.NotTheOperator : AccessErrors.ScopeMissing(needed);
    }

    // Basic is named only to those who use it: a browser asks its user for a password as soon as it is.
    private static string ChallengeOf(HttpContext context) => ShownCredentials.SchemeOf(context) switch
    {
        ShownCredentials.BasicScheme => $"Basic realm=\"{Realm}\", charset=\"UTF-8\"",
        LocalCaller.SchemeName or ShownCredentials.SessionScheme => Challenge,
        _ => ShownCredentials.IsForeign(context) ? Challenge : $"{Challenge}, error=\"invalid_token\"", // RFC 6750, 3.1
    };
}

internal static class AccessErrors
{
    public static Error NotProvided { get; } = new(
        "access.not_authenticated", "Authentication credentials were not provided.", ErrorKind.Unauthenticated);

    public static Error NotValid { get; } =
        new("access.token_not_valid", "Given token not valid for any token type", ErrorKind.Unauthenticated)
        {
            Details = new Dictionary<string, object?> { ["code"] = "token_not_valid" },
        };

    public static Error SchemeNotKnown { get; } = new(
        "access.scheme_not_known",
        "The Authorization header is of a kind that is not known here. Send 'Authorization: Bearer' and the access token or API key.",
        ErrorKind.Unauthenticated);

    public static Error PasswordWrong { get; } = new("access.password_wrong", "Invalid username/password.", ErrorKind.Unauthenticated);

    public static Error SessionOver { get; } = new(
        "access.session_over",
        "The session has ended: by a log-out, by its time, or because the password or the key changed. Log in again.",
        ErrorKind.Unauthenticated)
    {
        Details = new Dictionary<string, object?> { ["code"] = "session_over" },
    };

    public static Error SessionOfAnotherPage { get; } = new(
        "access.session_of_another_page",
        "A session's cookie counts for the server's own pages alone. Another page shows an access token or an API key; a proxy passes on " +
        "the Host header as it came.", ErrorKind.Unauthenticated)
    {
        Details = new Dictionary<string, object?> { ["code"] = "session_of_another_page" },
    };

    public static Error CsrfTokenWrong { get; } = new(
        "access.csrf_token_wrong",
        $"What changes something needs the header {SessionCookie.CsrfHeader} beside a session's cookie, with the csrf_token that " +
        "GET /api/v1/session gives.", ErrorKind.Forbidden);

    public static Error KeyRefused { get; } = new(
        "access.key_refused", "The API key is unknown, wrong, expired or revoked.", ErrorKind.Unauthenticated);

    public static Error NoSession { get; } = new(
        "access.no_session", "The call came without a session's cookie, so there is none to end; tokens end at /api/token/logout.",
        ErrorKind.Conflict);

    public static Error NoAccount { get; } = new(
        "access.no_account", "Only a user has a password of their own.", ErrorKind.Forbidden);

    public static Error TooMany(TimeSpan wait) => new(
        "request.too_many", "The caller makes more requests than are allowed; try again after the time in Retry-After.", ErrorKind.TooMany)
    {
        RetryAfter = wait,
    };

    public static Error TooManyWrongKeys(TimeSpan wait) => new(
        "access.too_many_wrong_keys",
        "Too many wrong API keys came from this address, and this one is not known to be good; show a good one, or try again after the " +
        "time in Retry-After.", ErrorKind.TooMany)
    { RetryAfter = wait };

    public static Error ScopeMissing(IReadOnlyList<string> anyOf) => new(
        "access.scope_missing", $"The credentials are good, but this call needs the scope {string.Join(" or ", anyOf)}.",
        ErrorKind.Forbidden);

    public static Error NotTheOperator { get; } = new(
        "access.not_the_operator", "This tells of all schools, and so is for the administrators of the first one, who run the server.",
        ErrorKind.Forbidden);

    public static Error NoStudent { get; } = new(
        "access.no_student", "Only a user with the role student has a face of their own.", ErrorKind.Forbidden);

    public static Error OtherDevice { get; } = new(
        "access.other_device",
        "device_id is that of a device whose key was not shown; send the id of the device that you are on. A device's own key needs none.",
        ErrorKind.Forbidden);

    public static Error OtherStudent { get; } = new(
        "access.other_student", "A student may act only for themselves.", ErrorKind.Forbidden);
}
