using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Attendance;

/// <summary>A zone that does not exist stops the start, not the first sighting.</summary>
internal sealed class TimeZoneValidator : IValidateOptions<AttendanceOptions>
{
    public ValidateOptionsResult Validate(string? name, AttendanceOptions options)
    {
        try
        {
            _ = new SchoolCalendar(options.TimeZone ?? AttendanceOptions.UsualTimeZone);
            return ValidateOptionsResult.Success;
        }
        catch (ArgumentException e)
        {
            return ValidateOptionsResult.Fail($"Attendance:TimeZone (SCHOOL_TIME_ZONE): {e.Message}");
        }
    }
}
