namespace FaceAttendance.Application.Privacy;

public enum ConsentState
{
    NotAsked,
    Given,
    Withdrawn,
}
