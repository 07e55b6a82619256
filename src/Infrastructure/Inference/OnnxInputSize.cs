using System.Buffers;
using System.Text;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// Takes the fixed height and width out of a graph (github.com/onnx/onnx, onnx/onnx.proto). Exporters write the sizes of one input into it,
/// where the network itself, convolutions and what joins them, takes any: in the declared shapes, and in the sizes that a smaller map is
/// enlarged to before it is added to a larger one. What else may be tied to a size shows when the graph is run at another.
/// </summary>
internal static class OnnxInputSize
{
    // ModelProto, GraphProto, NodeProto, ValueInfoProto, TypeProto, TypeProto.Tensor, TensorShapeProto and its Dimension.
    private const int ModelGraph = 7;
    private const int GraphNode = 1, GraphInput = 11, GraphOutput = 12, GraphInnerShape = 13;
    private const int NodeInput = 1, NodeOutput = 2, NodeOperation = 4;
    private const int ValueName = 1, ValueType = 2;
    private const int TypeTensor = 1, TensorShape = 2, ShapeDimension = 1, DimensionName = 2;

    // Of [N, C, H, W].
    private const int Height = 2, Width = 3;

    // Resize's inputs: the map, a region, scales, sizes.
    private const int ResizeSizes = 3;

    /// <returns>The model with an input of any height and width. Whether it can be run with one is to be tried.</returns>
    /// <exception cref="InvalidDataException">The bytes are no ONNX model.</exception>
    /// <exception cref="NotSupportedException">Something in it keeps its size; the message says what.</exception>
    public static byte[] Free(ReadOnlySpan<byte> model, string input)
    {
        var freed = new ArrayBufferWriter<byte>(model.Length + 1024);
        var fields = new ProtoReader(model);
        while (fields.Next())
        {
            if (fields.Number == ModelGraph) ProtoReader.Write(freed, ModelGraph, FreeGraph(fields.Content, input));
            else freed.Write(fields.Whole);
        }
        return freed.WrittenSpan.ToArray();
    }

    private static ReadOnlySpan<byte> FreeGraph(ReadOnlySpan<byte> graph, string input)
    {
        var nodes = new List<Node>();
        var fields = new ProtoReader(graph);
        while (fields.Next())
        {
            if (fields.Number == GraphNode) nodes.Add(new Node(fields.Content));
        }
        // By the sum that waits for it.
        var enlarged = nodes.Where(HasSizes).ToLookup(resize => OnlySumOf(resize, nodes));
        var moved = enlarged.SelectMany(sum => sum).ToHashSet();

        var freed = new ArrayBufferWriter<byte>(graph.Length + 1024);
        var number = 0;
        fields = new ProtoReader(graph);
        while (fields.Next())
        {
            switch (fields.Number)
            {
                case GraphNode:
                    var node = nodes[number++];
                    foreach (var resize in enlarged[node]) WriteResizedTo(freed, resize, node.Inputs.First(i => i != resize.Outputs[0]));
                    if (!moved.Contains(node)) freed.Write(fields.Whole);
                    break;
                case GraphInput:
                    ProtoReader.Write(freed, GraphInput, FreeValue(fields.Content, input));
                    break;
                case GraphOutput:
                    ProtoReader.Write(freed, GraphOutput, FreeValue(fields.Content, input: null));
                    break;
                case GraphInnerShape:
                    break;
                default:
                    freed.Write(fields.Whole);
                    break;
            }
        }
        return freed.WrittenSpan;
    }

    /// <exception cref="NotSupportedException">It is an enlargement in an older exporter's way.</exception>
    private static bool HasSizes(Node node) => node switch
    {
        { Operation: "Upsample" } => throw new NotSupportedException($"'{node.Outputs[0]}' is enlarged by a fixed factor (Upsample)"),
        { Operation: "Resize", Inputs: [_, _, _, { Length: > 0 }] } => true,
        _ => false,
    };

    /// <exception cref="NotSupportedException">Something else reads it.</exception>
    private static Node OnlySumOf(Node resize, List<Node> nodes) =>
        resize.Outputs is [var enlarged]
        && nodes.Where(n => n.Inputs.Contains(enlarged)).ToList() is [{ Operation: "Add", Inputs: [var a, var b] } sum] && a != b
            ? sum
            : throw new NotSupportedException($"'{resize.Outputs[0]}' is enlarged to a size that nothing else in the graph tells");

    /// <summary>The enlargement, now to the size of what the result is added to.</summary>
    private static void WriteResizedTo(ArrayBufferWriter<byte> graph, Node resize, string other)
    {
        var size = $"{resize.Outputs[0]}/free_size";
        var shape = new ArrayBufferWriter<byte>();
        Write(shape, NodeInput, other);
        Write(shape, NodeOutput, size);
        Write(shape, NodeOperation, "Shape");
        ProtoReader.Write(graph, GraphNode, shape.WrittenSpan);

        var node = new ArrayBufferWriter<byte>();
        for (var i = 0; i < resize.Inputs.Count; i++) Write(node, NodeInput, i == ResizeSizes ? size : resize.Inputs[i]);
        var fields = new ProtoReader(resize.Bytes);
        while (fields.Next())
        {
            if (fields.Number != NodeInput) node.Write(fields.Whole);
        }
        ProtoReader.Write(graph, GraphNode, node.WrittenSpan);
    }

    /// <param name="input">The input whose height and width get names; null for an output, whose shape is left to the runtime.</param>
    private static ReadOnlySpan<byte> FreeValue(ReadOnlySpan<byte> value, string? input)
    {
        if (input is not null && Text(value, ValueName) != input) return value;
        return Replace(value, ValueType, type => Replace(type, TypeTensor, tensor => Replace(tensor, TensorShape, shape =>
        {
            if (input is null) return null;
            var axis = 0;
            return Replace(shape, ShapeDimension, dimension =>
            {
                var named = new ArrayBufferWriter<byte>();
                if (axis is Height or Width) Write(named, DimensionName, axis == Height ? "height" : "width");
                else named.Write(dimension);
                axis++;
                return named.WrittenSpan.ToArray();
            });
        })));
    }

    /// <summary>The message with each field of that number put through <paramref name="change"/>; null takes it out.</summary>
    private static byte[] Replace(ReadOnlySpan<byte> message, int number, Func<byte[], byte[]?> change)
    {
        var changed = new ArrayBufferWriter<byte>();
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            if (fields.Number != number) changed.Write(fields.Whole);
            else if (change(fields.Content.ToArray()) is { } content) ProtoReader.Write(changed, number, content);
        }
        return changed.WrittenSpan.ToArray();
    }

    private static string? Text(ReadOnlySpan<byte> message, int number)
    {
        var fields = new ProtoReader(message);
        while (fields.Next())
        {
            if (fields.Number == number) return Encoding.UTF8.GetString(fields.Content);
        }
        return null;
    }

    private static void Write(ArrayBufferWriter<byte> to, int number, string text) =>
        ProtoReader.Write(to, number, Encoding.UTF8.GetBytes(text));

    private sealed class Node
    {
        public Node(ReadOnlySpan<byte> node)
        {
            Bytes = node.ToArray();
            var fields = new ProtoReader(node);
            while (fields.Next())
            {
                if (fields.Number == NodeInput) Inputs.Add(Encoding.UTF8.GetString(fields.Content));
                else if (fields.Number == NodeOutput) Outputs.Add(Encoding.UTF8.GetString(fields.Content));
                else if (fields.Number == NodeOperation) Operation = Encoding.UTF8.GetString(fields.Content);
            }
        }

        public byte[] Bytes { get; }

        public string Operation { get; } = "";

        public List<string> Inputs { get; } = [];

        public List<string> Outputs { get; } = [];
    }
}
