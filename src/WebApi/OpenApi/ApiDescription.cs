using FaceAttendance.WebApi.Access;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Rewrite;
using Microsoft.Extensions.Options;
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
        Frames of cameras that the server cannot reach are sent over `/hubs/cameras`: the client calls `Push` with the camera's id and a stream of JPEGs.
        """;

    public static void AddApiDescription(this IServiceCollection services)
    {
        services.AddEndpointsApiExplorer();
        // Names and words stand in the schemas as they stand on the wire.
        services.AddSingleton<ISerializerDataContractResolver>(
            provider => new JsonSerializerDataContractResolver(
                provider.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions));
        services.AddSwaggerGen(swagger =>
        {
            swagger.SwaggerDoc("v1", new OpenApiInfo
            {
                Title = "FaceAttendance", Version = "v1", Description = Introduction,
                License = new() { Name = "Apache-2.0", Identifier = "Apache-2.0" },
            });
            swagger.AddSecurity("token", new()
            {
                Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT",
                Description = "The access token that POST /api/token/ gives, or an API key.",
            });
            swagger.AddSecurity("password", new()
            {
                Type = SecuritySchemeType.Http, Scheme = "basic",
                Description = "A user's name and password with every request, for clients that know no tokens.",
            });
            swagger.AddSecurity("key", new()
            {
                Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = ShownCredentials.ApiKeyHeader,
                Description = "An API key, fa_…",
            });
            swagger.AddSchemas();
            swagger.OperationFilter<DescribedOperation>();
            swagger.DocumentFilter<DescribedGroups>();
        });
    }

    public static void UseApiDescription(this WebApplication app)
    {
        // Where users of the contract's first server look.
        app.UseRewriter(
            new RewriteOptions().AddRedirect("^docs/?$", "swagger/index.html")
                .AddRewrite(@"^openapi\.json/?$", Document, skipRemainingRules: true));
        // The address that it was asked for at is where programs made from it find the server.
        app.UseSwagger(swagger => swagger.PreSerializeFilters.Add(
            (document, request) => document.Servers =
                [new OpenApiServer { Url = $"{request.Scheme}://{request.Host}{request.PathBase}" }]));
        app.Use(SwaggerSession.AnswerAsync);
        app.UseSwaggerUI(page =>
        {
            page.DocumentTitle = "FaceAttendance API";
            page.SwaggerEndpoint("v1/swagger.json", "FaceAttendance");
            page.InjectJavascript(SwaggerSession.Path);
            page.EnableTryItOutByDefault();
        });
    }

    private static void AddSecurity(this SwaggerGenOptions swagger, string name, OpenApiSecurityScheme scheme)
    {
        swagger.AddSecurityDefinition(name, scheme);
        swagger.AddSecurityRequirement(
            document => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(name, document)] = [] });
    }
}

/// <summary>Says what each group of routes is about.</summary>
internal sealed class DescribedGroups : IDocumentFilter
{
    public void Apply(OpenApiDocument swaggerDoc, DocumentFilterContext context) =>
        swaggerDoc.Tags = new HashSet<OpenApiTag>(
            ApiGroup.All.Select(group => new OpenApiTag { Name = group.Name, Description = group.Description }));
}
