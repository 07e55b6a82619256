using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using FaceAttendance.WebApi.Access;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Errors;

/// <summary>A JSON document with the headers that go with its status.</summary>
/// <param name="retryAfter">The header of that name, in whole seconds, at least one.</param>
internal sealed class JsonAnswer<T>(int status, T value, TimeSpan? retryAfter = null, string contentType = "application/json") : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        if (status == StatusCodes.Status401Unauthorized && response.Headers.WWWAuthenticate.Count == 0) response.Headers.WWWAuthenticate =
            AccessAnswers.Challenge;
        if (retryAfter is { } wait) response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds))
            .ToString(CultureInfo.InvariantCulture);
        var options = httpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        return response.WriteAsJsonAsync(value, (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T)), contentType);
    }
}
