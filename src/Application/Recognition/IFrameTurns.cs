using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Application.Recognition;

/// <summary>Says of a frame that is only on its way whether there will be a turn at the models for it. Thread-safe.</summary>
public interface IFrameTurns
{
    /// <summary>Keeps a place for a moment, for the first frame of the present flow of work.</summary>
    /// <param name="school">Whose frame it is.</param>
    /// <returns>The caller disposes the place when its request is over. Errors: <see cref="RecognitionErrors.Busy"/>.</returns>
    Result<IDisposable> Announce(SchoolId school);
}
