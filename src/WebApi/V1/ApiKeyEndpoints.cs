using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

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
            .Describe("Keys, v1", "The school's API keys", "Newest first, revoked and expired ones included. status: good, expired or revoked.")
            .TakesPage()
            .Answers(200, "The keys", $$"""{"items":[{{Key}}],"total":1}""").AnswersUsualProblems();
        keys.MapPost("/", CreateAsync).Needs(Scopes.Admin)
            .Describe("Keys, v1", "Make an API key", $"scopes: any of {string.Join(", ", Scopes.All)}; admin includes all. The answer is the only place where the key itself ever stands.")
            .TakesJson("""{"name":"Registry","scopes":["enroll"],"expires_at":"2030-01-01T00:00:00Z"}""").WithMetadata(JsonFields.Limit)
            .Answers(201, "Made", Issued).AnswersUsualProblems();
        keys.MapPost("/{id:guid}/rotate", RotateAsync).Needs(Scopes.Admin)
            .Describe("Keys, v1", "Give an API key a new secret",
                "The secret before stays good for overlap_seconds (0 to 604800; 3600 when not given), so that programs can be changed over. Devices' keys too.")
            .TakesJson("""{"overlap_seconds":3600}""").WithMetadata(JsonFields.Limit)
            .Answers(200, "The key with its new secret", Issued).AnswersProblem(404, NoSuchKey, "api_key.not_found").AnswersUsualProblems();
        keys.MapDelete("/{id:guid}", RevokeAsync).Needs(Scopes.Admin)
            .Describe("Keys, v1", "Revoke an API key", "At once in this process, and within a second in others; sockets opened with it are closed within seconds.")
            .Answers(204, "Revoked").AnswersProblem(404, NoSuchKey, "api_key.not_found").AnswersUsualProblems();
    }

    /// <summary>What a key and a device's key have in common on the wire.</summary>
    public static void Write(Utf8JsonWriter json, ApiKey key, DateTimeOffset now)
    {
        json.WriteString("name", key.Name);
        json.WriteString("prefix", key.Prefix);
        json.WriteStartArray("scopes");
        foreach (var scope in key.Scopes) json.WriteStringValue(scope);
        json.WriteEndArray();
        json.WriteString("status", key.RevokedAt is not null ? "revoked" : key.ExpiresAt <= now ? "expired" : "good");
        json.WriteString("created_by", key.CreatedBy);
        WriteInstant(json, "created_at", key.CreatedAt);
        WriteInstant(json, "expires_at", key.ExpiresAt);
        WriteInstant(json, "last_used_at", key.LastUsedAt);
        WriteInstant(json, "previous_valid_until", key.PreviousUntil > now ? key.PreviousUntil : null);
        WriteInstant(json, "revoked_at", key.RevokedAt);
    }

    public static void WriteInstant(Utf8JsonWriter json, string name, DateTimeOffset? instant)
    {
        if (instant is { } at) json.WriteString(name, at.UtcDateTime);
        else json.WriteNull(name);
    }

    private static async Task<IResult> ListAsync(HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListApiKeys(http.School(), limit, offset), ct);
        return listed.Match(
            page => Pages.Of(page.Items, page.Total, (json, key) =>
            {
                json.WriteString("id", key.Id.Value);
                Write(json, key, clock.GetUtcNow());
            }),
            ErrorMapping.ToProblem);
    }

    private static async Task<IResult> CreateAsync(HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var (name, scopes, expiresAt) = (fields.RequiredText("name"), fields.Texts("scopes"), fields.OptionalInstant("expires_at"));
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var made = await mediator.Send(new CreateApiKey(http.School(), name, scopes ?? [], expiresAt, http.CallerName()), ct);
        if (made.IsSuccess) http.Response.Headers.Location = $"/api/v1/api-keys/{made.Value.Key.Id}";
        return made.Match<IResult>(issued => Answer(StatusCodes.Status201Created, issued, clock), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> RotateAsync(Guid id, HttpContext http, IMediator mediator, TimeProvider clock, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        // Larger than any overlap that is taken, and small enough for a TimeSpan.
        var overlap = Math.Clamp(fields.Number("overlap_seconds", 3600), -1, int.MaxValue);
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var rotated = await mediator.Send(new RotateApiKey(http.School(), new(id), TimeSpan.FromSeconds(overlap)), ct);
        return rotated.Match<IResult>(issued => Answer(StatusCodes.Status200OK, issued, clock), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> RevokeAsync(Guid id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var revoked = await mediator.Send(new RevokeApiKey(http.School(), new(id)), ct);
        return revoked.Match(_ => Results.NoContent(), ErrorMapping.ToProblem);
    }

    private static JsonAnswer Answer(int status, IssuedApiKey issued, TimeProvider clock) => new(status, null, json =>
    {
        json.WriteString("id", issued.Key.Id.Value);
        Write(json, issued.Key, clock.GetUtcNow());
        json.WriteString("key", issued.Secret.Reveal());
    });
}
