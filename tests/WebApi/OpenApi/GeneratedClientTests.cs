using System.Reflection;
using FaceAttendance.TestKit;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using NSwag.CodeGeneration.CSharp;
using NSwag.CodeGeneration.OperationNameGenerators;

namespace FaceAttendance.WebApi.Tests.OpenApi;

/// <summary>A client in C# as NSwag makes it of the document, compiled as it comes.</summary>
public sealed class GeneratedClientTests
{
    [Test]
    public async Task Client_MadeOfTheDocument_CompilesAndMakesTwentyCalls()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter");
        var document = await ApiDocument.ParseAsync((await server.GetAsync("/openapi.json")).Body);

        var client = await CompileAsync(
            Generate(document),
            await File.ReadAllTextAsync(Path.Combine(TestContext.CurrentContext.TestDirectory, "OpenApi", "TwentyCalls.cs.txt")));
        var calls = (Task<int>)client.GetType("TwentyCalls")!.GetMethod("MakeAsync")!.Invoke(
            null, [server.Http, DrawnFaces.Portrait(DrawnPerson.Ayu)])!;

        Assert.That(await calls, Is.GreaterThanOrEqualTo(20));
    }

    private static string Generate(ApiDocument document) =>
        new CSharpClientGenerator(NSwag.OpenApiDocument.FromJsonAsync(document.Json).Result, new CSharpClientGeneratorSettings
        {
            ClassName = "FaceAttendanceClient",
            OperationNameGenerator = new SingleClientFromOperationIdOperationNameGenerator(),
            InjectHttpClient = true,
            DisposeHttpClient = false,
            UseBaseUrl = false,
            GenerateOptionalParameters = true,
            CSharpGeneratorSettings = { Namespace = "FaceAttendance.Client", GenerateNullableReferenceTypes = true },
        }).GenerateFile();

    private static async Task<Assembly> CompileAsync(params string[] sources)
    {
        var framework = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        const string Usings =
            "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global " +
            "using System.Net.Http; global using System.Threading.Tasks;";
        var compilation = CSharpCompilation.Create(
            "GeneratedClient", sources.Append(Usings).Select(source => CSharpSyntaxTree.ParseText(source)),
            framework.Select(path => MetadataReference.CreateFromFile(path)),
            new(OutputKind.DynamicallyLinkedLibrary, nullableContextOptions: NullableContextOptions.Enable));
        using var binary = new MemoryStream();

        var compiled = compilation.Emit(binary);

        var faults = compiled.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error).ToList();
        Assert.That(faults, Is.Empty, string.Join("\n", faults.Take(10)));
        return await Task.FromResult(Assembly.Load(binary.ToArray()));
    }
}
