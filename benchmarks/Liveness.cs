using System.Globalization;
using System.Text;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Plays people and attacks into the real models and the session's rules, and prints who passes: clips as they were filmed, and sequences made of
/// pictures by moving eyes, mouth and head in them.
/// </summary>
internal sealed class Liveness : IDisposable
{
    private static readonly LivenessAction[][] Singles = [.. LivenessActions.All.Select(a => new[] { a })];

    private static readonly LivenessAction[][] Pairs =
        [.. LivenessActions.All.SelectMany(a => LivenessActions.All.Where(b => b != a).Select(b => new[] { a, b }))];

    private readonly FaceModels _models;
    private readonly FaceAnalyzer _analyzer;
    private readonly LivenessPlayer _player;
    private readonly string _folder;
    private readonly StringBuilder _report = new();

    private Liveness(string facesFolder, string profile)
    {
        var options = new InferenceOptions { Profile = profile, AcceptNonCommercial = true };
        _models = FaceModels.Load(ModelStore.Open(options).Resolve(profile, NullLogger.Instance));
        _analyzer = new FaceAnalyzer(_models, options);
        _player = new(_analyzer, _models.Embedder.Entry.VerificationThreshold);
        _folder = Path.Combine(facesFolder, "liveness");
    }

    public static async Task<int> RunAsync(string facesFolder, IReadOnlyList<string> profiles)
    {
        foreach (var profile in profiles)
        {
            using var liveness = new Liveness(facesFolder, profile);
            liveness._report.AppendLine(CultureInfo.InvariantCulture, $"### {profile}").AppendLine();
            await liveness.MeasureBonaFideAsync();
            await liveness.MeasureAttacksAsync();
            Console.Write(liveness._report);
        }
        return 0;
    }

    public void Dispose()
    {
        _analyzer.Dispose();
        _models.Dispose();
    }

    private async Task MeasureBonaFideAsync()
    {
        Head("bona fide");
        var templates = await TemplatesAsync("no-blink/franck_c/0600.jpg");
        foreach (var (name, clip, asked) in new[]
        {
            ("blink, clip franck_a", "blink/franck_a", LivenessAction.Blink), ("blink, clip franck_b", "blink/franck_b", LivenessAction.Blink),
            ("turn to the left, clip cap13", "head-turn/cap13", LivenessAction.TurnLeft),
            ("turn to the right, clip cap13", "head-turn/cap13", LivenessAction.TurnRight),
        })
        {
            var frames = Clip(clip);
            var own = clip.EndsWith("cap13", StringComparison.Ordinal) ? [(await _player.AnalyzeAsync(frames[0])).Face!.Embedding] : templates;
            foreach (var every in new[] { 1, 2, 5, 12 })
            {
                await RowAsync(name, 25.0 / every, Enumerable.Range(0, every).Select(phase => (frames.Where((_, i) => i % every == phase), (IReadOnlyList<LivenessAction>)[asked])), own);
            }
        }
        var still = await PicturesAsync(Clip("no-blink/franck_c"));
        foreach (var rate in new[] { 25.0, 10, 5, 2 })
            await RowAsync("each action, made of clip franck_c", rate, Singles.Select(s => (LivenessPlayer.Act(still, rate, s), (IReadOnlyList<LivenessAction>)s)), templates);
        foreach (var rate in new[] { 10.0, 2 })
            await RowAsync("each pair of actions, made of clip franck_c", rate, Pairs.Select(p => (LivenessPlayer.Act(still, rate, p), (IReadOnlyList<LivenessAction>)p)), templates);
        _report.AppendLine();
    }

    private async Task MeasureAttacksAsync()
    {
        Head("attack");
        var clip = Clip("no-blink/franck_c");
        var templates = await TemplatesAsync("no-blink/franck_c/0600.jpg");
        var pictures = await PicturesAsync(clip);
        await RowAsync("nothing done, clip franck_c", 25, Singles.Select(s => ((IEnumerable<byte[]>)clip, (IReadOnlyList<LivenessAction>)s)), templates);
        foreach (var rate in new[] { 10.0, 2 })
        {
            await RowAsync("still photo", rate, Singles.Select(s => (Enumerable.Repeat(clip[0], (int)(20 * rate)), (IReadOnlyList<LivenessAction>)s)), templates);
            var held = Handheld(pictures[0].Picture, (int)(8 * rate)).ToList();
            await RowAsync("still photo, held by hand", rate, Singles.Select(s => ((IEnumerable<byte[]>)held, (IReadOnlyList<LivenessAction>)s)), templates);
            byte[] open = Read("eyes/open_open.jpg"), shut = Read("eyes/closed_closed.jpg");
            await RowAsync("two photos, eyes open and shut, in turn", rate,
                [(Flip(open, shut, (int)(20 * rate)), [LivenessAction.Blink])], await TemplatesAsync("eyes/open_open.jpg", "eyes/closed_closed.jpg"));
            var acted = FaceWarp.Apply(pictures[0].Picture, pictures[0].Points, new(EyesShut: 1)).Encode(".jpg", 92);
            await RowAsync("one photo and a copy with painted lids, in turn", rate, [(Flip(clip[0], acted, (int)(20 * rate)), [LivenessAction.Blink])], templates);
            var all = LivenessPlayer.Act(pictures, rate, LivenessActions.All).ToList();
            await RowAsync("recording of all five actions", rate, Pairs.Select(p => ((IEnumerable<byte[]>)all, (IReadOnlyList<LivenessAction>)p)), templates);
            var recorded = LivenessPlayer.Act(pictures, rate, [LivenessAction.TurnLeft, LivenessAction.MouthOpen]).ToList();
            await RowAsync("recorded session (turn left, open mouth) in one that asks otherwise", rate,
                Pairs.Where(p => p is not [LivenessAction.TurnLeft, LivenessAction.MouthOpen]).Select(p => ((IEnumerable<byte[]>)recorded, (IReadOnlyList<LivenessAction>)p)), templates);
            var other = await PicturesAsync([Read("live/mini_old-4.jpg")]);
            await RowAsync("another person from the second step on", rate, Pairs.Select(p => (
                LivenessPlayer.Act(pictures, rate, [p[0]]).Concat(LivenessPlayer.Act(other, rate, [p[1]])), (IReadOnlyList<LivenessAction>)p)), templates);
        }
        foreach (var (species, file) in new[]
        {
            ("print", "spoof/image_F1.jpg"), ("screen (tablet)", "spoof/image_F2.jpg"), ("screen (tablet)", "spoof/mini_old-1.jpg"),
            ("screen (monitor)", "spoof/mini_f_fake_andr_monitor.jpg"), ("paper mask", "spoof/mini_f_fake_andr_mask.jpg"), ("paper mask", "spoof/kby_1.jpg"),
            ("paper cut-out", "spoof/mini_f_fake_andr_outline.jpg"),
        })
        {
            var own = await TemplatesAsync(file);
            var photo = await PicturesAsync([Read(file)]);
            var held = Handheld(photo[0].Picture, 16).ToList();
            await RowAsync($"{species}, held still ({Path.GetFileName(file)})", 2, Singles.Select(s => ((IEnumerable<byte[]>)held, (IReadOnlyList<LivenessAction>)s)), own);
            await RowAsync($"{species}, its face acts ({Path.GetFileName(file)})", 5, Singles.Select(s => (LivenessPlayer.Act(photo, 5, s), (IReadOnlyList<LivenessAction>)s)), own);
        }
        _report.AppendLine();
    }

    private void Head(string kind) => _report
        .AppendLine(CultureInfo.InvariantCulture, $"| {kind} | frames/s | sessions | passed | else |").AppendLine("| --- | --- | --- | --- | --- |");

    private async Task RowAsync(
        string name, double rate, IEnumerable<(IEnumerable<byte[]> Frames, IReadOnlyList<LivenessAction> Asked)> sessions, IReadOnlyList<Embedding> templates)
    {
        var verdicts = new List<LivenessJudgement>();
        foreach (var (frames, asked) in sessions) verdicts.Add(await _player.PlayAsync(frames, rate, asked, templates));
        var others = verdicts.Where(v => v.Outcome == LivenessOutcome.Failed).GroupBy(v => v.Fault).OrderByDescending(g => g.Count()).Select(g => $"{g.Key} {g.Count()}");
        _report.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | {rate:0.#} | {verdicts.Count} | {verdicts.Count(v => v.Outcome == LivenessOutcome.Passed)} | {string.Join(", ", others)} |");
        Console.Error.WriteLine($"{name} {rate:0.#}: {verdicts.Count(v => v.Outcome == LivenessOutcome.Passed)}/{verdicts.Count} {string.Join(", ", others)}");
    }

    private byte[] Read(string file) => File.ReadAllBytes(Path.Combine(_folder, file));

    private List<byte[]> Clip(string folder) =>
        [.. Directory.GetFiles(Path.Combine(_folder, folder)).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];

    private async Task<List<Embedding>> TemplatesAsync(params string[] files)
    {
        var found = new List<Embedding>();
        foreach (var file in files) found.Add((await _player.AnalyzeAsync(Read(file))).Face!.Embedding);
        return found;
    }

    /// <summary>At most 640 pixels long, as a client would send them.</summary>
    private async Task<List<(ImageCanvas Picture, FacePoints Points)>> PicturesAsync(IEnumerable<byte[]> frames)
    {
        var pictures = new List<(ImageCanvas Picture, FacePoints Points)>();
        foreach (var frame in frames)
        {
            var canvas = ImageCanvas.Open(frame).Value;
            if (Math.Max(canvas.Width, canvas.Height) > 640) canvas = Collage.Shrink(canvas, 640);
            pictures.Add((canvas, (await _player.AnalyzeAsync(canvas.Encode(".png"))).Face!.Points));
        }
        return pictures;
    }

    private static IEnumerable<byte[]> Flip(byte[] a, byte[] b, int count) => Enumerable.Range(0, count).Select(i => i / 4 % 2 == 0 ? a : b);

    private static IEnumerable<byte[]> Handheld(ImageCanvas picture, int count) => Enumerable.Range(0, count).Select(i =>
        FaceWarp.Grain(FaceWarp.Shift(picture, 6 * MathF.Sin(i * 0.7f), 5 * MathF.Cos(i * 0.9f)), i, 3).Encode(".jpg", 92));
}
