using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>Whether a key may be used.</summary>
internal enum KeyStatus
{
    Good,
    Expired,
    Revoked,
}

/// <summary>What a key and a device's key have in common on the wire.</summary>
/// <param name="Prefix">How the key begins, to tell it by; no secret.</param>
/// <param name="CreatedBy">local, or what kind of caller and its id.</param>
/// <param name="PreviousValidUntil">Until when the secret before is good as well; null when it is not.</param>
internal abstract record CredentialAnswer(
    string Name, string Prefix, IReadOnlyList<string> Scopes, KeyStatus Status, string CreatedBy, DateTime CreatedAt, DateTime? ExpiresAt,
    DateTime? LastUsedAt,
    DateTime? PreviousValidUntil, DateTime? RevokedAt)
{
    protected CredentialAnswer(ApiKey key, DateTimeOffset now) : this(
        key.Name, key.Prefix, [.. key.Scopes],
        key.RevokedAt is not null ? KeyStatus.Revoked : key.ExpiresAt <= now ? KeyStatus.Expired : KeyStatus.Good, key.CreatedBy,
        key.CreatedAt.UtcDateTime, key.ExpiresAt?.UtcDateTime, key.LastUsedAt?.UtcDateTime,
        key.PreviousUntil > now ? key.PreviousUntil?.UtcDateTime : null,
        key.RevokedAt?.UtcDateTime)
    {
    }
}

/// <summary>A program's credentials, without the secret.</summary>
internal record ApiKeyAnswer : CredentialAnswer
{
    public ApiKeyAnswer(ApiKey key, DateTimeOffset now) : base(key, now) => Id = key.Id.Value;

    [JsonPropertyOrder(-1)]
    public Guid Id { get; }
}

/// <summary>A key with its secret, the one time that it is shown.</summary>
internal sealed record IssuedApiKeyAnswer : ApiKeyAnswer
{
    public override string ToString() => "IssuedApiKeyAnswer(withheld)";

    public IssuedApiKeyAnswer(IssuedApiKey issued, DateTimeOffset now) : base(issued.Key, now) => Key = issued.Secret.Reveal();

    /// <summary>The key itself.</summary>
    [JsonPropertyOrder(1)]
    public string Key { get; }
}

/// <param name="Scopes">admin includes all others.</param>
/// <param name="ExpiresAt">Never when absent.</param>
internal sealed record NewApiKey(string Name, IReadOnlyList<string>? Scopes, DateTimeOffset? ExpiresAt) : IJsonBody<NewApiKey>
{
    public static NewApiKey Read(JsonFields fields) =>
        new(fields.RequiredText("name"), fields.Texts("scopes"), fields.OptionalInstant("expires_at"));
}

/// <param name="OverlapSeconds">0 to 604800; 3600 when absent.</param>
internal sealed record ApiKeyRotation(double? OverlapSeconds) : IJsonBody<ApiKeyRotation>
{
    // Larger than any overlap that is taken, and small enough for a TimeSpan.
    public static ApiKeyRotation Read(JsonFields fields) => new(Math.Clamp(fields.Number("overlap_seconds", 3600), -1, int.MaxValue));
}

/// <summary>/api/v1/api-keys: the credentials of programs.</summary>
internal static class ApiKeyEndpoints
{
    private const string Key =
        """{"id":"019a0000-0000-7000-8000-000000000000","name":"Registry","prefix":"fa_AZoAAAAAcACA","scopes":["enroll"],"status":"good","created_by":"key:019a0000-0000-7000-8000-000000000001","created_at":"2026-01-05T00:00:00Z","expires_at":null,"last_used_at":null,"previous_valid_until":null,"revoked_at":null}""";

    private const string NoSuchKey = "No such key";

    // With the text that is shown once.
    private static readonly string Issued = Key[..^1] + ""","key":"fa_AZoAAAAAcACAAAAAAAAAAA…"}""";

    public static void MapApiKeys(this IEndpointRouteBuilder app)
    {
        var keys = app.MapGroup("/api/v1/api-keys");
        keys.MapGet("/", ListAsync).Needs(Scopes.Admin)
            .Describe(
                "ListApiKeys", ApiGroup.Keys, "The school's API keys",
                "Newest first, revoked and expired ones included. status: good, expired or revoked.")
            .TakesPage()
            .Answers<Page<ApiKeyAnswer>>(200, "The keys", $$"""{"items":[{{Key}}],"total":1}""").AnswersUsualProblems();
        keys.MapPost("/", CreateAsync).Needs(Scopes.Admin)
            .Describe("MakeApiKey", ApiGroup.Keys, "Make an API key",
                $"scopes: any of {string.Join(", ", Scopes.All)}; admin includes all. The answer is the only place where the key itself " +
                "ever stands.")
            .TakesJson<NewApiKey>("""{"name":"Registry","scopes":["enroll"],"expires_at":"2030-01-01T00:00:00Z"}""")
            .Answers<IssuedApiKeyAnswer>(201, "Made", Issued).AnswersUsualProblems();
        keys.MapPost("/{id:guid}/rotate", RotateAsync).Needs(Scopes.Admin)
            .Describe("RotateApiKey", ApiGroup.Keys, "Give an API key a new secret",
                "The secret before stays good for overlap_seconds (0 to 604800; 3600 when not given), so that programs can be changed " +
                "over. Devices' keys too.")
            .TakesJson<ApiKeyRotation>("""{"overlap_seconds":3600}""")
            .Answers<IssuedApiKeyAnswer>(200, "The key with its new secret", Issued).AnswersProblem(404, NoSuchKey, "api_key.not_found")
            .AnswersUsualProblems();
        keys.MapDelete("/{id:guid}", RevokeAsync).Needs(Scopes.Admin)
            .Describe(
                "RevokeApiKey", ApiGroup.Keys, "Revoke an API key",
                "At once in this process, and within a second in others; sockets opened with it are closed within seconds.")
            .Answers(204, "Revoked").AnswersProblem(404, NoSuchKey, "api_key.not_found").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<Page<ApiKeyAnswer>>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListApiKeys(http.School(), limit, offset), ct);
        return listed.ToOk(page => Pages.Of(page.Items, page.Total, key => new ApiKeyAnswer(key, clock.GetUtcNow())));
    }

    private static async Task<Results<Created<IssuedApiKeyAnswer>, ProblemAnswer>> CreateAsync(
        HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<NewApiKey>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var key = read.Value;
        var made = await mediator.Send(new CreateApiKey(http.School(), key.Name, key.Scopes ?? [], key.ExpiresAt, http.CallerName()), ct);
        return made.ToCreated(issued => new IssuedApiKeyAnswer(issued, clock.GetUtcNow()), issued => $"/api/v1/api-keys/{issued.Key.Id}");
    }

    private static async Task<Results<Ok<IssuedApiKeyAnswer>, ProblemAnswer>> RotateAsync(
        Guid id, HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<ApiKeyRotation>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();

        var rotated = await mediator.Send(
            new RotateApiKey(http.School(), new(id), TimeSpan.FromSeconds(read.Value.OverlapSeconds!.Value)), ct);
        return rotated.ToOk(issued => new IssuedApiKeyAnswer(issued, clock.GetUtcNow()));
    }

    private static async Task<Results<NoContent, ProblemAnswer>> RevokeAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RevokeApiKey(http.School(), new(id)), ct)).ToNoContent();
}
