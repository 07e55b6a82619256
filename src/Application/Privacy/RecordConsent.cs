using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Privacy;

public sealed record RecordConsent(SchoolId School, StudentId Student, ConsentState State, string Method, string? Note)
    : IRequest<Result<Consent>>
{
    public override string ToString() => $"RecordConsent({Student}, {State})";
}

internal sealed class RecordConsentValidator : AbstractValidator<RecordConsent>
{
    public RecordConsentValidator()
    {
        RuleFor(c => c.State).NotEqual(ConsentState.NotAsked).OverridePropertyName("state")
            .WithMessage("state must be given or withdrawn.");
        RuleFor(c => c.Method).NotEmpty().MaximumLength(64).OverridePropertyName("method")
            .WithMessage("method must have 1 to 64 characters.");
        RuleFor(c => c.Note).MaximumLength(500).OverridePropertyName("note").WithMessage("note must have at most 500 characters.");
    }
}

internal sealed class RecordConsentHandler(IConsents consents) : IRequestHandler<RecordConsent, Result<Consent>>
{
    public async Task<Result<Consent>> Handle(RecordConsent command, CancellationToken ct) =>
        await consents.RecordAsync(command.School, command.Student, command.State, command.Method, command.Note, ct) is { } consent
            ? consent
            : StudentErrors.NotFound;
}
