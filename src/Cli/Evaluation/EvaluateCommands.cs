using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>Measures recognition on an engineer's own pictures, in this process and without a server.</summary>
internal static class EvaluateCommands
{
    public static readonly Option Profile = new("--profile", "name", "models to measure (default: $FACE_PROFILE, or the best that is here)");

    public static readonly Option Out = new("--out", "folder", "write report.md, report.json and drawings there, and keep what was seen for the next run");

    public static readonly Option Seed = new("--seed", "number", "of everything drawn at random (default: 1)");

    public static readonly Option Workers = new("--workers", "count", "pictures looked at at once (default: one a core)");

    public static readonly Option Central = new("--central", null, "a picture shows whoever stands in its middle, as in LFW; otherwise the tallest face");

    public static readonly Option Pictures = new("--pictures", "folder", "where the table's paths begin (default: the table's own folder)");

    /// <summary>Of every evaluation that looks at pictures.</summary>
    public static IReadOnlyList<Option> Common { get; } = [Profile, Out, Workers];

    public static IReadOnlyList<Command> Definitions { get; } = 
        [EvaluateIdentification.Definition, EvaluateVerification.Definition, EvaluateFaces.Definition, EvaluateAttacks.Definition, EvaluateLiveness.Definition, EvaluateOwnGallery.Definition];

    public static Engine OpenEngine(CommandContext context) =>
        Engine.Open(context, context.Arguments[Profile], context.Arguments.Count(Workers, 0, 1, 256));

    public static string PicturesOf(CommandContext context) =>
        context.Arguments[Pictures] ?? Path.GetDirectoryName(Path.GetFullPath(context.Arguments.Operand))!;

    /// <summary>Where what was seen is kept; null without a folder for the report, so that no face is left anywhere unasked.</summary>
    public static string? CacheOf(CommandContext context, Engine engine) =>
        context.Arguments[Out] is { } folder ? Path.Combine(folder, $"seen-{engine.Profile}.bin") : null;
}
