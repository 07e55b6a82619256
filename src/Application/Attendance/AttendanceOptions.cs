using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Attendance;

/// <summary>How sightings become attendance. Section: <c>Attendance</c>.</summary>
public sealed class AttendanceOptions
{
    /// <summary>EVENT_COOLDOWN_SECONDS: how long after an event the next sighting of the student makes none. Zero turns it off.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan Cooldown { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>ATTENDANCE_LOCAL_ENABLED: whether days are recorded here, besides being announced.</summary>
    public bool RecordLocally { get; set; } = true;

    /// <summary>ATTENDANCE_LOCAL_DEDUP_SECONDS: sightings nearer than this to the last counted one do not count again; zero or less, once a
    /// day.</summary>
    public TimeSpan Dedup { get; set; } = TimeSpan.FromSeconds(60);

    public const string UsualTimeZone = "UTC";

    /// <summary>SCHOOL_TIME_ZONE: the IANA name of the zone in which the first school's days begin and end, whatever the school says, and
    /// those of others that say nothing. Null: as the school says, and <see cref="UsualTimeZone"/> until it does.</summary>
    public string? TimeZone { get; set; }
}

[OptionsValidator]
public sealed partial class AttendanceOptionsValidator : IValidateOptions<AttendanceOptions>;
