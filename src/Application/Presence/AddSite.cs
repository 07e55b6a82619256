using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Presence;

public sealed record AddSite(SchoolId School, string Name, Fence Fence) : IRequest<Result<Site>>;

internal sealed class AddSiteValidator : AbstractValidator<AddSite>
{
    public AddSiteValidator() => RuleFor(c => c.Name).SiteName();
}

internal sealed class AddSiteHandler(ISites sites) : IRequestHandler<AddSite, Result<Site>>
{
    public async Task<Result<Site>> Handle(AddSite command, CancellationToken ct)
    {
        var site = new Site(SiteId.New(), command.Name, command.Fence);
        return await sites.AddAsync(command.School, site, ct) ? site : SiteErrors.TooMany;
    }
}
