using System.Runtime.InteropServices;

namespace FaceAttendance.Infrastructure.Inference.Native;

/// <summary>
/// A loaded ONNX graph with one float32 input. This and <see cref="OrtNative"/> are all the project knows of ONNX Runtime: behind them the
/// managed package can come back. Bindings of one model may run on many threads at once. The owner disposes it after its bindings.
/// </summary>
internal sealed class OrtModel : IDisposable
{
    // One environment for the process: ONNX Runtime counts references to it and keeps its thread pools there.
    private static readonly Lazy<OrtEnvHandle> Env = new(() => new OrtEnvHandle());
    private static readonly Lazy<OrtMemoryInfoHandle> CpuMemory = new(() => new OrtMemoryInfoHandle());

    private readonly OrtSessionHandle _session;
    private readonly nint _inputName;
    private readonly nint[] _outputNames;

    /// <param name="path">An .onnx file whose digest was verified.</param>
    /// <param name="input">Name of the only input.</param>
    /// <param name="outputs">Names of the wanted outputs, in the order in which bindings give them.</param>
    /// <param name="intraOpThreads">Threads for one run; the server brings its own parallelism, so 1.</param>
    /// <exception cref="OrtException">The file is no graph that the runtime takes.</exception>
    /// <exception cref="ArgumentException">The graph lacks a named input or output.</exception>
    public OrtModel(string path, string input, IReadOnlyList<string> outputs, int intraOpThreads)
    {
        using var options = new OrtSessionOptionsHandle(intraOpThreads);
        using (var env = Env.Value.Borrow())
        using (var opts = options.Borrow())
        {
            _session = new OrtSessionHandle(OrtNative.CreateSession(env.Pointer, path, opts.Pointer));
        }

        using (var session = _session.Borrow())
        {
            var inputs = OrtNative.InputNames(session.Pointer);
            var known = OrtNative.OutputNames(session.Pointer);
            if (inputs is not [var only] || only != input) throw Mismatch(path, "input", input, inputs);
            foreach (var output in outputs)
            {
                if (!known.Contains(output)) throw Mismatch(path, "output", output, known);
            }
            InputShape = OrtNative.InputShape(session.Pointer, 0);
        }
        _inputName = Marshal.StringToCoTaskMemUTF8(input);
        _outputNames = [.. outputs.Select(Marshal.StringToCoTaskMemUTF8)];
    }

    /// <summary>N, C, H, W as the graph declares them; −1 where it leaves a length open.</summary>
    public IReadOnlyList<long> InputShape { get; }

    /// <summary>Allocates tensors for one input shape and runs once, which also tells the outputs' shapes and warms the graph up.</summary>
    public Binding Bind(params ReadOnlySpan<long> inputShape) => new(this, inputShape);

    public void Dispose()
    {
        _session.Dispose();
        Marshal.FreeCoTaskMem(_inputName);
        foreach (var name in _outputNames) Marshal.FreeCoTaskMem(name);
    }

    private static ArgumentException Mismatch(string path, string what, string wanted, string[] has) =>
        new($"{Path.GetFileName(path)} has no {what} '{wanted}' (it has {string.Join(", ", has)}): the manifest describes another file.");

    /// <summary>Input and outputs of one shape over native memory. For one thread at a time; a run allocates nothing. The owner disposes it.</summary>
    internal sealed unsafe class Binding : IDisposable
    {
        private readonly OrtModel _model;
        private readonly NativeFloats _input;
        private readonly OrtValueHandle _inputValue;
        private readonly NativeFloats[] _outputs;
        private readonly OrtValueHandle[] _outputValues;
        private readonly long[][] _outputShapes;

        public Binding(OrtModel model, ReadOnlySpan<long> inputShape)
        {
            _model = model;
            _input = new NativeFloats(Length(inputShape));
            using var memory = CpuMemory.Value.Borrow();
            _inputValue = new OrtValueHandle(OrtNative.CreateFloatTensor(memory.Pointer, _input.Pointer, inputShape));

            var count = model._outputNames.Length;
            _outputs = new NativeFloats[count];
            _outputValues = new OrtValueHandle[count];
            _outputShapes = new long[count][];
            Span<nint> probes = stackalloc nint[count];
            probes.Clear();
            Run(probes);
            for (var i = 0; i < count; i++)
            {
                using var probe = new OrtValueHandle(probes[i]);
                using var borrowed = probe.Borrow();
                _outputShapes[i] = OrtNative.TensorShape(borrowed.Pointer);
                _outputs[i] = new NativeFloats(Length(_outputShapes[i]));
                _outputValues[i] = new OrtValueHandle(OrtNative.CreateFloatTensor(memory.Pointer, _outputs[i].Pointer, _outputShapes[i]));
            }
        }

        /// <summary>float32[N, C, H, W]; fill it, then <see cref="Run()"/>.</summary>
        public Span<float> Input => _input.Span;

        /// <summary>float32 of <see cref="OutputShape"/>; valid until the next run.</summary>
        public ReadOnlySpan<float> Output(int index) => _outputs[index].Span;

        public IReadOnlyList<long> OutputShape(int index) => _outputShapes[index];

        public void Run()
        {
            Span<nint> outputs = stackalloc nint[_outputValues.Length];
            // The values are this object's own and live until its Dispose, which its owner calls only between runs.
            for (var i = 0; i < outputs.Length; i++) outputs[i] = Pointer(_outputValues[i]);
            Run(outputs);
        }

        public void Dispose()
        {
            _inputValue.Dispose();
            foreach (var value in _outputValues) value.Dispose();
            _input.Dispose();
            foreach (var output in _outputs) output.Dispose();
        }

        private static nint Pointer(OrtValueHandle value)
        {
            using var lease = value.Borrow();
            return lease.Pointer;
        }

        private static int Length(ReadOnlySpan<long> shape)
        {
            long length = 1;
            foreach (var n in shape) length *= n;
            return checked((int)length);
        }

        private void Run(Span<nint> outputs)
        {
            using var session = _model._session.Borrow();
            ReadOnlySpan<nint> inputNames = [_model._inputName];
            ReadOnlySpan<nint> inputs = [Pointer(_inputValue)];
            OrtNative.Run(session.Pointer, inputNames, inputs, _model._outputNames, outputs);
        }
    }
}
