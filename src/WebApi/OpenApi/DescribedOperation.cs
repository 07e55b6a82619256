using System.Text.Json.Nodes;
using FaceAttendance.WebApi.Errors;
using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace FaceAttendance.WebApi.OpenApi;

/// <summary>Writes what <see cref="EndpointDescriptions"/> noted at an endpoint into its operation, and the answers that every route may
/// give.</summary>
internal sealed class DescribedOperation : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var notes = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        IOpenApiSchema SchemaOf(Type type) => context.SchemaGenerator.GenerateSchema(type, context.SchemaRepository);

        operation.Parameters ??= [];
        foreach (var query in notes.OfType<DescribedQuery>()) operation.Parameters.Add(ToParameter(query, SchemaOf(query.Type)));
        foreach (var header in notes.OfType<DescribedHeader>()) operation.Parameters.Add(ToParameter(header));
        operation.RequestBody = ToBody(notes, SchemaOf);
        operation.Responses = [];
        foreach (
            var same in AnswersOf(notes, context.ApiDescription.RelativePath!).GroupBy(a => a.Key())
                .OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            operation.Responses[same.Key] = new OpenApiResponse
            {
                Description = string.Join("; ", same.Select(a => a.Description).Distinct()),
                Content = same.Any(a => a.Body is not null) ? ToContent(same, SchemaOf) : null,
                Headers = HeadersOf(same.First().Status),
            };
        }
    }

    private static OpenApiParameter ToParameter(DescribedQuery query, IOpenApiSchema schema)
    {
        if (schema is OpenApiSchema plain)
        {
            plain.Default = query.Default?.DeepClone();
            if (query.Least is { } least) plain.Minimum = least.ToString(System.Globalization.CultureInfo.InvariantCulture);
            if (query.Most is { } most) plain.Maximum = most.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        return new() { Name = query.Name, In = ParameterLocation.Query, Description = query.Description, Schema = schema };
    }

    private static OpenApiParameter ToParameter(DescribedHeader header) => new()
    {
        Name = header.Name, In = ParameterLocation.Header, Description = header.Description,
        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        Example = JsonValue.Create(header.Example),
    };

    private static OpenApiRequestBody? ToBody(IList<object> notes, Func<Type, IOpenApiSchema> schemaOf)
    {
        var content = new Dictionary<string, OpenApiMediaType>();
        var fields = notes.OfType<DescribedField>().ToList();
        if (fields.Count > 0) content["multipart/form-data"] = new OpenApiMediaType { Schema = ToForm(fields) };
        if (notes.OfType<DescribedJsonBody>().FirstOrDefault() is { } body)
            content[EndpointDescriptions.Json] = new OpenApiMediaType { Schema = schemaOf(body.Type), Example = body.Example.DeepClone() };
        if (notes.OfType<DescribedTextBody>().FirstOrDefault() is { } text)
            content[text.ContentType] =
                new OpenApiMediaType { Schema = schemaOf(typeof(string)), Example = JsonValue.Create(text.Example) };
        return content.Count == 0 ? null : new() { Required = true, Content = content };
    }

    private static OpenApiSchema ToForm(List<DescribedField> fields) => new()
    {
        Type = JsonSchemaType.Object,
        Required = fields.Where(f => f.IsRequired).Select(f => f.Name).ToHashSet(),
        Properties = fields.ToDictionary(f => f.Name, IOpenApiSchema (f) => new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Format = f.IsFile ? "binary" : null,
            Description = f.Description,
#pragma warning disable CS0618 // The document is OpenAPI 3.0, whose schemas have no `examples` yet.
            Example = f.Example is null ? null : JsonValue.Create(f.Example),
#pragma warning restore CS0618
        }),
    };

    /// <summary>What the route says of itself, and what any route may answer before it is asked, in the words of its dialect.</summary>
    private static IEnumerable<DescribedAnswer> AnswersOf(IList<object> notes, string path)
    {
        var own = notes.OfType<DescribedAnswer>().ToList();
        var isV1 = path.StartsWith("api/v1", StringComparison.OrdinalIgnoreCase);
        var isOpen = notes.OfType<IAllowAnonymous>().Any();
        var takesBody = notes.Any(n => n is DescribedField or DescribedJsonBody or DescribedTextBody);
        IEnumerable<DescribedAnswer> usual =
        [
            .. isOpen ? []
                : new[] { EndpointDescriptions.Detail(401, "The caller is not let in", "Authentication credentials were not provided.") },
            .. isOpen ? [] : new[] { Forbidden(isV1) },
            .. takesBody
                ? new[] { Any(isV1, 413, "The body is too large", "The body is larger than the server takes.", "request.too_large") } : [],
            .. takesBody
                ? new[] { Any(
                    isV1, 415, "The body is of a kind that is not read here",
                    "The body is compressed, which is not read; send it as it is, without Content-Encoding.",
                    "request.encoded_body") } : [],
            Any(isV1, 400, "The request is not understood",
                "This route has no dry run, and nothing was done; leave dry_run out to carry the request out.", "request.no_dry_run"),
            Any(isV1, 429, "The caller asks more often than is allowed; Retry-After says when to try again",
                "The caller makes more requests than are allowed; try again after the time in Retry-After.", "request.too_many"),
            Any(isV1, 503, "The server is busy or has no database; Retry-After says when to try again",
                "The database does not answer; nothing was stored. Try again shortly.", "server.database_unavailable"),
        ];
        return own.Concat(usual.Where(u => own.All(o => o.Status != u.Status)));
    }

    private static DescribedAnswer Forbidden(bool isV1) => isV1
        ? EndpointDescriptions.Problem(403, "The caller may not do this", "access.scope_missing")
        : EndpointDescriptions.Detail(403, "The caller may not do this", "The credentials are good, but this call needs the scope enroll.");

    private static DescribedAnswer Any(bool isV1, int status, string description, string message, string code) => isV1
        ? EndpointDescriptions.Problem(status, description, code)
        : EndpointDescriptions.Refused(status, description, message, code[(code.LastIndexOf('.') + 1)..]);

    /// <summary>A media type for each kind of body, with one schema; of several answers each is an example.</summary>
    private static Dictionary<string,
    OpenApiMediaType> ToContent(IEnumerable<DescribedAnswer> answers, Func<Type, IOpenApiSchema> schemaOf) =>
        answers.Where(a => a.Body is not null).GroupBy(a => a.ContentType).ToDictionary(same => same.Key, OpenApiMediaType (same) =>
        {
            var type = same.Select(a => a.Body!).Distinct()
                .Aggregate((one, other) => one.IsAssignableTo(other) ? one : other.IsAssignableTo(one) ? other
                : throw new InvalidOperationException(
                    $"A route answers {same.First().Status} with both {one.Name} and {other.Name}, and a schema is of one."));
            var media = new OpenApiMediaType { Schema = schemaOf(type) };
            var examples = same.Where(a => a.Example is not null).ToList();
            if (examples.Count == 1) media.Example = examples[0].Example!.DeepClone();
            else if (examples.Count > 1)
            {
                media.Examples = examples.DistinctBy(a => a.Description).ToDictionary(
                    a => a.Description,
                    IOpenApiExample (a) => new OpenApiExample { Summary = a.Description, Value = a.Example!.DeepClone() });
            }
            return media;
        });

    private static Dictionary<string, IOpenApiHeader> HeadersOf(int status)
    {
        var headers = new Dictionary<string, IOpenApiHeader>
        {
            [RequestIds.Header] = Header(
                "The request's id: its line in the log has it, and a problem document as traceId.", JsonSchemaType.String),
        };
        if (status is 429 or 503) headers["Retry-After"] = Header("Seconds after which to try again.", JsonSchemaType.Integer);
        if (status == 201) headers["Location"] = Header(
            "Where the new resource is, if it has an address of its own.", JsonSchemaType.String);
        return headers;
    }

    private static OpenApiHeader Header(string description, JsonSchemaType type) =>
        new() { Description = description, Schema = new OpenApiSchema { Type = type } };
}
