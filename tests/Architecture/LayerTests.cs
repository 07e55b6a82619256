using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.Infrastructure.Inference;
using NUnit.Framework;

namespace FaceAttendance.Architecture.Tests;

public sealed class LayerTests
{
    private static readonly string[] DomainMayKnow = ["System", "NetTopologySuite", "netstandard", "mscorlib"];
    private static readonly string[] ApplicationMayKnow =
        [.. DomainMayKnow, "FaceAttendance.Domain", "MediatR", "FluentValidation", "Microsoft.Extensions"];
    private static readonly string[] EnginesMayKnow =
        [.. DomainMayKnow, "FaceAttendance.Domain", "FaceAttendance.Application", "Microsoft.Extensions"];

    [Test]
    public void Domain_References_AreTheRuntimeAndGeometryAlone() =>
        Assert.That(Foreign(typeof(Embedding).Assembly, DomainMayKnow), Is.Empty);

    [Test]
    public void Application_References_KnowNoAdapterAndNoTransport() =>
        Assert.That(Foreign(typeof(IFaceAnalyzer).Assembly, ApplicationMayKnow), Is.Empty);

    [TestCase("FaceAttendance.Infrastructure")]
    [TestCase("FaceAttendance.Infrastructure.Imaging")]
    [TestCase("FaceAttendance.Infrastructure.Inference")]
    public void Infrastructure_References_KnowNoTransport(string room) => Assert.That(
        Assembly.Load(room).GetReferencedAssemblies().Select(a => a.Name),
        Has.None.StartsWith("FaceAttendance.WebApi").And.None.StartsWith("FaceAttendance.Cli").And.None.StartsWith("Swashbuckle"));

    // A program that cannot be started is told by an exception of that assembly.
    [TestCase("FaceAttendance.Infrastructure.Imaging", "Microsoft.Win32.Primitives")]
    [TestCase("FaceAttendance.Infrastructure.Inference", "FaceAttendance.Infrastructure.Imaging", "Microsoft.ML.OnnxRuntime")]
    public void Engines_References_KnowNoDatabaseAndNoHost(string room, params string[] neighbours) =>
        Assert.That(Foreign(Assembly.Load(room), [.. EnginesMayKnow, .. neighbours]), Is.Empty);

    [Test]
    public void Cli_WithAllThatItBringsAlong_KnowsNoDatabaseAndNoHost() => Assert.That(
        Closure(Assembly.Load("faceattendance")).SelectMany(a => a.GetReferencedAssemblies()).Select(a => a.Name).Where(OfServer)
            .Distinct(), Is.Empty);

    [Test]
    public void Closure_Specimen_IsReported() => Assert.That(
        Closure(Assembly.Load("FaceAttendance.WebApi")).SelectMany(a => a.GetReferencedAssemblies()).Select(a => a.Name).Count(OfServer),
        Is.GreaterThan(2));

    [Test]
    public void Foreign_Specimen_IsReported() =>
        Assert.That(Foreign(typeof(ImageCanvas).Assembly, DomainMayKnow), Does.Contain("FaceAttendance.Application"));

    [Test]
    public void NativeBinding_OutsideItsFolder_ShowsNoPointerOrHandleType() => Assert.That(
        new[] { typeof(ImageCanvas), typeof(InferenceOptions) }.SelectMany(room => room.Assembly.GetTypes()).SelectMany(NativeLeaks),
        Is.Empty);

    [TestCase(typeof(NativeSpecimens.Pointer), "Bytes")]
    [TestCase(typeof(NativeSpecimens.Field), "Address")]
    [TestCase(typeof(NativeSpecimens.Argument), "Take")]
    [TestCase(typeof(NativeSpecimens.Constructor), ".ctor")]
    [TestCase(typeof(NativeSpecimens.Handle), "is one itself")]
    public void NativeLeaks_Specimen_IsReported(Type specimen, string leak) => Assert.That(NativeLeaks(specimen), Has.Some.Contains(leak));

    [Test]
    public void Handlers_Constructors_HaveAtMostFiveDependencies()
    {
        // Options and the clock are settings, not collaborators.
        var crowded = typeof(IFaceAnalyzer).Assembly.GetTypes()
            .Where(t => t.Name.EndsWith("Handler", StringComparison.Ordinal) && t.IsClass)
            .Where(t => t.GetConstructors()
                .Any(c => c.GetParameters()
                    .Count(p => !p.ParameterType.Name.StartsWith("IOptions", StringComparison.Ordinal)
                        && p.ParameterType != typeof(TimeProvider)) > 5))
            .Select(t => t.Name);

        Assert.That(crowded, Is.Empty);
    }

    private static IEnumerable<string> Foreign(Assembly assembly, string[] allowed) =>
        assembly.GetReferencedAssemblies().Select(a => a.Name!)
        .Where(name => !allowed.Any(a => name == a || name.StartsWith(a + ".", StringComparison.Ordinal)));

    /// <summary>The assembly and those of the project that it brings along.</summary>
    private static IEnumerable<Assembly> Closure(Assembly assembly) => assembly.GetReferencedAssemblies()
        .Where(a => a.Name!.StartsWith("FaceAttendance.", StringComparison.Ordinal)).SelectMany(a => Closure(Assembly.Load(a)))
        .Append(assembly).Distinct();

    private static bool OfServer(string? name) =>
        new[] { "Npgsql", "Microsoft.EntityFrameworkCore", "Microsoft.AspNetCore" }.Any(s => name!.StartsWith(s, StringComparison.Ordinal));

    /// <summary>What a type outside the folders that bind native code shows of it to any other type, public or internal.</summary>
    private static IEnumerable<string> NativeLeaks(Type type)
    {
        const BindingFlags All =
            BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        if (type.Namespace?.Contains(".Native", StringComparison.Ordinal) == true || type.IsDefined(typeof(CompilerGeneratedAttribute)))
            return [];
        return type.GetMembers(All).Where(IsShown)
            .SelectMany(m => TypesIn(m).Where(IsNative).Select(leak => $"{type.Name}.{m.Name} shows {leak.Name}"))
            .Concat(IsNative(type) ? [$"{type.Name} is one itself"] : []);
    }

    private static bool IsShown(MemberInfo member) => member switch
    {
        MethodBase m => !m.IsPrivate,
        PropertyInfo p => p.GetAccessors(nonPublic: true).Any(a => !a.IsPrivate),
        FieldInfo f => !f.IsPrivate,
        _ => false,
    };

    private static IEnumerable<Type> TypesIn(MemberInfo member) => member switch
    {
        MethodInfo m => [m.ReturnType, .. m.GetParameters().Select(p => p.ParameterType)],
        ConstructorInfo c => c.GetParameters().Select(p => p.ParameterType),
        PropertyInfo p => [p.PropertyType],
        FieldInfo f => [f.FieldType],
        _ => [],
    };

    private static bool IsNative(Type type) =>
        type.IsPointer || type.IsFunctionPointer || type == typeof(nint) || type == typeof(nuint)
            || typeof(SafeHandle).IsAssignableFrom(type)
        || (type.HasElementType && IsNative(type.GetElementType()!)) || type.GetGenericArguments().Any(IsNative);

    private static class NativeSpecimens
    {
        internal sealed class Pointer
        {
            internal static unsafe byte* Bytes => null;
        }

        internal sealed class Field
        {
            internal readonly nint Address = 1;
        }

        internal sealed class Argument
        {
            internal static void Take(out SafeHandle[] handles) => handles = [];
        }

        internal sealed class Constructor
        {
            internal Constructor(Func<nint> address) => _ = address;
        }

        internal sealed class Handle() : SafeHandle(0, ownsHandle: true)
        {
            public override bool IsInvalid => true;

            protected override bool ReleaseHandle() => true;
        }
    }
}

/// <summary>Nothing biometric reaches a log: neither a type that carries it nor a template that would print it.</summary>
public sealed partial class LogPrivacyTests
{
    private static readonly string[] Withheld =
        ["Embedding", "RgbView", "DecodedImage", "ReadOnlyMemory", "ReadOnlySpan", "FacePoints", "FaceBox", "GeoPoint", "StudentProfile",
            "AnalyzedFace", "Sighting "];

    [Test]
    public void LogMethods_Parameters_CarryNothingBiometric() => Assert.That(
        SourceFiles.Of("src").SelectMany(f => Offences(f.Text).Select(o => $"{f.Path}: {o}")), Is.Empty);

    [TestCase("[LoggerMessage(1, LogLevel.Information, \"x\")] public static partial void Seen(ILogger logger, Embedding probe);")]
    [TestCase("[LoggerMessage(1, LogLevel.Information, \"{@Face}\")] public static partial void Seen(ILogger logger, object face);")]
    [TestCase("logger.LogInformation(\"frame {Bytes}\", image);")]
    public void LogMethods_Specimen_IsReported(string source) => Assert.That(Offences(source), Is.Not.Empty);

    private static IEnumerable<string> Offences(string source)
    {
        foreach (Match call in DirectCall().Matches(source)) yield return $"logs without a declared template: {call.Value}";
        foreach (Match method in Declared().Matches(source))
        {
            if (method.Value.Contains("{@", StringComparison.Ordinal)) yield return "destructures a whole object";
            foreach (var type in Withheld.Where(t => method.Groups["parameters"].Value.Contains(t, StringComparison.Ordinal)))
                yield return $"takes {type}";
        }
    }

    [GeneratedRegex(@"\.Log(?:Trace|Debug|Information|Warning|Error|Critical)\(")]
    private static partial Regex DirectCall();

    [GeneratedRegex(@"\[LoggerMessage\(.*?partial void \w+\((?<parameters>[^)]*)\)", RegexOptions.Singleline)]
    private static partial Regex Declared();
}
