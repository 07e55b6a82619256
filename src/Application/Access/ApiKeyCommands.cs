using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>Where the keys of programs and devices are kept. What it answers never holds a secret.</summary>
public interface IApiKeys
{
    /// <returns>False when the device has a good key already.</returns>
    Task<bool> AddAsync(SchoolId school, ApiKey key, byte[] secretSha256, CancellationToken ct);

    /// <summary>A page of one kind, newest first, revoked ones included.</summary>
    Task<(IReadOnlyList<ApiKey> Items, int Total)> ListAsync(SchoolId school, ApiKeyKind kind, int limit, int offset, CancellationToken ct);

    /// <summary>Replaces the secret; the one before is taken until <paramref name="previousUntil"/>.</summary>
    /// <returns>Null when there is no such key, or it was revoked.</returns>
    Task<ApiKey?> RotateAsync(SchoolId school, ApiKeyId id, byte[] secretSha256, DateTimeOffset previousUntil, CancellationToken ct);

    /// <summary>Ends a key, in every process at once.</summary>
    /// <returns>False when there is no such key.</returns>
    Task<bool> RevokeAsync(SchoolId school, ApiKeyId id, CancellationToken ct);
}

public enum ApiKeyKind
{
    Program,
    Device,
}

/// <summary>A key and its text, which is never to be had again.</summary>
public sealed record IssuedApiKey(ApiKey Key, ApiKeySecret Secret);

public sealed record CreateApiKey(SchoolId School, string Name, IReadOnlyList<string> Scopes, DateTimeOffset? ExpiresAt, string CreatedBy)
    : IRequest<Result<IssuedApiKey>>;

public sealed record ListApiKeys(SchoolId School, int Limit, int Offset) : IRequest<Result<ApiKeyPage>>;

public sealed record ApiKeyPage(IReadOnlyList<ApiKey> Items, int Total);

/// <param name="Overlap">How long the secret before is still taken.</param>
public sealed record RotateApiKey(SchoolId School, ApiKeyId Id, TimeSpan Overlap) : IRequest<Result<IssuedApiKey>>
{
    /// <summary>Long enough to change a setting on every machine of a school, short enough that a leaked key dies.</summary>
    public static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(7);
}

public sealed record RevokeApiKey(SchoolId School, ApiKeyId Id) : IRequest<Result<Done>>;

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

internal sealed class RotateApiKeyValidator : AbstractValidator<RotateApiKey>
{
    public RotateApiKeyValidator() => RuleFor(c => c.Overlap).InclusiveBetween(TimeSpan.Zero, RotateApiKey.LongestOverlap)
        .OverridePropertyName("overlap_seconds").WithMessage($"overlap_seconds must lie between 0 and {RotateApiKey.LongestOverlap.TotalSeconds}.");
}

internal static class ApiKeyRules
{
    public static void KeyName<T>(this IRuleBuilder<T, string> name) => name
        .Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= ApiKey.MaxNameLength && !n.Any(char.IsControl))
        .OverridePropertyName("name").WithMessage($"name must have 1 to {ApiKey.MaxNameLength} characters and no control characters.");
}

internal sealed class ApiKeyCommandsHandler(IApiKeys keys, TimeProvider clock) :
    IRequestHandler<CreateApiKey, Result<IssuedApiKey>>,
    IRequestHandler<ListApiKeys, Result<ApiKeyPage>>,
    IRequestHandler<RotateApiKey, Result<IssuedApiKey>>,
    IRequestHandler<RevokeApiKey, Result<Done>>
{
    public async Task<Result<IssuedApiKey>> Handle(CreateApiKey command, CancellationToken ct)
    {
        var secret = ApiKeySecret.New(command.School, ApiKeyId.New());
        var key = new ApiKey(
            secret.Id, command.Name, [.. command.Scopes.Distinct()], Device: null, command.CreatedBy, clock.GetUtcNow(), command.ExpiresAt);
        await keys.AddAsync(command.School, key, secret.Sha256, ct);
        return new IssuedApiKey(key, secret);
    }

    public async Task<Result<ApiKeyPage>> Handle(ListApiKeys query, CancellationToken ct)
    {
        var (items, total) = await keys.ListAsync(query.School, ApiKeyKind.Program, query.Limit, query.Offset, ct);
        return new ApiKeyPage(items, total);
    }

    public async Task<Result<IssuedApiKey>> Handle(RotateApiKey command, CancellationToken ct)
    {
        var secret = ApiKeySecret.New(command.School, command.Id);
        var rotated = await keys.RotateAsync(command.School, command.Id, secret.Sha256, clock.GetUtcNow() + command.Overlap, ct);
        return rotated is null ? ApiKeyErrors.NotFound : new IssuedApiKey(rotated, secret);
    }

    public async Task<Result<Done>> Handle(RevokeApiKey command, CancellationToken ct) =>
        await keys.RevokeAsync(command.School, command.Id, ct) ? default(Done) : ApiKeyErrors.NotFound;
}
