using FaceAttendance.Application.Access;
using FaceAttendance.Application.Notices;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Notices;
using FaceAttendance.WebApi.Access;
using FaceAttendance.WebApi.Errors;
using FaceAttendance.WebApi.OpenApi;
using FaceAttendance.WebApi.Requests;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;

namespace FaceAttendance.WebApi.V1;

/// <summary>Something that staff must know of.</summary>
/// <param name="Subject">A device's id, an endpoint's id or a machine's name; null for lookalikes.</param>
/// <param name="Label">The subject as people call it: a device's name, an endpoint's host, a folder, a certificate's name.</param>
/// <param name="At">When a device was last heard of, deliveries began to fail, or the newest backup was made; when a certificate
/// ends.</param>
/// <param name="StudentId">Of lookalikes; null once the student is removed.</param>
/// <param name="OtherId">As student_id.</param>
/// <param name="Similarity">Of lookalikes: that of the new photo to the other student.</param>
/// <param name="ResolvedAt">When the cause had ended.</param>
/// <param name="AcknowledgedBy">local, or what kind of caller and its id.</param>
internal sealed record NoticeAnswer(
    Guid Id, NoticeKind Kind, NoticeState State, string? Subject, string? Label, DateTimeOffset? At, string? StudentId, string? OtherId,
    double? Similarity, DateTimeOffset RaisedAt, DateTimeOffset? ResolvedAt, DateTimeOffset? AcknowledgedAt, string? AcknowledgedBy)
{
    public static NoticeAnswer Of(Notice notice) => new(
        notice.Id.Value, notice.What.Kind, notice.State, Given(notice.What.Subject), Given(notice.What.Label),
        notice.What.At?.ToUniversalTime(), notice.What.Student?.Value, notice.What.Other?.Value,
        notice.What.Similarity is { } similarity ? Math.Round(similarity, 4) : null, notice.RaisedAt.ToUniversalTime(),
        notice.ResolvedAt?.ToUniversalTime(), notice.AcknowledgedAt?.ToUniversalTime(), notice.AcknowledgedBy);

    private static string? Given(string text) => text.Length > 0 ? text : null;
}

/// <summary>Which notices are listed.</summary>
internal enum NoticeChoice
{
    Open,
    All,
}

/// <summary>/api/v1/notices: what staff must know of.</summary>
internal static class NoticeEndpoints
{
    private const string Notice =
        """{"id":"019a0000-0000-7000-8000-000000000000","kind":"camera_silent","state":"open","subject":"gate-1","label":"Main gate","at":"2026-01-05T00:00:00+00:00","student_id":null,"other_id":null,"similarity":null,"raised_at":"2026-01-05T00:10:30+00:00","resolved_at":null,"acknowledged_at":null,"acknowledged_by":null}""";

    public static void MapNotices(this IEndpointRouteBuilder app)
    {
        var notices = app.MapGroup("/api/v1/notices");
        notices.MapGet("/", ListAsync).Needs(Scopes.AttendanceRead)
            .Describe("ListNotices", ApiGroup.Notices, "What staff must know of",
                "Newest first. Each is raised once while its cause lasts, and resolved by itself when it has ended. lookalike: a face " +
                "was enrolled that a camera would hardly tell from another student's. camera_silent: a device that was heard of is heard " +
                "of no more, for ten minutes in a class session or for a day. deliveries_failing: an endpoint accepts nothing for a " +
                "quarter of an hour, was disabled for that, or has deliveries that were given up. backup_overdue and certificate_ending " +
                "concern the whole server and stand in the operator's school.")
            .TakesQuery<NoticeChoice>(
                "state", "open: the cause lasts and nobody has acknowledged it. all: with those of before. open when absent.")
            .TakesPage()
            .Answers<Page<NoticeAnswer>>(200, "The notices", $$"""{"items":[{{Notice}}],"total":1}""").AnswersUsualProblems();
        notices.MapPost("/{id:guid}/acknowledgement", AcknowledgeAsync).Needs(Scopes.AttendanceWrite)
            .Describe("AcknowledgeNotice", ApiGroup.Notices, "Say that somebody knows",
                "The notice is open no more, for everybody in the school; whoever was first stays. It is raised anew only after its " +
                "cause has ended.")
            .Answers<NoticeAnswer>(200, "The notice", Notice).AnswersProblem(404, "No such notice", "notice.not_found")
            .AnswersUsualProblems();
    }

    private static async Task<Results<Ok<Page<NoticeAnswer>>, ProblemAnswer>> ListAsync(
        HttpContext http, IMediator mediator, CancellationToken ct)
    {
        var fields = new RequestFields(http.Request);
        var state = fields.Strictly("state", Words.Parse<NoticeChoice>, WordRule.Of<NoticeChoice>(), "enum");
        var (limit, offset) = fields.Page();
        if (fields.Faults is { } faults) return ErrorMapping.ToProblem(faults);

        var listed = await mediator.Send(new ListNotices(http.School(), state is not NoticeChoice.All, limit, offset), ct);
        return listed.ToOk(page => Pages.Of(page.Items, page.Total, NoticeAnswer.Of));
    }

    private static async Task<Results<Ok<NoticeAnswer>, ProblemAnswer>> AcknowledgeAsync(
        Guid id, HttpContext http, IMediator mediator, CancellationToken ct) =>
        (await mediator.Send(new AcknowledgeNotice(http.School(), new(id), http.CallerName()), ct)).ToOk(NoticeAnswer.Of);
}
