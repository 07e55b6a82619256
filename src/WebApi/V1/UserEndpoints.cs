using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>/api/v1/users: who may log in.</summary>
internal static class UserEndpoints
{
    private const string Example =
        """{"number":7,"username":"ayu","role":"student","student_id":"siswaA","disabled":false,"created_at":"2026-01-05T07:12:00+00:00","disabled_at":null}""";

    private const string RoleRule = "Input should be student, operator, device or admin";

    public static void MapUserResources(this IEndpointRouteBuilder app)
    {
        var users = app.MapGroup("/api/v1/users");
        users.MapGet("/", ListAsync).Needs(Scopes.Admin).AuditsReading(AuditActions.UsersListed, "users")
            .Describe("Users, v1", "The school's users", "By name. Passwords are kept as hashes and never given out.")
            .TakesPage()
            .Answers(200, "The users", $$"""{"items":[{{Example}}],"total":1}""").AnswersUsualProblems();
        users.MapPost("/", AddAsync).Needs(Scopes.Admin)
            .Describe("Users, v1", "Add a user",
                "role is student (with a student_id: may act for that student alone), operator, device or admin. Names are in lower case, and one within the school.")
            .TakesJson("""{"username":"ayu","password":"a good password","role":"student","student_id":"siswaA"}""").WithMetadata(JsonFields.Limit)
            .Answers(201, "Added", Example)
            .AnswersProblem(409, "Another user of the school has the name", "account.name_taken").AnswersUsualProblems();
        users.MapPatch("/{username}", ChangeAsync).Needs(Scopes.Admin)
            .Describe("Users, v1", "Set a password, disable or enable", "A new password, or disabling, ends every token of the user at once.")
            .TakesJson("""{"password":"another good password","disabled":false}""").WithMetadata(JsonFields.Limit)
            .Answers(200, "Changed", Example)
            .AnswersProblem(404, "No such user", "account.not_found").AnswersUsualProblems();
        users.MapDelete("/{username}/tokens", LogOutAsync).Needs(Scopes.Admin)
            .Describe("Users, v1", "Log a user out everywhere", "Ends every token of the user at once; the password stays good.")
            .Answers(204, "Every token has ended")
            .AnswersProblem(404, "No such user", "account.not_found").AnswersUsualProblems();
    }

    private static async Task<IResult> ListAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListUsers(http.School(), limit, offset), ct);
        return listed.Match(page => Pages.Of(page.Items, page.Total, Write), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> AddAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var text = fields.RequiredText("username");
        var name = UserName.Parse(text) ?? fields.Fault("username", $"A user name has {UserName.Rule}", "username", default(UserName));
        var password = fields.RequiredText("password");
        var role = RoleOf(fields.RequiredText("role")) ?? fields.Fault("role", RoleRule, "enum", default(UserRole));
        var student = fields.Optional("student_id") is null ? (StudentId?)null : fields.RequiredStudentId("student_id");
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var added = await mediator.Send(new AddUser(http.School(), name, password, role, student), ct);
        return added.Match(user => Answer(StatusCodes.Status201Created, user), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> ChangeAsync(string username, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var password = fields.OptionalText("password");
        var isDisabled = fields.Optional("disabled") is null ? (bool?)null : fields.Flag("disabled", absent: false);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);
        // A name that breaks the rule is nobody's.
        if (UserName.Parse(username) is not { } name) return AccountErrors.NotFound.ToProblem();

        var changed = await mediator.Send(new ChangeUser(http.School(), name, password, isDisabled), ct);
        return changed.Match(user => Answer(StatusCodes.Status200OK, user), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> LogOutAsync(string username, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        if (UserName.Parse(username) is not { } name) return AccountErrors.NotFound.ToProblem();

        var ended = await mediator.Send(new LogOutUser(http.School(), name), ct);
        return ended.Match(_ => Results.NoContent(), ErrorMapping.ToProblem);
    }

    private static UserRole? RoleOf(string text) => text switch
    {
        "student" => UserRole.Student,
        "operator" => UserRole.Operator,
        "device" => UserRole.Device,
        "admin" => UserRole.Admin,
        _ => null,
    };

    private static JsonAnswer Answer(int status, User user) => new(status, null, json => Write(json, user));

    private static void Write(Utf8JsonWriter json, User user)
    {
        json.WriteNumber("number", user.Number);
        json.WriteString("username", user.Name.Value);
        json.WriteString("role", user.Role.ToString().ToLowerInvariant());
        json.WriteString("student_id", user.Student?.Value);
        json.WriteBoolean("disabled", user.DisabledAt is not null);
        json.WriteString("created_at", user.CreatedAt.ToUniversalTime());
        if (user.DisabledAt is { } at) json.WriteString("disabled_at", at.ToUniversalTime());
        else json.WriteNull("disabled_at");
    }
}
