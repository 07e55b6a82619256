using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Privacy;

public sealed record ExportStudent(SchoolId School, StudentId Student) : IRequest<Result<StudentExport>>;

public sealed record StudentExport(string Json)
{
    public override string ToString() => "StudentExport(withheld)";
}

internal sealed class ExportStudentHandler(IStudentRights rights) : IRequestHandler<ExportStudent, Result<StudentExport>>
{
    public async Task<Result<StudentExport>> Handle(ExportStudent query, CancellationToken ct) =>
        await rights.ExportAsync(query.School, query.Student, ct) is { } json ? new StudentExport(json) : StudentErrors.NotFound;
}
