using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Webhooks;

/// <param name="Overlap">How long deliveries bear the old secret's signature too; zero ends the old one and every earlier one at
/// once.</param>
public sealed record RotateWebhookSecret(SchoolId School, EndpointId Id, TimeSpan Overlap) : IRequest<Result<EndpointWithSecret>>;

internal sealed class RotateWebhookSecretValidator : AbstractValidator<RotateWebhookSecret>
{
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    public RotateWebhookSecretValidator() =>
        RuleFor(c => c.Overlap).Must(o => o >= TimeSpan.Zero && o <= LongestOverlap).OverridePropertyName("overlap_hours")
        .WithMessage($"overlap_hours must lie between 0 and {LongestOverlap.TotalHours}.");
}

internal sealed class RotateWebhookSecretHandler(IWebhookEndpoints endpoints, IWebhookSecrets secrets)
    : IRequestHandler<RotateWebhookSecret, Result<EndpointWithSecret>>
{
    public async Task<Result<EndpointWithSecret>> Handle(RotateWebhookSecret command, CancellationToken ct)
    {
        if (command.Id == EndpointId.Operators) return await endpoints.BuiltInOrAbsentAsync(command.School, ct);
        return await secrets.RotateAsync(command.School, command.Id, command.Overlap, ct);
    }
}
