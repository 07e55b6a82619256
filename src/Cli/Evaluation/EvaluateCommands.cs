using System.CommandLine;
using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>Measures recognition on an engineer's own pictures, in this process and without a server.</summary>
internal static class EvaluateCommands
{
    public static readonly Option<string> Profile =
        Symbols.Text("--profile", "name", "models to measure (default: $FACE_PROFILE, or the best that is here)");

    public static readonly Option<string> Out =
        Symbols.Text("--out", "folder", "write report.md, report.json and drawings there, and keep what was seen for the next run");

    public static readonly Option<int> Seed = Symbols.Count("--seed", "number", "of everything drawn at random", 1, 0, int.MaxValue);

    public static readonly Option<int?> Workers =
        Symbols.Count("--workers", "count", "pictures looked at at once (default: one a core)", 1, 256);

    public static readonly Option<bool> Central = Symbols.Switch(
        "--central", "a picture shows whoever stands in its middle, as in LFW; otherwise the tallest face");

    public static readonly Option<string> Pictures =
        Symbols.Text("--pictures", "folder", "where the table's paths begin (default: the table's own folder)");

    /// <summary>Of every evaluation that looks at pictures.</summary>
    public static IReadOnlyList<Symbol> Common { get; } = [Profile, Out, Workers];

    // Made anew, for its commands hold the options above.
    public static Command Definition => new("evaluate", "measure recognition on pictures of your own, without a server")
    {
        EvaluateIdentification.Definition, EvaluateVerification.Definition, EvaluateFaces.Definition, EvaluateAttacks.Definition,
        EvaluateLiveness.Definition, EvaluateOwnGallery.Definition,
    };

    public static Engine OpenEngine(CommandContext context) =>
        Engine.Open(context, context.Get(Profile), context.Get(Workers) ?? 0);

    public static string PicturesOf(CommandContext context, Argument<string> table) =>
        context.Get(Pictures) ?? Path.GetDirectoryName(Path.GetFullPath(context.Get(table)))!;

    /// <summary>Where what was seen is kept; null without a folder for the report, so that no face is left anywhere unasked.</summary>
    public static string? CacheOf(CommandContext context, Engine engine) =>
        context.Get(Out) is { } folder ? Path.Combine(folder, $"seen-{engine.Profile}.bin") : null;
}
