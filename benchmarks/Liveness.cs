using System.Globalization;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.Domain.Recognition;
using Microsoft.Extensions.Logging.Abstractions;

namespace FaceAttendance.Benchmarks;

internal static class Liveness
{
    public static async Task<int> DumpAsync(string profile, IEnumerable<string> paths)
    {
        var options = new InferenceOptions { Profile = profile, AcceptNonCommercial = true };
        using var models = FaceModels.Load(ModelStore.Open(options).Resolve(profile, NullLogger.Instance));
        using var analyzer = new FaceAnalyzer(models, options);
        Embedding? last = null, first = null; var all = new List<Embedding>();
        foreach (var path in paths)
        {
            foreach (var file in Directory.Exists(path) ? Directory.GetFiles(path, "*.*", SearchOption.AllDirectories).Order(StringComparer.Ordinal) : (IEnumerable<string>)[path])
            {
                var f = (await analyzer.AnalyzeLivenessAsync(await File.ReadAllBytesAsync(file), true, default)).Value;
                if (f.Face is not { } a) { Console.WriteLine($"{Path.GetFileName(file)} NO FACE grey {f.MeanGrey:0}"); continue; }
                var g = a.Geometry; first ??= a.Embedding;
                var maxOld = all.Count > 1 ? all.Take(all.Count - 1).Max(e => e.CosineSimilarity(a.Embedding)) : 0;
                all.Add(a.Embedding);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{Path.GetFileName(file)} n{f.FaceCount} g{f.MeanGrey:0} h{a.Box.Height:0} eyes {g.LeftEyeRatio:0.000} {g.RightEyeRatio:0.000} shut {g.EyesShut:0.0} mouth {g.MouthRatio:0.000} yaw {g.Pose.YawDegrees:0.0} pitch {g.Pose.PitchDegrees:0.0} roll {g.Pose.RollDegrees:0.0} nose {a.Points.NoseOffset:0.00} down {((a.Points.Nose-(a.Points.LeftEye+a.Points.RightEye)/2).Length()/((a.Points.LeftMouth+a.Points.RightMouth)/2-(a.Points.LeftEye+a.Points.RightEye)/2).Length()):0.00} live {a.LiveProbability:0.00} prev {last?.CosineSimilarity(a.Embedding):0.0000} first {first.CosineSimilarity(a.Embedding):0.000} old {maxOld:0.0000}"));
                last = a.Embedding;
            }
        }
        return 0;
    }
}
