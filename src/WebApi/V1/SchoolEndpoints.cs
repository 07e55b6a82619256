using FaceAttendance.Application.Access;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>What a school says of itself.</summary>
/// <param name="Code">What its users log in with behind their name and an @.</param>
/// <param name="TimeZone">The IANA zone in which its days begin and end.</param>
/// <param name="TimeZoneFixed">Whether the server's setting SCHOOL_TIME_ZONE holds it.</param>
internal sealed record SchoolAnswer(string Name, string Code, string TimeZone, bool TimeZoneFixed)
{
    public static SchoolAnswer Of(School school, ISchoolCalendars calendars) => new(
        school.Name, school.Code, calendars.Of(school.Id).ZoneName, school.Id == SchoolId.First && calendars.Fixed is not null);
}

internal sealed record SchoolChange(string Name, string TimeZone) : IJsonBody<SchoolChange>
{
    public static SchoolChange Read(JsonFields fields) => new(fields.RequiredText("name"), fields.RequiredText("time_zone"));
}

/// <summary>Whether the first administrator is still to be made.</summary>
/// <param name="Allowed">Whether this caller may make them: this machine's own user, or an administrator of the first school.</param>
/// <param name="TimeZone">The zone that SCHOOL_TIME_ZONE holds, which has to be given; null when any may be.</param>
internal sealed record SetUpAnswer(bool Needed, bool Allowed, string? TimeZone);

/// <summary>Where the school is: a circle.</summary>
internal sealed record FirstSite(string Name, double Latitude, double Longitude, double RadiusM) : IJsonBody<FirstSite>
{
    public override string ToString() => "FirstSite(withheld)";

    public static FirstSite Read(JsonFields fields)
    {
        var (name, place) = (fields.RequiredText("name"), fields.RequiredPlace("latitude", "longitude"));
        return new(name, place.Latitude, place.Longitude, fields.RequiredNumber("radius_m"));
    }
}

/// <param name="TimeZone">An IANA name.</param>
/// <param name="Site">Null for nowhere yet.</param>
internal sealed record FirstSetUpOrder(UserName Username, string Password, string SchoolName, string TimeZone, FirstSite? Site)
    : IJsonBody<FirstSetUpOrder>
{
    public override string ToString() => "FirstSetUpOrder(withheld)";

    public static FirstSetUpOrder Read(JsonFields fields)
    {
        var text = fields.RequiredText("username");
        return new(
            UserName.Parse(text) ?? fields.Fault("username", $"A user name has {UserName.Rule}", "username", default(UserName)),
            fields.RequiredText("password"), fields.RequiredText("school_name"), fields.RequiredText("time_zone"),
            fields.OptionalObject<FirstSite>("site"));
    }
}

/// <summary>/api/v1/school, and /api/v1/setup, which is there for the first start.</summary>
internal static class SchoolEndpoints
{
    private const string School = """{"name":"SMP 3","code":"smp-3","time_zone":"Asia/Jakarta","time_zone_fixed":false}""";

    public static void MapSchool(this IEndpointRouteBuilder app)
    {
        var school = app.MapGroup("/api/v1/school");
        school.MapGet("/", GetAsync).NeedsAnyCaller()
            .Describe("GetSchool", ApiGroup.SchoolResource, "What the school says of itself")
            .Answers<SchoolAnswer>(200, "The school", School).AnswersUsualProblems();
        school.MapPut("/", ChangeAsync).Needs(Scopes.Admin)
            .Describe("ChangeSchool", ApiGroup.SchoolResource, "Name the school and its time zone",
                "The zone counts for what comes from now on, in every process; days that were recorded stay as they are. The code stays.")
            .TakesJson<SchoolChange>("""{"name":"SMP 3","time_zone":"Asia/Jakarta"}""")
            .Answers<SchoolAnswer>(200, "Changed", School)
            .AnswersProblem(409, "SCHOOL_TIME_ZONE holds the zone", "school.time_zone_fixed").AnswersUsualProblems();

        var setup = app.MapGroup("/api/v1/setup");
        setup.MapGet("/", GetSetUpAsync).AllowAnonymous()
            .Describe("GetSetUp", ApiGroup.SchoolResource, "Whether the first administrator is still to be made")
            .Answers<SetUpAnswer>(200, "The state", """{"needed":true,"allowed":true,"time_zone":null}""").AnswersUsualProblems();
        setup.MapPost("/", SetUpAsync).AllowAnonymous()
            .Describe("SetUp", ApiGroup.SchoolResource, "Make the first administrator",
                "Once, on the server's own machine or with an administrator's key: the first school's first administrator, its name, " +
                "time zone and place, all or nothing. It logs the browser in, as POST /api/v1/session does.")
            .TakesJson<FirstSetUpOrder>(
                """{"username":"ayu","password":"a good password","school_name":"SMP 3","time_zone":"Asia/Jakarta","site":{"name":"Campus","latitude":-7.9673435,"longitude":112.6267206,"radius_m":60}}""")
            .Answers<SessionAnswer>(201, "Set up", SessionEndpoints.Example)
            .AnswersProblem(403, "Not on the server's own machine, and without an administrator's key", "setup.not_allowed")
            .AnswersProblem(409, "It was done", "setup.done").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<SchoolAnswer>, ProblemAnswer>> GetAsync(
        HttpContext http, IMediator mediator, ISchoolCalendars calendars, CancellationToken ct) =>
        (await mediator.Send(new GetSchool(http.School()), ct)).ToOk(school => SchoolAnswer.Of(school, calendars));

    private static async Task<Results<Ok<SchoolAnswer>, ProblemAnswer>> ChangeAsync(
        HttpContext http, IMediator mediator, ISchoolCalendars calendars, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<SchoolChange>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        return (await mediator.Send(new ChangeSchool(http.School(), read.Value.Name, read.Value.TimeZone), ct))
            .ToOk(school => SchoolAnswer.Of(school, calendars));
    }

    private static async Task<Results<Ok<SetUpAnswer>, ProblemAnswer>> GetSetUpAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetSetUp(), ct)).ToOk(state => new SetUpAnswer(state.IsNeeded, MaySetUp(http), state.TimeZone));

    private static async Task<Results<Created<SessionAnswer>, ProblemAnswer>> SetUpAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        if (!MaySetUp(http)) return SetUpErrors.NotAllowed.ToProblem();
        var read = await JsonFields.ReadAsync<FirstSetUpOrder>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var (order, fence) = (read.Value, (Result<Fence>?)null);
        if (order.Site is { } site) fence = CircularFence.Create(new(site.Latitude, site.Longitude), site.RadiusM);
        if (fence?.Error is { } impossible) return impossible.ToProblem();
        var done = await mediator.Send(
            new SetUp(order.Username, order.Password, order.SchoolName, order.TimeZone, order.Site?.Name, fence?.Value), ct);
        if (done.Error is { } refused) return refused.ToProblem();
        var caller = UserCaller.PrincipalOf(done.Value.Account, ShownCredentials.SessionScheme);
        var answered = await SessionEndpoints.AnswerAsync(http, mediator, caller, done.Value.Opened, ct);
        return answered.Error is { } lost ? lost.ToProblem() : TypedResults.Created("/api/v1/session", answered.Value);
    }

    // Whoever is let in without a credential here is this machine's own user; whoever else is, showed an administrator's.
    private static bool MaySetUp(HttpContext http) =>
        http.User.HasAny([Scopes.Admin]) && http.User.HasClaim(AccessRules.SchoolClaim, SchoolId.First.Value.ToString());
}
