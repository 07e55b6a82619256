using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

/// <summary>A page of the school's students.</summary>
/// <param name="Query">Part of an id, a name or a class.</param>
/// <param name="ClassName">Of this class alone, to the letter.</param>
public sealed record ListStudents(SchoolId School, string? Query, int Limit, int Offset, string? ClassName = null)
    : IRequest<Result<StudentPage>>
{
    public override string ToString() => "ListStudents(query withheld)";
}

public sealed record StudentPage(IReadOnlyList<Student> Items, int Total);

internal sealed class ListStudentsHandler(IStudents students) : IRequestHandler<ListStudents, Result<StudentPage>>
{
    public async Task<Result<StudentPage>> Handle(ListStudents query, CancellationToken ct)
    {
        var (items, total) = await students.ListAsync(query.School, query.Query, query.ClassName, query.Limit, query.Offset, ct);
        return new StudentPage(items, total);
    }
}
