using FaceAttendance.Domain;
using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Notices;

/// <summary>Somebody says that they know; the notice is open no more, and is raised anew only after its cause has ended.</summary>
/// <param name="By">In the words of <c>http.CallerName()</c>.</param>
public sealed record AcknowledgeNotice(SchoolId School, NoticeId Id, string By) : IRequest<Result<Notice>>;

internal sealed class AcknowledgeNoticeHandler(INotices notices) : IRequestHandler<AcknowledgeNotice, Result<Notice>>
{
    public async Task<Result<Notice>> Handle(AcknowledgeNotice command, CancellationToken ct) =>
        await notices.AcknowledgeAsync(command.School, command.Id, command.By, ct) is { } known ? known : NoticeErrors.NotFound;
}
