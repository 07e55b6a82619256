using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using MediatR;

namespace FaceAttendance.Application.Presence;

/// <summary>Whether a position, taken as exact, lies at one of the school's sites.</summary>
public sealed record CheckPresence(SchoolId School, GeoPoint Place) : IRequest<Result<bool>>
{
    public override string ToString() => "CheckPresence(position withheld)";
}

internal sealed class CheckPresenceHandler(ISiteSearch sites) : IRequestHandler<CheckPresence, Result<bool>>
{
    public async Task<Result<bool>> Handle(CheckPresence command, CancellationToken ct) =>
        await sites.FindNearestAsync(command.School, command.Place, ct) is { DistanceMeters: <= 0 };
}
