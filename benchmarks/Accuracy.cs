using System.Globalization;
using System.Numerics;
using System.Text;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Inference;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Identification on pictures of 40 people and 60 strangers: the first two pictures of each person by name are enrolled, one template each; the
/// others are probes. Also the same probes with their own templates taken out, which are strangers too, and face counts on group pictures.
/// </summary>
internal static class Accuracy
{
    private static readonly float[] Thresholds = [0.25f, 0.30f, 0.35f, 0.40f, 0.45f, 0.50f, 0.55f, 0.60f];

    private static readonly float[] OwnLimits = [0.05f, 0.10f, 0.15f, 0.20f, 0.25f, 0.30f];

    private static readonly string[] SeveralPictures = ["lfw", "lfw-school"];

    private static readonly (string Picture, int Faces)[] Groups =
    [
        ("groups/bbt/bbt1.jpg", 4), ("groups/bbt/bbt2.jpg", 3), ("groups/bbt/bbt3.jpg", 5), ("groups/bbt/bbt4.jpg", 6), ("groups/bbt/bbt5.jpg", 5),
        ("groups/celebs-test/kit_with_rose.jpg", 2), ("groups/celebs-test/obama_and_biden.jpg", 3), ("groups/t1.jpg", 6),
        ("deepface-pairs/couple.jpg", 2), ("deepface-pairs/selfie-many-people.jpg", 6),
    ];

    public static async Task<int> RunAsync(string facesFolder, IReadOnlyList<string> profiles)
    {
        var report = new StringBuilder();
        foreach (var profile in profiles)
        {
            var options = new InferenceOptions { Profile = profile, AcceptNonCommercial = true };
            var resolved = ModelStore.Open(options).Resolve(profile, NullLogger.Instance);
            using var models = FaceModels.Load(resolved);
            using var analyzer = new FaceAnalyzer(models, options, new ServerCaller());
            await MeasureAsync(report, profile, facesFolder, analyzer, resolved.Embedder.Entry);
        }
        Console.Write(report);
        return 0;
    }

    private static async Task MeasureAsync(StringBuilder report, string profile, string folder, FaceAnalyzer analyzer, EmbedderEntry embedder)
    {
        var gallery = GallerySnapshot.Empty(embedder.Contract, embedder.Dimension);
        var probes = new List<(string Person, Embedding Embedding)>();
        var templates = new List<(string Person, Embedding Embedding)>();
        var refused = new List<string>();
        var missed = 0;
        foreach (var person in Directory.GetDirectories(Path.Combine(folder, "lfw")).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(person);
            var pictures = Directory.GetFiles(person).Order(StringComparer.Ordinal).ToList();
            for (var i = 0; i < pictures.Count; i++)
            {
                if (await CentralFaceAsync(analyzer, pictures[i]) is not { } face)
                {
                    missed++;
                    continue;
                }
                if (i >= 2)
                {
                    probes.Add((name, face.Embedding!));
                    continue;
                }
                templates.Add((name, face.Embedding!));
                var enrolled = (await analyzer.AnalyzeAsync(SchoolId.First, await File.ReadAllBytesAsync(pictures[i]), FramePurpose.Enroll, default)).Value.Faces[0];
                if (QualityRule.Judge(enrolled.Measurements!.Value) is { Count: > 0 } reasons) refused.Add($"{Path.GetFileName(pictures[i])}: {string.Join(", ", reasons)}");
            }
        }
        gallery = gallery.Change().Add([.. templates.Select(t => new GalleryEntry(TemplateId.New(), new StudentId(t.Person), t.Embedding.Values.ToArray()))]).ToSnapshot();

        var strangers = new List<Embedding>();
        foreach (var person in Directory.GetDirectories(Path.Combine(folder, "lfw-unknown")))
        {
            foreach (var picture in Directory.GetFiles(person))
            {
                if (await CentralFaceAsync(analyzer, picture) is { } face) strangers.Add(face.Embedding!);
                else missed++;
            }
        }

        report.AppendLine(CultureInfo.InvariantCulture, $"### {profile}").AppendLine();
        report.AppendLine(CultureInfo.InvariantCulture,
            $"{templates.Count} templates, {probes.Count} probes, {strangers.Count} strangers; {missed} pictures without a face; {refused.Count} of the enrolment pictures the quality rule would refuse{(refused.Count > 0 ? $" ({string.Join("; ", refused)})" : "")}.").AppendLine();
        report.AppendLine("| threshold | identified | as somebody else | strangers accepted | own templates out: accepted |");
        report.AppendLine("| --- | --- | --- | --- | --- |");
        var scale = new DistanceScale(embedder.BaseThreshold);
        foreach (var policy in Thresholds.Append(embedder.BaseThreshold).Select(t => new MatchPolicy(scale, t)))
        {
            int right = 0, wrong = 0, others = 0;
            foreach (var (person, embedding) in probes)
            {
                var nearest = gallery.Search(embedding, 4);
                var who = policy.Decide([.. nearest], gallery.SimilarityOf).Student?.Value;
                if (who == person) right++;
                else if (who is not null) wrong++;
                if (policy.Decide([.. nearest.Where(m => m.Student.Value != person)], gallery.SimilarityOf).Student is not null) others++;
            }
            var accepted = strangers.Count(s => policy.Decide([.. gallery.Search(s, 2)], gallery.SimilarityOf).Student is not null);
            report.AppendLine(CultureInfo.InvariantCulture,
                $"| {policy.Threshold:0.000}{(policy.Threshold == embedder.BaseThreshold ? " (base)" : "")} | {right / (double)probes.Count:0.000} | {wrong / (double)probes.Count:0.000} | {accepted / (double)strangers.Count:0.000} | {others / (double)probes.Count:0.000} |");
        }
        report.AppendLine().AppendLine("| group picture | faces known | faces found |").AppendLine("| --- | --- | --- |");
        foreach (var (picture, faces) in Groups.Concat(CompreFaceGroups(folder)))
        {
            var analysis = await analyzer.AnalyzeAsync(SchoolId.First, await File.ReadAllBytesAsync(Path.Combine(folder, picture)), FramePurpose.Enroll, default);
            report.AppendLine(CultureInfo.InvariantCulture, $"| {picture} | {faces} | {analysis.Value.Faces.Count} |");
        }
        report.AppendLine();
        await MeasureSecondPhotosAsync(report, profile, folder, analyzer, embedder);
    }

    /// <summary>
    /// Another photo for an id that has one: the same person's, which must be taken, and everybody else's, which should not. People of lfw-school/
    /// with two pictures or more, where the folder has it, and of lfw/; the first picture by name is enrolled, the others are added. Only pictures that the quality rule takes.
    /// </summary>
    private static async Task MeasureSecondPhotosAsync(
        StringBuilder report, string profile, string folder, FaceAnalyzer analyzer, EmbedderEntry embedder)
    {
        // Weights trained on a part of the people say which were held out.
        var list = Path.Combine(folder, "..", "starter", "train", "held-out.txt");
        var heldOut = profile == "starter" && File.Exists(list) ? (await File.ReadAllLinesAsync(list)).ToHashSet(StringComparer.Ordinal) : null;
        var first = new List<Embedding>();
        var others = new List<(int Person, Embedding Embedding)>();
        foreach (var person in SeveralPictures.Select(f => Path.Combine(folder, f)).Where(Directory.Exists).SelectMany(Directory.GetDirectories).Order(StringComparer.Ordinal))
        {
            if (heldOut?.Contains(Path.GetFileName(person)) == false) continue;
            var pictures = Directory.GetFiles(person).Order(StringComparer.Ordinal).ToList();
            if (pictures.Count < 2) continue;
            var good = new List<Embedding>();
            foreach (var picture in pictures)
            {
                var frame = (await analyzer.AnalyzeAsync(SchoolId.First, await File.ReadAllBytesAsync(picture), FramePurpose.Enroll, default)).Value;
                if (frame.Faces.Count > 0 && !frame.IsOfSeveral && QualityRule.Judge(frame.Faces[0].Measurements!.Value).Count == 0) good.Add(frame.Faces[0].Embedding!);
            }
            if (good.Count < 2) continue;
            others.AddRange(good.Skip(1).Select(e => (first.Count, e)));
            first.Add(good[0]);
        }
        var genuine = others.Select(o => first[o.Person].CosineSimilarity(o.Embedding)).Order().ToList();
        var strange = others.SelectMany(o => first.Where((_, i) => i != o.Person).Select(f => f.CosineSimilarity(o.Embedding))).ToList();
        report.AppendLine(CultureInfo.InvariantCulture,
            $"Second photos: {first.Count} people with one template each, {genuine.Count} further photos of theirs, {strange.Count} photos of somebody else.").AppendLine();
        report.AppendLine("| refused below | own photos refused | others' photos refused |").AppendLine("| --- | --- | --- |");
        foreach (var limit in OwnLimits.Append(embedder.VerificationThreshold).Append(embedder.BaseThreshold).Order())
        {
            report.AppendLine(CultureInfo.InvariantCulture,
                $"| {limit:0.000} | {genuine.Count(g => g < limit) / (double)genuine.Count:0.0000} | {strange.Count(s => s < limit) / (double)strange.Count:0.0000} |");
        }
        report.AppendLine();
    }

    /// <summary>The number after the underscore is the count of faces.</summary>
    private static IEnumerable<(string Picture, int Faces)> CompreFaceGroups(string folder) =>
        Directory.GetFiles(Path.Combine(folder, "groups", "compreface")).Order(StringComparer.Ordinal).Select(f => (
            Path.GetRelativePath(folder, f), int.Parse(Path.GetFileNameWithoutExtension(f).Split('_')[1], CultureInfo.InvariantCulture)));

    /// <summary>LFW's pictures are centred on their person; another face in the picture may be larger.</summary>
    private static async Task<AnalyzedFace?> CentralFaceAsync(FaceAnalyzer analyzer, string path)
    {
        var analysis = (await analyzer.AnalyzeAsync(SchoolId.First, await File.ReadAllBytesAsync(path), FramePurpose.Recognize, default)).Value;
        var middle = new Vector2(analysis.Width, analysis.Height) / 2;
        return analysis.Faces.MinBy(f => Vector2.Distance(f.Points.Nose, middle));
    }
}
