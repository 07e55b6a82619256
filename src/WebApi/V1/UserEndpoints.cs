using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>Somebody who may log in.</summary>
/// <param name="Number">From 1 on within the school and never given twice.</param>
/// <param name="StudentId">Whom alone a student's user may act for; null for every other role.</param>
internal sealed record UserAnswer(
    long Number, string Username, UserRole Role, string? StudentId, bool Disabled, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt)
{
    public static UserAnswer Of(User user) => new(
        user.Number, user.Name.Value, user.Role, user.Student?.Value, user.DisabledAt is not null, user.CreatedAt.ToUniversalTime(),
        user.DisabledAt?.ToUniversalTime());
}

/// <param name="Username">In lower case, and one within the school.</param>
/// <param name="StudentId">With the role student.</param>
internal sealed record NewUser(UserName Username, string Password, UserRole Role, StudentId? StudentId) : IJsonBody<NewUser>
{
    public override string ToString() => "NewUser(withheld)";

    public static NewUser Read(JsonFields fields)
    {
        var text = fields.RequiredText("username");
        return new(
            UserName.Parse(text) ?? fields.Fault("username", $"A user name has {UserName.Rule}", "username", default(UserName)),
            fields.RequiredText("password"),
            fields.Word<UserRole>("role", fields.RequiredText("role")),
            fields.Optional("student_id") is null ? null : fields.RequiredStudentId("student_id"));
    }
}

/// <summary>What is absent stays as it is.</summary>
internal sealed record UserChange(string? Password, bool? Disabled) : IJsonBody<UserChange>
{
    public override string ToString() => "UserChange(withheld)";

    public static UserChange Read(JsonFields fields) => new(fields.OptionalText("password"), fields.OptionalFlag("disabled"));
}

/// <summary>/api/v1/users: who may log in.</summary>
internal static class UserEndpoints
{
    private const string Example =
        """{"number":7,"username":"ayu","role":"student","student_id":"siswaA","disabled":false,"created_at":"2026-01-05T07:12:00+00:00","disabled_at":null}""";

    public static void MapUserResources(this IEndpointRouteBuilder app)
    {
        var users = app.MapGroup("/api/v1/users");
        users.MapGet("/", ListAsync).Needs(Scopes.Admin).AuditsReading(AuditActions.UsersListed, "users")
            .Describe("ListUsers", ApiGroup.Users, "The school's users", "By name. Passwords are kept as hashes and never given out.")
            .TakesPage()
            .Answers<Page<UserAnswer>>(200, "The users", $$"""{"items":[{{Example}}],"total":1}""").AnswersUsualProblems();
        users.MapPost("/", AddAsync).Needs(Scopes.Admin)
            .Describe("AddUser", ApiGroup.Users, "Add a user",
                "role is student (with a student_id: may act for that student alone), operator, device or admin. Names are in lower " +
                "case, and one within the school.")
            .TakesJson<NewUser>("""{"username":"ayu","password":"a good password","role":"student","student_id":"siswaA"}""")
            .Answers<UserAnswer>(201, "Added", Example)
            .AnswersProblem(409, "Another user of the school has the name", "account.name_taken").AnswersUsualProblems();
        users.MapPatch("/{username}", ChangeAsync).Needs(Scopes.Admin)
            .Describe(
                "ChangeUser", ApiGroup.Users, "Set a password, disable or enable",
                "A new password, or disabling, ends every token of the user at once.")
            .TakesJson<UserChange>("""{"password":"another good password","disabled":false}""")
            .Answers<UserAnswer>(200, "Changed", Example)
            .AnswersProblem(404, "No such user", "account.not_found").AnswersUsualProblems();
        users.MapDelete("/{username}/tokens", LogOutAsync).Needs(Scopes.Admin)
            .Describe(
                "LogOutUser", ApiGroup.Users, "Log a user out everywhere", "Ends every token of the user at once; the password stays good.")
            .Answers(204, "Every token has ended")
            .AnswersProblem(404, "No such user", "account.not_found").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<Page<UserAnswer>>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListUsers(http.School(), limit, offset), ct);
        return listed.ToOk(page => Pages.Of(page.Items, page.Total, UserAnswer.Of));
    }

    private static async Task<Results<Created<UserAnswer>, ProblemAnswer>> AddAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<NewUser>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var user = read.Value;
        return (await mediator.Send(new AddUser(http.School(), user.Username, user.Password, user.Role, user.StudentId), ct))
            .ToCreated(UserAnswer.Of);
    }

    private static async Task<Results<Ok<UserAnswer>, ProblemAnswer>> ChangeAsync(
        string username, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<UserChange>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        // A name that breaks the rule is nobody's.
        if (UserName.Parse(username) is not { } name) return AccountErrors.NotFound.ToProblem();

        return (await mediator.Send(new ChangeUser(http.School(), name, read.Value.Password, read.Value.Disabled), ct)).ToOk(UserAnswer.Of);
    }

    private static async Task<Results<NoContent, ProblemAnswer>> LogOutAsync(
        string username, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        if (UserName.Parse(username) is not { } name) return AccountErrors.NotFound.ToProblem();
        return (await mediator.Send(new LogOutUser(http.School(), name), ct)).ToNoContent();
    }
}
