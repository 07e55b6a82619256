using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Schools;

/// <summary>What a school says of itself.</summary>
/// <param name="Code">What its users log in with behind their name and an @.</param>
public sealed record School(SchoolId Id, string Name, string Code);

public interface ISchools
{
    /// <param name="school">One that exists.</param>
    Task<School> FindAsync(SchoolId school, CancellationToken ct);

    /// <summary>Sets what is given; the zone holds in every process as soon as it hears of it, which takes a moment.</summary>
    /// <param name="timeZone">An IANA name; null leaves it.</param>
    Task<School> ChangeAsync(SchoolId school, string name, string? timeZone, CancellationToken ct);
}

/// <summary>In which zone each school lives. Thread-safe.</summary>
public interface ISchoolCalendars
{
    SchoolCalendar Of(SchoolId school);

    /// <summary>The zone that the server's settings hold for the first school, whatever is stored; otherwise null.</summary>
    string? Fixed { get; }
}
