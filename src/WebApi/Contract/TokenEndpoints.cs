using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.Contract;

/// <summary>POST /api/token/, /api/token/refresh/ and their ends: a user's log-in. Open to everybody, as a log-in has to be.</summary>
internal static class TokenEndpoints
{
    private const string Pair = """{"refresh":"eyJhbGciOi…","access":"eyJhbGciOi…"}""";
    private const string RefreshMissing = """{"refresh":["This field is required."]}""";
    private const string RefreshRefused = """{"detail":"Token is invalid or expired","code":"token_not_valid"}""";

    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/token", LogInAsync).AllowAnonymous()
            .Describe("LogIn", ApiGroup.LogIn, "Log in",
                "Gives an access token for the Authorization header (Bearer) and a refresh token to get further ones with. Both are " +
                "JWTs: token_type, exp, iat, jti and user_id (the account's number) may be read, and everything else may change. Users " +
                "of another school than the first log in as name@code, or with the code as school; the code is printed when the school " +
                "is made.")
            .TakesJson<LogInBody>("""{"username":"ayu","password":"a good password"}""")
            .Answers<TokenPairAnswer>(200, "Logged in", Pair)
            .Answers<Dictionary<string,
            object>>(400, "A member is missing, or, in a detail, the body is no object", """{"username":["This field is required."]}""")
            .Answers<DetailAnswer>(
                401, "The credentials are not good", """{"detail":"No active account found with the given credentials"}""")
            .Answers<DetailAnswer>(
                429, "Too many wrong passwords from this address; see Retry-After",
                """{"detail":"Too many wrong passwords came from this address; try again after the time in Retry-After."}""")
            .Answers<DetailAnswer>(
                503, "Too many log-ins wait for their turn; see Retry-After",
                """{"detail":"Too many log-ins wait for their turn; try again after the time in Retry-After."}""");
        app.MapPost("/api/token/refresh", RefreshAsync).AllowAnonymous()
            .Describe("RefreshAccess", ApiGroup.LogIn, "Get another access token",
                "Gives the next refresh token too. Whoever goes on with the old one may; once a newer one was used, an older one ends " +
                "the log-in with all its tokens, since one of two who have it is a thief.")
            .TakesJson<RefreshBody>("""{"refresh":"eyJhbGciOi…"}""")
            .Answers<RefreshedTokensAnswer>(200, "The tokens", """{"access":"eyJhbGciOi…","refresh":"eyJhbGciOi…"}""")
            .Answers<Dictionary<string, object>>(400, "A member is missing, or, in a detail, the body is no object", RefreshMissing)
            .Answers<DetailAnswer>(401, "The credentials are not good", RefreshRefused);
        app.MapPost("/api/token/blacklist", LogOutAsync).AllowAnonymous()
            .DescribeLogOut("BlacklistToken", "Log out, as existing clients do", """{"refresh":"eyJhbGciOi…"}""");
        app.MapPost("/api/token/logout", LogOutAsync).AllowAnonymous()
            .DescribeLogOut("LogOut", "Log out", """{"refresh":"eyJhbGciOi…","everywhere":false}""");
    }

    private static void DescribeLogOut(this RouteHandlerBuilder endpoint, string id, string summary, string body) => endpoint
        .Describe(
            id, ApiGroup.LogIn, summary,
            "Ends the log-in that the refresh token came of: none of its tokens is good from then on. With everywhere, every log-in of " +
            "the user.")
        .TakesJson<LogOutBody>(body)
        .Answers<LoggedOutAnswer>(200, "Logged out", "{}")
        .Answers<Dictionary<string, object>>(400, "A member is missing, or, in a detail, the body is no object", RefreshMissing)
        .Answers<DetailAnswer>(401, "The credentials are not good", RefreshRefused);

    private static async Task<IResult> LogInAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAnyAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToDetail();
        using var fields = read.Value;
        var (name, password) = (Text(fields, "username"), Text(fields, "password"));
        if (fields.Optional("school") is not null) name = $"{name}@{Text(fields, "school")}";
        if (fields.Faults is { } faults) return ErrorMapping.ToFieldLists(faults);

        var loggedIn = await mediator.Send(new LogIn(name, password, CallerAddress.Of(http)), ct);
        return loggedIn.Match<IResult>(
            tokens => new JsonAnswer<TokenPairAnswer>(StatusCodes.Status200OK, new(tokens.RefreshToken, tokens.AccessToken)),
            ErrorMapping.ToDetail);
    }

    private static async Task<IResult> RefreshAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAnyAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToDetail();
        using var fields = read.Value;
        var token = Text(fields, "refresh");
        if (fields.Faults is { } faults) return ErrorMapping.ToFieldLists(faults);

        var refreshed = await mediator.Send(new RefreshAccess(token), ct);
        return refreshed.Match<IResult>(
            tokens => new JsonAnswer<RefreshedTokensAnswer>(StatusCodes.Status200OK, new(tokens.AccessToken, tokens.RefreshToken)),
            ErrorMapping.ToDetail);
    }

    private static async Task<IResult> LogOutAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAnyAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToDetail();
        using var fields = read.Value;
        var (token, everywhere) = (Text(fields, "refresh"), fields.Flag("everywhere", absent: false));
        if (fields.Faults is { } faults) return ErrorMapping.ToFieldLists(faults);

        var ended = await mediator.Send(new LogOut(token, everywhere), ct);
        return ended.Match(_ => new JsonAnswer<LoggedOutAnswer>(StatusCodes.Status200OK, new()), ErrorMapping.ToDetail);
    }

    /// <summary>A text, or one of the complaints that these routes' clients know.</summary>
    private static string Text(JsonFields fields, string field)
    {
        if (fields.Optional(field) is not { } member) return fields.Fault(field, "This field is required.", "required", "");
        if (member.ValueKind != JsonValueKind.String) return fields.Fault(field, "Not a valid string.", "invalid", "");
        // Whatever its characters, a wrong name or password is answered as one.
        return member.GetString() is { Length: > 0 } text ? text : fields.Fault(field, "This field may not be blank.", "blank", "");
    }
}
