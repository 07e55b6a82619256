using System.Text.Json.Serialization;
using FaceAttendance.Domain;

namespace FaceAttendance.WebApi.Errors;

/// <summary>An error as an RFC 9457 document, with the error's own particulars beside these members.</summary>
/// <param name="Title">The status in words.</param>
/// <param name="Detail">What is wrong and what helps.</param>
/// <param name="Code">Stable; docs/errors.md lists them all.</param>
/// <param name="TraceId">The request's id.</param>
/// <param name="Errors">Every field at fault with what is wrong about it; there when the fault is in fields.</param>
internal record ProblemDocument(
    string Title, int Status, string Detail, string Code, [property: JsonPropertyName("traceId")] string TraceId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string[]>? Errors = null)
{
    [JsonExtensionData]
    public IDictionary<string, object?>? Particulars { get; set; }
}

/// <summary>The contract's refusal, with the error's own particulars beside these members.</summary>
/// <param name="Code">Left out where nothing was found.</param>
internal sealed record RefusedAnswer(
    bool Ok, string Msg, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Code)
{
    [JsonExtensionData]
    public IDictionary<string, object?>? Particulars { get; set; }

    public static RefusedAnswer Of(Error error, string? code) => new(false, error.Message, code) { Particulars = error.Particulars() };
}

/// <summary>FastAPI's 422, which lists every field at fault.</summary>
internal sealed record FaultsAnswer(IReadOnlyList<FaultAnswer> Detail);

/// <param name="Loc">The place (query, body, path) and, unless the whole place is at fault, the field.</param>
internal sealed record FaultAnswer(IReadOnlyList<string> Loc, string Msg, string Type);

/// <summary>An error in one sentence.</summary>
internal sealed record DetailAnswer(string Detail)
{
    [JsonExtensionData]
    public IDictionary<string, object?>? Particulars { get; set; }
}

/// <summary>What the routes of one's own face say of an error.</summary>
internal sealed record FaceErrorAnswer(string Error);

internal static class ErrorParticulars
{
    /// <summary>In the order in which Application wrote them; null when there are none.</summary>
    public static Dictionary<string, object?>? Particulars(this Error error) => error.Details is { } details ? new(details) : null;
}
