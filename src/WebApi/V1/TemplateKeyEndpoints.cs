using FaceAttendance.Application.Access;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>A key by name, never the key.</summary>
/// <param name="Rows">Templates of the school under it.</param>
/// <param name="Secrets">The server's secrets under it.</param>
/// <param name="IsHere">The server has it.</param>
internal sealed record TemplateKeyAnswer(string Id, long Rows, long Secrets, bool IsHere)
{
    public static TemplateKeyAnswer[] Of(TemplateKeyState state) =>
        [.. state.Keys.Select(key => new TemplateKeyAnswer(key.Id, key.Rows, key.Secrets, key.IsHere))];
}

/// <summary>What is encrypted with which key.</summary>
/// <param name="Remaining">What is not yet under the current key.</param>
internal sealed record TemplateKeysAnswer(string CurrentKey, long Remaining, IReadOnlyList<TemplateKeyAnswer> Keys)
{
    public static TemplateKeysAnswer Of(TemplateKeyState state) => new(state.CurrentKey, state.Remaining, TemplateKeyAnswer.Of(state));
}

/// <summary>What a call of the rotation did, and what remains.</summary>
internal sealed record KeyRotationAnswer(int Rotated, string CurrentKey, long Remaining, IReadOnlyList<TemplateKeyAnswer> Keys)
{
    public static KeyRotationAnswer Of(TemplateKeyRotation done) =>
        new(done.Rotated, done.State.CurrentKey, done.State.Remaining, TemplateKeyAnswer.Of(done.State));
}

/// <summary>/api/v1/template-keys: which keys the school's face templates and the server's secrets are encrypted with, by name, and the
/// change to a new one.</summary>
internal static class TemplateKeyEndpoints
{
    private const string State =
        """ "current_key":"k2","remaining":1500,"keys":[{"id":"k1","rows":1500,"secrets":0,"is_here":true},{"id":"k2","rows":8500,"secrets":5,"is_here":true}]""";

    public static void MapTemplateKeys(this IEndpointRouteBuilder app)
    {
        var keys = app.MapGroup("/api/v1/template-keys");
        keys.MapGet("/", GetAsync).Needs(Scopes.Admin)
            .Describe("GetTemplateKeys", ApiGroup.Privacy, "The keys that face templates and the server's secrets are encrypted with",
                "By name, never the keys. remaining counts what is not yet under the current key; a key with no rows in any school and " +
                "no secrets may be taken from the server.")
            .Answers<TemplateKeysAnswer>(200, "The keys", $"{{{State}}}").AnswersUsualProblems();
        keys.MapPost("/rotation", RotateAsync).Needs(Scopes.Admin)
            .Describe("RotateTemplateKey", ApiGroup.Privacy, "Re-encrypt under the current key",
                "About 10,000 rows a call; repeat until remaining is 0, as 'faceattendance templates rotate-key' does. Nothing else " +
                "waits for it, and it may be broken off.")
            .Answers<KeyRotationAnswer>(200, "What was done, and what remains", $$"""{"rotated":10000,{{State}}}""").AnswersUsualProblems();
    }

    private static async Task<Results<Ok<TemplateKeysAnswer>, ProblemAnswer>> GetAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new GetTemplateKeys(http.School()), ct)).ToOk(TemplateKeysAnswer.Of);

    private static async Task<Results<Ok<KeyRotationAnswer>, ProblemAnswer>> RotateAsync(
        HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new RotateTemplateKey(http.School()), ct)).ToOk(KeyRotationAnswer.Of);
}
