using System.Text.Json;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.WebApi.Contract;
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

    /// <summary>Among an error's particulars, the complaints about each field.</summary>
    public const string Fields = "errors";

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

    // The contract's 404 has no code.
    public static IResult ToContract(this Error error) =>
        new JsonAnswer<RefusedAnswer>(
            StatusOf(error.Kind), RefusedAnswer.Of(error, error.Kind == ErrorKind.NotFound ? null : WireCode(error)), error.RetryAfter);

    /// <summary>FastAPI's 422, which lists every field at fault.</summary>
    public static IResult ToContract(IReadOnlyList<FieldFault> faults) => new JsonAnswer<FaultsAnswer>(
        StatusCodes.Status422UnprocessableEntity,
        new([.. faults.Select(f => new FaultAnswer(f.Field is { } field ? [f.Place, field] : [f.Place], f.Message, f.Type))]));

    /// <summary>The answer of the contract's second part, whose errors are one sentence under <c>detail</c>.</summary>
    public static IResult ToDetail(this Error error) =>
        new JsonAnswer<DetailAnswer>(StatusOf(error.Kind), new(error.Message) { Particulars = error.Particulars() }, error.RetryAfter);

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
        return new JsonAnswer<FaceErrorAnswer>(status, new(text), error.RetryAfter);
    }

    /// <summary>Fields at fault as its log-in answers them: each with a list of complaints.</summary>
    public static IResult ToFieldLists(IReadOnlyList<FieldFault> faults) =>
        new JsonAnswer<IReadOnlyDictionary<string, string[]>>(StatusCodes.Status400BadRequest, ByField(faults));

    /// <summary>A photo that was understood and refused: the contract's clients expect 200 and <c>saved: 0</c>.</summary>
    public static IResult ToRefusedPhoto(this Error error) => new JsonAnswer<EnrollAnswer>(StatusCodes.Status200OK, EnrollAnswer.Of(error));

    /// <summary>An error as a problem document.</summary>
    public static ProblemAnswer ToProblem(this Error error) => new(StatusOf(error.Kind), error);

    /// <summary>Fields at fault as one problem document.</summary>
    public static ProblemAnswer ToProblem(IReadOnlyList<FieldFault> faults) => ErrorOf(faults).ToProblem();

    /// <summary>Fields at fault as one error.</summary>
    public static Error ErrorOf(IReadOnlyList<FieldFault> faults) =>
        Error.InvalidField(faults[0].Field ?? faults[0].Place, faults[0].Message) with
    {
        Details = new Dictionary<string, object?> { [Fields] = ByField(faults) },
    };

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
        ? new JsonAnswer<DetailAnswer>(status, new(ReasonPhrases.GetReasonPhrase(status)))
        : new ProblemAnswer(status, new($"http.{StatusWord(status)}", ReasonPhrases.GetReasonPhrase(status), ErrorKind.Invalid));

    /// <summary>A caller's refusal, in the dialect of the path; the contract's clients know it by its one key.</summary>
    public static IResult ToForbidden(this Error error, HttpContext http) => IsContract(http)
        ? new JsonAnswer<DetailAnswer>(StatusCodes.Status403Forbidden, new(error.Message))
        : error.ToProblem();

    private static IResult Answer(HttpContext http, int status, Error error) => IsContract(http)
        ? new JsonAnswer<RefusedAnswer>(status, new(false, error.Message, WireCode(error)), error.RetryAfter)
        : new ProblemAnswer(status, error);

    private static bool IsContract(HttpContext http) =>
        !http.Request.Path.StartsWithSegments("/api/v1", StringComparison.OrdinalIgnoreCase);

    private static string StatusWord(int status) =>
        JsonNamingPolicy.SnakeCaseLower.ConvertName(ReasonPhrases.GetReasonPhrase(status).Replace(" ", "", StringComparison.Ordinal));

    private static Dictionary<string, string[]> ByField(IReadOnlyList<FieldFault> faults) =>
        faults.GroupBy(f => f.Field ?? f.Place).ToDictionary(f => f.Key, f => f.Select(g => g.Message).ToArray());
}

/// <summary>An error as the problem document that goes out, with the request's id.</summary>
internal sealed class ProblemAnswer(int status, Error error) : IResult
{
    public const string ContentType = "application/problem+json";

    public Task ExecuteAsync(HttpContext httpContext)
    {
        object? fields = null;
        var particulars = error.Particulars();
        particulars?.Remove(ErrorMapping.Fields, out fields);
        var document = new ProblemDocument(
            ReasonPhrases.GetReasonPhrase(status), status, error.Message, error.Code, httpContext.TraceIdentifier,
            fields as IReadOnlyDictionary<string, string[]>)
        {
            Particulars = particulars,
        };
        return new JsonAnswer<ProblemDocument>(status, document, error.RetryAfter, ContentType).ExecuteAsync(httpContext);
    }
}
