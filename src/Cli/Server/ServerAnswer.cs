using System.Net;
using System.Text.Json;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Server;

/// <summary>What the server answered to one request.</summary>
/// <param name="Body">The whole body as text.</param>
/// <param name="RetryAfter">How long the server asks the caller to wait; null when it does not say.</param>
internal sealed record ServerAnswer(HttpStatusCode Status, string Body, TimeSpan? RetryAfter)
{
    private static readonly JsonSerializerOptions Wire =
        new(JsonSerializerDefaults.Web) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public bool IsSuccess => (int)Status is >= 200 and < 300;

    /// <summary>The server is there and too busy for this request; the same one may succeed later.</summary>
    public bool IsBusy => Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests;

    /// <exception cref="CommandFailedException">The body is not what a FaceAttendance server would send.</exception>
    public T Read<T>() where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize<T>(Body, Wire) is { } value) return value;
        }
        catch (JsonException)
        {
            // Told below, together with a body that is the word null.
        }
        throw new CommandFailedException(
            $"The answer (HTTP {(int)Status}) is not a FaceAttendance server's. Does --server name the right address?", ExitCode.NoServer);
    }

    /// <summary>The answer as it is.</summary>
    /// <exception cref="CommandFailedException">The body is no JSON.</exception>
    public JsonElement Json() => Read<JsonDocument>().RootElement;

    /// <summary>One line of an answer of JSON lines.</summary>
    /// <exception cref="CommandFailedException">It is not what a FaceAttendance server would send.</exception>
    public static T ReadLine<T>(string line) where T : class => new ServerAnswer(HttpStatusCode.OK, line, null).Read<T>();

    /// <summary>Why the server refused, from whichever of its error shapes the body has.</summary>
    public Refusal Refusal()
    {
        var status = $"http_{(int)Status}";
        try
        {
            using var document = JsonDocument.Parse(Body);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return new(status, Status.ToString());

            var code = Text(root, "code") ?? status;
            if (Names(root, "reasons") is { Length: > 0 } reasons) code += $" ({reasons})";
            var message = Text(root, "msg") ?? Detail(root) ?? Text(root, "title") ?? Text(root, "error") ?? Status.ToString();
            if (Text(root, "reason") is { } reason) message += $" ({reason})";
            if (Text(root, "student_id") is { } other)
            {
                message += root.TryGetProperty("similarity", out var score) && score.ValueKind == JsonValueKind.Number
                    ? $" ({other}, similarity {score.GetRawText()})"
                    : $" ({other})";
            }
            return new(code, message);
        }
        catch (JsonException)
        {
            return new(status, Status.ToString());
        }
    }

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    // {"detail":"…"}, or {"detail":[{"loc":[…],"msg":"…"}]} for a field at fault.
    private static string? Detail(JsonElement root)
    {
        if (Text(root, "detail") is { } text) return text;
        if (!root.TryGetProperty("detail", out var detail) || detail.ValueKind != JsonValueKind.Array) return null;
        var messages = detail.EnumerateArray().Select(item => Text(item, "msg")).OfType<string>().ToArray();
        return messages.Length > 0 ? string.Join("; ", messages) : null;
    }

    private static string? Names(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? string.Join(", ", value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()))
            : null;
}

/// <summary>Why a photo or a request was turned down.</summary>
/// <param name="Code">The server's own code with its reasons, or <c>http_500</c> where it gave none.</param>
/// <param name="Message">For people.</param>
internal sealed record Refusal(string Code, string Message);
