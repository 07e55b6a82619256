using FaceAttendance.Domain;

namespace FaceAttendance.Application.Access;

public static class ApiKeyErrors
{
    public static Error NotFound { get; } = new("api_key.not_found", "The school has no such key, or it was revoked.", ErrorKind.NotFound);
}
