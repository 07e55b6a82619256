using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceAttendance.WebApi.Access;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Rewrite;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace FaceAttendance.WebApi.OpenApi;

/// <summary>The OpenAPI document at /swagger/v1/swagger.json and the page that tries it out at /swagger.</summary>
internal static class ApiDescription
{
    private const string Document = "swagger/v1/swagger.json";

    private const string Introduction = """
        Recognises enrolled students in pictures, keeps attendance, and tells the school's backend and live listeners.

        Live events also come over SignalR at `/hubs/recognitions`: the server calls `recognized` and `student.enrolled`, each with the JSON object
        that `/ws/recognitions` sends. A liveness session runs over `/ws/liveness` or, with SignalR, over `/hubs/liveness`: the client calls `Start`
        with the student's id, or with an object of `user_id`, `mirrored` and `actions`, then `SubmitFrame` or `StreamFrames`; the server calls `Challenge`, `Progress` and `Verdict`.
        """;

    public static void AddApiDescription(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        services.AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc("v1", new OpenApiInfo { Title = "FaceAttendance", Version = "v1", Description = Introduction });
            swagger.AddSecurityDefinition("token", new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "The access token that POST /api/token/ gives, or an API key.",
            });
            swagger.AddSecurityRequirement(document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("token", document)] = [] });
            swagger.AddSecurityDefinition("password", new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http, Scheme = "basic", Description = "A user's name and password with every request, for clients that know no tokens.",
            });
            swagger.AddSecurityRequirement(document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("password", document)] = [] });
            swagger.OperationFilter<DescribedOperation>();
            swagger.AddSecurityDefinition("key", new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = ShownCredentials.ApiKeyHeader, Description = "An API key, fa_…",
            });
            swagger.AddSecurityRequirement(document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference("key", document)] = [] });
        });
    }

    public static void UseApiDescription(this WebApplication app)
    {
        // Where users of the contract's first server look.
        app.UseRewriter(new RewriteOptions().AddRedirect("^docs/?$", "swagger/index.html").AddRewrite(@"^openapi\.json/?$", Document, skipRemainingRules: true));
        app.UseSwagger();
        app.UseSwaggerUI(page =>
        {
            page.DocumentTitle = "FaceAttendance API";
            page.SwaggerEndpoint("v1/swagger.json", "FaceAttendance");
            page.EnableTryItOutByDefault();
        });
    }
}

/// <summary>Writes what <see cref="EndpointDescriptions"/> noted at an endpoint into its operation.</summary>
internal sealed class DescribedOperation : IOperationFilter
{
    public void Apply(OpenApiOperation operation, OperationFilterContext context)
    {
        var notes = context.ApiDescription.ActionDescriptor.EndpointMetadata;
        foreach (var query in notes.OfType<DescribedQuery>()) (operation.Parameters ??= []).Add(ToParameter(query));
        var fields = notes.OfType<DescribedField>().ToList();
        if (fields.Count > 0) operation.RequestBody = ToForm(fields);
        if (notes.OfType<DescribedJsonBody>().FirstOrDefault() is { } body) operation.RequestBody = ToJsonBody(body);
        if (notes.OfType<DescribedTextBody>().FirstOrDefault() is { } text)
        {
            operation.RequestBody ??= new OpenApiRequestBody { Required = true, Content = new Dictionary<string, OpenApiMediaType>() };
            operation.RequestBody.Content!.Add(text.ContentType, ToText(text.Example));
        }
        var isOpen = notes.OfType<IAllowAnonymous>().Any();
        operation.Responses = ToResponses(notes.OfType<DescribedAnswer>().Where(a => !isOpen || a.Description != EndpointDescriptions.NotLetIn));
        foreach (var answer in notes.OfType<DescribedText>())
        {
            var status = answer.Status.ToString(CultureInfo.InvariantCulture);
            if (!operation.Responses.ContainsKey(status)) operation.Responses[status] = new OpenApiResponse { Description = answer.Description };
            var response = (OpenApiResponse)operation.Responses[status];
            (response.Content ??= new Dictionary<string, OpenApiMediaType>()).Add(answer.ContentType, ToText(answer.Example));
        }
    }

    private static OpenApiMediaType ToText(string example) =>
        new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String }, Example = JsonValue.Create(example) };

    private static OpenApiParameter ToParameter(DescribedQuery query) => new()
    {
        Name = query.Name,
        In = ParameterLocation.Query,
        Description = query.Description,
        Schema = new OpenApiSchema
        {
            Type = query.Kind switch
            {
                ParameterKind.Text => JsonSchemaType.String,
                ParameterKind.Boolean => JsonSchemaType.Boolean,
                ParameterKind.Integer => JsonSchemaType.Integer,
                ParameterKind.Number => JsonSchemaType.Number,
            },
            Default = query.Default is null ? null : JsonNode.Parse(query.Default),
        },
    };

    private static OpenApiRequestBody ToForm(List<DescribedField> fields) => new()
    {
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["multipart/form-data"] = new()
            {
                Schema = new OpenApiSchema
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
                },
            },
        },
    };

    private static OpenApiRequestBody ToJsonBody(DescribedJsonBody body) => new()
    {
        Required = true,
        Content = new Dictionary<string, OpenApiMediaType>
        {
            ["application/json"] = new() { Schema = SchemaOf(body.Example), Example = body.Example.DeepClone() },
        },
    };

    private static OpenApiResponses ToResponses(IEnumerable<DescribedAnswer> answers)
    {
        var responses = new OpenApiResponses();
        // Of several answers with one status, the first gives the schema and each is an example.
        foreach (var same in answers.GroupBy(a => a.Status).OrderBy(g => g.Key))
        {
            responses[same.Key.ToString(CultureInfo.InvariantCulture)] = new OpenApiResponse
            {
                Description = string.Join("; ", same.Select(a => a.Description)),
                Content = ToContent([.. same.Where(a => a.Example is not null)]),
            };
        }
        return responses;
    }

    private static Dictionary<string, OpenApiMediaType>? ToContent(List<DescribedAnswer> answers)
    {
        if (answers.Count == 0) return null;
        var media = new OpenApiMediaType { Schema = SchemaOf(answers[0].Example) };
        if (answers.Count == 1) media.Example = answers[0].Example!.DeepClone();
        else
        {
            media.Examples = answers.ToDictionary(
                a => a.Description, IOpenApiExample (a) => new OpenApiExample { Summary = a.Description, Value = a.Example!.DeepClone() });
        }
        var contentType = answers[0].Example!["traceId"] is null ? "application/json" : "application/problem+json";
        return new() { [contentType] = media };
    }

    private static OpenApiSchema SchemaOf(JsonNode? example) => example switch
    {
        JsonObject members => new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = members.ToDictionary(m => m.Key, IOpenApiSchema (m) => SchemaOf(m.Value)),
        },
        JsonArray items => new OpenApiSchema { Type = JsonSchemaType.Array, Items = items.Count == 0 ? new OpenApiSchema() : SchemaOf(items[0]) },
        JsonValue value => new OpenApiSchema
        {
            Type = value.GetValueKind() switch
            {
                JsonValueKind.String => JsonSchemaType.String,
                JsonValueKind.True or JsonValueKind.False => JsonSchemaType.Boolean,
                _ => value.TryGetValue<long>(out _) ? JsonSchemaType.Integer : JsonSchemaType.Number,
            },
        },
        // The example says null where a value may be absent; its type is told in words.
        _ => new OpenApiSchema(),
    };
}
