using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Students;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Presence;

/// <summary>Whether a position lies at one of the school's sites.</summary>
/// <param name="AccuracyMeters">Radius of the fix's 68 % circle; null takes the position as exact.</param>
public sealed record CheckPresence(SchoolId School, GeoPoint Place, double? AccuracyMeters) : IRequest<Result<PresenceFinding>>
{
    public override string ToString() => "CheckPresence(position withheld)";
}

/// <param name="Nearest">Null when the school has no site.</param>
/// <param name="IsPresent">Whether the fix counts by the rule in force.</param>
public sealed record PresenceFinding(NearestSite? Nearest, PresenceVerdict Verdict, bool IsPresent);

internal sealed class CheckPresenceValidator : AbstractValidator<CheckPresence>
{
    public CheckPresenceValidator() => RuleFor(c => c.AccuracyMeters).Must(a => a is null or (>= 0 and < double.PositiveInfinity))
        .OverridePropertyName("accuracy_m").WithMessage("accuracy_m must be 0 or more metres.");
}

internal sealed class CheckPresenceHandler(ISiteSearch sites, IOptions<PresenceOptions> options) : IRequestHandler<CheckPresence, Result<PresenceFinding>>
{
    public async Task<Result<PresenceFinding>> Handle(CheckPresence command, CancellationToken ct)
    {
        if (await sites.FindNearestAsync(command.School, command.Place, ct) is not { } nearest) return new PresenceFinding(null, PresenceVerdict.Outside, false);
        var accuracy = command.AccuracyMeters ?? 0;
        var policy = options.Value.ToFencePolicy();
        return new PresenceFinding(
            nearest, FencePolicy.Classify(nearest.DistanceMeters, accuracy),
            policy.IsAccurate(accuracy) && policy.IsPresent(nearest.DistanceMeters, accuracy));
    }
}
