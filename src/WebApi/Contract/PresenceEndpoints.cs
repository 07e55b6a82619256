using System.Globalization;
using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Presence;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.Contract;

/// <summary>POST /api/presence/presence-check/: whether a position lies at one of the school's sites.</summary>
internal static class PresenceEndpoints
{
    private const string Inside = "Success. You are within the allowed area.";
    private const string Outside = "You are out of area";
    private const string Invalid = "Invalid latitude or longitude.";

    public static void MapPresence(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/presence/presence-check", CheckAsync).NeedsCredentials(Scopes.Presence)
        .Describe("CheckPresence", ApiGroup.Presence, "Is a position at one of the school's sites?",
            "Numbers or numeric strings, on WGS-84. The fence's edge counts as inside. The position is taken as exact: a check-in " +
            "weighs its accuracy.")
        .TakesJson<PositionBody>("""{"lat":-7.9673435,"lon":112.6267206}""")
        .Answers<DetailAnswer>(200, "Inside", $$"""{"detail":"{{Inside}}"}""")
        .Answers<DetailAnswer>(403, "Outside", $$"""{"detail":"{{Outside}}"}""")
        .Answers<DetailAnswer>(400, "No position", $$"""{"detail":"{{Invalid}}"}""");

    private static async Task<IResult> CheckAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAnyAsync(http.Request, ct);
        if (read.Error is { Kind: ErrorKind.UnsupportedType } unread) return unread.ToDetail();
        if (!read.IsSuccess) return Answer(StatusCodes.Status400BadRequest, Invalid);
        using var fields = read.Value;
        if (Number(fields, "lat") is not { } latitude || Number(fields, "lon") is not { } longitude
            || !GeoPoint.IsValid(latitude, longitude))
        {
            return Answer(StatusCodes.Status400BadRequest, Invalid);
        }
        var found = await mediator.Send(new CheckPresence(http.School(), new(latitude, longitude)), ct);
        return found.Match<IResult>(
            isPresent => isPresent ? Answer(StatusCodes.Status200OK, Inside) : Answer(StatusCodes.Status403Forbidden, Outside),
            error => Answer(ErrorMapping.StatusOf(error.Kind), error.Message));
    }

    /// <returns>Null for what is neither a number nor a numeric string.</returns>
    private static double? Number(JsonFields fields, string field) => fields.Optional(field) switch
    {
        { ValueKind: JsonValueKind.Number } number when number.TryGetDouble(out var value) => value,
        { ValueKind: JsonValueKind.String } text
            when double.TryParse(text.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var value) => value,
        _ => null,
    };

    private static JsonAnswer<DetailAnswer> Answer(int status, string detail) => new(status, new(detail));
}
