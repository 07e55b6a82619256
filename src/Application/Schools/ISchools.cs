using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Schools;

/// <summary>What a school says of itself.</summary>
/// <param name="Code">What its users log in with behind their name and an @.</param>
public sealed record School(SchoolId Id, string Name, string Code);

public interface ISchools
{
    /// <param name="school">One that exists.</param>
    Task<School> FindAsync(SchoolId school, CancellationToken ct);
}
