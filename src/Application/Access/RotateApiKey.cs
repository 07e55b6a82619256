using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <param name="Overlap">How long the secret before is still taken.</param>
public sealed record RotateApiKey(SchoolId School, ApiKeyId Id, TimeSpan Overlap) : IRequest<Result<IssuedApiKey>>
{
    /// <summary>Long enough to change a setting on every machine of a school, short enough that a leaked key dies.</summary>
    public static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(7);
}

internal sealed class RotateApiKeyValidator : AbstractValidator<RotateApiKey>
{
    public RotateApiKeyValidator() => RuleFor(c => c.Overlap).InclusiveBetween(TimeSpan.Zero, RotateApiKey.LongestOverlap)
        .OverridePropertyName("overlap_seconds")
        .WithMessage($"overlap_seconds must lie between 0 and {RotateApiKey.LongestOverlap.TotalSeconds}.");
}

internal sealed class RotateApiKeyHandler(IApiKeys keys, TimeProvider clock) : IRequestHandler<RotateApiKey, Result<IssuedApiKey>>
{
    public async Task<Result<IssuedApiKey>> Handle(RotateApiKey command, CancellationToken ct)
    {
        var secret = ApiKeySecret.New(command.School, command.Id);
        var rotated = await keys.RotateAsync(command.School, command.Id, secret.Sha256, clock.GetUtcNow() + command.Overlap, ct);
        return rotated is null ? ApiKeyErrors.NotFound : new IssuedApiKey(rotated, secret);
    }
}
