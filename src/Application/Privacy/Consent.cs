using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Privacy;

public enum ConsentState
{
    NotAsked,
    Given,
    Withdrawn,
}

/// <summary>The states as they stand in answers and in the database.</summary>
public static class ConsentWords
{
    public static string Of(ConsentState state) => state switch
    {
        ConsentState.NotAsked => "not_asked",
        ConsentState.Given => "given",
        ConsentState.Withdrawn => "withdrawn",
    };

    /// <returns>Null for another word.</returns>
    public static ConsentState? Parse(string? word) => word switch
    {
        "not_asked" => ConsentState.NotAsked,
        "given" => ConsentState.Given,
        "withdrawn" => ConsentState.Withdrawn,
        _ => null,
    };
}

public static class ConsentErrors
{
    public static Error Missing { get; } = new(
        "consent.missing", "This school enrols a face only after consent was given; record it first.", ErrorKind.Rejected);

    public static Error Withdrawn { get; } = new(
        "consent.withdrawn", "Consent to face recognition was withdrawn; mark attendance by hand, or record a new consent first.", ErrorKind.Rejected);
}

/// <param name="Method">How it was said, such as <c>paper</c>.</param>
public sealed record ConsentStatement(ConsentState State, string Method, string? Note, string RecordedBy, DateTimeOffset RecordedAt)
{
    public override string ToString() => $"ConsentStatement({State})";
}

/// <param name="IsRequired">Whether the school enrols and matches nobody without consent.</param>
/// <param name="History">Newest first.</param>
public sealed record Consent(ConsentState State, bool IsRequired, IReadOnlyList<ConsentStatement> History);

/// <summary>What students said to being recognised by face.</summary>
public interface IConsents
{
    /// <returns>Null for an unknown student.</returns>
    Task<Consent?> FindAsync(SchoolId school, StudentId student, CancellationToken ct);

    /// <summary>
    /// Records a statement in the caller's name. A withdrawal removes the student's face templates in the same transaction; no process matches them
    /// from then on.
    /// </summary>
    /// <returns>Null for an unknown student.</returns>
    Task<Consent?> RecordAsync(SchoolId school, StudentId student, ConsentState state, string method, string? note, CancellationToken ct);
}

public sealed record GetConsent(SchoolId School, StudentId Student) : IRequest<Result<Consent>>;

public sealed record RecordConsent(SchoolId School, StudentId Student, ConsentState State, string Method, string? Note) : IRequest<Result<Consent>>
{
    public override string ToString() => $"RecordConsent({Student}, {State})";
}

internal sealed class RecordConsentValidator : AbstractValidator<RecordConsent>
{
    public RecordConsentValidator()
    {
        RuleFor(c => c.State).NotEqual(ConsentState.NotAsked).OverridePropertyName("state").WithMessage("state must be given or withdrawn.");
        RuleFor(c => c.Method).NotEmpty().MaximumLength(64).OverridePropertyName("method").WithMessage("method must have 1 to 64 characters.");
        RuleFor(c => c.Note).MaximumLength(500).OverridePropertyName("note").WithMessage("note must have at most 500 characters.");
    }
}

internal sealed class ConsentHandler(IConsents consents) :
    IRequestHandler<GetConsent, Result<Consent>>,
    IRequestHandler<RecordConsent, Result<Consent>>
{
    public async Task<Result<Consent>> Handle(GetConsent query, CancellationToken ct) =>
        await consents.FindAsync(query.School, query.Student, ct) is { } consent ? consent : StudentErrors.NotFound;

    public async Task<Result<Consent>> Handle(RecordConsent command, CancellationToken ct) =>
        await consents.RecordAsync(command.School, command.Student, command.State, command.Method, command.Note, ct) is { } consent
            ? consent
            : StudentErrors.NotFound;
}
