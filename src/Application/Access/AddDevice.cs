using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Access;

/// <summary>A machine's key: it may look at faces and places, and nothing else.</summary>
public sealed record AddDevice(SchoolId School, DeviceId Device, string Name, IReadOnlyList<string> Scopes, string CreatedBy)
    : IRequest<Result<IssuedApiKey>>
{
    /// <summary>What a device may be given; also what it gets when nothing is asked for.</summary>
    public static readonly IReadOnlyList<string> Grantable = [Access.Scopes.Recognize, Access.Scopes.Liveness, Access.Scopes.Presence];
}

internal sealed class AddDeviceValidator : AbstractValidator<AddDevice>
{
    public AddDeviceValidator()
    {
        RuleFor(c => c.Name).KeyName();
        RuleFor(c => c.Scopes).Must(s => s.Count > 0 && s.All(AddDevice.Grantable.Contains)).OverridePropertyName("scopes")
            .WithMessage($"scopes of a device must name one or more of {string.Join(", ", AddDevice.Grantable)}.");
    }
}

internal sealed class AddDeviceHandler(IApiKeys keys, TimeProvider clock) : IRequestHandler<AddDevice, Result<IssuedApiKey>>
{
    public async Task<Result<IssuedApiKey>> Handle(AddDevice command, CancellationToken ct)
    {
        var secret = ApiKeySecret.New(command.School, ApiKeyId.New());
        var key = new ApiKey(
            secret.Id, command.Name, [.. command.Scopes.Distinct()], command.Device, command.CreatedBy, clock.GetUtcNow(), ExpiresAt: null);
        return await keys.AddAsync(command.School, key, secret.Sha256, ct) ? new IssuedApiKey(key, secret) : DeviceErrors.Exists;
    }
}
