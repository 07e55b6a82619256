using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Presence;

/// <summary>How far a place is from the school's nearest site, and what a check-in from there would be told. Nothing is kept.</summary>
/// <param name="AccuracyMeters">0 or more.</param>
public sealed record MeasurePlace(SchoolId School, GeoPoint Place, double AccuracyMeters) : IRequest<Result<MeasuredPlace>>
{
    public override string ToString() => "MeasurePlace(position withheld)";
}

/// <summary>Both null when the school has no site.</summary>
public sealed record MeasuredPlace(NearestSite? Nearest, PresenceVerdict? Verdict);

internal sealed class MeasurePlaceHandler(ISiteSearch sites) : IRequestHandler<MeasurePlace, Result<MeasuredPlace>>
{
    public async Task<Result<MeasuredPlace>> Handle(MeasurePlace query, CancellationToken ct) =>
        await sites.FindNearestAsync(query.School, query.Place, ct) is { } nearest
            ? new MeasuredPlace(nearest, FencePolicy.Classify(nearest.DistanceMeters, query.AccuracyMeters, nearest.SizeMeters))
            : new MeasuredPlace(null, null);
}
