using System.Runtime.CompilerServices;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Events;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Students;

/// <summary>
/// Creates and updates the students of a roster, and enrols their photos. A row that is refused stops no other, and the same roster again
/// changes nothing. Rows are read as the reports are asked for: a batch is stored before its first report is given.
/// </summary>
/// <param name="Photos">Null when none came along.</param>
/// <param name="Central">As <see cref="EnrollFace.Central"/>, for every photo.</param>
public sealed record ImportStudents(SchoolId School, IEnumerable<ImportRow> Rows, IImportPhotos? Photos, bool DryRun, bool Central = false)
    : IRequest<Result<IAsyncEnumerable<ImportRowReport>>>
{
    /// <summary>More than any school has students; it bounds the memory in which repeated ids are looked for.</summary>
    public const int MaxRows = 100_000;

    public override string ToString() => "ImportStudents(rows withheld)";
}

/// <summary>A row of a roster as it could be read.</summary>
/// <param name="Line">Where it begins in the file, counted from 1 with the header.</param>
/// <param name="StudentId">As written, for the report; empty when not even that could be read.</param>
/// <param name="Student">Or why the row cannot be understood.</param>
public sealed record ImportRow(int Line, string StudentId, Result<ImportedStudent> Student)
{
    public override string ToString() => $"ImportRow({Line})";
}

/// <summary>The report of one row.</summary>
/// <param name="Photo">Null when no photo was there or asked for.</param>
/// <param name="Error">Why the row, or else its photo, was refused.</param>
/// <param name="Face">How the photo was enrolled; null when it was not.</param>
public sealed record ImportRowReport(
    int Line, string StudentId, ImportOutcome Outcome, string? PhotoName, PhotoOutcome? Photo, Error? Error, EnrolledFace? Face = null)
{
    public override string ToString() => $"ImportRowReport({Line}, {Outcome})";
}

internal sealed class ImportStudentsHandler(
    IStudentImports roster, FaceEnroller enroller, IAttendanceFeed feed, IValidator<UpsertStudent> rules, TimeProvider clock)
    : IRequestHandler<ImportStudents, Result<IAsyncEnumerable<ImportRowReport>>>
{
    // A statement of 500 rows costs about as much as ten of one; more rows save nothing and hold locks for longer.
    private const int BatchSize = 500;

    // Other frames come and go meanwhile; a server that is too busy for longer than this has no room for an import.
    private const int BusyTries = 60;

    public Task<Result<IAsyncEnumerable<ImportRowReport>>> Handle(ImportStudents command, CancellationToken ct) =>
        Task.FromResult(Result<IAsyncEnumerable<ImportRowReport>>.Ok(RunAsync(command, ct)));

    private async IAsyncEnumerable<ImportRowReport> RunAsync(ImportStudents command, [EnumeratorCancellation] CancellationToken ct)
    {
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        var read = 0;
        foreach (var rows in command.Rows.Chunk(BatchSize))
        {
            var judged =
                Array.ConvertAll(
                    rows, row => ++read > ImportStudents.MaxRows ? ImportErrors.TooManyRows : Judge(command.School, row, lines));
            ImportedStudent[] good = [.. judged.Where(s => s.IsSuccess).Select(s => s.Value)];
            var outcomes = good.Length == 0 ? [] : await roster.UpsertAsync(command.School, good, command.DryRun, ct);
            for (int i = 0, stored = 0; i < rows.Length; i++)
            {
                if (judged[i].Error is { } error)
                {
                    yield return new(rows[i].Line, rows[i].StudentId, ImportOutcome.Refused, null, null, error);
                    // Beyond the limit nothing is read at all.
                    if (error == ImportErrors.TooManyRows) yield break;
                    continue;
                }
                var student = good[stored];
                var (photo, refusal, face) = await EnrollAsync(command, student, ct);
                yield return new(rows[i].Line, student.Id.Value, outcomes[stored], student.PhotoName, photo, refusal, face);
                stored++;
            }
        }
    }

    private Result<ImportedStudent> Judge(SchoolId school, ImportRow row, Dictionary<string, int> lines)
    {
        if (row.Student.Error is { } unreadable) return unreadable;
        var student = row.Student.Value;
        if (lines.TryGetValue(student.Id.Value, out var line)) return ImportErrors.RepeatedStudent(line);
        if (rules.Validate(new UpsertStudent(school, student.Id, student.Profile, null)) is { IsValid: false } invalid)
        {
            return Error.InvalidField(invalid.Errors[0].PropertyName, invalid.Errors[0].ErrorMessage);
        }
        lines.Add(student.Id.Value, row.Line);
        return student;
    }

    private async Task<(PhotoOutcome? Outcome, Error? Refusal, EnrolledFace? Face)> EnrollAsync(
        ImportStudents command, ImportedStudent student, CancellationToken ct)
    {
        if (command.Photos?.Find(student.Id, student.PhotoName) is not { } found) return (null, null, null);
        if (found.Error is { } missing) return (PhotoOutcome.Refused, missing, null);
        var enroll = new EnrollFace(command.School, student.Id, found.Value, Central: command.Central, Imported: true);
        if (command.DryRun)
            return (await enroller.IsEnrolledAsync(enroll, ct) ? PhotoOutcome.AlreadyEnrolled : PhotoOutcome.Found, null, null);

        for (var tries = 1; ; tries++)
        {
            var enrolled = await enroller.EnrollAsync(enroll, ct);
            if (enrolled.Error is { Kind: ErrorKind.Unavailable, RetryAfter: { } wait } && tries < BusyTries)
            {
                await Task.Delay(wait, clock, ct);
                continue;
            }
            if (enrolled.Error is { } refusal) return (PhotoOutcome.Refused, refusal, null);
            if (enrolled.Value.AlreadyEnrolled) return (PhotoOutcome.AlreadyEnrolled, null, null);
            feed.Publish(new StudentEnrolled(command.School, student.Id, Saved: 1));
            return (PhotoOutcome.Enrolled, null, enrolled.Value);
        }
    }
}
