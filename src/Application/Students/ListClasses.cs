using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Students;

/// <summary>The school's classes, as its students' profiles name them.</summary>
public sealed record ListClasses(SchoolId School) : IRequest<Result<IReadOnlyList<SchoolClass>>>;

internal sealed class ListClassesHandler(IRoster roster) : IRequestHandler<ListClasses, Result<IReadOnlyList<SchoolClass>>>
{
    public async Task<Result<IReadOnlyList<SchoolClass>>> Handle(ListClasses query, CancellationToken ct) =>
        Result<IReadOnlyList<SchoolClass>>.Ok(await roster.ListClassesAsync(query.School, ct));
}
