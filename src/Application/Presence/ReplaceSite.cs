using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Presence;

public sealed record ReplaceSite(SchoolId School, Site Site) : IRequest<Result<Site>>;

internal sealed class ReplaceSiteValidator : AbstractValidator<ReplaceSite>
{
    public ReplaceSiteValidator() => RuleFor(c => c.Site.Name).SiteName();
}

internal sealed class ReplaceSiteHandler(ISites sites) : IRequestHandler<ReplaceSite, Result<Site>>
{
    public async Task<Result<Site>> Handle(ReplaceSite command, CancellationToken ct)
    {
        if (await sites.ReplaceAsync(command.School, command.Site, ct)) return command.Site;
        return await sites.FindAsync(command.School, command.Site.Id, ct) is null ? SiteErrors.NotFound : SiteErrors.TooMany;
    }
}
