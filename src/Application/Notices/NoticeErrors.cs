using FaceAttendance.Domain;

namespace FaceAttendance.Application.Notices;

public static class NoticeErrors
{
    public static Error NotFound { get; } = new("notice.not_found", "The school has no such notice.", ErrorKind.NotFound);
}
