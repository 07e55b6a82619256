using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Plays people and attacks into the real models and the session's rules, and prints who passes: clips as they were filmed, and sequences
/// made of pictures by moving eyes, mouth and head in them.
/// </summary>
internal sealed class Liveness : IDisposable
{
    private static readonly LivenessAction[][] Singles = [.. LivenessActions.Common.Select(a => new[] { a })];

    private readonly FaceModels _models;
    private readonly FaceAnalyzer _analyzer;
    private readonly LivenessPlayer _player;
    private readonly string _folder;
    private readonly Puppet _person;
    private readonly Puppet _other;
    private readonly StringBuilder _report = new();

    private const string Introduction =
        """
        `./bench.sh liveness` plays people and attacks into the real models and rules. Clips at lower rates are every n-th frame, from each possible beginning; they last 3 to 5 seconds, so at 2 frames a second many show the action in no frame, or end before the face is neutral again.
        Rows with * are made of one photograph by moving eyes, mouth and head in it; where it acts when asked, it reads each question and takes a moment. Who comes closer, from 55 to 32 cm, is such a photograph laid over a head (an ellipsoid as large as one, with a nose), a fake over what it is made of, and seen by a camera at those distances: no clip of a person who comes closer was at hand. Near faces, dark walls and mirrored pictures are made of the clips.
        """;

    // Faces that look straight, so that their pictures can be made to turn to either side.
    private const string Person = "live/att_2.jpg";
    private const string Other = "no-blink/franck_c/0600.jpg";

    private static readonly (string Species, string File)[] Spoofs =
    [
        ("print", "spoof/image_F1.jpg"), ("screen (tablet)", "spoof/image_F2.jpg"), ("screen (tablet)", "spoof/mini_old-1.jpg"),
        ("screen (monitor)", "spoof/mini_f_fake_andr_monitor.jpg"), ("paper mask", "spoof/mini_f_fake_andr_mask.jpg"),
        ("paper mask", "spoof/kby_1.jpg"), ("paper cut-out", "spoof/mini_f_fake_andr_outline.jpg"),
    ];

    // Of what fakes are made, in centimetres.
    private static readonly (string, FaceShape)[] Surfaces =
        [("a plane", FaceShape.Flat), ("a sheet bent to a radius of 30 cm", FaceShape.Cylinder(30)),
            ("a mask bent to a radius of 10 cm", FaceShape.Cylinder(10))];

    // What passive detection takes for live.
    private static readonly (string Species, string File)[] Masks =
        [.. Spoofs.Where(s => s.Species.StartsWith("paper", StringComparison.Ordinal))];

    // How many times as wide as its picture a camera sees the person who is to come closer.
    private const float Room = 1.7f;

    // Of people before a camera; the other live pictures are portraits.
    private static readonly string[] Captures = ["live/image_T1.jpg", "live/mini_old-4.jpg"];

    private static readonly string[] Clips = ["blink/franck_a", "blink/franck_b", "no-blink/franck_c", "blink/cap13", "head-turn/cap13"];

    private static readonly Task<LivenessFrame?> Gone = Task.FromResult<LivenessFrame?>(null);

    // Sessions of each acted row, drawn as the server draws them.
    private const int People = 20, Replays = 100;

    private Liveness(string facesFolder, string profile)
    {
        var options = new InferenceOptions { Profile = profile, AcceptNonCommercial = true };
        _models = FaceModels.Load(ModelStore.Open(options).Resolve(profile, NullLogger.Instance));
        _analyzer = new FaceAnalyzer(_models, options, new ServerCaller());
        _player = new(_analyzer, _models.Embedder.Entry.VerificationThreshold);
        _folder = Path.Combine(facesFolder, "liveness");
        _person = new(_analyzer, PictureAsync(Person).GetAwaiter().GetResult(), FaceShape.Head);
        _other = new(_analyzer, PictureAsync(Other).GetAwaiter().GetResult(), FaceShape.Head);
    }

    public static async Task<int> RunAsync(string facesFolder, IReadOnlyList<string> profiles)
    {
        foreach (var profile in profiles)
        {
            using var liveness = new Liveness(facesFolder, profile);
            liveness._report.AppendLine(CultureInfo.InvariantCulture, $"{Introduction} Profile `{profile}`.").AppendLine();
            await liveness.MeasureBonaFideAsync();
            await liveness.MeasureAttacksAsync();
            if (liveness._analyzer.HasPad) await liveness.MeasurePassiveAsync();
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
            ("blink, clip franck_a", "blink/franck_a", LivenessAction.Blink),
            ("blink, clip franck_b", "blink/franck_b", LivenessAction.Blink),
            ("turn to the left, clip cap13", "head-turn/cap13", LivenessAction.TurnLeft),
            ("turn to the right, clip cap13", "head-turn/cap13", LivenessAction.TurnRight),
        })
        {
            var frames = Clip(clip);
            var own = clip.EndsWith("cap13", StringComparison.Ordinal) ? [(await _player.AnalyzeAsync(frames[0])).Face!.Embedding]
                : templates;
            foreach (var every in new[] { 1, 2, 5, 12 })
            {
                await RowAsync(name, 25.0 / every,
                    Enumerable.Range(0, every).Select(phase => Of(frames.Where((_, i) => i % every == phase), [asked])), own);
            }
        }
        foreach (var name in new[] { "franck_a", "franck_b" })
        {
            var frames = Clip($"blink/{name}");
            var box = (await _player.AnalyzeAsync(frames[0])).Face!.Box;
            foreach (var (what, change) in new (string, Func<ImageCanvas, ImageCanvas>)[]
            {
                ("face as high as the frame", f => FaceWarp.Zoom(f, box, 1.6f)),
                ("near face, half beyond the frame", f => FaceWarp.Zoom(f, box, 2.4f)),
                ("before a dark wall", f => FaceWarp.BeforeADarkWall(f, box)),
            })
            {
                var changed = frames.Select(f => change(ImageCanvas.Open(f).Value).Encode(".jpg", 92)).ToList();
                foreach (var every in new[] { 2, 5 })
                {
                    await RowAsync(
                        $"blink, clip {name}, {what}", 25.0 / every,
                        Enumerable.Range(0, every).Select(phase => Of(changed.Where((_, i) => i % every == phase), [LivenessAction.Blink])),
                        templates);
                }
            }
        }
        var flipped = Clip("head-turn/cap13").Select(f => FaceWarp.Mirror(ImageCanvas.Open(f).Value).Encode(".jpg", 92)).ToList();
        IReadOnlyList<Embedding> enrolled = [(await _player.AnalyzeAsync(Clip("head-turn/cap13")[0])).Face!.Embedding];
        foreach (var every in new[] { 2, 5 })
        {
            foreach (var (side, asked) in new[] { ("left", LivenessAction.TurnLeft), ("right", LivenessAction.TurnRight) })
            {
                await RowAsync(
                    $"turn to the {side}, clip cap13, mirrored, said by the client", 25.0 / every,
                    Enumerable.Range(0, every)
                        .Select(phase => Of(flipped.Where((_, i) => i % every == phase), [asked]) with { IsMirrored = true }), enrolled);
            }
        }
        foreach (var rate in new[] { 25.0, 10, 5, 2 })
            await RowAsync("each action, done when asked*", rate, Singles.Select((s, seed) => Performing(_person, new(s), seed)),
                await TemplatesAsync(Person));
        foreach (var rate in new[] { 10.0, 2 })
        {
            await RowAsync(
                "whatever is asked*", rate, Plans(People).Select((p, seed) => Performing(_person, p, seed)), await TemplatesAsync(Person));
            foreach (var (who, isSaid) in new[] { ("said by the client", (bool?)true), ("not said", null) })
            {
                await RowAsync(
                    $"whatever is asked*, turns among it, before a mirrored camera, {who}", rate,
                    TurningPlans(People).Select((p, seed) => Performing(_person, p, seed, isMirrored: true) with { IsMirrored = isSaid }),
                    await TemplatesAsync(Person));
            }
            foreach (var (name, file) in new[]
            {
                ("whatever is asked, and to come closer*", Person), ("whatever is asked, and to come closer, another person*", Other),
            })
            {
                var seated = new Puppet(_analyzer, await PictureAsync(file, Room), FaceShape.Head);
                await RowAsync(
                    name, rate, CloserPlans(People).Select((p, seed) => Performing(seated, p, seed)), await TemplatesAsync(file));
            }
            await RowAsync("whatever is asked, another person*", rate, Plans(People).Select((p, seed) => Performing(_other, p, seed)),
                await TemplatesAsync(Other));
        }
        _report.AppendLine();
    }

    private async Task MeasureAttacksAsync()
    {
        Head("attack");
        var clip = Clip("no-blink/franck_c");
        var templates = await TemplatesAsync("no-blink/franck_c/0600.jpg");
        await RowAsync("nothing done, clip franck_c", 25, Singles.Select(s => Of(clip, s)), templates);
        var box = (await _player.AnalyzeAsync(clip[0])).Face!.Box;
        var near = clip.Select(f => FaceWarp.Zoom(ImageCanvas.Open(f).Value, box, 2.4f).Encode(".jpg", 92)).ToList();
        await RowAsync("nothing done, clip franck_c, near face, half beyond the frame", 25, Singles.Select(s => Of(near, s)), templates);
        foreach (var rate in new[] { 10.0, 2 })
        {
            await RowAsync("still photo", rate, Singles.Select(s => Of(Enumerable.Repeat(clip[0], (int)(20 * rate)), s)), templates);
            var (picture, points) = await PictureAsync("no-blink/franck_c/0600.jpg");
            var held = Handheld(picture, (int)(8 * rate)).ToList();
            await RowAsync("still photo, held by hand", rate, Singles.Select(s => Of(held, s)), templates);
            byte[] open = Read("eyes/open_open.jpg"), shut = Read("eyes/closed_closed.jpg");
            await RowAsync("two photos, eyes open and shut, in turn", rate,
                [Of(Flip(open, shut, (int)(20 * rate)), [LivenessAction.Blink])],
                await TemplatesAsync("eyes/open_open.jpg", "eyes/closed_closed.jpg"));
            var acted = FaceWarp.Apply(picture, points, new(EyesShut: 1)).Encode(".jpg", 92);
            await RowAsync("one photo and a copy with painted lids, in turn", rate,
                [Of(Flip(clip[0], acted, (int)(20 * rate)), [LivenessAction.Blink])], templates);

            var own = await TemplatesAsync(Person);
            LivenessAction[] once = [LivenessAction.TurnLeft, LivenessAction.MouthOpen];
            var (recorded, shown) = await RecordAsync(once, rate, own);
            var otherwise = Plans(int.MaxValue).Where(p => !p.Asked.SequenceEqual(once)).Take(Replays);
            var same = Plans(int.MaxValue).Where(p => p.Asked.SequenceEqual(once)).Take(People);
            await RowAsync("recorded session* (turn left, open mouth) in one that asks otherwise", rate,
                otherwise.Select(p => Replay(recorded, rate, p, shown)), own);
            await RowAsync("the same in one that asks the same, 1 of 14", rate, same.Select(p => Replay(recorded, rate, p, shown)), own);
            await RowAsync(
                "the same, smaller and encoded anew", rate, same.Select(p => Replay(recorded, rate, p, shown, isCopy: true)), own);
            var opposite = Plans(int.MaxValue).Where(p => p.Asked.SequenceEqual([LivenessAction.TurnRight, LivenessAction.MouthOpen]))
                .Take(People);
            await RowAsync("the same in one that asks the opposite turn, not remembered", rate,
                opposite.Select(p => Replay(recorded, rate, p, [])), own);
            await RowAsync("the same, not remembered", rate, same.Select(p => Replay(recorded, rate, p, [])), own);
            foreach (var (order, actions) in new[] { ("", LivenessActions.Common), (", backwards", [.. LivenessActions.Common.Reverse()]) })
            {
                var all = LivenessPlayer.Acts(rate, actions).ToList();
                await RowAsync($"recording* of all five actions{order}, played for the first time", rate,
                    Plans(Replays).Select(p => Replay(all, rate, p, [])), own);
                var first = await PlayAsync(Replay(all, rate, Plans(1).First(), []), rate, own);
                await RowAsync($"recording* of all five actions{order}, played again", rate,
                    Plans(Replays).Select(p => Replay(all, rate, p, first.Pictures)), own);
            }
            await RowAsync("another person* from the second step on", rate, Plans(People).Select(Exchanging), own);
        }
        foreach (var every in new[] { 1, 2, 5, 12 })
        {
            var blink = Clip("blink/franck_a");
            IEnumerable<byte[]> Frames(int phase) => blink.Where((_, i) => i % every == phase);
            var first = await PlayAsync(Of(Frames(0), [LivenessAction.Blink]), 25.0 / every, templates);
            await RowAsync("clip franck_a again, its frames in between", 25.0 / every,
                [Of(Frames(every / 2), [LivenessAction.Blink]) with { Earlier = first.Pictures }], templates);
        }
        foreach (var (species, file) in Spoofs)
        {
            var own = await TemplatesAsync(file);
            var photo = await PictureAsync(file);
            var held = Handheld(photo.Picture, 16).ToList();
            await RowAsync($"{species}, held by hand ({Path.GetFileName(file)})", 2, Singles.Select(s => Of(held, s)), own);
            var puppet = new Puppet(_analyzer, photo, FaceShape.Flat);
            await RowAsync($"{species}, turned and nodded when asked* ({Path.GetFileName(file)})", 5,
                Plans(People).Select((p, seed) => Performing(puppet, p, seed, isRigid: true)), own);
            await RowAsync($"{species}, its picture made to act when asked* ({Path.GetFileName(file)})", 5,
                Plans(People).Select((p, seed) => Performing(puppet, p, seed)), own);
        }
        foreach (var (species, file) in Masks)
        {
            foreach (var (what, surface) in Surfaces)
            {
                var closer = new Puppet(_analyzer, await PictureAsync(file, Room), surface);
                await RowAsync(
                    $"{species}, its picture made to act when asked*, and to come closer as {what} ({Path.GetFileName(file)})", 3,
                    CloserPlans(surface == FaceShape.Flat ? (Replays / Masks.Length) + 1 : People)
                        .Select((p, seed) => Performing(closer, p, seed)), await TemplatesAsync(file));
            }
        }
        _report.AppendLine();
    }

    /// <summary>What passive detection alone makes of single pictures, each held by hand, and of the clips' frames.</summary>
    private async Task MeasurePassiveAsync()
    {
        _report.AppendLine("| passive detection alone | pictures | taken for attacks | taken for live | |")
            .AppendLine("| --- | --- | --- | --- | --- |");
        foreach (var species in Spoofs.GroupBy(s => s.Species))
            await RowAsync(species.Key, [.. species.Select(s => s.File)], [], isAttack: true);
        await RowAsync("bona fide: before a camera", Captures, [], isAttack: false);
        await RowAsync("bona fide: the clips' frames", [], Clips, isAttack: false);
        _report.AppendLine();

        async Task RowAsync(string name, string[] files, string[] clips, bool isAttack)
        {
            var frames = clips.SelectMany(Clip).ToList();
            foreach (var file in files) frames.AddRange(Handheld((await PictureAsync(file)).Picture, 40));
            var live = 0;
            foreach (var frame in frames)
                live += (await _player.AnalyzeAsync(frame)).Face?.LiveProbability >= LivenessRules.LeastLive ? 1 : 0;
            var (attacks, rate) = (frames.Count - live, isAttack ? "APCER" : "BPCER");
            _report.AppendLine(CultureInfo.InvariantCulture,
                $"| {name} | {frames.Count} | {attacks} | {live} | {rate} {(isAttack ? live : attacks) / (double)frames.Count:0.00} |");
        }
    }

    /// <summary>Frames as they are, for actions asked one right after the other.</summary>
    private Played Of(IEnumerable<byte[]> frames, LivenessAction[] asked)
    {
        var left = frames.GetEnumerator();
        return new(new LivenessPlan(asked), async (_, _, _) => left.MoveNext() ? await _player.AnalyzeAsync(left.Current) : null);
    }

    /// <param name="isRigid">It turns and nods, and its face never changes.</param>
    /// <param name="recorded">Takes what the face did, frame by frame.</param>
    private static Played Performing(
        Puppet puppet, LivenessPlan plan, int seed, bool isRigid = false, bool isMirrored = false, List<FaceAct>? recorded = null)
    {
        var performer = new Performer(new Random(seed), isMirrored);
        return new(plan, (at, told, look) =>
        {
            if (performer.Next(at, told) is not { } act) return Gone;
            if (isRigid) act = act with { EyesShut = 0, MouthOpen = 0 };
            recorded?.Add(act);
            return puppet.SeeAsync(at, act, look);
        });
    }

    /// <returns>What a face did in a session that passed, and what is remembered of it.</returns>
    private async Task<(List<FaceAct> Acts, IReadOnlyList<SeenPicture> Shown)> RecordAsync(
        LivenessAction[] asked, double rate, IReadOnlyList<Embedding> templates)
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var recorded = new List<FaceAct>();
            var plan = Plans(int.MaxValue).Where(p => p.Asked.SequenceEqual(asked)).ElementAt(seed);
            var session = await PlayAsync(Performing(_person, plan, seed, recorded: recorded), rate, templates);
            if (session.Current.Outcome == LivenessOutcome.Passed) return (recorded, session.Pictures);
        }
        throw new InvalidOperationException($"No session passed at {rate} frames a second, so that there is none to record.");
    }

    /// <summary>Plays what the face did once, whatever is asked now.</summary>
    /// <param name="isCopy">Four fifths as large, and encoded anew.</param>
    private Played Replay(List<FaceAct> recorded, double rate, LivenessPlan plan, IReadOnlyList<SeenPicture> earlier,
        bool isCopy = false) => new(plan, (at, _, look) =>
    {
        var number = (int)Math.Round(at.TotalSeconds * rate);
        return number < recorded.Count ? _person.SeeAsync(at, recorded[number], look, isCopy) : Gone;
    })
        {
            Earlier = earlier,
        };

    private Played Exchanging(LivenessPlan plan, int seed)
    {
        var performer = new Performer(new Random(seed));
        return new(plan, (at, told, look) =>
            performer.Next(at, told) is { } act ? (told.StepsDone == 0 ? _person : _other).SeeAsync(at, act, look) : Gone);
    }

    /// <summary>Plans as the server draws them, but the same each time.</summary>
    private static IEnumerable<LivenessPlan> Plans(int count) =>
        Enumerable.Range(0, count).Select(seed => LivenessPlan.Draw(LivenessActions.Common, 2, new Random(seed).Next));

    private static IEnumerable<LivenessPlan> CloserPlans(int count) =>
        Enumerable.Range(0, count).Select(seed => LivenessPlan.Draw(LivenessActions.All, 2, new Random(seed).Next));

    private static IEnumerable<LivenessPlan> TurningPlans(int count) =>
        Plans(int.MaxValue).Where(p => p.Asked.Any(a => LivenessActions.OtherSideOf(a) is not null)).Take(count);

    private Task<LivenessSession> PlayAsync(Played session, double rate, IReadOnlyList<Embedding> templates) =>
        _player.PlayAsync(session.See, rate, session.Plan, templates, session.IsMirrored, session.Earlier);

    /// <param name="See">As <see cref="LivenessPlayer"/> takes it.</param>
    private sealed record Played(LivenessPlan Plan, Func<TimeSpan, LivenessJudgement, LivenessLook, Task<LivenessFrame?>> See)
    {
        public IReadOnlyList<SeenPicture> Earlier { get; init; } = [];

        /// <summary>What the client says of its camera.</summary>
        public bool? IsMirrored { get; init; }
    }

    private void Head(string kind) => _report
        .AppendLine(CultureInfo.InvariantCulture, $"| {kind} | frames/s | sessions | passed | else |")
        .AppendLine("| --- | --- | --- | --- | --- |");

    private async Task RowAsync(string name, double rate, IEnumerable<Played> sessions, IReadOnlyList<Embedding> templates)
    {
        var verdicts = new ConcurrentBag<LivenessJudgement>();
        await Parallel.ForEachAsync(
            sessions, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, async (session, _) =>
        {
            var verdict = (await PlayAsync(session, rate, templates)).Current;
            verdicts.Add(verdict);
            Console.Error.WriteLine(
                $"    {string.Join(" + ", session.Plan.Asked)}: {verdict.Outcome} {verdict.Fault}, {verdict.StepsDone} " +
                $"steps, {verdict.Strikes} strikes");
        });
        var others = verdicts.Where(v => v.Outcome == LivenessOutcome.Failed).GroupBy(v => v.Fault).OrderByDescending(g => g.Count())
            .Select(g => $"{g.Key} {g.Count()}");
        _report.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | {rate:0.#} | {verdicts.Count} | {verdicts.Count(v => v.Outcome == LivenessOutcome.Passed)} " +
            $"| {string.Join(", ", others)} |");
        Console.Error.WriteLine(
            $"{name} {rate:0.#}: {verdicts.Count(v => v.Outcome == LivenessOutcome.Passed)}/{verdicts.Count} {string.Join(", ", others)}");
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

    /// <summary>At most 360 pixels on its shorter side, much as the clips are; with room around it, as many altogether.</summary>
    /// <param name="room">How many times as wide as the picture the camera sees.</param>
    private async Task<(ImageCanvas Picture, FacePoints Points)> PictureAsync(string file, float room = 1)
    {
        var canvas = ImageCanvas.Open(Read(file)).Value;
        int shorter = Math.Min(canvas.Width, canvas.Height), most = (int)(360 / room);
        if (shorter > most) canvas = Collage.Shrink(canvas, Math.Max(canvas.Width, canvas.Height) * most / shorter);
        if (room > 1) canvas = FaceWarp.Widen(canvas, room);
        return (canvas, (await _player.AnalyzeAsync(canvas.Encode(".png"))).Face!.Points);
    }

    private static IEnumerable<byte[]> Flip(byte[] a, byte[] b, int count) =>
        Enumerable.Range(0, count).Select(i => i / 4 % 2 == 0 ? a : b);

    private static IEnumerable<byte[]> Handheld(ImageCanvas picture, int count) => Enumerable.Range(0, count).Select(i =>
        FaceWarp.Grain(FaceWarp.Shift(picture, 6 * MathF.Sin(i * 0.7f), 5 * MathF.Cos(i * 0.9f)), i, 3).Encode(".jpg", 92));
}
