using System.CommandLine;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>Creates and updates the students of a CSV file, and enrols their photos.</summary>
internal static class ImportCommand
{
    // Two uploads keep a two-core server's inference busy while the next photo is read.
    private const int Parallel = 2;

    private static readonly Argument<string> Roster = Symbols.Operand("roster.csv", "the students, a row for each");
    private static readonly Option<string> Photos =
        Symbols.Text("--photos", "zip or folder", "enrol these photos too, by the roster's photo column or <student_id>.jpg");
    private static readonly Option<bool> DryRun = Symbols.Switch("--dry-run", "say what would happen, and store nothing");

    public static Command Definition { get; } = new Verb(
        "import", "create and update the students of a CSV file",
        $"""
        Sends a roster: CSV in UTF-8, separated by commas, semicolons or tabs, whose first line names the columns
        student_id and full_name, and if wanted birth_date (YYYY-MM-DD), class_name, address and photo. An empty field
        keeps what is stored. Prints every row that was refused, with its line and the reason, and a total. With
        --photos each student's photo is sent afterwards, one by one.
        Run it as often as you like: what is stored already stays as it is, and a photo is stored once. Exits with 1 if
        anything was refused. With --json each line has a type: refused, lookalike, central, turned, overridden, not_needed,
        total or photos.

        {PhotoOverrides.Help}
        """,
        [Roster, Photos, DryRun, EnrollCommand.Central, PhotoOverrides.Option], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        var (screen, dryRun) = (context.Screen, context.Get(DryRun));
        var csv = await ReadAsync(context.Get(Roster), ct);
        using var photos = context.Get(Photos) is { } path ? OpenPhotos(path) : null;
        if (photos is null && context.Get(PhotoOverrides.Option) is not null)
            throw new UsageException("--overrides is for photos: give --photos too.");
        // Without a name it is the roster that tells which photos a student has.
        var overrides =
            PhotoOverrides.Read(context.Get(PhotoOverrides.Option), (student, name) => name is null || photos!.Holds(student.Value, name));
        using var server = new FaceServer(context.Server);

        var wanted = new List<(string Student, string Photo)>();
        var summary = await ImportAsync(server, csv, dryRun, row =>
        {
            if (row.Outcome == "refused")
            {
                screen.Fields(new { type = "refused", row.Line, row.StudentId, row.Code, row.Message }, "refused", $"line {row.Line}",
                    row.StudentId ?? "", row.Code ?? "", row.Message ?? "");
            }
            else if (photos?.NameFor(row.StudentId!, row.PhotoName) is { } photo) wanted.Add((row.StudentId!, photo));
        }, ct);
        var would = dryRun ? "would be " : "";
        screen.Line(
            new { type = "total", DryRun = dryRun, summary.Rows, summary.Created, summary.Updated, summary.Unchanged, summary.Refused },
            $"Total: {summary.Rows} rows: {would}{summary.Created} created, {summary.Updated} updated, {summary.Unchanged} " +
            $"unchanged, {summary.Refused} refused");
        if (photos is null) return summary.Refused == 0 ? ExitCode.Done : ExitCode.Refused;

        if (dryRun)
        {
            screen.Line(new { type = "photos", WouldBeSent = wanted.Count }, $"Photos: {wanted.Count} would be sent");
            return summary.Refused == 0 ? ExitCode.Done : ExitCode.Refused;
        }
        var refused = await SendPhotosAsync(screen, server, photos, wanted, context.Get(EnrollCommand.Central), overrides, ct);
        return summary.Refused + refused == 0 ? ExitCode.Done : ExitCode.Refused;
    }

    private static async Task<RosterSummary> ImportAsync(
        FaceServer server, byte[] csv, bool dryRun, Action<RosterLine> rowDone, CancellationToken ct)
    {
        RosterSummary? summary = null;
        RosterFailure? failure = null;
        try
        {
            var answer = await Patience.WhileBusyAsync(c => server.ImportRosterAsync(csv, dryRun, ReadReportAsync, c), ct);
            if (!answer.IsSuccess) throw new CommandFailedException(answer.Refusal().Message);
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
        return summary ?? throw new CommandFailedException(
            $"The import broke off: {failure?.Message ?? "the server ended its report early."} Run the same command again; what is done " +
            "stays done.", ExitCode.NoServer);

        async Task ReadReportAsync(StreamReader report)
        {
            while (await report.ReadLineAsync(ct) is { } text)
            {
                var line = ServerAnswer.ReadLine<RosterLine>(text);
                if (line.Summary is null && line.Error is null) rowDone(line);
                (summary, failure) = (line.Summary ?? summary, line.Error ?? failure);
            }
        }
    }

    /// <returns>How many were refused.</returns>
    private static async Task<int> SendPhotosAsync(
        Screen screen, FaceServer server, RosterPhotos photos, List<(string Student, string Photo)> wanted, bool central,
        PhotoOverrides overrides, CancellationToken ct)
    {
        var (saved, already, refused) = (0, 0, 0);
        try
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = ct };
            await System.Threading.Tasks.Parallel.ForEachAsync(wanted, options, async (item, ct) =>
            {
                try
                {
                    var image = photos.Read(item.Photo);
                    var mediaType = PhotoFolder.MediaTypeOf(item.Photo) ?? "application/octet-stream";
                    var (answer, terms) = await PhotoTerms.SendAsync(
                        central, overrides.For(new(item.Student), item.Photo),
                        (t, c) => server.AddFaceAsync(item.Student, image, mediaType, t, c), ct);
                    if (!answer.IsSuccess) Refuse(item, answer.Refusal());
                    else if (answer.Read<AddedFaceAnswer>() is var added && added.AlreadyEnrolled) Interlocked.Increment(ref already);
                    else
                    {
                        Interlocked.Increment(ref saved);
                        foreach (var remark in PhotoRemark.Of(
                            item.Photo, terms, added.FacesFound, added.Central, added.Turned, added.Lookalike))
                            screen.Fields(new { type = remark.What, item.Photo, StudentId = item.Student, remark.Message }, remark.What,
                                item.Photo, item.Student, remark.Message);
                    }
                }
                catch (IOException e)
                {
                    Refuse(item, new("unreadable", e.Message));
                }
            });
            overrides.ShowUnneeded(screen);
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
        finally
        {
            // Interrupted or not: what was done is done, and said.
            screen.Line(new { type = "photos", Saved = saved, AlreadyEnrolled = already, Refused = refused },
                $"Photos: {saved} saved, {already} already enrolled, {refused} refused");
        }
        return refused;

        void Refuse((string Student, string Photo) item, Refusal why)
        {
            Interlocked.Increment(ref refused);
            screen.Fields(new { type = "refused", item.Photo, StudentId = item.Student, why.Code, why.Message }, "refused", item.Photo,
                item.Student, why.Code, why.Message);
        }
    }

    private static async Task<byte[]> ReadAsync(string file, CancellationToken ct)
    {
        try
        {
            return await File.ReadAllBytesAsync(file, ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException($"The roster cannot be read: {e.Message}");
        }
    }

    private static RosterPhotos OpenPhotos(string path)
    {
        try
        {
            return RosterPhotos.Open(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new CommandFailedException($"The photos in {path} cannot be read: {e.Message}");
        }
    }
}
