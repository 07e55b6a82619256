using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Access;

/// <summary>Sets a password, disables or enables. What is null stays; every token of the user ends but by enabling.</summary>
public sealed record ChangeUser(SchoolId School, UserName Name, string? Password, bool? IsDisabled) : IRequest<Result<User>>
{
    public override string ToString() => nameof(ChangeUser);
}

internal sealed class ChangeUserValidator : AbstractValidator<ChangeUser>
{
    public ChangeUserValidator(IOptions<AccountOptions> options) => RuleFor(c => c.Password!).Password(options.Value)
        .IsNotWeak((c, password) => WeakPasswords.FaultOf(password, c.Name.Value)).When(c => c.Password is not null);
}

internal sealed class ChangeUserHandler(IUsers users, IPasswords passwords) : IRequestHandler<ChangeUser, Result<User>>
{
    public async Task<Result<User>> Handle(ChangeUser command, CancellationToken ct)
    {
        var hash = command.Password is { } password ? passwords.Hash(password) : null;
        return await users.ChangeAsync(command.School, command.Name, hash, command.IsDisabled, ct) is { } user ? user
            : AccountErrors.NotFound;
    }
}
