using System.Runtime.InteropServices;
using FaceAttendance.Infrastructure.Imaging.Native;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Imaging.Native;

public sealed class NativeLibrariesTests
{
    private static readonly NativePlatform X64 = new("linux-x64", "x64");
    private string _root = null!;
    private string _program = null!;

    [SetUp]
    public void MakeFolders()
    {
        _root = Directory.CreateTempSubdirectory("native-").FullName;
        _program = Directory.CreateDirectory(Path.Combine(_root, "src", "bin")).FullName;
    }

    [TearDown]
    public void RemoveFolders() => Directory.Delete(_root, recursive: true);

    private string Put(params string[] parts)
    {
        var file = Path.Combine([_root, .. parts]);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, "");
        return file;
    }

    [Test]
    public void Find_EveryPlaceHoldsIt_PrefersSettingThenProgramThenPackage()
    {
        var package = Put("node_modules", "@img", "sharp-libvips-linux-x64", "lib", "libvips-cpp.so.8.18.7");
        var withPackage = NativeLibraries.Find(NativeLibraryFile.Vips, X64, null, _program);
        var beside = Put("src", "bin", "native", "libvips-cpp.so.8.18.7");
        var withBeside = NativeLibraries.Find(NativeLibraryFile.Vips, X64, "", _program);
        var configured = Put("mine", "libvips-cpp.so.8.18.7");

        var withConfigured = NativeLibraries.Find(NativeLibraryFile.Vips, X64, Path.Combine(_root, "mine"), _program);

        Assert.That((withPackage, withBeside, withConfigured), Is.EqualTo((package, beside, configured)));
    }

    [Test]
    public void Find_SettingHoldsOnlyTheOtherEngine_LooksOn()
    {
        Put("mine", "libvips-cpp.so.8.18.7");
        var package = Put("node_modules", "onnxruntime-node", "bin", "napi-v6", "linux", "x64", "libonnxruntime.so.1");

        var found = NativeLibraries.Find(NativeLibraryFile.OnnxRuntime, X64, Path.Combine(_root, "mine"), _program);

        Assert.That(found, Is.EqualTo(package));
    }

    [Test]
    public void Find_OtherArchitectureOnly_Fails()
    {
        Put("node_modules", "@img", "sharp-libvips-linux-arm64", "lib", "libvips-cpp.so.8.18.7");

        Action find = () => NativeLibraries.Find(NativeLibraryFile.Vips, X64, null, _program);

        Assert.That(find, Throws.TypeOf<NativeLibraryMissingException>());
    }

    [Test]
    public void Find_SeveralVersions_TakesTheNewest()
    {
        Put("mine", "libvips-cpp.so.8.9.1");
        var newest = Put("mine", "libvips-cpp.so.8.18.7");

        var found = NativeLibraries.Find(NativeLibraryFile.Vips, X64, Path.Combine(_root, "mine"), _program);

        Assert.That(found, Is.EqualTo(newest));
    }

    [Test]
    public void Find_TwoNodeModules_LooksInTheNearestAlone()
    {
        Directory.CreateDirectory(Path.Combine(_root, "src", "node_modules"));
        Put("node_modules", "@img", "sharp-libvips-linux-x64", "lib", "libvips-cpp.so.8.18.7");

        Action find = () => NativeLibraries.Find(NativeLibraryFile.Vips, X64, null, _program);

        Assert.That(find, Throws.TypeOf<NativeLibraryMissingException>());
    }

    [Test]
    public void Find_Nowhere_NamesLibraryPlacesAndRemedy()
    {
        Directory.CreateDirectory(Path.Combine(_root, "node_modules"));
        var mine = Directory.CreateDirectory(Path.Combine(_root, "mine")).FullName;

        Action find = () => NativeLibraries.Find(NativeLibraryFile.OnnxRuntime, X64, mine, _program);

        Assert.That(find, Throws.TypeOf<NativeLibraryMissingException>().With.Message.Contains("ONNX Runtime")
            .And.Message.Contains(mine)
            .And.Message.Contains(Path.Combine(_program, "native"))
            .And.Message.Contains(Path.Combine(_root, "node_modules", "onnxruntime-node"))
            .And.Message.Contains("npm ci")
            .And.Message.Contains("FACE_NATIVE_DIR"));
    }

    [Test]
    public void Find_SettingNamesNoFolder_SaysSo()
    {
        Put("node_modules", "@img", "sharp-libvips-linux-x64", "lib", "libvips-cpp.so.8.18.7");
        var missing = Path.Combine(_root, "misspelt");

        Action find = () => NativeLibraries.Find(NativeLibraryFile.Vips, X64, missing, _program);

        Assert.That(find, Throws.TypeOf<NativeLibraryMissingException>()
            .With.Message.Contains("FACE_NATIVE_DIR").And.Message.Contains(missing));
    }

    [TestCase(true, Architecture.X64, "linux-x64", ExpectedResult = "x64")]
    [TestCase(true, Architecture.Arm64, "linux-arm64", ExpectedResult = "arm64")]
    [TestCase(true, Architecture.X64, "ubuntu.24.04-x64", ExpectedResult = "x64")]
    public string From_GlibcLinux_IsSupported(bool linux, Architecture architecture, string identifier) =>
        NativePlatform.From(linux, architecture, identifier).Architecture;

    [TestCase(true, Architecture.X64, "linux-musl-x64")]
    [TestCase(true, Architecture.X64, "alpine.3.22-x64")]
    [TestCase(true, Architecture.Arm, "linux-arm")]
    [TestCase(false, Architecture.X64, "win-x64")]
    [TestCase(false, Architecture.Arm64, "osx-arm64")]
    public void From_OtherPlatform_NamesTheSupportedOnes(bool linux, Architecture architecture, string identifier)
    {
        Action from = () => NativePlatform.From(linux, architecture, identifier);

        Assert.That(from, Throws.TypeOf<NativeLibraryMissingException>()
            .With.Message.Contains("linux-x64 and linux-arm64").And.Message.Contains(identifier));
    }

    [Test]
    public void Load_InstalledEngines_ExportTheirEntryPoints()
    {
        var vips = NativeLibraries.LoadVips();
        var onnxRuntime = NativeLibraries.LoadOnnxRuntime();

        Assert.That(NativeLibrary.TryGetExport(vips, "vips_init", out _), Is.True);
        Assert.That(NativeLibrary.TryGetExport(onnxRuntime, "OrtGetApiBase", out _), Is.True);
    }
}
