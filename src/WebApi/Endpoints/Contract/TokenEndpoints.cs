using System.Text.Json;
using FaceAttendance.Application.Accounts;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.Endpoints;

/// <summary>POST /api/token/ and /api/token/refresh/: a user's log-in. Open to everybody, as a log-in has to be.</summary>
internal static class TokenEndpoints
{
    public static void MapTokens(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/token", LogInAsync).AllowAnonymous()
            .Describe("Log-in", "Log in", "Gives an access token for the Authorization header (Bearer) and a refresh token to get further ones with.")
            .TakesJson("""{"username":"ayu","password":"a good password"}""").WithMetadata(JsonFields.Limit)
            .Answers(200, "Logged in", """{"refresh":"CfDJ8…","access":"CfDJ8…"}""")
            .Answers(400, "A member is missing", """{"username":["This field is required."]}""")
            .AnswersNotLoggedIn("""{"detail":"No active account found with the given credentials"}""");
        app.MapPost("/api/token/refresh", RefreshAsync).AllowAnonymous()
            .Describe("Log-in", "Get another access token")
            .TakesJson("""{"refresh":"CfDJ8…"}""").WithMetadata(JsonFields.Limit)
            .Answers(200, "The token", """{"access":"CfDJ8…"}""")
            .Answers(400, "A member is missing", """{"refresh":["This field is required."]}""")
            .AnswersNotLoggedIn("""{"detail":"Token is invalid or expired","code":"token_not_valid"}""");
    }

    private static async Task<IResult> LogInAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToDetail();
        using var fields = read.Value;
        var (name, password) = (Text(fields, "username"), Text(fields, "password"));
        if (fields.Faults is { } faults) return ErrorMapping.ToFieldLists(faults);

        var loggedIn = await mediator.Send(new LogIn(name, password), ct);
        return loggedIn.Match(tokens => new JsonAnswer(StatusCodes.Status200OK, null, json =>
        {
            json.WriteString("refresh", tokens.RefreshToken);
            json.WriteString("access", tokens.AccessToken);
        }), ErrorMapping.ToDetail);
    }

    private static async Task<IResult> RefreshAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToDetail();
        using var fields = read.Value;
        var token = Text(fields, "refresh");
        if (fields.Faults is { } faults) return ErrorMapping.ToFieldLists(faults);

        var refreshed = await mediator.Send(new RefreshAccess(token), ct);
        return refreshed.Match(
            access => new JsonAnswer(StatusCodes.Status200OK, null, json => json.WriteString("access", access.AccessToken)), ErrorMapping.ToDetail);
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
