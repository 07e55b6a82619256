using System.Globalization;
using System.Text.Json.Nodes;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.Requests;
using Microsoft.AspNetCore.WebUtilities;

namespace FaceAttendance.WebApi.OpenApi;

/// <summary>What the API description says of an endpoint beyond what its signature shows. The endpoints read their fields themselves, so
/// they name them here.</summary>
/// <param name="Least">The least and the most that a number may be.</param>
internal sealed record DescribedQuery(string Name, Type Type, string Description, JsonNode? Default, int? Least, int? Most);

internal sealed record DescribedHeader(string Name, string Description, string Example);

/// <param name="Example">What the page fills in to begin with.</param>
internal sealed record DescribedField(string Name, bool IsFile, bool IsRequired, string Description, string? Example);

/// <param name="Type">Its schema.</param>
/// <param name="Example">What the page fills in to begin with; on a fresh server it works as it stands.</param>
internal sealed record DescribedJsonBody(Type Type, JsonNode Example);

/// <param name="Body">Its schema; null for an answer without a body.</param>
/// <param name="Example">A body as it may come.</param>
internal sealed record DescribedAnswer(int Status, string Description, string ContentType, Type? Body, JsonNode? Example);

/// <summary>A body that is no form and no JSON document.</summary>
internal sealed record DescribedTextBody(string ContentType, string Example);

internal static class EndpointDescriptions
{
    public const string Json = "application/json";

    /// <param name="id">The operation's name for programs that are made from the description, unlike any other.</param>
    public static RouteHandlerBuilder Describe(
        this RouteHandlerBuilder endpoint, string id, ApiGroup group, string summary, string? description = null)
    {
        endpoint.WithName(id).WithTags(group.Name).WithSummary(summary);
        return description is null ? endpoint : endpoint.WithDescription(description);
    }

    public static RouteHandlerBuilder TakesQuery<T>(this RouteHandlerBuilder endpoint, string name, string description) =>
        endpoint.WithMetadata(new DescribedQuery(name, typeof(T), description, null, null, null));

    /// <param name="absent">What is taken where it is left out.</param>
    public static RouteHandlerBuilder TakesQuery<T>(
        this RouteHandlerBuilder endpoint, string name, string description, T absent, int? least = null, int? most = null) =>
        endpoint.WithMetadata(new DescribedQuery(name, typeof(T), description, JsonValue.Create(absent), least, most));

    public static RouteHandlerBuilder TakesHeader(this RouteHandlerBuilder endpoint, string name, string description, string example) =>
        endpoint.WithMetadata(new DescribedHeader(name, description, example));

    public static RouteHandlerBuilder TakesField(
        this RouteHandlerBuilder endpoint, string name, string description, bool isRequired = false, string? example = null) =>
        endpoint.WithMetadata(new DescribedField(name, IsFile: false, isRequired, description, example));

    public static RouteHandlerBuilder TakesFile(
        this RouteHandlerBuilder endpoint, string name, string description, bool isRequired = false) =>
        endpoint.WithMetadata(new DescribedField(name, IsFile: true, isRequired, description, Example: null));

    /// <summary>A JSON body, and no more of it than <see cref="JsonFields.Limit"/>.</summary>
    public static RouteHandlerBuilder TakesJson<T>(this RouteHandlerBuilder endpoint, string example) =>
        endpoint.WithMetadata(new DescribedJsonBody(typeof(T), JsonNode.Parse(example)!), JsonFields.Limit);

    public static RouteHandlerBuilder TakesText(this RouteHandlerBuilder endpoint, string contentType, string example) =>
        endpoint.WithMetadata(new DescribedTextBody(contentType, example));

    /// <summary>An answer without a body.</summary>
    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder endpoint, int status, string description) =>
        endpoint.WithMetadata(new DescribedAnswer(status, description, Json, null, null));

    public static RouteHandlerBuilder Answers<T>(
        this RouteHandlerBuilder endpoint, int status, string description, string example, string contentType = Json) =>
        endpoint.WithMetadata(new DescribedAnswer(status, description, contentType, typeof(T), JsonNode.Parse(example)));

    /// <summary>An answer that is no JSON document.</summary>
    public static RouteHandlerBuilder AnswersText(
        this RouteHandlerBuilder endpoint, int status, string description, string contentType, string example) =>
        endpoint.WithMetadata(new DescribedAnswer(status, description, contentType, typeof(string), JsonValue.Create(example)));

    public static RouteHandlerBuilder AnswersFile(this RouteHandlerBuilder endpoint, int status, string description, string contentType) =>
        endpoint.WithMetadata(new DescribedAnswer(status, description, contentType, typeof(byte[]), null));

    public static RouteHandlerBuilder AnswersDetail(this RouteHandlerBuilder endpoint, int status, string description, string example) =>
        endpoint.Answers<DetailAnswer>(status, description, example);

    public static RouteHandlerBuilder AnswersBadImage(this RouteHandlerBuilder endpoint) => endpoint.Answers<RefusedAnswer>(
        400, "The image is empty or cannot be decoded",
        """{"ok":false,"msg":"Gambar tidak valid","code":"invalid_image","reason":"The file is empty."}""");

    public static RouteHandlerBuilder AnswersBadFields(this RouteHandlerBuilder endpoint) => endpoint.Answers<FaultsAnswer>(
        422, "Fields are missing or wrong; all of them are listed",
        """{"detail":[{"loc":["body","image"],"msg":"Field required","type":"missing"}]}""");

    public static RouteHandlerBuilder AnswersTooLarge(this RouteHandlerBuilder endpoint) => endpoint.Answers<RefusedAnswer>(
        413, "The upload is too large",
        """{"ok":false,"msg":"The upload is larger than the 15 MiB that the server takes for an image; send a smaller one.","code":"too_large"}""");

    public static RouteHandlerBuilder AnswersUnavailable(this RouteHandlerBuilder endpoint) => endpoint.Answers<RefusedAnswer>(
        503, "The server is busy or has no database; Retry-After says when to try again",
        """{"ok":false,"msg":"The server analyzes as many frames as it can; try again shortly.","code":"busy"}""");

    public static RouteHandlerBuilder AnswersProblem(this RouteHandlerBuilder endpoint, int status, string description, string code) =>
        endpoint.WithMetadata(Problem(status, description, code));

    public static RouteHandlerBuilder AnswersUsualProblems(this RouteHandlerBuilder endpoint) => endpoint
        .AnswersProblem(400, "A field is wrong", "request.invalid_field")
        .AnswersProblem(503, "The server is busy or has no database; Retry-After says when to try again", "server.database_unavailable");

    public static DescribedAnswer Problem(int status, string description, string code) => new(
        status, description, ProblemAnswer.ContentType, typeof(ProblemDocument), new JsonObject
        {
            ["title"] = ReasonPhrases.GetReasonPhrase(status),
            ["status"] = status,
            ["detail"] = description,
            ["code"] = code,
            ["traceId"] = "4bf92f3577b34da6a3ce929d0e0e4736",
        });

    public static DescribedAnswer Detail(int status, string description, string detail) =>
        new(status, description, Json, typeof(DetailAnswer), new JsonObject { ["detail"] = detail });

    public static DescribedAnswer Refused(int status, string description, string message, string code) =>
        new(status, description, Json, typeof(RefusedAnswer), new JsonObject { ["ok"] = false, ["msg"] = message, ["code"] = code });

    public static string Key(this DescribedAnswer answer) => answer.Status.ToString(CultureInfo.InvariantCulture);
}
