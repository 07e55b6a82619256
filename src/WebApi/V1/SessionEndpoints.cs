using System.Security.Claims;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using FaceAttendance.WebApi.Screens;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.V1;

/// <summary>What a caller is.</summary>
internal enum CallerKind
{
    User,
    Key,
    Device,
    Local,
}

/// <param name="Code">What the school's users log in with behind their name and an @; those of the first school may leave it out.</param>
/// <param name="TimeZone">An IANA name.</param>
/// <param name="MapTiles">Where pages get the tiles of a map; null for a plain background.</param>
internal sealed record SessionSchoolAnswer(string Name, string Code, string TimeZone, string? MapTiles);

/// <summary>Who calls, and what they may do.</summary>
/// <param name="Username">A user's name.</param>
/// <param name="StudentId">Whom alone a student's user may act for.</param>
/// <param name="Scopes">admin includes all others.</param>
/// <param name="CsrfToken">For the header X-CSRF-Token beside the session's cookie; null for who shows other credentials.</param>
/// <param name="ExpiresAt">When the session ends unless it is used; null for who shows other credentials.</param>
internal sealed record SessionAnswer(
    CallerKind Kind, string? Username, UserRole? Role, string? StudentId, IReadOnlyList<string> Scopes, string? CsrfToken,
    SessionSchoolAnswer School, DateTimeOffset? ExpiresAt)
{
    public override string ToString() => "SessionAnswer(withheld)";
}

/// <summary>A name and a password, or a key.</summary>
/// <param name="Username">With @ and the school's code for users of another school than the first.</param>
/// <param name="Key">An API key, such as a device's.</param>
internal sealed record NewSession(string? Username, string? Password, string? Key) : IJsonBody<NewSession>
{
    public override string ToString() => "NewSession(withheld)";

    public static NewSession Read(JsonFields fields)
    {
        if (fields.Optional("key") is null) return new(fields.RequiredText("username"), fields.RequiredText("password"), null);
        var session = new NewSession(fields.OptionalText("username"), fields.OptionalText("password"), fields.OptionalText("key"));
        return session is { Username: null, Password: null } ? session
            : fields.Fault("key", "Send a key, or a username and a password", "either", session);
    }
}

internal sealed record OwnPasswordChange(string Current, string Password) : IJsonBody<OwnPasswordChange>
{
    public override string ToString() => "OwnPasswordChange(withheld)";

    public static OwnPasswordChange Read(JsonFields fields) => new(fields.RequiredText("current"), fields.RequiredText("password"));
}

/// <summary>/api/v1/session: a browser's log-in, by a cookie that no script can read.</summary>
internal static class SessionEndpoints
{
    public const string Example =
        """{"kind":"user","username":"ayu","role":"operator","student_id":null,"scopes":["enroll","recognize"],"csrf_token":"p0Zc…","school":{"name":"SMP 3","code":"smp-3","time_zone":"Asia/Jakarta","map_tiles":null},"expires_at":"2026-01-05T19:00:00+00:00"}""";

    public static void MapSessions(this IEndpointRouteBuilder app)
    {
        var session = app.MapGroup("/api/v1/session");
        session.MapGet("/", GetAsync).NeedsAnyCaller().WithMetadata(new StaleSessionIsNone())
            .Describe("GetSession", ApiGroup.LogIn, "Who calls",
                "For every kind of caller. With a session's cookie also the csrf_token that whatever changes something needs in the " +
                $"header {SessionCookie.CsrfHeader}. A cookie whose session has ended is as none here, and is taken back.")
            .Answers<SessionAnswer>(200, "The caller", Example)
            .Answers(204, "Nobody is logged in, and nothing was shown").AnswersUsualProblems();
        session.MapPost("/", OpenAsync).AllowAnonymous()
            .Describe("OpenSession", ApiGroup.LogIn, "Log a browser in",
                "Sets a cookie that no script can read and that browsers send with nothing that another site begins. It counts for pages " +
                "of the server's own. A user's session ends after 12 hours without a call, and with the log-in; one of a device's key " +
                "after 90 days without a call, and with the key.")
            .TakesJson<NewSession>("""{"username":"ayu","password":"a good password"}""")
            .Answers<SessionAnswer>(200, "Logged in", Example)
            .AnswersProblem(401, "The credentials are not good", "account.log_in_refused")
            .AnswersProblem(429, "Too many wrong passwords from this address; see Retry-After", "account.too_many_log_ins")
            .AnswersUsualProblems();
        session.MapDelete("/", CloseAsync).NeedsAnyCaller().WithMetadata(new StaleSessionIsNone())
            .Describe("CloseSession", ApiGroup.LogIn, "Log out",
                "Ends the session. With everywhere all that its user is logged in to, or every session of its key.")
            .TakesQuery("everywhere", "Whether to end all others too.", absent: false)
            .Answers(204, "Logged out")
            .AnswersProblem(409, "The call came without a session", "access.no_session").AnswersUsualProblems();
        session.MapPut("/password", ChangePasswordAsync).NeedsAnyCaller()
            .Describe("ChangeOwnPassword", ApiGroup.LogIn, "Change one's own password",
                "Ends all that the user is logged in to, and opens a session with the new password. A wrong present password counts as " +
                "at a log-in.")
            .TakesJson<OwnPasswordChange>("""{"current":"a good password","password":"another good password"}""")
            .Answers<SessionAnswer>(200, "Changed, with a session in the place of the one before", Example)
            .AnswersProblem(403, "The caller is no user", "access.no_account")
            .AnswersProblem(429, "Too many wrong passwords from this address; see Retry-After", "account.too_many_log_ins")
            .AnswersUsualProblems();
    }

    private static async Task<Results<Ok<SessionAnswer>, ProblemAnswer>> GetAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetSchool(http.School()), ct)).ToOk(school => AnswerOf(http, http.User, SessionCaller.Of(http), school));

    private static async Task<Results<Ok<SessionAnswer>, ProblemAnswer>> OpenAsync(
        HttpContext http, IMediator mediator, ShownKeys keys, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<NewSession>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var opened = read.Value is { Key: { } key }
            ? await OpenForKeyAsync(http, mediator, keys, key, ct)
            : await OpenForUserAsync(http, mediator, read.Value.Username!, read.Value.Password!, ct);
        if (opened.Error is { } refused) return refused.ToProblem();
        // Whoever logs in anew leaves what they were before.
        if (SessionCookie.IsShown(http) && SessionCookie.Read(http) is { } earlier)
            await mediator.Send(new CloseSession(earlier, Everywhere: false), ct);
        return (await AnswerAsync(http, mediator, opened.Value.Caller, opened.Value.Session, ct)).ToOk(answer => answer);
    }

    private static async Task<Result<(ClaimsPrincipal Caller, OpenedSession Session)>> OpenForKeyAsync(
        HttpContext http, IMediator mediator, ShownKeys keys, string shown, CancellationToken ct)
    {
        var judged = await keys.JudgeAsync(http, shown);
        if (judged.Error is { } refused) return refused;
        var key = judged.Value;
        var opened = await mediator.Send(new OpenKeySession(key.School, key.Key, key.Device is not null), ct);
        return opened.Error is { } error ? error : (key.ToPrincipal(ShownCredentials.SessionScheme), opened.Value);
    }

    private static async Task<Result<(ClaimsPrincipal Caller, OpenedSession Session)>> OpenForUserAsync(
        HttpContext http, IMediator mediator, string userName, string password, CancellationToken ct)
    {
        var opened = await mediator.Send(new OpenUserSession(userName, password, CallerAddress.Of(http)), ct);
        return opened.Error is { } refused ? refused
            : (UserCaller.PrincipalOf(opened.Value.Account, ShownCredentials.SessionScheme), opened.Value.Opened);
    }

    private static async Task<Results<NoContent, ProblemAnswer>> CloseAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var everywhere = fields.Flag("everywhere", absent: false, RequestFields.Query);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);
        if (SessionCaller.Of(http) is not { } session) return AccessErrors.NoSession.ToProblem();

        SessionCookie.Forget(http);
        return (await mediator.Send(new CloseSession(session.Token, everywhere), ct)).ToNoContent();
    }

    private static async Task<Results<Ok<SessionAnswer>, ProblemAnswer>> ChangePasswordAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<OwnPasswordChange>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        if (http.User.FindFirstValue(AccessRules.AccountClaim) is null) return AccessErrors.NoAccount.ToProblem();

        var name = UserName.Parse(http.User.FindFirstValue(ClaimTypes.Name)!)!.Value;
        var changed = await mediator.Send(
            new ChangeOwnPassword(http.School(), name, read.Value.Current, read.Value.Password, CallerAddress.Of(http)), ct);
        if (changed.Error is { } refused) return refused.ToProblem();
        var caller = UserCaller.PrincipalOf(changed.Value.Account, ShownCredentials.SessionScheme);
        return (await AnswerAsync(http, mediator, caller, changed.Value.Opened, ct)).ToOk(answer => answer);
    }

    /// <summary>Sets the cookie of a session that was just opened, and says whose it is.</summary>
    public static async Task<Result<SessionAnswer>> AnswerAsync(
        HttpContext http, IMediator mediator, ClaimsPrincipal caller, OpenedSession opened, CancellationToken ct)
    {
        SessionCookie.Write(http, opened.Token, opened.ExpiresAt);
        var found = await mediator.Send(new GetSchool(opened.Token.School), ct);
        return found.Error is { } error ? error : AnswerOf(http, caller, new(opened.Token, opened.ExpiresAt), found.Value);
    }

    private static SessionAnswer AnswerOf(HttpContext http, ClaimsPrincipal caller, ShownSession? session, School school)
    {
        var services = http.RequestServices;
        var zone = services.GetRequiredService<ISchoolCalendars>().Of(school.Id).ZoneName;
        var tiles = services.GetRequiredService<IOptions<ScreenOptions>>().Value.MapTiles;
        var kind = caller.Identity?.AuthenticationType == LocalCaller.SchemeName ? CallerKind.Local
            : caller.HasClaim(c => c.Type == AccessRules.AccountClaim) ? CallerKind.User
            : caller.HasClaim(c => c.Type == AccessRules.DeviceClaim) ? CallerKind.Device
            : CallerKind.Key;
        return new(
            kind, kind == CallerKind.User ? caller.FindFirstValue(ClaimTypes.Name) : null,
            Words.Parse<UserRole>(caller.FindFirstValue(AccessRules.RoleClaim)), caller.FindFirstValue(AccessRules.StudentClaim),
            [.. caller.FindAll(AccessRules.ScopeClaim).Select(c => c.Value)], session?.Token.CsrfToken,
            new(school.Name, school.Code, zone, tiles), session?.ExpiresAt.ToUniversalTime());
    }
}
