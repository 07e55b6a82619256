using FaceAttendance.Domain;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Requests;

/// <summary>A body that is not read on, with the answer to it.</summary>
internal sealed class BodyRefusedException(Error error) : BadHttpRequestException(error.Message, ErrorMapping.StatusOf(error.Kind))
{
    public Error Error { get; } = error;
}

/// <summary>
/// Stands between the callers' bodies and whoever reads them, whatever they hold: a body needs room before its first byte is read, and has
/// to come on, for the server beneath only asks for a pace since its beginning, which a quick start meets for hours.
/// </summary>
internal static class IncomingBodies
{
    public static void AddIncomingBodies(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<UploadOptions, UploadOptionsValidator>().BindConfiguration("Uploads");
        services.AddSingleton<UploadRoom>();
        services.AddHostedService<UploadMemoryKeeper>();
    }

    /// <summary>After authentication, for each caller has a share, and before anything that reads a body.</summary>
    public static void UseIncomingBodies(this WebApplication app)
    {
        var room = app.Services.GetRequiredService<UploadRoom>();
        var options = app.Services.GetRequiredService<IOptions<UploadOptions>>().Value;
        app.Use(async (http, next) =>
        {
            if (!MayHaveBody(http))
            {
                await next(http);
                return;
            }
            if (http.Request.Headers.ContentEncoding is { Count: > 0 } coding
                && !string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase))
            {
                http.Response.Headers.AcceptEncoding = "identity"; // RFC 9110, 15.5.16: a 415 for the encoding names those that are taken.
                await BodyType.Encoded.ToAnswer(http).ExecuteAsync(http);
                return;
            }
            var entered = room.Enter(CallerKey.IsLocal(http) ? null : CallerKey.Of(http), Expected(http));
            if (entered.Error is { } refusal)
            {
                await refusal.ToAnswer(http).ExecuteAsync(http);
                return;
            }
            using var place = entered.Value;
            using var body = new PacedBody(http.Request.BodyReader, http.Request.ContentLength ?? 0, place, options);
            http.Request.Body = body;
            await next(http);
        });
    }

    private static bool MayHaveBody(HttpContext http) =>
        http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true } && !http.WebSockets.IsWebSocketRequest;

    // What a body announces beyond what is taken is refused, not kept.
    private static long Expected(HttpContext http) =>
        Math.Min(http.Request.ContentLength ?? 0, http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize ?? long.MaxValue);
}
