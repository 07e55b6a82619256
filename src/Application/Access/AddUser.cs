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

internal sealed class AddUserValidator : AbstractValidator<AddUser>
{
    public AddUserValidator(IOptions<AccountOptions> options)
    {
        RuleFor(c => c.Password).Password(options.Value)
            .IsNotWeak((c, password) => WeakPasswords.FaultOf(password, c.Name.Value, c.Student?.Value));
        RuleFor(c => c.Student).NotNull().When(c => c.Role == UserRole.Student).OverridePropertyName("student_id")
            .WithMessage("A user with the role student needs a student_id.");
        RuleFor(c => c.Student).Null().When(c => c.Role != UserRole.Student).OverridePropertyName("student_id")
            .WithMessage("Only a user with the role student has a student_id.");
    }
}

internal sealed class AddUserHandler(IUsers users, IPasswords passwords, TimeProvider clock) : IRequestHandler<AddUser, Result<User>>
{
    public async Task<Result<User>> Handle(AddUser command, CancellationToken ct)
    {
        // In whole milliseconds, which every store keeps.
        var now = DateTimeOffset.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());
        var user = new User(UserId.New(), Number: 0, command.Name, command.Role, command.Student, now, DisabledAt: null);
        return await users.AddAsync(command.School, user, passwords.Hash(command.Password), ct) is { } added ? added
            : AccountErrors.NameTaken;
    }
}
