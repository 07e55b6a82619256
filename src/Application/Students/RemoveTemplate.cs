using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Students;

public sealed record RemoveTemplate(SchoolId School, StudentId Id, TemplateId Template) : IRequest<Result<Done>>;

internal sealed class RemoveTemplateHandler(ITemplates templates) : IRequestHandler<RemoveTemplate, Result<Done>>
{
    public async Task<Result<Done>> Handle(RemoveTemplate command, CancellationToken ct) =>
        await templates.RemoveAsync(command.School, command.Id, command.Template, ct) ? default(Done) : StudentErrors.TemplateNotFound;
}
