using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FluentValidation;
using MediatR;

namespace FaceAttendance.Application.Attendance;

/// <summary>
/// Puts the lessons of a file on the timetable. One that is there with the same name, class, weekdays and start is changed, the same file
/// again changes nothing, and a row that is refused stops no other.
/// </summary>
public sealed record ImportLessons(SchoolId School, IEnumerable<LessonRow> Rows, bool DryRun)
    : IRequest<Result<IReadOnlyList<LessonRowReport>>>
{
    /// <summary>More than the largest school's week has lessons.</summary>
    public const int MaxRows = 20_000;
}

/// <summary>A row of a timetable as it could be read.</summary>
/// <param name="Line">Where it begins in the file, counted from 1 with the header.</param>
/// <param name="Name">As written, for the report.</param>
/// <param name="Lesson">Or why the row cannot be understood.</param>
public sealed record LessonRow(int Line, string Name, Result<Lesson> Lesson);

/// <param name="Lesson">Null when the row was refused, and of a new lesson in a dry run.</param>
/// <param name="Error">Why the row was refused.</param>
public sealed record LessonRowReport(int Line, string Name, LessonId? Lesson, ImportOutcome Outcome, Error? Error);

/// <param name="Lesson">The id that it has.</param>
public sealed record ImportedLesson(LessonId Lesson, ImportOutcome Outcome);

internal sealed class ImportLessonsHandler(ILessons lessons, ITimetable timetable, IValidator<AddLesson> rules)
    : IRequestHandler<ImportLessons, Result<IReadOnlyList<LessonRowReport>>>
{
    public async Task<Result<IReadOnlyList<LessonRowReport>>> Handle(ImportLessons command, CancellationToken ct)
    {
        var lines = new Dictionary<string, int>(StringComparer.Ordinal);
        var rows = new List<LessonRow>();
        foreach (var row in command.Rows)
        {
            var isTooMany = rows.Count == ImportLessons.MaxRows;
            rows.Add(row with { Lesson = isTooMany ? LessonErrors.TooManyRows : Judge(command.School, row, lines) });
            if (isTooMany) break;
        }
        Lesson[] good = [.. rows.Where(r => r.Lesson.IsSuccess).Select(r => r.Lesson.Value)];
        var stored = new Queue<Result<ImportedLesson>>(
            good.Length == 0 ? [] : await lessons.ImportAsync(command.School, good, command.DryRun, ct));
        if (!command.DryRun && stored.Any(s => s.IsSuccess)) await timetable.MakeAsync(command.School, ct);
        return Result<IReadOnlyList<LessonRowReport>>.Ok([.. rows.Select(row => ReportOf(row, stored, command.DryRun))]);
    }

    private static LessonRowReport ReportOf(LessonRow row, Queue<Result<ImportedLesson>> stored, bool dryRun)
    {
        var outcome = row.Lesson.Error is { } error ? error : stored.Dequeue();
        return outcome.Match(
            done => new LessonRowReport(
                row.Line, row.Name, dryRun && done.Outcome == ImportOutcome.Created ? null : done.Lesson, done.Outcome, null),
            refusal => new(row.Line, row.Name, null, ImportOutcome.Refused, refusal));
    }

    private Result<Lesson> Judge(SchoolId school, LessonRow row, Dictionary<string, int> lines)
    {
        if (row.Lesson.Error is { } unreadable) return unreadable;
        var lesson = row.Lesson.Value;
        if (rules.Validate(new AddLesson(school, lesson)) is { IsValid: false } invalid)
            return Error.InvalidField(invalid.Errors[0].PropertyName, invalid.Errors[0].ErrorMessage);
        var key = $"{lesson.Name}\n{lesson.ClassName}\n{string.Join(',', lesson.Weekdays)}\n{lesson.Hours.Starts:HH:mm:ss}";
        return lines.TryAdd(key, row.Line) ? lesson : LessonErrors.Repeated(lines[key]);
    }
}
