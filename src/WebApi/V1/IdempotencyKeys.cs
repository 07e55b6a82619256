using FaceAttendance.WebApi.OpenApi;

namespace FaceAttendance.WebApi.V1;

/// <summary>The key that makes a retry the same request; it is its caller's own.</summary>
internal static class IdempotencyKeys
{
    private const string Header = "Idempotency-Key";

    public static RouteHandlerBuilder TakesKey(this RouteHandlerBuilder endpoint) => endpoint.TakesHeader(
        Header, "Chosen by the caller; a retry with the same key gets the first answer again.", "0190f2a4-5b1c-7c1e-9d57-3a4f0c1b2d3e");

    /// <returns>Null where the request has none.</returns>
    public static string? Of(HttpContext http) => http.Request.Headers.TryGetValue(Header, out var given) ? given.ToString() : null;
}
