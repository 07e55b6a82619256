using System.Diagnostics;
using System.Runtime.InteropServices;
using FaceAttendance.Infrastructure.Imaging.Native;
using Microsoft.ML.OnnxRuntime;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>
/// A loaded ONNX graph with one float32 input. Bindings of one model may run on many threads at once. The owner disposes it after its
/// bindings.
/// </summary>
internal sealed class OrtModel : IDisposable
{
    // onnxruntime_session_options_config_keys.h: whatever runs takes its memory from one store.
    private const string SharedMemory = "session.use_env_allocators";

    // One environment for the process: ONNX Runtime keeps its thread pools and its log there.
    private static readonly Lazy<OrtEnv> Env = new(MakeEnvironment);

    // Beyond four, a frame's graphs gain little from more threads, and each wakes them a hundred times.
    private static readonly int WideThreads = Math.Min(4, Environment.ProcessorCount);

    // A shorter run is over no sooner on several threads, and costs a quarter more: decision 47.
    private static readonly TimeSpan LeastForWide = TimeSpan.FromMilliseconds(5);

    private readonly InferenceSession _session;
    private readonly RunOptions _run;
    private readonly Func<SessionOptions, InferenceSession> _open;

    // The same graph on several threads, for a frame that has the machine to itself; loaded beside everything else when such a frame comes.
    private readonly Lock _loading = new();
    private Task<InferenceSession>? _wide;

    private readonly string _input;
    private readonly IReadOnlyList<string> _outputs;

    /// <param name="path">An .onnx file whose digest was verified.</param>
    /// <param name="input">Name of the only input.</param>
    /// <param name="outputs">Names of the wanted outputs, in the order in which bindings give them.</param>
    /// <exception cref="OnnxRuntimeException">The file is no graph that the runtime takes.</exception>
    /// <exception cref="ArgumentException">The graph lacks a named input or output.</exception>
    /// <exception cref="NativeLibraryMissingException">ONNX Runtime is not there for this platform.</exception>
    public OrtModel(string path, string input, IReadOnlyList<string> outputs)
        : this(options => new(path, options), Path.GetFileName(path), input, outputs)
    {
    }

    /// <param name="model">An .onnx file's bytes, which are kept.</param>
    /// <param name="name">What messages call it.</param>
    /// <inheritdoc cref="OrtModel(string, string, IReadOnlyList{string})"/>
    public OrtModel(byte[] model, string name, string input, IReadOnlyList<string> outputs)
        : this(options => new(model, options), name, input, outputs)
    {
    }

    private OrtModel(Func<SessionOptions, InferenceSession> open, string name, string input, IReadOnlyList<string> outputs)
    {
        // Before anything else of the runtime's.
        _ = Env.Value;
        // One thread a run: the server analyzes as many frames at once as there are cores. With one there is no pool, whose threads would
        // spin.
        using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL, IntraOpNumThreads = 1 };
        options.AddSessionConfigEntry(SharedMemory, "1");
        (_session, _run) = (open(options), new RunOptions());
        _open = open;
        (_input, _outputs) = (input, outputs);

        var known = _session.OutputMetadata;
        if (_session.InputMetadata.Count != 1 || !_session.InputMetadata.ContainsKey(input))
            throw Mismatch(name, "input", input, _session.InputMetadata);
        foreach (var output in outputs)
        {
            if (!known.ContainsKey(output)) throw Mismatch(name, "output", output, known);
        }
    }

    /// <summary>The runtime's own version, such as "1.31.1".</summary>
    public static string RuntimeVersion => Env.Value.GetVersionString();

    /// <summary>Allocates tensors for one input shape and runs once, which also tells the outputs' shapes and warms the graph up.</summary>
    public Binding Bind(params ReadOnlySpan<long> inputShape) => new(this, inputShape.ToArray());

    public void Dispose()
    {
        if (_wide is not null)
        {
            Task.WaitAny(_wide);
            if (_wide.IsCompletedSuccessfully) _wide.GetAwaiter().GetResult().Dispose();
        }
        _session.Dispose();
        _run.Dispose();
    }

    /// <returns>Null where this frame has one core, or the graph is not loaded yet.</returns>
    private InferenceSession? Wide()
    {
        if (WideThreads == 1 || !SpareCores.AreThere) return null;
        Task<InferenceSession> wide;
        lock (_loading) wide = _wide ??= Task.Run(OpenWide);
        return wide.IsCompletedSuccessfully ? wide.GetAwaiter().GetResult() : null;
    }

    private InferenceSession OpenWide()
    {
        using var options = new SessionOptions { GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
        // The environment's threads, so that all models share them.
        options.DisablePerSessionThreads();
        options.AddSessionConfigEntry(SharedMemory, "1");
        return _open(options);
    }

    private static OrtEnv MakeEnvironment()
    {
        // Loaded here, so that what is missing is told in plain words; the runtime's classes would wrap that in exceptions of their own.
        var library = NativeLibraries.LoadOnnxRuntime();
        OrtEnv.DisableDllImportResolver = true;
        NativeLibrary.SetDllImportResolver(typeof(OrtEnv).Assembly, (_, _, _) => library);
        // Threads that wait for work without spinning: between two frames, and between two parts of one, the cores are others'.
        using var threads = new OrtThreadingOptions
        {
            GlobalIntraOpNumThreads = WideThreads,
            GlobalInterOpNumThreads = 1,
            GlobalSpinControl = false,
        };
        var options = new EnvironmentCreationOptions
        {
            logId = "faceattendance",
            logLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
            threadOptions = threads,
        };
        var environment = OrtEnv.CreateInstanceWithOptions(ref options);
        // One store for the graphs' intermediate values: each session would keep its own, as large as its widest layers, and no more of
        // them run at once than there are workers. Grows by what is asked for (1), not by powers of two.
        using var memory = new OrtMemoryInfo(OrtMemoryInfo.allocatorCPU, OrtAllocatorType.ArenaAllocator, 0, OrtMemType.Default);
        using var store = new OrtArenaCfg(0, 1, -1, -1);
        environment.CreateAndRegisterAllocator(memory, store);
        return environment;
    }

    private static ArgumentException Mismatch(string name, string what, string wanted, IReadOnlyDictionary<string, NodeMetadata> has) =>
        new($"{name} has no {what} '{wanted}' (it has {string.Join(", ", has.Keys)}): the manifest describes another " +
            "file.");

    /// <summary>
    /// Input and outputs of one shape, bound once. For one thread at a time; a run allocates nothing. The owner disposes it.
    /// </summary>
    internal sealed class Binding : IDisposable
    {
        private readonly OrtModel _model;
        private OrtIoBinding? _wideBinding;
        private readonly OrtIoBinding _binding;
        private readonly OrtValue _inputValue;
        private readonly Memory<float> _input;
        private readonly OrtValue[] _outputValues;
        private readonly Memory<float>[] _outputs;
        private TimeSpan _quickest = TimeSpan.MaxValue;
        private int _runs;

        public Binding(OrtModel model, long[] inputShape)
        {
            _model = model;
            _binding = model._session.CreateIoBinding();
            (_inputValue, _input) = MakeTensor(inputShape);
            _binding.BindInput(model._input, _inputValue);

            var names = model._outputs;
            foreach (var name in names) _binding.BindOutputToDevice(name, OrtMemoryInfo.DefaultInstance);
            (_outputValues, _outputs) = (new OrtValue[names.Count], new Memory<float>[names.Count]);
            using (var probes = model._session.RunWithBoundResults(model._run, _binding))
            {
                for (var i = 0; i < names.Count; i++) (_outputValues[i], _outputs[i]) = MakeTensor(probes[i].GetTensorTypeAndShape().Shape);
            }
            _binding.ClearBoundOutputs();
            for (var i = 0; i < names.Count; i++) _binding.BindOutput(names[i], _outputValues[i]);
        }

        /// <summary>float32[N, C, H, W]; fill it, then <see cref="Run"/>.</summary>
        public Span<float> Input => _input.Span;

        /// <summary>float32, as the graph shapes it; valid until the next run.</summary>
        public ReadOnlySpan<float> Output(int index) => _outputs[index].Span;

        public void Run()
        {
            // The first tell how long it takes.
            const int FirstRuns = 3;
            if (_runs >= FirstRuns && _quickest >= LeastForWide && _model.Wide() is { } wide)
            {
                RunWide(wide);
                return;
            }
            var began = Stopwatch.GetTimestamp();
            _model._session.RunWithBinding(_model._run, _binding);
            if (_runs >= FirstRuns) return;
            _runs++;
            if (Stopwatch.GetElapsedTime(began) is var took && took < _quickest) _quickest = took;
        }

        public void Dispose()
        {
            _wideBinding?.Dispose();
            _binding.Dispose();
            _inputValue.Dispose();
            foreach (var value in _outputValues) value.Dispose();
        }

        private void RunWide(InferenceSession session)
        {
            if (_wideBinding is null)
            {
                _wideBinding = session.CreateIoBinding();
                _wideBinding.BindInput(_model._input, _inputValue);
                for (var i = 0; i < _outputValues.Length; i++) _wideBinding.BindOutput(_model._outputs[i], _outputValues[i]);
            }
            session.RunWithBinding(_model._run, _wideBinding);
        }

        private static (OrtValue Value, Memory<float> Memory) MakeTensor(long[] shape)
        {
            var memory = MakeMemory(checked((int)shape.Aggregate(1L, (length, n) => length * n)));
            return (OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, memory, shape), memory);
        }

        /// <summary>
        /// Zeros that stay where they are, from the beginning of a cache line on, as the runtime's widest loads want them.
        /// </summary>
        private static Memory<float> MakeMemory(int length)
        {
            const int Line = 64 / sizeof(float);
            var array = GC.AllocateArray<float>(length + Line, pinned: true);
            var beyond = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % (Line * sizeof(float))) / sizeof(float);
            return array.AsMemory((Line - beyond) % Line, length);
        }
    }
}
