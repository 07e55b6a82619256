using System.Globalization;
using System.Numerics.Tensors;
using FaceAttendance.Benchmarks.Peers;
using OpenCvSharp;

if (args is not [var pictures, var models, var counts])
{
    Console.Error.WriteLine("usage: <pictures> <folder of weights> <csv of picture,faces>");
    return 2;
}
using var ours = new OurStack("standard");
using var yunet = new OurStack("yunet");
using var openCv = new OpenCvStack(models);
using var imageSharp = new ImageSharpStack(models);
IStack[] stacks = [ours, yunet, openCv, imageSharp];

Console.WriteLine(
    "| stack, one thread | 640×480, 1 face: CPU ms | ratio | 4 faces: CPU ms | ratio | faces found in groups/ | right names |");
Console.WriteLine("| --- | --- | --- | --- | --- | --- | --- |");
var people = FirstPictures(Path.Combine(pictures, "lfw"))
    .Where(p => stacks.All(s => s.Embed(Frame([p], 160)).Count == 1)).Take(4).ToArray();
var one = Cost(stacks, Frame([people[0]], 480), 1);
var four = Cost(stacks, Frame(people, 160), 4);
var listed = File.ReadLines(counts).Skip(1).Select(line => line.Split(',')).ToList();
for (var i = 0; i < stacks.Length; i++)
{
    var stack = stacks[i];
    var found = listed.Sum(line => Math.Min(int.Parse(line[1], CultureInfo.InvariantCulture),
        stack.Embed(File.ReadAllBytes(Path.Combine(pictures, line[0]))).Count));
    var (right, asked) = Names(stack, Path.Combine(pictures, "lfw-school"));
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"| {stack.Name} | {one[i]:0.00} | {one[i] / one[0]:0.00} | {four[i]:0.00} | {four[i] / four[0]:0.00} | " +
        $"{found} of {listed.Sum(line => int.Parse(line[1], CultureInfo.InvariantCulture))} | {right} of {asked} |"));
}
return 0;

// Median CPU time of the process in milliseconds, the stacks by turns.
static double[] Cost(IStack[] stacks, byte[] jpeg, int faces)
{
    const int Rounds = 120;
    foreach (var stack in stacks)
    {
        for (var i = 0; i < 20; i++)
        {
            var found = stack.Embed(jpeg).Count;
            if (found != faces) throw new InvalidOperationException($"{stack.Name} finds {found} faces of {faces}.");
        }
    }
    var times = stacks.Select(_ => new List<double>(Rounds)).ToArray();
    for (var round = 0; round < Rounds; round++)
    {
        for (var i = 0; i < stacks.Length; i++)
        {
            var before = Environment.CpuUsage.TotalTime;
            stacks[i].Embed(jpeg);
            times[i].Add((Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }
    }
    return [.. times.Select(t => t.Order().ElementAt(Rounds / 2))];
}

// Who has several pictures is enrolled with the first and looked for with the last.
static (int Right, int Asked) Names(IStack stack, string school)
{
    const int People = 200;
    var gallery = new List<float[]?>();
    var probes = new List<float[]?>();
    foreach (var person in Directory.GetDirectories(school).Order(StringComparer.Ordinal))
    {
        var files = Directory.GetFiles(person).Order(StringComparer.Ordinal).ToArray();
        if (files.Length < 2 || gallery.Count == People) continue;
        gallery.Add(Central(files[0]));
        probes.Add(Central(files[^1]));
    }
    var right = 0;
    for (var p = 0; p < probes.Count; p++)
    {
        var (best, nearest) = (-1, float.NegativeInfinity);
        for (var g = 0; g < gallery.Count && probes[p] is not null; g++)
        {
            if (gallery[g] is { } known && TensorPrimitives.Dot<float>(known, probes[p]) is var s && s > nearest) (best, nearest) = (g, s);
        }
        if (best == p) right++;
    }
    return (right, probes.Count);

    // These pictures show their person in the middle.
    float[]? Central(string file)
    {
        var faces = stack.Embed(Frame([File.ReadAllBytes(file)], 250));
        return faces.Count == 0 ? null : faces.MinBy(f => f.DistanceTo(320, 240)).Unit;
    }
}

static IEnumerable<byte[]> FirstPictures(string folder) =>
    Directory.GetDirectories(folder).Order(StringComparer.Ordinal)
        .Select(p => File.ReadAllBytes(Directory.GetFiles(p).Order(StringComparer.Ordinal).First()));

// A grey frame of 640×480 with the people side by side, each a square of that side.
static byte[] Frame(byte[][] people, int side)
{
    using var frame = new Mat(480, 640, MatType.CV_8UC3, Scalar.All(120));
    for (var i = 0; i < people.Length; i++)
    {
        using var person = Cv2.ImDecode(people[i], ImreadModes.Color);
        using var place = new Mat(frame, new Rect(((640 - (people.Length * side)) / 2) + (i * side), (480 - side) / 2, side, side));
        Cv2.Resize(person, place, new Size(side, side));
    }
    Cv2.ImEncode(".jpg", frame, out var jpeg, new ImageEncodingParam(ImwriteFlags.JpegQuality, 90));
    return jpeg;
}
