using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Webhooks;

/// <summary>What is answered to whoever would change the operator's endpoint.</summary>
internal static class BuiltInEndpoint
{
    public static async Task<Error> BuiltInOrAbsentAsync(this IWebhookEndpoints endpoints, SchoolId school, CancellationToken ct) =>
        await endpoints.FindAsync(school, EndpointId.Operators, ct) is null ? WebhookErrors.NotFound : WebhookErrors.BuiltIn;
}
