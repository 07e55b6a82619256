using System.Reflection;
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

    [TestCase("FaceAttendance.Infrastructure.Imaging")]
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
    public void NativeBinding_OutsideItsFolder_ShowsNoPointerOrHandleType()
    {
        var leaks = new[] { typeof(ImageCanvas), typeof(InferenceOptions) }.SelectMany(room => room.Assembly.GetExportedTypes())
            .Where(t => t.Namespace?.Contains(".Native", StringComparison.Ordinal) != true)
            .SelectMany(t => t.GetMembers().SelectMany(TypesIn).Where(IsNative).Select(leak => $"{t.Name} shows {leak.Name}"));

        Assert.That(leaks, Is.Empty);
        Assert.That(TypesIn(typeof(PointerSpecimen).GetMethod(nameof(PointerSpecimen.Leaks))!).Any(IsNative), Is.True,
            "the specimen must be reported");
    }

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

    private static IEnumerable<Type> TypesIn(MemberInfo member) => member switch
    {
        MethodInfo m => [m.ReturnType, .. m.GetParameters().Select(p => p.ParameterType)],
        ConstructorInfo c => c.GetParameters().Select(p => p.ParameterType),
        PropertyInfo p => [p.PropertyType],
        FieldInfo f => [f.FieldType],
        _ => [],
    };

    private static bool IsNative(Type type) =>
        type.IsPointer || type == typeof(nint) || typeof(System.Runtime.InteropServices.SafeHandle).IsAssignableFrom(type);

    private static class PointerSpecimen
    {
        public static nint Leaks() => 0;
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
