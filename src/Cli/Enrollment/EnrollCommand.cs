using System.CommandLine;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;
using Spectre.Console;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>Enrols every photo of a folder of students.</summary>
internal static class EnrollCommand
{
    // Two uploads keep a two-core server's inference busy while the next photo is read.
    private const int DefaultParallel = 2;
    private const int MostParallel = 32;

    private static readonly Argument<string> Folder =
        Symbols.Operand("folder", "known_faces", "holds a folder for each student, named by the student's id");

    private static readonly Option<int> Parallel =
        Symbols.Count("--parallel", "n", $"photos on their way at once, 1 to {MostParallel}", DefaultParallel, 1, MostParallel);

    private static readonly Option<bool> Again = Symbols.Switch("--again", "send every photo, also those that the server accepted before");

    /// <summary>Shared with the import.</summary>
    public static Option<bool> Central { get; } = Symbols.Switch(
        "--central", "of several people on a photo, take the one in the middle, if it is clear who that is");

    public static Command Definition { get; } = new Verb(
        "enroll", "enrol <folder>/<student id>/*.{jpg,jpeg,png,webp,avif,heic}",
        $"""
        Enrols every photo of <folder>/<student id>/ (default: known_faces), ending in .jpg, .jpeg, .png, .webp, .avif,
        .heic or .heif in either case. Prints a line for each student, a total, and every file that was refused with the reason.
        Run it as often as you like: a photo is stored once, by its content, and an interrupted run goes on where it
        stopped. What the server accepted is noted under $XDG_STATE_HOME/faceattendance (~/.local/state), and is
        checked against the server's own counts before it is relied on. Exits with 1 if any file was refused. With --json each
        line has a type: student, refused, lookalike, central, turned, overridden, not_needed or total.

        {PhotoOverrides.Help}
        """,
        [Folder, Parallel, Again, Central, PhotoOverrides.Option], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var screen = context.Screen;
        var parallel = context.Get(Parallel);
        var folder = ReadFolder(context.Get(Folder));

        var overrides = PhotoOverrides.Read(context.Get(PhotoOverrides.Option), folder.Holds);

        using var server = new FaceServer(context.Server);
        var health = await HealthAsync(server, ct);
        using var journal = OpenJournal(context);
        var enrollment = new BulkEnrollment(server, journal, context.Get(Central), overrides);
        if (context.Get(Again))
            journal.ForgetAll();
        else if (enrollment.ForgetIfGalleryShrank(health))
            screen.Note("The server matches fewer faces than it accepted before, so every photo is sent again.");

        var tallies = folder.Students.Select(student => new StudentTally(student)).ToArray();
        foreach (var idle in tallies.Where(t => t.Folder.Photos.Count == 0)) ShowStudent(screen, idle);
        var whole = false;
        try
        {
            await RunWithProgressAsync(screen, enrollment, tallies, parallel, ct);
            whole = true;
        }
        finally
        {
            // Interrupted or not: what was done is done, and said.
            var refused = folder.Refused.Concat(tallies.SelectMany(t => t.Refused)).OrderBy(r => r.Name, StringComparer.Ordinal).ToArray();
            ShowRefused(screen, refused);
            ShowRemarks(screen, [.. tallies.SelectMany(t => t.Remarks).OrderBy(r => r.Photo, StringComparer.Ordinal)]);
            if (whole) overrides.ShowUnneeded(screen);
            ShowTotal(screen, tallies, refused.Length);
            if (journal.WriteFailure is { } failure) screen.Note($"What was enrolled could not be noted for the next run: {failure}");
            if (!whole) screen.Note("Not every photo was sent. Run the same command again to go on.");
        }
        return folder.Refused.Count + tallies.Sum(t => t.Refused.Count) == 0 ? ExitCode.Done : ExitCode.Refused;
    }

    private static PhotoFolder ReadFolder(string path)
    {
        if (!Directory.Exists(path))
        {
            throw new CommandFailedException(
                $"There is no folder {path}. Make it with one folder for each student, named by the student's id, with photos in it.");
        }
        try
        {
            return PhotoFolder.Read(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The folder {path} cannot be read: {e.Message}");
        }
    }

    private static async Task<HealthAnswer> HealthAsync(FaceServer server, CancellationToken ct)
    {
        try
        {
            var answer = await Patience.WhileBusyAsync(server.HealthAsync, ct);
            return answer.Read<HealthAnswer>();
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }

    private static EnrollmentJournal OpenJournal(CommandContext context)
    {
        var path = EnrollmentJournal.PathFor(context.Server, context.Environment);
        try
        {
            return EnrollmentJournal.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Screen.Note($"What earlier runs enrolled is not known, so every photo is sent: {path} cannot be opened ({e.Message})");
            return EnrollmentJournal.InMemory();
        }
    }

    private static async Task RunWithProgressAsync(
        Screen screen, BulkEnrollment enrollment, StudentTally[] tallies, int parallel, CancellationToken ct)
    {
        if (screen.Terminal is not { } terminal)
        {
            await enrollment.RunAsync(tallies, parallel, () => { }, student => ShowStudent(screen, student), ct);
            return;
        }

        var progress = terminal.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn());
        await progress.StartAsync(async bars =>
        {
            var bar = bars.AddTask("Enrolling", maxValue: Math.Max(1, tallies.Sum(t => t.Folder.Photos.Count)));
            await enrollment.RunAsync(tallies, parallel, () => bar.Increment(1), student => ShowStudent(screen, student), ct);
        });
    }

    private static void ShowStudent(Screen screen, StudentTally student)
    {
        var line = student.Folder.IsEmpty
            ? $"{student.Folder.Student}: no photos"
            : $"{student.Folder.Student}: {Counts(student.Saved, student.AlreadyEnrolled, student.Refused.Count)}";
        screen.Line(
            new
            {
                type = "student",
                StudentId = student.Folder.Student.Value,
                student.Saved,
                student.AlreadyEnrolled,
                Refused = student.Refused.Count,
            },
            line, student.Refused.Count > 0 || student.Folder.IsEmpty ? new Style(Color.Yellow) : default(Style?));
    }

    private static void ShowRefused(Screen screen, RefusedFile[] refused)
    {
        if (refused.Length == 0) return;
        if (screen.Terminal is not { } terminal)
        {
            // Three fields between tabs; a tab inside one would be escaped.
            foreach (var file in refused)
                screen.Fields(new { type = "refused", Photo = file.Name, file.Why.Code, file.Why.Message }, "refused", file.Name,
                    file.Why.Code, file.Why.Message);
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("Refused file", "Code", "Reason");
        foreach (var file in refused) table.AddRow(Cell(file.Name), Cell(file.Why.Code), Cell(file.Why.Message));
        terminal.Write(table);
    }

    private static void ShowRemarks(Screen screen, PhotoRemark[] remarks)
    {
        if (remarks.Length == 0) return;
        if (screen.Terminal is not { } terminal)
        {
            foreach (var remark in remarks)
                screen.Fields(new { type = remark.What, remark.Photo, remark.Message }, remark.What, remark.Photo, remark.Message);
            return;
        }

        var table = new Table().Border(TableBorder.Rounded).AddColumns("Enrolled file", "Remark", "What was done");
        foreach (var remark in remarks) table.AddRow(Cell(remark.Photo), Cell(remark.What), Cell(remark.Message));
        terminal.Write(table);
    }

    // Text, unlike a string, is never read as markup.
    private static Text Cell(string text) => new(Screen.OneLine(text));

    private static void ShowTotal(Screen screen, StudentTally[] tallies, int refused)
    {
        var saved = tallies.Sum(t => t.Saved);
        var already = tallies.Sum(t => t.AlreadyEnrolled);
        screen.Line(
            new { type = "total", Students = tallies.Length, Saved = saved, AlreadyEnrolled = already, Refused = refused },
            $"Total: {tallies.Length} students: {Counts(saved, already, refused)}",
            new Style(refused == 0 ? Color.Green : Color.Yellow));
    }

    private static string Counts(int saved, int already, int refused) =>
        $"{saved} saved, {already} already enrolled, {refused} refused";
}
