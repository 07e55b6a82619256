using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Access;

public sealed record CreateApiKey(SchoolId School, string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt, string CreatedBy)
    : IRequest<Result<IssuedApiKey>>;

/// <summary>A key and its text, which is never to be had again.</summary>
public sealed record IssuedApiKey(ApiKey Key, ApiKeySecret Secret);

internal sealed class CreateApiKeyValidator : AbstractValidator<CreateApiKey>
{
    public CreateApiKeyValidator(TimeProvider clock)
    {
        RuleFor(c => c.Name).KeyName();
        RuleFor(c => c.Scopes).Must(s => s.Count > 0 && s.All(Scopes.All.Contains)).OverridePropertyName("scopes")
            .WithMessage($"scopes must name one or more of {string.Join(", ", Scopes.All)}.");
        RuleFor(c => c.ExpiresAt).Must(e => e is null || e > clock.GetUtcNow()).OverridePropertyName("expires_at")
            .WithMessage("expires_at must lie in the future.");
    }
}

internal sealed class CreateApiKeyHandler(IApiKeys keys, TimeProvider clock) : IRequestHandler<CreateApiKey, Result<IssuedApiKey>>
{
    public async Task<Result<IssuedApiKey>> Handle(CreateApiKey command, CancellationToken ct)
    {
        var secret = ApiKeySecret.New(command.School, ApiKeyId.New());
        var key = new ApiKey(
            secret.Id, command.Name, [.. command.Scopes.Distinct()], Device: null, command.CreatedBy, clock.GetUtcNow(), command.ExpiresAt);
        await keys.AddAsync(command.School, key, secret.Sha256, ct);
        return new IssuedApiKey(key, secret);
    }
}
