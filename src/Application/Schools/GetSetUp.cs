using FaceAttendance.Domain;
using MediatR;

namespace FaceAttendance.Application.Schools;

/// <summary>Whether the first administrator is still to be made.</summary>
public sealed record GetSetUp : IRequest<Result<SetUpState>>;

/// <param name="TimeZone">The zone that the server's settings hold; null when the school may choose.</param>
public sealed record SetUpState(bool IsNeeded, string? TimeZone);

internal sealed class GetSetUpHandler(IFirstSetUp setUp, ISchoolCalendars calendars) : IRequestHandler<GetSetUp, Result<SetUpState>>
{
    public async Task<Result<SetUpState>> Handle(GetSetUp query, CancellationToken ct) =>
        new SetUpState(await setUp.IsNeededAsync(ct), calendars.Fixed);
}
