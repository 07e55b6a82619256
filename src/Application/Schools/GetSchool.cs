using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Schools;

public sealed record GetSchool(SchoolId School) : IRequest<Result<School>>;

internal sealed class GetSchoolHandler(ISchools schools) : IRequestHandler<GetSchool, Result<School>>
{
    public async Task<Result<School>> Handle(GetSchool query, CancellationToken ct) => await schools.FindAsync(query.School, ct);
}
