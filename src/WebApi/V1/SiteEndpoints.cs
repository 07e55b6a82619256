using FaceAttendance.Application.Access;
using FaceAttendance.Application.Presence;
using FaceAttendance.Domain.Presence;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>/api/v1/sites in GeoJSON, and what the school wants done about faked locations.</summary>
internal static class SiteEndpoints
{
    private const string Circle =
        """{"type":"Feature","geometry":{"type":"Point","coordinates":[112.6267206,-7.9673435]},"properties":{"name":"Campus","radius_m":20}}""";

    private const string Stored =
        """{"type":"Feature","id":"019a0000-0000-7000-8000-000000000000","geometry":{"type":"Point","coordinates":[112.6267206,-7.9673435]},"properties":{"name":"Campus","radius_m":20}}""";

    private const string Shapes =
        "A circle is a Point with properties.radius_m; a Polygon may have holes. Edges are the shortest ways between their ends, across the antimeridian too.";

    private const string NoSuchSite = "No such site";
    private const string Policy = """{"action":"refuse","decisive_weight":0.5}""";

    public static void MapSiteResources(this IEndpointRouteBuilder app)
    {
        var sites = app.MapGroup("/api/v1/sites");
        sites.MapGet("/", ListAsync).Needs(Scopes.Presence)
            .Describe("Sites, v1", "The school's sites", "A GeoJSON FeatureCollection, oldest first, with the number of all as total.")
            .TakesPage()
            .Answers(200, "The sites", $$"""{"type":"FeatureCollection","features":[{{Stored}}],"total":1}""").AnswersUsualProblems();
        sites.MapPost("/", AddAsync).Needs(Scopes.Admin)
            .Describe("Sites, v1", "Add a site", Shapes).TakesJson(Circle).WithMetadata(JsonFields.Limit)
            .Answers(201, "Added", Stored).AnswersProblem(400, "No site can be made of it", "site.invalid_polygon").AnswersUsualProblems();
        sites.MapGet("/{id:guid}", FindAsync).Needs(Scopes.Presence)
            .Describe("Sites, v1", "One site")
            .Answers(200, "The site", Stored).AnswersProblem(404, NoSuchSite, "site.not_found").AnswersUsualProblems();
        sites.MapPut("/{id:guid}", ReplaceAsync).Needs(Scopes.Admin)
            .Describe("Sites, v1", "Replace a site", Shapes).TakesJson(Circle).WithMetadata(JsonFields.Limit)
            .Answers(200, "Replaced", Stored).AnswersProblem(400, "No site can be made of it", "site.invalid_polygon")
            .AnswersProblem(404, NoSuchSite, "site.not_found").AnswersUsualProblems();
        sites.MapDelete("/{id:guid}", RemoveAsync).Needs(Scopes.Admin)
            .Describe("Sites, v1", "Remove a site")
            .Answers(204, "Removed").AnswersProblem(404, NoSuchSite, "site.not_found").AnswersUsualProblems();

        var policy = app.MapGroup("/api/v1/evidence-policy");
        policy.MapGet("/", GetPolicyAsync).Needs(Scopes.Admin)
            .Describe("Sites, v1", "What is done about faked locations")
            .Answers(200, "The policy", Policy).AnswersUsualProblems();
        policy.MapPut("/", SetPolicyAsync).Needs(Scopes.Admin)
            .Describe("Sites, v1", "Choose what is done about faked locations",
                "action: note, review or refuse, taken from a sum of weights of decisive_weight on; what weighs less is noted. Weights: mocked_location 1, impossible_speed 0.8, stale_fix and future_fix 0.6, repeated_coordinates 0.4.")
            .TakesJson(Policy).WithMetadata(JsonFields.Limit)
            .Answers(200, "Chosen", Policy).AnswersUsualProblems();
    }

    private static async Task<IResult> ListAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListSites(http.School(), limit, offset), ct);
        return listed.Match(
            page => new JsonAnswer(StatusCodes.Status200OK, null, json =>
            {
                json.WriteString("type", "FeatureCollection");
                json.WriteStartArray("features");
                foreach (var site in page.Items)
                {
                    json.WriteStartObject();
                    GeoJson.WriteFeature(json, site);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                json.WriteNumber("total", page.Total);
            }, GeoJson.ContentType),
            ErrorMapping.ToProblem);
    }

    private static async Task<IResult> AddAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var feature = GeoJson.ReadFeature(fields);
        if (feature.Error is { } faulty) return faulty.ToProblem();

        var added = await mediator.Send(new AddSite(http.School(), feature.Value.Name, feature.Value.Fence), ct);
        if (added.IsSuccess) http.Response.Headers.Location = $"/api/v1/sites/{added.Value.Id}";
        return added.Match<IResult>(site => Answer(StatusCodes.Status201Created, site), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> FindAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var found = await mediator.Send(new GetSite(http.School(), new(id)), ct);
        return found.Match<IResult>(site => Answer(StatusCodes.Status200OK, site), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> ReplaceAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var feature = GeoJson.ReadFeature(fields);
        if (feature.Error is { } faulty) return faulty.ToProblem();

        var replaced = await mediator.Send(new ReplaceSite(http.School(), new(new(id), feature.Value.Name, feature.Value.Fence)), ct);
        return replaced.Match<IResult>(site => Answer(StatusCodes.Status200OK, site), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> RemoveAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var removed = await mediator.Send(new RemoveSite(http.School(), new(id)), ct);
        return removed.Match(_ => Results.NoContent(), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> GetPolicyAsync(HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetEvidencePolicy(http.School()), ct)).Match<IResult>(Answer, ErrorMapping.ToProblem);

    private static async Task<IResult> SetPolicyAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var action = fields.RequiredText("action") switch
        {
            "note" => EvidenceAction.Note,
            "review" => EvidenceAction.Review,
            "refuse" => EvidenceAction.Refuse,
            _ => fields.Fault("action", "Input should be note, review or refuse", "enum", EvidenceAction.Refuse),
        };
        var weight = fields.RequiredNumber("decisive_weight");
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        return (await mediator.Send(new SetEvidencePolicy(http.School(), new(action, weight)), ct)).Match<IResult>(Answer, ErrorMapping.ToProblem);
    }

    private static JsonAnswer Answer(int status, Site site) => new JsonAnswer(status, null, json => GeoJson.WriteFeature(json, site), GeoJson.ContentType);

    private static JsonAnswer Answer(EvidencePolicy policy) => new JsonAnswer(StatusCodes.Status200OK, null, json =>
    {
        json.WriteString("action", policy.Action.ToString().ToLowerInvariant());
        json.WriteNumber("decisive_weight", policy.DecisiveWeight);
    });
}
