using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>Something that was weighed in a decision.</summary>
/// <param name="Effect">What this reason alone makes of the check-in.</param>
internal sealed record CheckInReasonAnswer(string Code, string Message, CheckInOutcome Effect)
{
    public static CheckInReasonAnswer Of(CheckInReason reason) => new(reason.Code, reason.Message, reason.Effect);
}

/// <summary>A check-in that counts.</summary>
/// <param name="DistanceM">Metres to the fence's edge; negative within.</param>
internal sealed record CheckInAcceptedAnswer(
    CheckInOutcome Decision, Guid RecordId, string StudentId, DateTimeOffset At, AttendanceStatus Status, PresenceVerdict Verdict,
    Guid SiteId, double DistanceM,
    IReadOnlyList<CheckInReasonAnswer> Reasons)
{
    public static CheckInAcceptedAnswer Of(CheckInAnswer answer) => new(
        answer.Outcome, answer.Record!.Value.Value, answer.Student.Value, answer.At.ToUniversalTime(), answer.Status!.Value,
        answer.Verdict!.Value,
        answer.Site!.Value.Value, answer.DistanceMeters!.Value, [.. answer.Reasons.Select(CheckInReasonAnswer.Of)]);

    public override string ToString() => $"CheckInAcceptedAnswer({RecordId})";
}

/// <summary>A check-in that does not count, as the problem document that says so; other faults of the request lack what is
/// decided.</summary>
internal sealed record CheckInRefusal : ProblemDocument
{
    public CheckInRefusal(CheckInAnswer answer, string traceId)
        : base("Unprocessable Entity", StatusCodes.Status422UnprocessableEntity, answer.Reasons[0].Message, answer.Reasons[0].Code, traceId)
    {
        (Decision, StudentId, At) = (answer.Outcome, answer.Student.Value, answer.At.ToUniversalTime());
        (Verdict, SiteId, DistanceM) = (answer.Verdict, answer.Site?.Value, answer.DistanceMeters);
        Reasons = [.. answer.Reasons.Select(CheckInReasonAnswer.Of)];
    }

    [NotAlways, JsonPropertyOrder(1)]
    public CheckInOutcome Decision { get; }

    [NotAlways, JsonPropertyOrder(1)]
    public string StudentId { get; }

    [NotAlways, JsonPropertyOrder(1)]
    public DateTimeOffset At { get; }

    /// <summary>Null when there is no site.</summary>
    [NotAlways, JsonPropertyOrder(1)]
    public PresenceVerdict? Verdict { get; }

    [NotAlways, JsonPropertyOrder(1)]
    public Guid? SiteId { get; }

    /// <summary>Metres to the fence's edge; negative within.</summary>
    [NotAlways, JsonPropertyOrder(1)]
    public double? DistanceM { get; }

    /// <summary>Everything that was weighed, the gravest first.</summary>
    [NotAlways, JsonPropertyOrder(1)]
    public IReadOnlyList<CheckInReasonAnswer> Reasons { get; }

    public override string ToString() => $"CheckInRefusal({Code})";
}

/// <param name="LivenessToken">The result_token of a passed liveness session.</param>
/// <param name="AccuracyM">Radius of the 68 % circle in metres, as phones report it.</param>
/// <param name="DeviceId">Needed of every caller but a device, whose key says it.</param>
/// <param name="Mocked">The device's system says that an app made the position up.</param>
/// <param name="ClassSessionId">Without it, the check-in counts in the student's class session that is open, if one is.</param>
internal sealed record NewCheckIn(
    StudentId StudentId, string LivenessToken, double Lat, double Lon, double AccuracyM, DateTimeOffset CapturedAt, string? DeviceId,
    bool? Mocked,
    Guid? ClassSessionId) : IJsonBody<NewCheckIn>
{
    public static NewCheckIn Read(JsonFields fields)
    {
        var (student, token) = (fields.RequiredStudentId("student_id"), fields.RequiredText("liveness_token"));
        // A device that names another one is refused when all else is right.
        var device = fields.Http.DeviceOf(fields.OptionalText("device_id"));
        var place = fields.RequiredPlace("lat", "lon");
        return new(
            student, token, place.Latitude, place.Longitude, fields.RequiredNumber("accuracy_m"), fields.RequiredInstant("captured_at"),
            device.IsSuccess ? device.Value ?? fields.RequiredText("device_id") : null, fields.Flag("mocked", absent: false),
            fields.OptionalId("class_session_id"));
    }

    public override string ToString() => "NewCheckIn(withheld)";
}

/// <summary>POST /api/v1/check-ins: liveness, place and time bound into one decision.</summary>
internal static class CheckInEndpoints
{
    private const string Request =
        """{"student_id":"siswaA","liveness_token":"from a passed liveness session","lat":-7.9673435,"lon":112.6267206,"accuracy_m":8,"captured_at":"2026-01-05T07:00:00+07:00","device_id":"phone-1","mocked":false,"class_session_id":null}""";

    private const string Accepted =
        """{"decision":"accepted","record_id":"019a0000-0000-7000-8000-000000000000","student_id":"siswaA","at":"2026-01-05T00:00:01+00:00","status":"present","verdict":"inside","site_id":"019a0000-0000-7000-8000-000000000001","distance_m":-14.2,"reasons":[]}""";

    private const string Refused =
        """{"title":"Unprocessable Entity","status":422,"detail":"The position lies outside the fence.","code":"presence.outside_fence","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","decision":"refused","student_id":"siswaA","at":"2026-01-05T00:00:01+00:00","verdict":"outside","site_id":"019a0000-0000-7000-8000-000000000001","distance_m":840.5,"reasons":[{"code":"presence.outside_fence","message":"The position lies outside the fence.","effect":"refused"}]}""";

    public static void MapCheckIns(this IEndpointRouteBuilder app) => app.MapPost("/api/v1/check-ins", CheckInAsync).Needs(Scopes.Presence)
        .Describe("CheckIn", ApiGroup.CheckIns, "I am here, alive, now",
            "Decides once and says every reason. decision is accepted, review (counts, and a person should look) or refused. An " +
            "Idempotency-Key header makes a retry the same request: it gets the first answer again. The key is the caller's own. A " +
            "device's own key says device_id by itself, and no other.")
        .TakesJson<NewCheckIn>(Request).TakesKey()
        .Answers<CheckInAcceptedAnswer>(201, "It counts", Accepted)
        .Answers<CheckInRefusal>(422, "It does not count; code is the gravest reason's", Refused, ProblemAnswer.ContentType)
        .AnswersProblem(422, "The Idempotency-Key was used for another request", "check_in.key_reused")
        .AnswersProblem(403, "A student's own token, and another student", "access.other_student")
        .AnswersProblem(
            403, "A device's own key and another device_id, or a student's own token and that of a device", "access.other_device")
        .AnswersProblem(404, "No such student or class session", "student.not_found").AnswersUsualProblems();

    private static async Task<Results<Created<CheckInAcceptedAnswer>, JsonHttpResult<CheckInRefusal>, ProblemAnswer>> CheckInAsync(
        HttpContext http, IMediator mediator, IDevices devices, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<NewCheckIn>(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        var given = read.Value;
        if (given.DeviceId is not { } device) return AccessErrors.OtherDevice.ToProblem();
        if (!http.MayActFor(given.StudentId)) return AccessErrors.OtherStudent.ToProblem();
        // A check-in at the school's own terminal is worth more than one by phone, so only the terminal can say that it was there.
        if (http.OwnStudent() is not null && DeviceId.IsValid(device) && await devices.IsThereAsync(http.School(), new(device), ct))
            return AccessErrors.OtherDevice.ToProblem();

        var fix = new LocationFix(new(given.Lat, given.Lon), given.AccuracyM, given.CapturedAt, device, given.Mocked!.Value);
        var session = given.ClassSessionId is { } id ? new ClassSessionId(id) : (ClassSessionId?)null;
        var decided = await mediator.Send(
            new CheckIn(http.School(), given.StudentId, given.LivenessToken, fix, session, IdempotencyKeys.Of(http)), ct);
        if (decided.Error is { } error) return error.ToProblem();
        if (decided.Value.Outcome != CheckInOutcome.Refused) return TypedResults.Created(
            (string?)null, CheckInAcceptedAnswer.Of(decided.Value));
        return TypedResults.Json(
            new CheckInRefusal(decided.Value, http.TraceIdentifier), contentType: ProblemAnswer.ContentType,
            statusCode: StatusCodes.Status422UnprocessableEntity);
    }
}
