using System.Text.Json;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.WebApi.Requests;
using Microsoft.AspNetCore.WebUtilities;

namespace FaceAttendance.WebApi.Errors;

/// <summary>
/// The one place where errors become HTTP. Two dialects: the contract's, which existing clients parse, and RFC 9457 problem documents under
/// <c>/api/v1</c>. There the code is <see cref="Error.Code"/> itself; the contract's is the part after its last dot.
/// </summary>
internal static class ErrorMapping
{
    // How long a database usually takes to come back from a restart.
    private static readonly TimeSpan DatabaseRetryAfter = TimeSpan.FromSeconds(5);

    private static readonly Error DatabaseUnavailable = new(
        "server.database_unavailable", "The database does not answer; nothing was stored. Try again shortly.", ErrorKind.Unavailable)
    {
        RetryAfter = DatabaseRetryAfter,
    };

    public static int StatusOf(ErrorKind kind) => kind switch
    {
        ErrorKind.Invalid => StatusCodes.Status400BadRequest,
        ErrorKind.NotFound => StatusCodes.Status404NotFound,
        ErrorKind.Conflict => StatusCodes.Status409Conflict,
        ErrorKind.Rejected => StatusCodes.Status422UnprocessableEntity,
        ErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
        ErrorKind.Unauthenticated => StatusCodes.Status401Unauthorized,
        ErrorKind.Forbidden => StatusCodes.Status403Forbidden,
        ErrorKind.TooMany => StatusCodes.Status429TooManyRequests,
        ErrorKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
        ErrorKind.TimedOut => StatusCodes.Status408RequestTimeout,
        ErrorKind.UnsupportedType => StatusCodes.Status415UnsupportedMediaType,
    };

    /// <summary>The contract's code of an error.</summary>
    public static string WireCode(Error error) => error.Code[(error.Code.LastIndexOf('.') + 1)..];

    /// <summary>The contract's answer to an error; one about a field is FastAPI's 422.</summary>
    /// <param name="fields">Knows where the field came from.</param>
    public static IResult ToContract(this Error error, RequestFields fields) =>
        error is { Kind: ErrorKind.Invalid, Field: not null } ? ToContract([fields.Locate(error)]) : ToContract(error);

    public static IResult ToContract(this Error error) => new JsonAnswer(StatusOf(error.Kind), error.RetryAfter, json =>
    {
        json.WriteBoolean("ok", false);
        json.WriteString("msg", error.Message);
        // The contract's 404 has no code.
        if (error.Kind != ErrorKind.NotFound) json.WriteString("code", WireCode(error));
        WriteDetails(json, error);
    });

    /// <summary>FastAPI's 422, which lists every field at fault.</summary>
    public static IResult ToContract(IReadOnlyList<FieldFault> faults) =>
        new JsonAnswer(StatusCodes.Status422UnprocessableEntity, null, json =>
        {
            json.WriteStartArray("detail");
            foreach (var fault in faults)
            {
                json.WriteStartObject();
                json.WriteStartArray("loc");
                json.WriteStringValue(fault.Place);
                if (fault.Field is { } field) json.WriteStringValue(field);
                json.WriteEndArray();
                json.WriteString("msg", fault.Message);
                json.WriteString("type", fault.Type);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });

    /// <summary>The answer of the contract's second part, whose errors are one sentence under <c>detail</c>.</summary>
    public static IResult ToDetail(this Error error) => new JsonAnswer(StatusOf(error.Kind), error.RetryAfter, json =>
    {
        json.WriteString("detail", error.Message);
        WriteDetails(json, error);
    });

    /// <summary>The same part's routes for faces, which say <c>error</c> and know 400 where others say 422.</summary>
    public static IResult ToFaceError(this Error error)
    {
        var text = error.Code switch
        {
            "enrollment.no_face" or "verification.no_face" => "No face found in the image",
            "verification.not_enrolled" => "User does not have a registered face encoding.",
            "image.invalid_image" => "The image is empty or cannot be decoded",
            // Who else it is, is nothing for a student.
            "enrollment.duplicate_person" => "This face is registered for another user",
            _ => error.Message,
        };
        var status = error.Kind == ErrorKind.Rejected ? StatusCodes.Status400BadRequest : StatusOf(error.Kind);
        return new JsonAnswer(status, error.RetryAfter, json => json.WriteString("error", text));
    }

    /// <summary>Fields at fault as its log-in answers them: each with a list of complaints.</summary>
    public static IResult ToFieldLists(IReadOnlyList<FieldFault> faults) => new JsonAnswer(StatusCodes.Status400BadRequest, null, json =>
    {
        foreach (var field in faults.GroupBy(f => f.Field!))
        {
            json.WritePropertyName(field.Key);
            WriteValue(json, field.Select(f => f.Message));
        }
    });

    /// <summary>A photo that was understood and refused: the contract's clients expect 200 and <c>saved: 0</c>.</summary>
    public static IResult ToRefusedPhoto(this Error error) => new JsonAnswer(StatusCodes.Status200OK, null, json =>
    {
        json.WriteBoolean("ok", false);
        json.WriteNumber("saved", 0);
        json.WriteString("msg", error.Message);
        json.WriteString("code", WireCode(error));
        WriteDetails(json, error);
    });

    /// <summary>An error as a problem document.</summary>
    public static IResult ToProblem(this Error error) => new ProblemAnswer(StatusOf(error.Kind), error);

    /// <summary>Fields at fault as one problem document.</summary>
    public static IResult ToProblem(IReadOnlyList<FieldFault> faults)
    {
        var error = Error.InvalidField(faults[0].Field ?? faults[0].Place, faults[0].Message) with
        {
            Details = new Dictionary<string, object?>
            {
                ["errors"] = faults.GroupBy(f => f.Field ?? f.Place).ToDictionary(f => f.Key, f => f.Select(g => g.Message).ToArray()),
            },
        };
        return error.ToProblem();
    }

    /// <summary>An error that arose before any endpoint did, in the dialect of the path.</summary>
    public static IResult ToAnswer(this Error error, HttpContext http) => Answer(http, StatusOf(error.Kind), error);

    /// <summary>An exception that no endpoint foresaw, in the dialect of the path.</summary>
    /// <param name="isForeseen">False for a bug, which is to be logged with its stack.</param>
    public static IResult ToAnswer(this Exception exception, HttpContext http, out bool isForeseen)
    {
        isForeseen = true;
        if (exception is BodyRefusedException { Error: var error })
        {
            // What is left of the body is not waited for.
            if (HttpProtocol.IsHttp11(http.Request.Protocol)) http.Response.Headers.Connection = "close";
            return Answer(http, StatusOf(error.Kind), error);
        }
        // The server's own refusal (413, 408, 400) knows its status better than any rule here.
        if (exception is BadHttpRequestException refused)
        {
            return refused.StatusCode == StatusCodes.Status413PayloadTooLarge
                ? Answer(http, StatusCodes.Status413PayloadTooLarge, UploadForm.TooLarge)
                : Answer(
                    http, refused.StatusCode, new("request.bad_request", "The request could not be read to its end.", ErrorKind.Invalid));
        }
        if (DatabaseFailures.IsUnavailable(exception)) return Answer(http, StatusOf(ErrorKind.Unavailable), DatabaseUnavailable);
        if (exception is ErasureListException) return Answer(http, StatusOf(ErrorKind.Unavailable), ErasureErrors.ListUnwritable);

        isForeseen = false;
        return Answer(http, StatusCodes.Status500InternalServerError, new(
            "server.internal_error", "The server failed on this request; its log has the details under the request's id.",
            ErrorKind.Unavailable));
    }

    /// <summary>What an exception means that came after the answer had begun; null for a bug.</summary>
    public static Error? Foreseen(Exception exception) => DatabaseFailures.IsUnavailable(exception) ? DatabaseUnavailable : null;

    /// <summary>A status without a body, such as the router's 404 and 405, in the dialect of the path.</summary>
    public static IResult ToAnswer(int status, HttpContext http) => IsContract(http)
        ? new JsonAnswer(status, null, json => json.WriteString("detail", ReasonPhrases.GetReasonPhrase(status)))
        : new ProblemAnswer(status, new($"http.{StatusWord(status)}", ReasonPhrases.GetReasonPhrase(status), ErrorKind.Invalid));

    /// <summary>A caller's refusal, in the dialect of the path; the contract's clients know it by its one key.</summary>
    public static IResult ToForbidden(this Error error, HttpContext http) => IsContract(http)
        ? new JsonAnswer(StatusCodes.Status403Forbidden, null, json => json.WriteString("detail", error.Message))
        : error.ToProblem();

    private static IResult Answer(HttpContext http, int status, Error error) => IsContract(http)
        ? new JsonAnswer(status, error.RetryAfter, json =>
        {
            json.WriteBoolean("ok", false);
            json.WriteString("msg", error.Message);
            json.WriteString("code", WireCode(error));
        })
        : new ProblemAnswer(status, error);

    private static bool IsContract(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/api/v1", StringComparison.OrdinalIgnoreCase);

    private static string StatusWord(int status) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(ReasonPhrases.GetReasonPhrase(status).Replace(" ", "", StringComparison.Ordinal));

    private static void WriteDetails(Utf8JsonWriter json, Error error)
    {
        foreach (var (name, value) in error.Details ?? EmptyDetails)
        {
            json.WritePropertyName(name);
            WriteValue(json, value);
        }
    }

    // Dictionary order is the order in which Application wrote them.
    private static readonly Dictionary<string, object?> EmptyDetails = [];

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case double number: json.WriteNumberValue(number); break;
            case IEnumerable<string> texts:
                json.WriteStartArray();
                foreach (var text in texts) json.WriteStringValue(text);
                json.WriteEndArray();
                break;
            case IEnumerable<KeyValuePair<string, string[]>> groups:
                json.WriteStartObject();
                foreach (var (name, texts) in groups)
                {
                    json.WritePropertyName(name);
                    WriteValue(json, texts);
                }
                json.WriteEndObject();
                break;
            case IEnumerable<IReadOnlyDictionary<string, object?>> items:
                json.WriteStartArray();
                foreach (var item in items)
                {
                    json.WriteStartObject();
                    foreach (var (name, part) in item)
                    {
                        json.WritePropertyName(name);
                        WriteValue(json, part);
                    }
                    json.WriteEndObject();
                }
                json.WriteEndArray();
                break;
            default:
                throw new ArgumentException(
                    $"An error's detail is a {value.GetType().Name}, which has no place on the wire yet.", nameof(value));
        }
    }

    /// <summary>An RFC 9457 document: title, status, detail, code, traceId and the error's details.</summary>
    private sealed class ProblemAnswer(int status, Error error) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => new JsonAnswer(status, error.RetryAfter, json =>
        {
            json.WriteString("title", ReasonPhrases.GetReasonPhrase(status));
            json.WriteNumber("status", status);
            json.WriteString("detail", error.Message);
            json.WriteString("code", error.Code);
            json.WriteString("traceId", httpContext.TraceIdentifier);
            WriteDetails(json, error);
        }, "application/problem+json").ExecuteAsync(httpContext);
    }
}
