using System.CommandLine;
using System.Globalization;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Server;
using FaceAttendance.Domain.Recognition;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>How near a school's own students are to each other. The server compares them; numbers and ids come back.</summary>
internal static class EvaluateOwnGallery
{
    public static Command Definition { get; } = new Verb(
        "own-gallery", "measure on a running server how near its students are to each other",
        """
        The server compares each student with all others (of a large gallery, 2,000 of them) and tells which share of
        strangers gets a name at the school's size: as it was set, as the model's calibration has it, and as measured on
        the students themselves, each a stranger to the rest. It names the pairs that a camera could take for each other.
        No picture and no template leaves the server. Needs an administrator's credentials; the audit log notes it.
        """,
        [EvaluateCommands.Out], RunAsync);

    private static async Task<int> RunAsync(CommandContext context, CancellationToken ct)
    {
        using var server = new FaceServer(context.Server);
        try
        {
            var answer = await Patience.WhileBusyOrBrokenAsync(c => server.GetAsync("api/v1/gallery/similarities", c), ct);
            if (!answer.IsSuccess) throw new CommandFailedException(answer.Refusal().Message);
            Report(answer.Read<GallerySurveyAnswer>()).Write(context.Screen, context.Get(EvaluateCommands.Out));
            return ExitCode.Done;
        }
        catch (NoAnswerException e)
        {
            throw server.Unreachable(e);
        }
    }

    private static Report Report(GallerySurveyAnswer survey)
    {
        var report = new Report("Own gallery");
        report.Paragraph(string.Create(
            CultureInfo.InvariantCulture,
            $"{survey.Students} students, {survey.LookedAt} of them compared with all others. A face counts as a student's from a " +
            $"similarity of {survey.Threshold:0.000} on; a new face is refused as a duplicate from {survey.DuplicateThreshold:0.000} on."));
        var (set, estimated, measured) = (survey.StrangersNamed?.Set, survey.StrangersNamed?.Estimated, survey.StrangersNamed?.Measured);
        report.Table("Strangers named", ["set", "estimated by the calibration", "measured on the students"],
            [[Percent(set), Percent(estimated),
                measured is { } share ? new Share(Math.Round(share * survey.LookedAt), survey.LookedAt) : Cell.None]]);
        report.Table("Nearest other student", ["similarity from", "students"],
            [.. (survey.NearestOther ?? []).Select(b => (IReadOnlyList<Cell>)[Cell.Number(b.From, "0.00"), b.Students])]);
        report.Table("Lookalikes", ["student", "other", "similarity"],
            [.. (survey.Lookalikes ?? [])
                .Select(p => (IReadOnlyList<Cell>)[p.StudentId ?? "", p.OtherId ?? "", Cell.Similarity(p.Similarity)])]);
        return report;
    }

    private static Cell Percent(double? share) =>
        share is { } known ? new(string.Create(CultureInfo.InvariantCulture, $"{100 * known:0.##} %"), known) : Cell.None;
}
