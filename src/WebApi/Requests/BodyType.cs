using FaceAttendance.Domain;
using Microsoft.Net.Http.Headers;

namespace FaceAttendance.WebApi.Requests;

/// <summary>What kind of body a request says it has.</summary>
internal static class BodyType
{
    /// <summary>Whether it is JSON, or says nothing and is taken for it.</summary>
    public static bool IsJson(HttpRequest request) => string.IsNullOrEmpty(request.ContentType)
        || (MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            && (type.SubType.Equals("json", StringComparison.OrdinalIgnoreCase)
                || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase)));

    public static bool IsForm(HttpRequest request) => MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
        && (type.MediaType.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)
            || type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase));

    public static Error OnlyJson { get; } = new(
        "request.unsupported_type", "The body has to be JSON, with Content-Type: application/json.", ErrorKind.UnsupportedType);

    public static Error OnlyJsonOrForm { get; } = new(
        "request.unsupported_type",
        "The body has to be application/json, application/x-www-form-urlencoded or multipart/form-data, and Content-Type has to say which.",
        ErrorKind.UnsupportedType);

    public static Error Encoded { get; } = new(
        "request.encoded_body", "The body is compressed, which is not read; send it as it is, without Content-Encoding.",
        ErrorKind.UnsupportedType);
}
