using System.Text.Json;

namespace FaceAttendance.WebApi.Requests;

/// <summary>A request's body as JSON of which every name and text can be read.</summary>
internal static class JsonBody
{
    /// <returns>Null for anything that is no JSON, is nested endlessly, or escapes half a character. The caller disposes the
    /// document.</returns>
    public static async Task<JsonDocument?> ParseAsync(HttpRequest request, CancellationToken ct)
    {
        JsonDocument document;
        try
        {
            document = await JsonDocument.ParseAsync(request.Body, default, ct);
        }
        catch (JsonException)
        {
            return null;
        }
        try
        {
            Read(document.RootElement);
            return document;
        }
        // Half of a surrogate pair, escaped, is grammatical JSON and no text; the parser has no other way to say so, and only when asked
        // for the text.
        catch (InvalidOperationException)
        {
            document.Dispose();
            return null;
        }
    }

    private static void Read(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String) _ = element.GetString();
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) Read(item);
        }
        else if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var member in element.EnumerateObject())
            {
                _ = member.Name;
                Read(member.Value);
            }
        }
    }
}
