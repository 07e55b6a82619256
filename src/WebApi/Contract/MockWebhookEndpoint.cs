using System.Text.Json;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using Microsoft.AspNetCore.Http.Metadata;

namespace FaceAttendance.WebApi.Contract;

/// <summary>POST /mock/webhook: a receiver to try deliveries out with, which says back what it got. It stores nothing.</summary>
internal static class MockWebhookEndpoint
{
    // An event has a few hundred bytes.
    private const int MaxBodyBytes = 1024 * 1024;

    // ATTENDANCE_API_KEY comes along when the server delivers to itself, and is no credential of this server's.
    public static void MapMockWebhook(this IEndpointRouteBuilder app) => app.MapPost("/mock/webhook", AnswerAsync).NeedsAnyCallerOrLocal()
        .Describe(
            "ReceiveWebhook", ApiGroup.Server, "A webhook receiver to try out",
            "Takes any JSON object. ATTENDANCE_WEBHOOK_URL may point here.")
        .TakesJson<Dictionary<string,
        object>>("""{"event":"attendance.recognized","student_id":"siswaA","distance":0.38,"ts":1727580000}""")
        .Answers<TokenAnswer>(
            200, "Received",
            """{"ok":true,"token":"ATT-1727580000-siswaA","received":{"event":"attendance.recognized","student_id":"siswaA","distance":0.38,"ts":1727580000}}""")
        .AnswersBadFields()
        .WithMetadata(new BodyLimit(MaxBodyBytes));

    private static async Task<IResult> AnswerAsync(HttpContext http, TimeProvider clock, CancellationToken ct)
    {
        if (await JsonBody.ParseAsync(http.Request, ct) is not { } document)
        {
            return ErrorMapping.ToContract([new FieldFault(RequestFields.Body, null, "JSON decode error", "json_invalid")]);
        }
        using (document)
        {
            var received = document.RootElement;
            if (received.ValueKind != JsonValueKind.Object)
            {
                return ErrorMapping.ToContract(
                    [new FieldFault(RequestFields.Body, null, "Input should be a valid dictionary", "dict_type")]);
            }
            var student = received.TryGetProperty("student_id", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null;
            var token = $"ATT-{clock.GetUtcNow().ToUnixTimeSeconds()}-{(string.IsNullOrEmpty(student) ? "UNKNOWN" : student)}";
            // A copy, for the answer is written after this method returns.
            return Results.Json(new TokenAnswer(true, token, received.Clone()), ContractJson.Wire.TokenAnswer);
        }
    }

    private sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
}
