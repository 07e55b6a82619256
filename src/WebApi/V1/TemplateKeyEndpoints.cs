using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>/api/v1/template-keys: which keys the school's face templates and the server's secrets are encrypted with, by name, and the change to a new one.</summary>
internal static class TemplateKeyEndpoints
{
    private const string State =
        """ "current_key":"k2","remaining":1500,"keys":[{"id":"k1","rows":1500,"secrets":0,"is_here":true},{"id":"k2","rows":8500,"secrets":5,"is_here":true}]""";

    public static void MapTemplateKeys(this IEndpointRouteBuilder app)
    {
        var keys = app.MapGroup("/api/v1/template-keys");
        keys.MapGet("/", GetAsync).Needs(Scopes.Admin)
            .Describe("Privacy, v1", "The keys that face templates and the server's secrets are encrypted with",
                "By name, never the keys. remaining counts what is not yet under the current key; a key with no rows in any school and no secrets may be taken from the server.")
            .Answers(200, "The keys", $"{{{State}}}").AnswersUsualProblems();
        keys.MapPost("/rotation", RotateAsync).Needs(Scopes.Admin)
            .Describe("Privacy, v1", "Re-encrypt under the current key",
                "About 10,000 rows a call; repeat until remaining is 0, as 'faceattendance templates rotate-key' does. Nothing else waits for it, and it may be broken off.")
            .Answers(200, "What was done, and what remains", $$"""{"rotated":10000,{{State}}}""").AnswersUsualProblems();
    }

    private static async Task<IResult> GetAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var found = await mediator.Send(new GetTemplateKeys(http.School()), ct);
        return found.Match(state => new JsonAnswer(StatusCodes.Status200OK, null, json => Write(json, state)), ErrorMapping.ToProblem);
    }

    private static async Task<IResult> RotateAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var rotated = await mediator.Send(new RotateTemplateKey(http.School()), ct);
        return rotated.Match(
            done => new JsonAnswer(StatusCodes.Status200OK, null, json =>
            {
                json.WriteNumber("rotated", done.Rotated);
                Write(json, done.State);
            }),
            ErrorMapping.ToProblem);
    }

    private static void Write(Utf8JsonWriter json, TemplateKeyState state)
    {
        json.WriteString("current_key", state.CurrentKey);
        json.WriteNumber("remaining", state.Remaining);
        json.WriteStartArray("keys");
        foreach (var key in state.Keys)
        {
            json.WriteStartObject();
            json.WriteString("id", key.Id);
            json.WriteNumber("rows", key.Rows);
            json.WriteNumber("secrets", key.Secrets);
            json.WriteBoolean("is_here", key.IsHere);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
