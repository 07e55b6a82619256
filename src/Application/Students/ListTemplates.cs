using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

public sealed record ListTemplates(SchoolId School, StudentId Id) : IRequest<Result<IReadOnlyList<TemplateSummary>>>;

internal sealed class ListTemplatesHandler(IStudents students, ITemplates templates, IAuditLog audit)
    : IRequestHandler<ListTemplates, Result<IReadOnlyList<TemplateSummary>>>
{
    public async Task<Result<IReadOnlyList<TemplateSummary>>> Handle(ListTemplates query, CancellationToken ct)
    {
        if (await students.FindAsync(query.School, query.Id, ct) is null) return StudentErrors.NotFound;
        var listed = await templates.ListAsync(query.School, query.Id, ct);
        await audit.AppendAsync(
            new(query.School, AuditActions.TemplatesListed, query.Id.Value,
                new Dictionary<string, object?> { ["templates"] = listed.Count }), ct);
        return Result<IReadOnlyList<TemplateSummary>>.Ok(listed);
    }
}
