using System.Text.Json;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.V1;

/// <summary>POST /api/v1/check-ins: liveness, place and time bound into one decision.</summary>
internal static class CheckInEndpoints
{
    public const string KeyHeader = "Idempotency-Key";

    private const string Request =
        """{"student_id":"siswaA","liveness_token":"from a passed liveness session","lat":-7.9673435,"lon":112.6267206,"accuracy_m":8,"captured_at":"2026-01-05T07:00:00+07:00","device_id":"phone-1","mocked":false,"class_session_id":null}""";

    private const string Accepted =
        """{"decision":"accepted","record_id":"019a0000-0000-7000-8000-000000000000","student_id":"siswaA","at":"2026-01-05T00:00:01+00:00","status":"present","verdict":"inside","site_id":"019a0000-0000-7000-8000-000000000001","distance_m":-14.2,"reasons":[]}""";

    private const string Refused =
        """{"title":"Unprocessable Entity","status":422,"detail":"The position lies outside the fence.","code":"presence.outside_fence","traceId":"4bf92f3577b34da6a3ce929d0e0e4736","decision":"refused","student_id":"siswaA","at":"2026-01-05T00:00:01+00:00","verdict":"outside","site_id":"019a0000-0000-7000-8000-000000000001","distance_m":840.5,"reasons":[{"code":"presence.outside_fence","message":"The position lies outside the fence.","effect":"refused"}]}""";

    public static void MapCheckIns(this IEndpointRouteBuilder app) => app.MapPost("/api/v1/check-ins", CheckInAsync).Needs(Scopes.Presence)
        .Describe("Check-ins, v1", "I am here, alive, now",
            "Decides once and says every reason. decision is accepted, review (counts, and a person should look) or refused. An Idempotency-Key header makes a retry the same request: it gets the first answer again. The key is the caller's own. A device's own key says device_id by itself, and no other.")
        .TakesJson(Request).WithMetadata(JsonFields.Limit)
        .Answers(201, "It counts", Accepted)
        .Answers(422, "It does not count; code is the gravest reason's", Refused)
        .AnswersProblem(422, "The Idempotency-Key was used for another request", "check_in.key_reused")
        .AnswersProblem(403, "A student's own token, and another student", "access.other_student")
        .AnswersProblem(403, "A device's own key and another device_id, or a student's own token and that of a device", "access.other_device")
        .AnswersProblem(404, "No such student or class session", "student.not_found").AnswersUsualProblems();

    private static async Task<IResult> CheckInAsync(HttpContext http, IMediator mediator, IDevices devices, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync(http.Request, ct);
        if (read.Error is { } unreadable) return unreadable.ToProblem();
        using var fields = read.Value;
        var student = fields.RequiredStudentId("student_id");
        var token = fields.RequiredText("liveness_token");
        var device = http.DeviceOf(fields.OptionalText("device_id"));
        var fix = new LocationFix(
            fields.RequiredPlace("lat", "lon"), fields.RequiredNumber("accuracy_m"), fields.RequiredInstant("captured_at"),
            device.IsSuccess ? device.Value ?? fields.RequiredText("device_id") : "", fields.Flag("mocked", absent: false));
        var session = fields.OptionalId("class_session_id") is { } id ? new ClassSessionId(id) : (ClassSessionId?)null;
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);
        if (device.Error is { } foreign) return foreign.ToProblem();
        if (!http.MayActFor(student)) return AccessErrors.OtherStudent.ToProblem();
        // A check-in at the school's own terminal is worth more than one by phone, so only the terminal can say that it was there.
        if (http.OwnStudent() is not null && DeviceId.IsValid(fix.DeviceId) && await devices.IsThereAsync(http.School(), new(fix.DeviceId), ct))
            return AccessErrors.OtherDevice.ToProblem();

        var key = http.Request.Headers.TryGetValue(KeyHeader, out var given) ? given.ToString() : null;
        var decided = await mediator.Send(new CheckIn(http.School(), student, token, fix, session, key), ct);
        return decided.Match(Answer, ErrorMapping.ToProblem);
    }

    private static IResult Answer(CheckInAnswer answer)
    {
        if (answer.Outcome == CheckInOutcome.Refused) return RefusalOf(answer).ToProblem();
        return new JsonAnswer(StatusCodes.Status201Created, null, json =>
        {
            json.WriteString("decision", WordOf(answer.Outcome));
            json.WriteString("record_id", answer.Record!.Value.Value);
            json.WriteString("student_id", answer.Student.Value);
            json.WriteString("at", answer.At.ToUniversalTime());
            json.WriteString("status", AttendanceWords.Of(answer.Status!.Value));
            json.WriteString("verdict", WordOf(answer.Verdict!.Value));
            json.WriteString("site_id", answer.Site!.Value.Value);
            json.WriteNumber("distance_m", answer.DistanceMeters!.Value);
            json.WriteStartArray("reasons");
            foreach (var reason in answer.Reasons) WriteReason(json, reason);
            json.WriteEndArray();
        });
    }

    private static Error RefusalOf(CheckInAnswer answer) => new(answer.Reasons[0].Code, answer.Reasons[0].Message, ErrorKind.Rejected)
    {
        Details = new Dictionary<string, object?>
        {
            ["decision"] = WordOf(answer.Outcome),
            ["student_id"] = answer.Student.Value,
            ["at"] = answer.At.ToUniversalTime().ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFFzzz", System.Globalization.CultureInfo.InvariantCulture),
            ["verdict"] = answer.Verdict is { } verdict ? WordOf(verdict) : null,
            ["site_id"] = answer.Site?.ToString(),
            ["distance_m"] = answer.DistanceMeters,
            ["reasons"] = answer.Reasons.Select(r => new Dictionary<string, object?>
            {
                ["code"] = r.Code, ["message"] = r.Message, ["effect"] = WordOf(r.Effect),
            }).ToArray(),
        },
    };

    private static void WriteReason(Utf8JsonWriter json, CheckInReason reason)
    {
        json.WriteStartObject();
        json.WriteString("code", reason.Code);
        json.WriteString("message", reason.Message);
        json.WriteString("effect", WordOf(reason.Effect));
        json.WriteEndObject();
    }

    private static string WordOf(CheckInOutcome outcome) => outcome switch
    {
        CheckInOutcome.Accepted => "accepted",
        CheckInOutcome.Review => "review",
        CheckInOutcome.Refused => "refused",
    };

    private static string WordOf(PresenceVerdict verdict) => verdict switch
    {
        PresenceVerdict.Inside => "inside",
        PresenceVerdict.Outside => "outside",
        PresenceVerdict.Uncertain => "uncertain",
    };
}
