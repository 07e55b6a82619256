using System.Globalization;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Presence;

public static class SiteErrors
{
    public static Error NotFound { get; } = new("site.not_found", "The school has no such site.", ErrorKind.NotFound);

    public static Error TooMany { get; } = new(
        "site.too_many",
        string.Create(CultureInfo.InvariantCulture, $"A school has at most {ISites.MostSites:#,0} sites, whose polygons have at most {ISites.MostPolygonPoints:#,0} positions together; remove a site, or give this one a simpler shape."),
        ErrorKind.Conflict);
}

public sealed record AddSite(SchoolId School, string Name, Fence Fence) : IRequest<Result<Site>>;

public sealed record ReplaceSite(SchoolId School, Site Site) : IRequest<Result<Site>>;

public sealed record RemoveSite(SchoolId School, SiteId Id) : IRequest<Result<Done>>;

public sealed record GetSite(SchoolId School, SiteId Id) : IRequest<Result<Site>>;

/// <summary>A page of the school's sites, oldest first.</summary>
public sealed record ListSites(SchoolId School, int Limit, int Offset) : IRequest<Result<SitePage>>;

public sealed record SitePage(IReadOnlyList<Site> Items, int Total);

public sealed record GetEvidencePolicy(SchoolId School) : IRequest<Result<EvidencePolicy>>;

public sealed record SetEvidencePolicy(SchoolId School, EvidencePolicy Policy) : IRequest<Result<EvidencePolicy>>;

internal sealed class AddSiteValidator : AbstractValidator<AddSite>
{
    public AddSiteValidator() => RuleFor(c => c.Name).SiteName();
}

internal sealed class ReplaceSiteValidator : AbstractValidator<ReplaceSite>
{
    public ReplaceSiteValidator() => RuleFor(c => c.Site.Name).SiteName();
}

internal sealed class SetEvidencePolicyValidator : AbstractValidator<SetEvidencePolicy>
{
    public SetEvidencePolicyValidator() => RuleFor(c => c.Policy.DecisiveWeight).InclusiveBetween(0, 10).OverridePropertyName("decisive_weight")
        .WithMessage("decisive_weight must lie between 0 and 10.");
}

internal static class SiteRules
{
    public static void SiteName<T>(this IRuleBuilder<T, string> name) => name
        .Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= Site.MaxNameLength && !n.Any(char.IsControl))
        .OverridePropertyName("name").WithMessage($"name must have 1 to {Site.MaxNameLength} characters and no control characters.");
}

internal sealed class SiteCommandsHandler(ISites sites, IEvidencePolicies policies) :
    IRequestHandler<AddSite, Result<Site>>,
    IRequestHandler<ReplaceSite, Result<Site>>,
    IRequestHandler<RemoveSite, Result<Done>>,
    IRequestHandler<GetSite, Result<Site>>,
    IRequestHandler<ListSites, Result<SitePage>>,
    IRequestHandler<GetEvidencePolicy, Result<EvidencePolicy>>,
    IRequestHandler<SetEvidencePolicy, Result<EvidencePolicy>>
{
    public async Task<Result<Site>> Handle(AddSite command, CancellationToken ct)
    {
        var site = new Site(SiteId.New(), command.Name, command.Fence);
        return await sites.AddAsync(command.School, site, ct) ? site : SiteErrors.TooMany;
    }

    public async Task<Result<Site>> Handle(ReplaceSite command, CancellationToken ct)
    {
        if (await sites.ReplaceAsync(command.School, command.Site, ct)) return command.Site;
        return await sites.FindAsync(command.School, command.Site.Id, ct) is null ? SiteErrors.NotFound : SiteErrors.TooMany;
    }

    public async Task<Result<Done>> Handle(RemoveSite command, CancellationToken ct) =>
        await sites.RemoveAsync(command.School, command.Id, ct) ? default(Done) : SiteErrors.NotFound;

    public async Task<Result<Site>> Handle(GetSite query, CancellationToken ct) =>
        await sites.FindAsync(query.School, query.Id, ct) is { } site ? site : SiteErrors.NotFound;

    public async Task<Result<SitePage>> Handle(ListSites query, CancellationToken ct)
    {
        var (items, total) = await sites.ListAsync(query.School, query.Limit, query.Offset, ct);
        return new SitePage(items, total);
    }

    public async Task<Result<EvidencePolicy>> Handle(GetEvidencePolicy query, CancellationToken ct) => await policies.GetAsync(query.School, ct);

    public async Task<Result<EvidencePolicy>> Handle(SetEvidencePolicy command, CancellationToken ct)
    {
        await policies.SetAsync(command.School, command.Policy, ct);
        return command.Policy;
    }
}
