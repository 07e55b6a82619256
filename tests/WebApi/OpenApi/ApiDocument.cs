using System.Collections.Concurrent;
using System.Globalization;
using System.Text.RegularExpressions;
using NJsonSchema;
using NSwag;

namespace FaceAttendance.WebApi.Tests.OpenApi;

/// <summary>The server's description of itself, to hold answers against. A schema is taken at its word: what it does not name may not
/// come.</summary>
internal sealed class ApiDocument
{
    private readonly List<(Regex Path, string Template, OpenApiPathItem Item)> _paths;

    private ApiDocument(OpenApiDocument document, string json)
    {
        (Document, Json) = (document, json);
        foreach (
            var schema in document.Components.Schemas.Values.Where(
                s => s.Properties.Count > 0 && s.AdditionalPropertiesSchema is null)) schema.AllowAdditionalProperties = false;
        // Of two that fit, the one with fewer parameters is the route.
        _paths = [.. document.Paths.OrderBy(p => p.Key.Count(c => c == '{')).Select(p => (
            new Regex(
                "^" + Regex.Replace(p.Key.TrimEnd('/'), @"\{[^}]+\}", "[^/]+") + "/?$",
                RegexOptions.IgnoreCase | RegexOptions.CultureInvariant), p.Key, p.Value))];
    }

    public OpenApiDocument Document { get; }

    public string Json { get; }

    public static async Task<ApiDocument> ParseAsync(string json) => new(await OpenApiDocument.FromJsonAsync(json), json);

    public IEnumerable<(string Name, OpenApiOperation Operation)> Operations =>
        Document.Paths.SelectMany(p => p.Value.Select(o => ($"{o.Key.ToUpperInvariant()} {p.Key}", o.Value)));

    /// <returns>Null for what is no route.</returns>
    public (string Name, OpenApiOperation Operation)? Find(string method, string path)
    {
        var found = _paths.Find(p => p.Path.IsMatch(path) && p.Item.ContainsKey(method.ToLowerInvariant()));
        return found.Path is null ? null : ($"{method} {found.Template}", found.Item[method.ToLowerInvariant()]);
    }

    /// <summary>What an answer has that the description does not promise, or lacks of it.</summary>
    public static IEnumerable<string> FaultsOf(OpenApiOperation operation, int status, string? mediaType, string body)
    {
        if (!operation.ActualResponses.TryGetValue(
            status.ToString(CultureInfo.InvariantCulture), out var response)) return [$"{status} is not described: {body}"];
        if (body.Length == 0) return response.Content.Count == 0 ? [] : [$"{status} has no body"];
        if (mediaType is null || !response.Content.TryGetValue(
            mediaType, out var content)) return [$"{status} comes as {mediaType}, which is not described: {body}"];
        return mediaType.EndsWith("json", StringComparison.Ordinal) && !mediaType.EndsWith("ndjson", StringComparison.Ordinal) ? FaultsOf(
            content.Schema, body) : [];
    }

    public static IEnumerable<string> FaultsOf(JsonSchema schema, string json) =>
        schema.Validate(json, SchemaType.OpenApi3).Select(e => $"{e} in {json}");

    /// <summary>Holds every answer that a client gets against the description; what does not fit fails the test that asked.</summary>
    internal sealed class Traffic(HttpMessageHandler inner) : DelegatingHandler(inner)
    {
        private static ApiDocument? s_document;

        private readonly ConcurrentDictionary<(string Operation, int Status), bool> _seen = new();

        /// <summary>Every operation and status that was answered.</summary>
        public ICollection<(string Operation, int Status)> Seen => _seen.Keys;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            var (path, status) = (request.RequestUri!.AbsolutePath, (int)response.StatusCode);
            // What the server says before it knows a route, and when it fails, is no route's.
            if (status is 500 or 408 or 431 || (status == 400 && response.Content.Headers.ContentLength == 0)
                || path.StartsWith("/swagger", StringComparison.Ordinal)) return response;
            s_document ??= await ParseAsync(
                await new HttpClient().GetStringAsync(new Uri(request.RequestUri, "/swagger/v1/swagger.json"), cancellationToken));
            if (s_document.Find(request.Method.Method, path) is not var (name, operation)) return response;
            await response.Content.LoadIntoBufferAsync(cancellationToken);
            var faults = FaultsOf(
                operation, status, response.Content.Headers.ContentType?.MediaType,
                await response.Content.ReadAsStringAsync(cancellationToken)).ToList();
            _seen.TryAdd((name, status), true);
            return faults.Count == 0 ? response : throw new AssertionException(
                $"{name} answered what its description does not say: {string.Join("; ", faults)}");
        }
    }
}
