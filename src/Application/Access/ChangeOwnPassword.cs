using FaceAttendance.Application.Schools;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Access;

/// <summary>Sets the caller's own password, which ends all that they are logged in to, and opens a session with the new one.</summary>
/// <param name="Address">Where the caller is: a wrong present password counts as at a log-in.</param>
public sealed record ChangeOwnPassword(SchoolId School, UserName Name, string Current, string Password, string Address)
    : IRequest<Result<UserSession>>
{
    public override string ToString() => nameof(ChangeOwnPassword);
}

internal sealed class ChangeOwnPasswordValidator : AbstractValidator<ChangeOwnPassword>
{
    public ChangeOwnPasswordValidator(IOptions<AccountOptions> options) => RuleFor(c => c.Password).Password(options.Value)
        .IsNotWeak((c, password) => WeakPasswords.FaultOf(password, c.Name.Value));
}

internal sealed class ChangeOwnPasswordHandler(
    PasswordCheck check, IPasswords passwords, IUsers users, ISchools schools, SessionIssuer issuer)
    : IRequestHandler<ChangeOwnPassword, Result<UserSession>>
{
    public async Task<Result<UserSession>> Handle(ChangeOwnPassword command, CancellationToken ct)
    {
        // As it is typed to log in.
        var name = command.School == SchoolId.First ? command.Name.Value
            : $"{command.Name.Value}@{(await schools.FindAsync(command.School, ct)).Code}";
        var judged = await check.JudgeAsync(name, command.Current, command.Address, ct);
        if (judged.Error is { } refused) return refused == AccountErrors.LogInRefused ? AccountErrors.CurrentPasswordWrong : refused;
        await users.ChangeAsync(command.School, command.Name, passwords.Hash(command.Password), isDisabled: null, ct);
        return await users.FindAsync(command.School, judged.Value.User.Id, ct) is { } changed
            && await issuer.BeginAsync(changed, ct) is { } opened
            ? new UserSession(changed, opened)
            : AccountErrors.LogInRefused;
    }
}
