using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;

namespace FaceAttendance.Application.Schools;

internal static class SchoolRules
{
    private const int MaxNameLength = 200;

    public static void SchoolName<T>(this IRuleBuilder<T, string> name, string field) => name
        .Must(n => !string.IsNullOrWhiteSpace(n) && n.Length <= MaxNameLength && !n.Any(char.IsControl))
        .OverridePropertyName(field).WithMessage($"{field} must have 1 to {MaxNameLength} characters and no control characters.");

    public static void TimeZone<T>(this IRuleBuilder<T, string> zone) => zone
        .Must(SchoolCalendar.IsZone).OverridePropertyName("time_zone")
        .WithMessage("time_zone must be the IANA name of a time zone, such as Asia/Jakarta.");
}

public static class SchoolErrors
{
    public static Error TimeZoneFixed(string zone) => new(
        "school.time_zone_fixed",
        $"The server's setting SCHOOL_TIME_ZONE holds the first school's time zone at {zone}; take it away, and the school's own counts.",
        ErrorKind.Conflict)
    { Field = "time_zone" };
}
