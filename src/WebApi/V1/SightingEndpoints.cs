using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <param name="Sighting">As POST /api/v1/recognitions?hold=true gave it.</param>
internal sealed record GivenSighting(string Sighting) : IJsonBody<GivenSighting>
{
    public static GivenSighting Read(JsonFields fields) => new(fields.RequiredText("sighting"));

    public override string ToString() => "GivenSighting(withheld)";
}

/// <summary>A sighting that is recorded; the same answer each time it is sent.</summary>
/// <param name="At">When the face was seen.</param>
/// <param name="RecordId">Null where it counted for nothing more than what was there.</param>
internal sealed record RecordedSightingAnswer(string StudentId, DateTimeOffset At, Guid? RecordId)
{
    public static RecordedSightingAnswer Of(RecordedSighting recorded) =>
        new(recorded.Student.Value, recorded.SeenAt.ToUniversalTime(), recorded.Record?.Value);

    public override string ToString() => $"RecordedSightingAnswer({RecordId})";
}

/// <summary>POST /api/v1/sightings.</summary>
internal static class SightingEndpoints
{
    public static void MapSightings(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/sightings", RecordAsync).Needs(Scopes.Recognize)
        .Describe("RecordSighting", ApiGroup.Recognitions, "Record a held sighting, once",
            "With the time at which the face was seen, in the class sessions that were open then, and with the event that " +
            "POST /recognize/realtime makes. Sent again, it gets the same answer and records nothing more. Send a device's in the order " +
            "in which the faces were seen. After a 4xx drop it, unless it is 401, 403 or 429.")
        .TakesJson<GivenSighting>("""{"sighting":"AQx0…"}""")
        .Answers<RecordedSightingAnswer>(
            200, "Recorded, now or before",
            """{"student_id":"siswaA","at":"2026-01-05T00:00:01+00:00","record_id":"019a0000-0000-7000-8000-000000000000"}""")
        .AnswersProblem(404, "The student was removed since", "student.not_found")
        .AnswersProblem(422, "Not made here, changed, or of another school", "sighting.invalid")
        .AnswersProblem(422, "Older than seven days", "sighting.expired").AnswersUsualProblems();

    private static async Task<Results<Ok<RecordedSightingAnswer>, ProblemAnswer>> RecordAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var read = await JsonFields.ReadAsync<GivenSighting>(http.Request, ct);
        return read.Error is { } unreadable
            ? unreadable.ToProblem()
            : (await mediator.Send(new RecordSighting(http.School(), read.Value.Sighting), ct)).ToOk(RecordedSightingAnswer.Of);
    }
}
