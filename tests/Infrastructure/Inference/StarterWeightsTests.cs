using System.Text.Json;
using FaceAttendance.Infrastructure.Inference;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Inference;

/// <summary>
/// The committed starter weights through the project's own binding, against the values that their training tools wrote down.
/// </summary>
public sealed class StarterWeightsTests
{
    private static readonly string Folder = Path.Combine(SharedFiles.ProjectRoot, "onnx-models", "starter");

    [TestCase("embedder", new[] { "embedding" })]
    [TestCase("detector", new[] { "scores", "boxes", "points" })]
    [TestCase("landmarks", new string[0])]
    public void Run_SyntheticPictures_GivesTheWrittenValues(string model, string[] outputs)
    {
        using var golden = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Folder, "golden.json")));
        var entry = golden.RootElement.GetProperty("models").GetProperty(model);
        int width = entry.GetProperty("width").GetInt32(), height = entry.GetProperty("height").GetInt32();
        var pictures = entry.GetProperty("first_values").EnumerateArray().ToList();
        if (outputs.Length == 0) outputs = [.. pictures[0].EnumerateObject().Select(o => o.Name)];
        using var graph = new OrtModel(Path.Combine(Folder, $"{model}.onnx"), "input", outputs);
        using var binding = graph.Bind(1, 3, height, width);
        var format = new PixelTensor(new("input", 0, "NCHW", ColourOrder.Rgb, [127.5f, 127.5f, 127.5f], [127.5f, 127.5f, 127.5f]));

        for (var kind = 0; kind < 3; kind++)
        {
            for (var y = 0; y < height; y++) format.WriteRow(Row(kind, y, width, height), binding.Input, width * height, y * width);
            binding.Run();
            for (var o = 0; o < outputs.Length; o++)
            {
                var expected = pictures[kind].GetProperty(outputs[o]).EnumerateArray().Select(v => v.GetSingle()).ToArray();
                var largest = expected.Max(Math.Abs);
                Assert.That(
                    binding.Output(o)[..expected.Length].ToArray(), Is.EqualTo(expected)
                        .Within(1e-3 * largest), $"{outputs[o]} of picture {kind}");
            }
        }
    }

    [Test]
    public void Run_BoundOnce_AllocatesNothing()
    {
        using var graph = new OrtModel(Path.Combine(Folder, "embedder.onnx"), "input", ["embedding"]);
        using var binding = graph.Bind(1, 3, 112, 112);
        binding.Run();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 20; i++) binding.Run();

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    [Test]
    public void Bind_SeveralShapes_EachKeepsItsOwnValues()
    {
        using var graph = new OrtModel(Path.Combine(Folder, "embedder.onnx"), "input", ["embedding"]);
        using var one = graph.Bind(1, 3, 112, 112);
        using var two = graph.Bind(2, 3, 112, 112);
        var face = one.Input.Length;
        for (var i = 0; i < face; i++) one.Input[i] = two.Input[face + i] = MathF.Sin(i / 97f);

        two.Run();
        one.Run();

        Assert.That(two.Output(0).Length, Is.EqualTo(2 * one.Output(0).Length));
        Assert.That(two.Output(0)[one.Output(0).Length..].ToArray(), Is.EqualTo(one.Output(0).ToArray())
            .Within(1e-3 * one.Output(0).ToArray().Max(Math.Abs)));
    }

    [Test]
    public void Dispose_ModelAndBindings_GivesTheirMemoryBack()
    {
        // A quarter of what twenty sessions hold.
        const long Leak = 50L << 20;
        Use(3);
        var before = Environment.WorkingSet;

        Use(20);

        Assert.That(Environment.WorkingSet - before, Is.LessThan(Leak));

        static void Use(int times)
        {
            for (var i = 0; i < times; i++)
            {
                using var graph = new OrtModel(Path.Combine(Folder, "embedder.onnx"), "input", ["embedding"]);
                using var binding = graph.Bind(1, 3, 112, 112);
            }
        }
    }

    [Test]
    public void Constructor_NoSuchOutput_NamesWhatTheFileHas() => Assert.That(
        () => new OrtModel(Path.Combine(Folder, "embedder.onnx"), "input", ["nothing"]),
        Throws.ArgumentException.With.Message.Contains("embedder.onnx").And.Message.Contains("embedding"));

    /// <summary>Row y of the pictures that starter/README.md describes: gradient, chequers, weave.</summary>
    private static byte[] Row(int kind, int y, int width, int height)
    {
        var row = new byte[width * 3];
        for (var x = 0; x < width; x++)
        {
            var (r, g, b) = kind switch
            {
                0 => (255 * x / (width - 1), 255 * y / (height - 1), 255 * (x + y) / (width + height - 2)),
                1 => ((x / 8) + (y / 8)) % 2 == 1 ? (230, 230, 230) : (25, 25, 25),
                _ => (((x * x) + (3 * y)) % 256, ((5 * x) + (y * y)) % 256, x * y % 256),
            };
            (row[3 * x], row[(3 * x) + 1], row[(3 * x) + 2]) = ((byte)r, (byte)g, (byte)b);
        }
        return row;
    }
}
