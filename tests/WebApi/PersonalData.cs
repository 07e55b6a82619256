using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Web;

namespace FaceAttendance.WebApi.Tests;

/// <summary>
/// What no log may hold. Values are taken from what the tests send to servers and get from them, by the names that they bear there;
/// pictures, tokens and embeddings are known by their looks as well. Students' ids are identifiers and may be logged.
/// </summary>
internal static partial class PersonalData
{
    // A single word is as often an id or a word of the log itself.
    private static readonly string[] Texts = ["full_name", "name_of_guardian", "address", "reason"];
    private static readonly string[] Dates = ["birth_date"];
    private static readonly string[] Positions = ["lat", "lon", "latitude", "longitude"];
    private static readonly string[] Secrets =
        ["password", "new_password", "access", "refresh", "access_token", "token", "liveness_token", "result_token", "key", "api_key",
            "secret"];

    private const int MostBodyBytes = 512 * 1024;

    private static readonly ConcurrentDictionary<string, string> s_values = new();

    public static int Count => s_values.Count;

    public static void Withhold(string kind, string value) => s_values[value] = kind;

    /// <summary>The first values of an embedding; who logs one logs its beginning.</summary>
    public static void Withhold(ReadOnlySpan<float> embedding)
    {
        foreach (var value in embedding[..4]) Withhold("embedding", value.ToString("R", CultureInfo.InvariantCulture)[..8]);
    }

    /// <summary>The kinds of personal data and secrets in a line.</summary>
    public static IEnumerable<string> In(string line)
    {
        foreach (var (value, kind) in s_values)
        {
            if (line.Contains(value, StringComparison.Ordinal)) yield return kind;
        }
        if (Encoded().IsMatch(line)) yield return "a picture or a token";
        if (Floats().IsMatch(line)) yield return "an embedding or positions";
    }

    public static void Learn(string name, string value)
    {
        if (Texts.Contains(name) && value.Trim() is { Length: >= 6 } text && text.Contains(' ')) Withhold(name, text);
        else if (Dates.Contains(name) && value.Length == 10) Withhold(name, value);
        // Four decimals are ten metres: less is a region.
        else if (Positions.Contains(name) && value.IndexOf('.') is var dot and >= 0 && value.Length > dot + 4)
            Withhold(name, value[..(dot + 5)]);
        // A password that is refused for being a common word is a word of the log, too.
        else if (Secrets.Contains(name) && value.Length >= 8 && !Secrets.Contains(value) && value.Trim().Length > 0) Withhold(name, value);
    }

    public static void LearnJson(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            Walk("", document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Tests send broken JSON, too, and halves of characters in it.
        }
    }

    private static void Walk(string name, JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in element.EnumerateObject()) Walk(property.Name, property.Value);
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in element.EnumerateArray()) Walk(name, item);
        }
        else if (element.ValueKind is JsonValueKind.String or JsonValueKind.Number)
        {
            Learn(name, element.ToString());
        }
    }

    // A digest has 64 characters of hex; a frame and a token have hundreds of base64.
    [GeneratedRegex("[A-Za-z0-9+/_=-]{100,}")]
    private static partial Regex Encoded();

    [GeneratedRegex(@"(-?\d?\.\d{3,}(E-?\d+)?[\s,;]+){4}")]
    private static partial Regex Floats();

    /// <summary>Learns from the requests of a client and their answers.</summary>
    internal sealed class Traffic(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Headers.Authorization?.Parameter is { } credentials) Learn("token", credentials);
            if (request.Headers.TryGetValues("X-Api-Key", out var keys)) Learn("key", keys.First());
            if (request.RequestUri is { } address)
            {
                var query = HttpUtility.ParseQueryString(address.Query);
                foreach (var name in query.AllKeys.OfType<string>()) Learn(name, query[name] ?? "");
            }
            await LearnAsync(request.Content);
            var response = await base.SendAsync(request, cancellationToken);
            if (response.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true)
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                LearnJson(await response.Content.ReadAsStringAsync(cancellationToken));
            }
            return response;
        }

        private static async Task LearnAsync(HttpContent? content)
        {
            if (content is MultipartFormDataContent form)
            {
                foreach (var part in form.OfType<StringContent>())
                    Learn(part.Headers.ContentDisposition?.Name?.Trim('"') ?? "", await part.ReadAsStringAsync());
            }
            else if (content is FormUrlEncodedContent fields)
            {
                var values = HttpUtility.ParseQueryString(await fields.ReadAsStringAsync());
                foreach (var name in values.AllKeys.OfType<string>()) Learn(name, values[name] ?? "");
            }
            else if (content is StringContent && content.Headers.ContentLength < MostBodyBytes)
            {
                LearnJson(await content.ReadAsStringAsync());
            }
        }
    }
}
