using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using FaceAttendance.WebApi.Access;

namespace FaceAttendance.WebApi.Errors;

/// <summary>A JSON object written straight into the response.</summary>
/// <param name="retryAfter">The header of that name, in whole seconds, at least one.</param>
/// <param name="write">Writes the object's members.</param>
internal sealed class JsonAnswer(int status, TimeSpan? retryAfter, Action<Utf8JsonWriter> write, string contentType = "application/json")
    : IResult
{
    // Answers are JSON for programs, never part of a page: quotes and umlauts stay readable.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = contentType;
        if (status == StatusCodes.Status401Unauthorized && response.Headers.WWWAuthenticate.Count == 0)
            response.Headers.WWWAuthenticate = AccessAnswers.Challenge;
        if (retryAfter is { } wait)
            response.Headers.RetryAfter = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
        await using (var json = new Utf8JsonWriter(response.BodyWriter, Relaxed))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
    }
}
