using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Access;

/// <param name="Student">For the role of a student, and for no other; the student comes into being with the user if the id is new.</param>
public sealed record AddUser(SchoolId School, UserName Name, string Password, UserRole Role, StudentId? Student) : IRequest<Result<User>>
{
    public override string ToString() => $"AddUser({Role})";
}

/// <summary>Sets a password, disables or enables. What is null stays; every token of the user ends but by enabling.</summary>
public sealed record ChangeUser(SchoolId School, UserName Name, string? Password, bool? IsDisabled) : IRequest<Result<User>>
{
    public override string ToString() => nameof(ChangeUser);
}

/// <summary>Ends every log-in of a user.</summary>
public sealed record LogOutUser(SchoolId School, UserName Name) : IRequest<Result<bool>>
{
    public override string ToString() => nameof(LogOutUser);
}

/// <summary>A page of the school's users by name.</summary>
public sealed record ListUsers(SchoolId School, int Limit, int Offset) : IRequest<Result<UserPage>>;

internal sealed class AddUserValidator : AbstractValidator<AddUser>
{
    public AddUserValidator(IOptions<AccountOptions> options)
    {
        RuleFor(c => c.Password).Password(options.Value).IsNotWeak((c, password) => WeakPasswords.FaultOf(password, c.Name.Value, c.Student?.Value));
        RuleFor(c => c.Student).NotNull().When(c => c.Role == UserRole.Student).OverridePropertyName("student_id")
            .WithMessage("A user with the role student needs a student_id.");
        RuleFor(c => c.Student).Null().When(c => c.Role != UserRole.Student).OverridePropertyName("student_id")
            .WithMessage("Only a user with the role student has a student_id.");
    }
}

internal sealed class ChangeUserValidator : AbstractValidator<ChangeUser>
{
    public ChangeUserValidator(IOptions<AccountOptions> options) => RuleFor(c => c.Password!).Password(options.Value)
        .IsNotWeak((c, password) => WeakPasswords.FaultOf(password, c.Name.Value)).When(c => c.Password is not null);
}

internal static class AccountRules
{
    // Far beyond any passphrase; a hash's cost does not grow with it.
    private const int MaxPasswordLength = 1024;

    public static IRuleBuilderOptions<T, string> Password<T>(this IRuleBuilder<T, string> password, AccountOptions options) => password
        .Length(options.MinPasswordLength, MaxPasswordLength).OverridePropertyName("password")
        .WithMessage($"A password has {options.MinPasswordLength} to {MaxPasswordLength} characters.");

    /// <param name="faultOf">See <see cref="WeakPasswords.FaultOf"/>.</param>
    public static IRuleBuilderOptions<T, string> IsNotWeak<T>(this IRuleBuilder<T, string> password, Func<T, string, string?> faultOf) => password
        .Must((command, text) => faultOf(command, text) is null).OverridePropertyName("password")
        .WithMessage((command, text) => $"The password {faultOf(command, text)}; choose several words, or another that nobody guesses.");
}

internal sealed class UserCommandsHandler(IUsers users, ILogIns logIns, IPasswords passwords, TimeProvider clock) :
    IRequestHandler<AddUser, Result<User>>,
    IRequestHandler<ChangeUser, Result<User>>,
    IRequestHandler<LogOutUser, Result<bool>>,
    IRequestHandler<ListUsers, Result<UserPage>>
{
    public async Task<Result<User>> Handle(AddUser command, CancellationToken ct)
    {
        // In whole milliseconds, which every store keeps.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var user = new User(UserId.New(), Number: 0, command.Name, command.Role, command.Student, now, DisabledAt: null);
        return await users.AddAsync(command.School, user, passwords.Hash(command.Password), ct) is { } added ? added : AccountErrors.NameTaken;
    }

    public async Task<Result<User>> Handle(ChangeUser command, CancellationToken ct)
    {
        var hash = command.Password is { } password ? passwords.Hash(password) : null;
        return await users.ChangeAsync(command.School, command.Name, hash, command.IsDisabled, ct) is { } user ? user : AccountErrors.NotFound;
    }

    public async Task<Result<bool>> Handle(LogOutUser command, CancellationToken ct) =>
        await logIns.EndAllAsync(command.School, command.Name, ct) ? true : AccountErrors.NotFound;

    public async Task<Result<UserPage>> Handle(ListUsers query, CancellationToken ct) =>
        await users.ListAsync(query.School, query.Limit, query.Offset, ct);
}
