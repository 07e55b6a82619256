using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Presence;

/// <summary>Where a school's students may check in.</summary>
internal static class SiteCommands
{
    private const string Sites = "api/v1/sites";

    private static readonly Argument<string> File = Symbols.Operand("file.geojson", "a Feature, or a FeatureCollection of several");

    private static readonly Argument<string> Id = Symbols.Operand("id", "the site, as list shows it");

    private static readonly Option<string> Name = Symbols.Text("--name", "text", "what the site is called, where the file does not say it");

    private static readonly Option<double?> Radius =
        Symbols.Number("--radius", "metres", "how far a circle reaches, where the file does not say it", 0, 100_000);

    public static Command Definition { get; } = new Verb(
        "sites", "places to check in at: list, add, or remove", "Lists the school's sites when nothing else is asked for.",
        [
            new Verb("list", "the school's sites", "Prints a line for each: id, name, shape, and metres or positions.", [], ListAsync),
            new Verb(
                "add", "add the sites of a GeoJSON file",
                """
                A Point is a circle and needs properties.radius_m or --radius; a Polygon may have holes. Positions are longitude, latitude.
                properties.name, or --name, is what the site is called. Needs an administrator's credentials.
                """,
                [File, Name, Radius], AddAsync),
            new Verb("remove", "remove a site", "Needs an administrator's credentials.", [Id], RemoveAsync),
        ],
        ListAsync);

    private static Task<int> ListAsync(CommandContext context, CancellationToken ct) =>
        context.ListAsync(Sites, FieldsOf, ct, "features", all => new { type = "FeatureCollection", features = all });

    private static async Task<int> AddAsync(CommandContext context, CancellationToken ct)
    {
        foreach (var feature in Read(context))
        {
            var added = await context.AskAsync((server, c) => server.PostJsonAsync(Sites, feature, c), ct);
            context.Screen.Fields(added.Json(), FieldsOf(added.Json()));
        }
        return ExitCode.Done;
    }

    private static async Task<int> RemoveAsync(CommandContext context, CancellationToken ct)
    {
        var id = context.Get(Id);
        return context.Tell(await context.AskAsync((server, c) => server.DeleteAsync($"{Sites}/{Uri.EscapeDataString(id)}", c), ct),
            $"{id} is removed.");
    }

    private static List<JsonObject> Read(CommandContext context)
    {
        var file = context.Get(File);
        var features = new List<JsonObject>();
        try
        {
            var document = JsonNode.Parse(System.IO.File.ReadAllText(file)) as JsonObject;
            if (document?["type"]?.ToString() == "Feature") features.Add(document);
            else if (document?["features"] is JsonArray several) features.AddRange(several.OfType<JsonObject>());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"{file} cannot be read: {e.Message}");
        }
        catch (JsonException e)
        {
            throw new CommandFailedException($"{file} is no JSON: {e.Message}");
        }
        if (features.Count == 0)
            throw new CommandFailedException($"{file} holds no GeoJSON Feature: a Point or a Polygon with properties.");
        foreach (var feature in features) Complete(feature, context.Get(Name), context.Get(Radius));
        return features;
    }

    private static void Complete(JsonObject feature, string? name, double? radius)
    {
        if (feature["properties"] is not JsonObject properties) feature["properties"] = properties = [];
        if (name is not null) properties["name"] ??= name;
        if (radius is not null && feature["geometry"]?["type"]?.ToString() == "Point") properties["radius_m"] ??= radius;
    }

    private static string[] FieldsOf(JsonElement site)
    {
        var (geometry, properties) = (site.Member("geometry"), site.Member("properties"));
        var isCircle = geometry.Text("type") == "Point";
        var extent = isCircle ? $"{properties.Text("radius_m")} m around {geometry.Text("coordinates")}" : $"{Corners(geometry)} corners";
        return [site.Text("id"), properties.Text("name"), isCircle ? "circle" : "polygon", extent];
    }

    // The first position of a ring is its last again.
    private static int Corners(JsonElement polygon) => polygon.Items("coordinates").Sum(ring => ring.GetArrayLength() - 1);
}
