using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

public static class StudentErrors
{
    public static Error NotFound { get; } = new("student.not_found", "Student not found", ErrorKind.NotFound);

    public static Error TemplateNotFound { get; } = new("template.not_found", "The student has no such face template.", ErrorKind.NotFound);
}

/// <summary>A page of the school's students.</summary>
public sealed record ListStudents(SchoolId School, string? Query, int Limit, int Offset) : IRequest<Result<StudentPage>>
{
    public override string ToString() => "ListStudents(query withheld)";
}

public sealed record StudentPage(IReadOnlyList<Student> Items, int Total);

public sealed record GetStudent(SchoolId School, StudentId Id) : IRequest<Result<Student>>;

/// <summary>Forgets a student: templates, attendance, undelivered events.</summary>
public sealed record RemoveStudent(SchoolId School, StudentId Id) : IRequest<Result<Done>>;

public sealed record ListTemplates(SchoolId School, StudentId Id) : IRequest<Result<IReadOnlyList<TemplateSummary>>>;

public sealed record RemoveTemplate(SchoolId School, StudentId Id, TemplateId Template) : IRequest<Result<Done>>;

internal sealed class StudentQueriesHandler(IStudents students, ITemplates templates, IAuditLog audit) :
    IRequestHandler<ListStudents, Result<StudentPage>>,
    IRequestHandler<GetStudent, Result<Student>>,
    IRequestHandler<RemoveStudent, Result<Done>>,
    IRequestHandler<ListTemplates, Result<IReadOnlyList<TemplateSummary>>>,
    IRequestHandler<RemoveTemplate, Result<Done>>
{
    public async Task<Result<StudentPage>> Handle(ListStudents query, CancellationToken ct)
    {
        var (items, total) = await students.ListAsync(query.School, query.Query, query.Limit, query.Offset, ct);
        return new StudentPage(items, total);
    }

    public async Task<Result<Student>> Handle(GetStudent query, CancellationToken ct) =>
        await students.FindAsync(query.School, query.Id, ct) is { } student ? student : StudentErrors.NotFound;

    public async Task<Result<Done>> Handle(RemoveStudent command, CancellationToken ct) =>
        await students.RemoveAsync(command.School, command.Id, ct) ? default(Done) : StudentErrors.NotFound;

    public async Task<Result<IReadOnlyList<TemplateSummary>>> Handle(ListTemplates query, CancellationToken ct)
    {
        if (await students.FindAsync(query.School, query.Id, ct) is null) return StudentErrors.NotFound;
        var listed = await templates.ListAsync(query.School, query.Id, ct);
        await audit.AppendAsync(
            new(query.School, AuditActions.TemplatesListed, query.Id.Value, new Dictionary<string, object?> { ["templates"] = listed.Count }), ct);
        return Result<IReadOnlyList<TemplateSummary>>.Ok(listed);
    }

    public async Task<Result<Done>> Handle(RemoveTemplate command, CancellationToken ct) =>
        await templates.RemoveAsync(command.School, command.Id, command.Template, ct) ? default(Done) : StudentErrors.TemplateNotFound;
}
