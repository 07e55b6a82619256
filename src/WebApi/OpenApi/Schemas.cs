using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Live;
using FaceAttendance.WebApi.Requests;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace FaceAttendance.WebApi.OpenApi;

/// <summary>Marks a member of an answer that is written in some cases only.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class NotAlwaysAttribute : Attribute;

/// <summary>How the records of bodies become schemas.</summary>
internal static class Schemas
{
    public static void AddSchemas(this SwaggerGenOptions swagger)
    {
        swagger.SupportNonNullableReferenceTypes();
        // A reference alone could not say that null may stand in its place.
        swagger.UseAllOfToExtendReferenceSchemas();
        swagger.CustomSchemaIds(IdOf);
        swagger.SchemaFilter<Members>();
        var comments = Path.ChangeExtension(typeof(Schemas).Assembly.Location, ".xml");
        if (File.Exists(comments)) swagger.IncludeXmlComments(comments);

        swagger.MapType<StudentId>(() => Text("^[A-Za-z0-9._-]+$", StudentId.MaxLength));
        swagger.MapType<StudentId?>(() => Nullable(Text("^[A-Za-z0-9._-]+$", StudentId.MaxLength)));
        swagger.MapType<TimeOnly>(() => Text("^([01][0-9]|2[0-3]):[0-5][0-9]$", 5));
        swagger.MapType<PixelBox>(() => new OpenApiSchema
        {
            Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int32" }, MinItems = 4,
            MaxItems = 4,
            Description = "top, right, bottom, left, in pixels of the upright picture",
        });
        swagger.MapType<DispatchReport>(() => new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Description =
                "What became of an event. http_status is left out of what was skipped, which has a reason; will_retry is there when true.",
            Required = new HashSet<string> { "status", "message" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["status"] =
                    new OpenApiSchema { Type = JsonSchemaType.String, Enum =
                        [.. Words.All<DispatchStatus>().Select(word => JsonValue.Create(word))] },
                ["http_status"] = new OpenApiSchema { Type = JsonSchemaType.Integer | JsonSchemaType.Null, Format = "int32" },
                ["message"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["reason"] = new OpenApiSchema { Type = JsonSchemaType.String },
                ["will_retry"] = new OpenApiSchema { Type = JsonSchemaType.Boolean },
            },
        });
        swagger.MapType<WrittenJson>(() => new OpenApiSchema { Type = JsonSchemaType.Object });
        swagger.MapType<UserName>(() => Text("^[A-Za-z0-9._-]+$", UserName.MaxLength));
    }

    /// <summary>The record's name without the word for what all of them are.</summary>
    private static string IdOf(Type type)
    {
        var name = type.Name.Split('`')[0];
        if (name.EndsWith("Answer", StringComparison.Ordinal)) name = name[..^"Answer".Length];
        return string.Concat(type.GetGenericArguments().Select(IdOf)) + name;
    }

    private static OpenApiSchema Text(string pattern, int most) =>
        new() { Type = JsonSchemaType.String, Pattern = pattern, MinLength = 1, MaxLength = most };

    private static OpenApiSchema Nullable(OpenApiSchema schema)
    {
        schema.Type |= JsonSchemaType.Null;
        return schema;
    }

    /// <summary>
    /// Which members are always there, and which may be null. An answer has every member but those left out when null; a request needs
    /// those that may not be null, and null in it is the same as nothing.
    /// </summary>
    private sealed class Members : ISchemaFilter
    {
        private readonly NullabilityInfoContext _nullability = new();

        public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
        {
            if (schema is not OpenApiSchema { Properties.Count: > 0 } body || context.Type.Assembly != typeof(Members).Assembly) return;
            var isRequest = context.Type.IsAssignableTo(typeof(IJsonBody));
            body.Required = new HashSet<string>();
            foreach (var property in context.Type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
            {
                var name = property.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(
                    property.Name);
                if (!body.Properties.TryGetValue(name, out var member)) continue;
                var isLeftOut = property.GetCustomAttribute<JsonIgnoreAttribute>() is not null;
                var isNullable = IsNullable(property) && !isLeftOut;
                if (isRequest ? !isNullable && !isLeftOut : !isLeftOut
                    && property.GetCustomAttribute<NotAlwaysAttribute>() is null) body.Required.Add(name);
                if (member is not OpenApiSchema own) continue;
                own.ReadOnly = false;
                own.Type = isNullable ? own.Type.GetValueOrDefault() | JsonSchemaType.Null : own.Type & ~JsonSchemaType.Null;
            }
            // An answer may come to hold more; in a request under /api/v1, what is not known is refused.
            body.AdditionalPropertiesAllowed |= !context.Type.GetInterfaces()
                .Any(i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IJsonBody<>));
        }

        private bool IsNullable(PropertyInfo property)
        {
            lock (_nullability) return _nullability.Create(property).ReadState == NullabilityState.Nullable;
        }
    }
}
