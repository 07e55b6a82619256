using FaceAttendance.Application.Access;
using FaceAttendance.Application.Presence;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>What the school wants done about faked locations.</summary>
/// <param name="DecisiveWeight">From this sum of weights on the action is taken; what weighs less is noted.</param>
internal sealed record EvidencePolicyAnswer(EvidenceAction Action, double DecisiveWeight)
{
    public static EvidencePolicyAnswer Of(EvidencePolicy policy) => new(policy.Action, policy.DecisiveWeight);
}

/// <inheritdoc cref="EvidencePolicyAnswer"/>
internal sealed record EvidencePolicyChoice(EvidenceAction Action, double DecisiveWeight) : IJsonBody<EvidencePolicyChoice>
{
    public static EvidencePolicyChoice Read(JsonFields fields) =>
        new(fields.Word<EvidenceAction>("action", fields.RequiredText("action")), fields.RequiredNumber("decisive_weight"));
}

/// <param name="AccuracyM">Metres; 0 when absent, as of a place on a map.</param>
internal sealed record PlaceToMeasure(double Lat, double Lon, double? AccuracyM) : IJsonBody<PlaceToMeasure>
{
    public static PlaceToMeasure Read(JsonFields fields)
    {
        var place = fields.RequiredPlace("lat", "lon");
        var accuracy = fields.Number("accuracy_m", absent: 0);
        if (accuracy < 0) accuracy = fields.Fault("accuracy_m", "Input should be 0 or more metres", "greater_than_equal", 0.0);
        return new(place.Latitude, place.Longitude, accuracy);
    }

    public override string ToString() => "PlaceToMeasure(withheld)";
}

/// <summary>Where a place lies among the school's sites; all null when there is none.</summary>
/// <param name="Site">The nearest one's name.</param>
/// <param name="DistanceM">On the ellipsoid to its edge; 0 on it, negative inside.</param>
/// <param name="Verdict">What the place alone makes of a check-in.</param>
internal sealed record PlaceAnswer(Guid? SiteId, string? Site, double? DistanceM, PresenceVerdict? Verdict)
{
    public PlaceAnswer(MeasuredPlace place) : this(
        place.Nearest?.Id.Value, place.Nearest?.Name, place.Nearest is { } nearest ? Math.Round(nearest.DistanceMeters, 2) : null,
        place.Verdict)
    {
    }

    public override string ToString() => "PlaceAnswer(withheld)";
}

/// <summary>/api/v1/sites in GeoJSON, and what the school wants done about faked locations.</summary>
internal static class SiteEndpoints
{
    private const string Circle =
        """{"type":"Feature","geometry":{"type":"Point","coordinates":[112.6267206,-7.9673435]},"properties":{"name":"Campus","radius_m":20}}""";

    private const string Stored =
        """{"type":"Feature","id":"019a0000-0000-7000-8000-000000000000","geometry":{"type":"Point","coordinates":[112.6267206,-7.9673435]},"properties":{"name":"Campus","radius_m":20}}""";

    private const string Shapes =
        "A circle is a Point with properties.radius_m; a Polygon may have holes. Edges are the shortest ways between their ends, across " +
        "the antimeridian too.";

    private const string NoSuchSite = "No such site";
    private const string Policy = """{"action":"refuse","decisive_weight":0.5}""";

    public static void MapSiteResources(this IEndpointRouteBuilder app)
    {
        var sites = app.MapGroup("/api/v1/sites");
        sites.MapGet("/", ListAsync).Needs(Scopes.Presence)
            .Describe(
                "ListSites", ApiGroup.Sites, "The school's sites",
                "A GeoJSON FeatureCollection, oldest first, with the number of all as total.")
            .TakesPage()
            .Answers<SiteCollection>(
                200, "The sites", $$"""{"type":"FeatureCollection","features":[{{Stored}}],"total":1}""", GeoJson.ContentType)
            .AnswersUsualProblems();
        sites.MapPost("/", AddAsync).Needs(Scopes.Admin)
            .Describe("AddSite", ApiGroup.Sites, "Add a site", Shapes).TakesJson<NewSite>(Circle)
            .Answers<SiteFeature>(201, "Added", Stored, GeoJson.ContentType)
            .AnswersProblem(400, "No site can be made of it", "site.invalid_polygon")
            .AnswersProblem(409, "The school has as many sites as it may", "site.too_many").AnswersUsualProblems();
        sites.MapPost("/distance", MeasureAsync).Needs(Scopes.Presence)
            .Describe("MeasurePlace", ApiGroup.Sites, "How far a place is from the nearest site", "Nothing is kept of it.")
            .TakesJson<PlaceToMeasure>("""{"lat":-7.9673435,"lon":112.6267206,"accuracy_m":0}""")
            .Answers<PlaceAnswer>(
                200, "Measured",
                """{"site_id":"019a0000-0000-7000-8000-000000000000","site":"Campus","distance_m":-20,"verdict":"inside"}""")
            .AnswersUsualProblems();
        sites.MapGet("/{id:guid}", FindAsync).Needs(Scopes.Presence)
            .Describe("GetSite", ApiGroup.Sites, "One site")
            .Answers<SiteFeature>(200, "The site", Stored, GeoJson.ContentType)
            .AnswersProblem(404, NoSuchSite, "site.not_found").AnswersUsualProblems();
        sites.MapPut("/{id:guid}", ReplaceAsync).Needs(Scopes.Admin)
            .Describe("ReplaceSite", ApiGroup.Sites, "Replace a site", Shapes).TakesJson<NewSite>(Circle)
            .Answers<SiteFeature>(200, "Replaced", Stored, GeoJson.ContentType)
            .AnswersProblem(400, "No site can be made of it", "site.invalid_polygon")
            .AnswersProblem(404, NoSuchSite, "site.not_found")
            .AnswersProblem(409, "Its shape is more than the school may have", "site.too_many").AnswersUsualProblems();
        sites.MapDelete("/{id:guid}", RemoveAsync).Needs(Scopes.Admin)
            .Describe("RemoveSite", ApiGroup.Sites, "Remove a site")
            .Answers(204, "Removed").AnswersProblem(404, NoSuchSite, "site.not_found").AnswersUsualProblems();

        var policy = app.MapGroup("/api/v1/evidence-policy");
        policy.MapGet("/", GetPolicyAsync).Needs(Scopes.Admin)
            .Describe("GetEvidencePolicy", ApiGroup.Sites, "What is done about faked locations")
            .Answers<EvidencePolicyAnswer>(200, "The policy", Policy).AnswersUsualProblems();
        policy.MapPut("/", SetPolicyAsync).Needs(Scopes.Admin)
            .Describe("ChooseEvidencePolicy", ApiGroup.Sites, "Choose what is done about faked locations",
                "action: note, review or refuse, taken from a sum of weights of decisive_weight on; what weighs less is noted. Weights: " +
                "mocked_location 1, impossible_speed 0.8, stale_fix and future_fix 0.6, repeated_coordinates 0.4.")
            .TakesJson<EvidencePolicyChoice>(Policy)
            .Answers<EvidencePolicyAnswer>(200, "Chosen", Policy).AnswersUsualProblems();
    }

    private static async Task<Results<JsonHttpResult<SiteCollection>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListSites(http.School(), limit, offset), ct);
        return ToGeoJson(listed, page => SiteCollection.Of(page.Items, page.Total));
    }

    private static async Task<Results<JsonHttpResult<SiteFeature>, ProblemAnswer>> AddAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await ReadAsync(http.Request, ct);
        if (read.Error is { } faulty) return faulty.ToProblem();

        var added = await mediator.Send(new AddSite(http.School(), read.Value.Name, read.Value.Fence), ct);
        if (added.IsSuccess) http.Response.Headers.Location = $"/api/v1/sites/{added.Value.Id}";
        return ToGeoJson(added, SiteFeature.Of, StatusCodes.Status201Created);
    }

    private static async Task<Results<JsonHttpResult<SiteFeature>, ProblemAnswer>> FindAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        ToGeoJson(await mediator.Send(new GetSite(http.School(), new(id)), ct), SiteFeature.Of);

    private static async Task<Results<JsonHttpResult<SiteFeature>, ProblemAnswer>> ReplaceAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await ReadAsync(http.Request, ct);
        if (read.Error is { } faulty) return faulty.ToProblem();

        return ToGeoJson(
            await mediator.Send(new ReplaceSite(http.School(), new(new(id), read.Value.Name, read.Value.Fence)), ct), SiteFeature.Of);
    }

    private static async Task<Results<NoContent, ProblemAnswer>> RemoveAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RemoveSite(http.School(), new(id)), ct)).ToNoContent();

    private static async Task<Results<Ok<PlaceAnswer>, ProblemAnswer>> MeasureAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<PlaceToMeasure>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        var (lat, lon, accuracy) = read.Value;
        var measured = await mediator.Send(new MeasurePlace(http.School(), new(lat, lon), accuracy ?? 0), ct);
        return measured.ToOk(place => new PlaceAnswer(place));
    }

    private static async Task<Results<Ok<EvidencePolicyAnswer>, ProblemAnswer>> GetPolicyAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetEvidencePolicy(http.School()), ct)).ToOk(EvidencePolicyAnswer.Of);

    private static async Task<Results<Ok<EvidencePolicyAnswer>, ProblemAnswer>> SetPolicyAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<EvidencePolicyChoice>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var policy = new EvidencePolicy(read.Value.Action, read.Value.DecisiveWeight);
        return (await mediator.Send(new SetEvidencePolicy(http.School(), policy), ct)).ToOk(EvidencePolicyAnswer.Of);
    }

    private static async Task<Result<(string Name, Fence Fence)>> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(request, ct);
        if (read.Error is { } unreadable) return unreadable;
        using var fields = read.Value;
        return GeoJson.ReadFeature(fields);
    }

    private static Results<JsonHttpResult<TBody>, ProblemAnswer> ToGeoJson<T,
    TBody>(Result<T> result, Func<T, TBody> body, int status = StatusCodes.Status200OK) =>
        result.Match<Results<JsonHttpResult<TBody>, ProblemAnswer>>(
            value => TypedResults.Json(body(value), contentType: GeoJson.ContentType, statusCode: status), error => error.ToProblem());
}
