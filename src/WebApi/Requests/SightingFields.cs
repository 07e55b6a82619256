using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.WebApi.Access;

namespace FaceAttendance.WebApi.Requests;

/// <summary>What a frame's request says of the place and the lesson.</summary>
internal static class SightingFields
{
    // An id of a device, place or lesson; the event's reader stores it somewhere.
    private const int MaxLength = 64;

    /// <returns>Fails with <see cref="AccessErrors.OtherDevice"/>.</returns>
    public static Result<SightingContext> SightingContext(this RequestFields fields, HttpContext http)
    {
        var device = http.DeviceOf(Text(fields, "device_id"));
        var (location, lesson, session) = (Text(fields, "location_id"), Text(fields, "class_id"), Text(fields, "session_id"));
        return device.Error is { } foreign ? foreign : new SightingContext(device.Value, location, lesson, session);
    }

    private static string? Text(RequestFields fields, string field) =>
        fields.OptionalText(field, MaxLength, RequestFields.Query, RequestFields.Body);
}
