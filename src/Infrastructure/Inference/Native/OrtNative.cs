using System.Runtime.InteropServices;
using FaceAttendance.Infrastructure.Imaging.Native;

namespace FaceAttendance.Infrastructure.Inference.Native;

/// <summary>
/// ONNX Runtime's C API as its own table of functions (onnxruntime_c_api.h). The table is append-only, so an index never changes; only what
/// is called is named here. Loaded once for the process and never unloaded. Thread-safe.
/// </summary>
internal static unsafe class OrtNative
{
    // The oldest table that holds all that is called below; every newer runtime serves it.
    private const uint ApiVersion = 20;

    private static readonly Lazy<nint> Table = new(LoadTable);

    /// <summary>The runtime's own version, such as "1.30.0".</summary>
    public static string Version { get; private set; } = "not loaded";

    private static nint* Api => (nint*)Table.Value;

    private static delegate* unmanaged<nint, byte*> GetErrorMessage => (delegate* unmanaged<nint, byte*>)Api[2];

    private static delegate* unmanaged<nint, void> ReleaseStatus => (delegate* unmanaged<nint, void>)Api[93];

    public static nint CreateEnv(int severity, string logId)
    {
        nint env;
        var id = Marshal.StringToCoTaskMemUTF8(logId);
        try
        {
            ThrowIfFailed(((delegate* unmanaged<int, byte*, nint*, nint>)Api[3])(severity, (byte*)id, &env));
        }
        finally
        {
            Marshal.FreeCoTaskMem(id);
        }
        return env;
    }

    public static nint CreateSession(nint env, string path, nint options)
    {
        nint session;
        // Paths are char* on every supported platform (wchar_t* on Windows only).
        var utf8 = Marshal.StringToCoTaskMemUTF8(path);
        try
        {
            ThrowIfFailed(((delegate* unmanaged<nint, byte*, nint, nint*, nint>)Api[7])(env, (byte*)utf8, options, &session));
        }
        finally
        {
            Marshal.FreeCoTaskMem(utf8);
        }
        return session;
    }

    /// <param name="outputs">Tensors over the caller's own memory, or zeros, which the runtime replaces by tensors it allocates.</param>
    public static void Run(
        nint session, ReadOnlySpan<nint> inputNames, ReadOnlySpan<nint> inputs, ReadOnlySpan<nint> outputNames, Span<nint> outputs)
    {
        fixed (nint* inNames = inputNames, ins = inputs, outNames = outputNames, outs = outputs)
        {
            ThrowIfFailed(((delegate* unmanaged<nint, nint, nint*, nint*, nuint, nint*, nuint, nint*, nint>)Api[9])(
                session, 0, inNames, ins, (nuint)inputs.Length, outNames, (nuint)outputs.Length, outs));
        }
    }

    public static nint CreateSessionOptions(int intraOpThreads)
    {
        nint options;
        ThrowIfFailed(((delegate* unmanaged<nint*, nint>)Api[10])(&options));
        // 99: all graph optimizations (ORT_ENABLE_ALL).
        ThrowIfFailed(((delegate* unmanaged<nint, int, nint>)Api[23])(options, 99));
        ThrowIfFailed(((delegate* unmanaged<nint, int, nint>)Api[24])(options, intraOpThreads));
        return options;
    }

    public static string[] InputNames(nint session) => Names(session, 30, 36);

    public static string[] OutputNames(nint session) => Names(session, 31, 37);

    /// <summary>The declared shape of an input; −1 where the graph leaves a length open.</summary>
    public static long[] InputShape(nint session, int index)
    {
        nint type;
        ThrowIfFailed(((delegate* unmanaged<nint, nuint, nint*, nint>)Api[33])(session, (nuint)index, &type));
        try
        {
            nint tensor;
            ThrowIfFailed(((delegate* unmanaged<nint, nint*, nint>)Api[55])(type, &tensor));
            return Shape(tensor);
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)Api[98])(type);
        }
    }

    /// <summary>float32 tensor over <paramref name="data"/>, which must outlive it.</summary>
    public static nint CreateFloatTensor(nint memoryInfo, float* data, ReadOnlySpan<long> shape)
    {
        long length = 1;
        foreach (var n in shape) length *= n;
        nint value;
        fixed (long* dimensions = shape)
        {
            // 1: ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT.
            ThrowIfFailed(((delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)Api[49])(
                memoryInfo, data, (nuint)(length * sizeof(float)), dimensions, (nuint)shape.Length, 1, &value));
        }
        return value;
    }

    public static long[] TensorShape(nint value)
    {
        nint tensor;
        ThrowIfFailed(((delegate* unmanaged<nint, nint*, nint>)Api[65])(value, &tensor));
        try
        {
            return Shape(tensor);
        }
        finally
        {
            ((delegate* unmanaged<nint, void>)Api[99])(tensor);
        }
    }

    public static nint CreateCpuMemoryInfo()
    {
        nint info;
        // 0: device allocator, 0: default memory. The tensors made with it lie over memory that the caller owns, so no arena is involved.
        ThrowIfFailed(((delegate* unmanaged<int, int, nint*, nint>)Api[69])(0, 0, &info));
        return info;
    }

    public static void ReleaseEnv(nint p) => ((delegate* unmanaged<nint, void>)Api[92])(p);

    public static void ReleaseMemoryInfo(nint p) => ((delegate* unmanaged<nint, void>)Api[94])(p);

    public static void ReleaseSession(nint p) => ((delegate* unmanaged<nint, void>)Api[95])(p);

    public static void ReleaseValue(nint p) => ((delegate* unmanaged<nint, void>)Api[96])(p);

    public static void ReleaseSessionOptions(nint p) => ((delegate* unmanaged<nint, void>)Api[100])(p);

    private static string[] Names(nint session, int countIndex, int nameIndex)
    {
        nuint count;
        ThrowIfFailed(((delegate* unmanaged<nint, nuint*, nint>)Api[countIndex])(session, &count));
        nint allocator;
        ThrowIfFailed(((delegate* unmanaged<nint*, nint>)Api[78])(&allocator));
        var names = new string[(int)count];
        for (nuint i = 0; i < count; i++)
        {
            byte* name;
            ThrowIfFailed(((delegate* unmanaged<nint, nuint, nint, byte**, nint>)Api[nameIndex])(session, i, allocator, &name));
            names[(int)i] = Marshal.PtrToStringUTF8((nint)name) ?? "";
            ThrowIfFailed(((delegate* unmanaged<nint, void*, nint>)Api[76])(allocator, name));
        }
        return names;
    }

    private static long[] Shape(nint tensorInfo)
    {
        nuint rank;
        ThrowIfFailed(((delegate* unmanaged<nint, nuint*, nint>)Api[61])(tensorInfo, &rank));
        var shape = new long[(int)rank];
        fixed (long* dimensions = shape)
        {
            ThrowIfFailed(((delegate* unmanaged<nint, long*, nuint, nint>)Api[62])(tensorInfo, dimensions, rank));
        }
        return shape;
    }

    /// <summary>The only reader of a status: throws its message and frees it.</summary>
    private static void ThrowIfFailed(nint status)
    {
        if (status == 0) return;
        try
        {
            throw new OrtException(Marshal.PtrToStringUTF8((nint)GetErrorMessage(status)) ?? "no message");
        }
        finally
        {
            ReleaseStatus(status);
        }
    }

    private static nint LoadTable()
    {
        var library = NativeLibraries.LoadOnnxRuntime();
        var getBase = (delegate* unmanaged<nint*>)NativeLibrary.GetExport(library, "OrtGetApiBase");
        var apiBase = getBase();
        Version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)apiBase[1])()) ?? "unknown";
        var table = ((delegate* unmanaged<uint, nint>)apiBase[0])(ApiVersion);
        return table != 0
            ? table
            : throw new OrtException($"ONNX Runtime {Version} does not serve version {ApiVersion} of its C API; install onnxruntime-node as package-lock.json pins it.");
    }
}

/// <summary>ONNX Runtime refused a call: a broken model file or a bug, never a bad photo.</summary>
public sealed class OrtException(string message) : Exception($"ONNX Runtime: {message}");
