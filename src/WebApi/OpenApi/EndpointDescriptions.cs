using System.Text.Json.Nodes;
using Microsoft.AspNetCore.WebUtilities;

namespace FaceAttendance.WebApi.OpenApi;

internal enum ParameterKind
{
    Text,
    Boolean,
    Integer,
    Number,
}

/// <summary>What the API description says of an endpoint beyond what its signature shows. The endpoints read their fields themselves, so they name them here.</summary>
internal sealed record DescribedQuery(string Name, ParameterKind Kind, string Description, string? Default);

/// <param name="Example">What the page fills in to begin with.</param>
internal sealed record DescribedField(string Name, bool IsFile, bool IsRequired, string Description, string? Example);

internal sealed record DescribedJsonBody(JsonNode Example);

/// <param name="Example">A body as it really comes; the schema is read off it. Null for an answer without a body.</param>
internal sealed record DescribedAnswer(int Status, string Description, JsonNode? Example);

/// <summary>An answer that is no JSON document.</summary>
internal sealed record DescribedText(int Status, string Description, string ContentType, string Example);

/// <summary>A body that is no form and no JSON document.</summary>
internal sealed record DescribedTextBody(string ContentType, string Example);

internal static class EndpointDescriptions
{
    /// <summary>Describes every route's 401 but those of routes that are open to all.</summary>
    public const string NotLetIn = "The caller is not let in";

    public static RouteHandlerBuilder Describe(this RouteHandlerBuilder endpoint, string group, string summary, string? description = null)
    {
        endpoint.WithTags(group).WithSummary(summary).Answers(
            401, NotLetIn, """{"detail":"Authentication credentials were not provided."}""");
        return description is null ? endpoint : endpoint.WithDescription(description);
    }

    public static RouteHandlerBuilder TakesQuery(
        this RouteHandlerBuilder endpoint, string name, ParameterKind kind, string description, string? absent = null) =>
        endpoint.WithMetadata(new DescribedQuery(name, kind, description, absent));

    public static RouteHandlerBuilder TakesField(
        this RouteHandlerBuilder endpoint, string name, string description, bool isRequired = false, string? example = null) =>
        endpoint.WithMetadata(new DescribedField(name, IsFile: false, isRequired, description, example));

    public static RouteHandlerBuilder TakesFile(this RouteHandlerBuilder endpoint, string name, string description, bool isRequired = false) =>
        endpoint.WithMetadata(new DescribedField(name, IsFile: true, isRequired, description, Example: null));

    public static RouteHandlerBuilder TakesJson(this RouteHandlerBuilder endpoint, string example) =>
        endpoint.WithMetadata(new DescribedJsonBody(JsonNode.Parse(example)!));

    public static RouteHandlerBuilder Answers(this RouteHandlerBuilder endpoint, int status, string description, string? example = null) =>
        endpoint.WithMetadata(new DescribedAnswer(status, description, example is null ? null : JsonNode.Parse(example)));

    public static RouteHandlerBuilder AnswersText(
        this RouteHandlerBuilder endpoint, int status, string description, string contentType, string example) =>
        endpoint.WithMetadata(new DescribedText(status, description, contentType, example));

    public static RouteHandlerBuilder TakesText(this RouteHandlerBuilder endpoint, string contentType, string example) =>
        endpoint.WithMetadata(new DescribedTextBody(contentType, example));

    public static RouteHandlerBuilder AnswersNotLoggedIn(this RouteHandlerBuilder endpoint, string example) =>
        endpoint.Answers(401, "The credentials are not good", example);

    public static RouteHandlerBuilder AnswersBadImage(this RouteHandlerBuilder endpoint) => endpoint.Answers(
        400, "The image is empty or cannot be decoded", """{"ok":false,"msg":"Gambar tidak valid","code":"invalid_image","reason":"The file is empty."}""");

    public static RouteHandlerBuilder AnswersBadFields(this RouteHandlerBuilder endpoint) => endpoint.Answers(
        422, "Fields are missing or wrong; all of them are listed", """{"detail":[{"loc":["body","image"],"msg":"Field required","type":"missing"}]}""");

    public static RouteHandlerBuilder AnswersTooLarge(this RouteHandlerBuilder endpoint) => endpoint.Answers(
        413, "The upload is too large", """{"ok":false,"msg":"The upload is larger than the 15 MiB that the server takes for an image; send a smaller one.","code":"too_large"}""");

    public static RouteHandlerBuilder AnswersUnavailable(this RouteHandlerBuilder endpoint) => endpoint.Answers(
        503, "The server is busy or has no database; Retry-After says when to try again",
        """{"ok":false,"msg":"The server analyzes as many frames as it can; try again shortly.","code":"busy"}""");

    public static RouteHandlerBuilder AnswersProblem(this RouteHandlerBuilder endpoint, int status, string description, string code) => endpoint.Answers(
        status, description,
        $$"""{"title":"{{ReasonPhrases.GetReasonPhrase(status)}}","status":{{status}},"detail":"{{description}}","code":"{{code}}","traceId":"4bf92f3577b34da6a3ce929d0e0e4736"}""");

    public static RouteHandlerBuilder AnswersUsualProblems(this RouteHandlerBuilder endpoint) => endpoint
        .AnswersProblem(400, "A field is wrong", "request.invalid_field")
        .AnswersProblem(503, "The server is busy or has no database", "server.database_unavailable");
}
