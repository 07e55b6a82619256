using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Access;

/// <summary>Who logs in. Not to be confused with a student, who is known by face and need not have an account.</summary>
/// <param name="Number">From 1 on within the school and never given twice; clients of other systems know a user by it.</param>
/// <param name="Student">Whom alone a <see cref="UserRole.Student"/> may act for; null for every other role.</param>
/// <param name="DisabledAt">Null while the account may be used.</param>
public sealed record User(
    UserId Id, long Number, UserName Name, UserRole Role, StudentId? Student, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt);

public readonly record struct UserId(Guid Value)
{
    public static UserId New() => new(Guid.CreateVersion7());

    public override string ToString() => Value.ToString();
}

/// <summary>What a user is there for; <c>Application.Access.Roles</c> says what each may do.</summary>
public enum UserRole
{
    /// <summary>One student with a phone of their own.</summary>
    Student,

    /// <summary>Staff who enrol students and keep attendance.</summary>
    Operator,

    /// <summary>A camera or a kiosk.</summary>
    Device,

    /// <summary>Whoever runs the system for the school.</summary>
    Admin,
}

/// <summary>A name to log in with, one within the school. Upper and lower case are the same.</summary>
public readonly record struct UserName
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 64;

    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule = "1 to 64 characters, each an ASCII letter, a digit, '.', '_' or '-', and not dots alone";

    private readonly string? _value;

    private UserName(string value) => _value = value;

    /// <summary>In lower case.</summary>
    public string Value => _value ?? throw new InvalidOperationException("A user name was never given.");

    /// <returns>Null when the text breaks <see cref="Rule"/>.</returns>
    public static UserName? Parse(string text)
    {
        if (text.Length is 0 or > MaxLength || text.All(c => c == '.')) return null;
        return text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-') ? new UserName(text.ToLowerInvariant()) : null;
    }

    public override string ToString() => Value;
}
