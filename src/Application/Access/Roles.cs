using FaceAttendance.Domain.Access;

namespace FaceAttendance.Application.Access;

/// <summary>What a user's role allows.</summary>
public static class Roles
{
    public static IReadOnlyList<string> ScopesOf(UserRole role) => role switch
    {
        UserRole.Student => [Scopes.Liveness, Scopes.Presence, Scopes.Own],
        UserRole.Operator =>
            [Scopes.Enroll, Scopes.Recognize, Scopes.Liveness, Scopes.Presence, Scopes.AttendanceRead, Scopes.AttendanceWrite],
        UserRole.Device => [Scopes.Recognize, Scopes.Liveness, Scopes.Presence],
        UserRole.Admin => [Scopes.Admin],
    };
}
