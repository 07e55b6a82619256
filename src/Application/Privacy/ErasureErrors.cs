using FaceAttendance.Domain;

namespace FaceAttendance.Application.Privacy;

public static class ErasureErrors
{
    public static Error ReceiptNotFound { get; } =
        new("erasure.receipt_not_found", "There is no receipt with this id.", ErrorKind.NotFound);

    public static Error ListUnwritable { get; } = new(
        "erasure.list_unwritable",
        "Nothing was changed: the file that lists erasures for restored backups (ERASURES_FILE) cannot be written. Let the operator " +
        "make room or rights, then try again.",
        ErrorKind.Unavailable);
}

/// <summary>The list of erasures cannot be written, so that a restored backup would undo what is asked.</summary>
public sealed class ErasureListException(string message, Exception inner) : Exception(message, inner);
