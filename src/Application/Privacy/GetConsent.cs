using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;

namespace FaceAttendance.Application.Privacy;

public sealed record GetConsent(SchoolId School, StudentId Student) : IRequest<Result<Consent>>;

/// <param name="IsRequired">Whether the school enrols and matches nobody without consent.</param>
/// <param name="History">Newest first.</param>
public sealed record Consent(ConsentState State, bool IsRequired, IReadOnlyList<ConsentStatement> History);

internal sealed class GetConsentHandler(IConsents consents) : IRequestHandler<GetConsent, Result<Consent>>
{
    public async Task<Result<Consent>> Handle(GetConsent query, CancellationToken ct) =>
        await consents.FindAsync(query.School, query.Student, ct) is { } consent ? consent : StudentErrors.NotFound;
}
