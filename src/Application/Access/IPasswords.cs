namespace FaceAttendance.Application.Access;

/// <summary>Password hashes. Both methods take as long as the hash is meant to. Thread-safe.</summary>
public interface IPasswords
{
    string Hash(string password);

    /// <param name="hash">Null when there is no account: the work is done all the same, and the answer is no.</param>
    bool Verify(string? hash, string password);
}
