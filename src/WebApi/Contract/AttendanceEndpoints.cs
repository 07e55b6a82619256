using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;

namespace FaceAttendance.WebApi.Contract;

/// <summary>GET /attendance/today and GET /attendance/student/{id}.</summary>
internal static class AttendanceEndpoints
{
    private const string Day =
        """{"student_id":"siswaA","full_name":"Ayu Lestari","date":"2026-01-05","first_seen_ts":1767597120,"last_seen_ts":1767611520,"hits":4}""";

    public static void MapAttendance(this IEndpointRouteBuilder app)
    {
        app.MapGet("/attendance/today", TodayAsync).Needs(Scopes.AttendanceRead)
            .Describe(
                "ListToday", ApiGroup.Attendance, "Who was seen today",
                "Today in the school's own time zone, latest first. Times are Unix seconds.")
            .TakesQuery("limit", "1 to 500.", 100, 1, 500)
            .TakesQuery("offset", "How many to leave out.", 0, 0)
            .Answers<TodayAnswer>(200, "A page", $$"""{"ok":true,"items":[{{Day}}]}""")
            .AnswersBadFields().AnswersUnavailable();
        app.MapGet("/attendance/student/{id}", StudentAsync).Needs(Scopes.AttendanceRead, Scopes.Own)
            .Describe("ListStudentDays", ApiGroup.Attendance, "A student's last days", "Today included, newest first.")
            .TakesQuery("days", "1 to 60.", 7, 1, 60)
            .Answers<StudentDaysAnswer>(
                200, "The days on which the student was seen", $$"""{"ok":true,"student_id":"siswaA","items":[{{Day}}]}""")
            .Answers<RefusedAnswer>(404, "No such student", """{"ok":false,"msg":"Student not found"}""")
            .AnswersBadFields().AnswersUnavailable();
    }

    private static async Task<IResult> TodayAsync(HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var limit = fields.Integer("limit", absent: 100, least: 1, most: 500);
        var offset = fields.Integer("offset", absent: 0, least: 0, most: int.MaxValue);
        if (fields.Faults is { } faults) return ErrorMapping.ToContract(faults);

        var days = await mediator.Send(new ListToday(http.School(), limit, offset), ct);
        return days.Match(
            found => Results.Json(new TodayAnswer(true, AttendanceDayAnswer.Of(found)), ContractJson.Wire.TodayAnswer),
            error => error.ToContract(fields));
    }

    private static async Task<IResult> StudentAsync(string id, HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var student = fields.PathStudentId("id", id);
        var days = fields.Integer("days", absent: 7, least: 1, most: 60);
        if (fields.Faults is { } faults) return ErrorMapping.ToContract(faults);
        if (!http.MayActFor(student)) return AccessErrors.OtherStudent.ToForbidden(http);

        var found = await mediator.Send(new ListStudentDays(http.School(), student, days), ct);
        return found.Match(
            list =>
                Results.Json(new StudentDaysAnswer(true, student.Value, AttendanceDayAnswer.Of(list)), ContractJson.Wire.StudentDaysAnswer),
            error => error.ToContract(fields));
    }
}
