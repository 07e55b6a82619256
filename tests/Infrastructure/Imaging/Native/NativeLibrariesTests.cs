using System.Runtime.InteropServices;
using FaceAttendance.Infrastructure.Imaging.Native;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Imaging.Native;

public sealed class NativeLibrariesTests
{
    private static readonly NativeLibraryFile Vips = new("libvips", "libvips.so.42");
    private string _root = null!;

    [SetUp]
    public void MakeFolder() => _root = Directory.CreateTempSubdirectory("native-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_root, recursive: true);

    private string Folder(string name, bool holdsIt)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, name)).FullName;
        if (holdsIt) File.WriteAllText(Path.Combine(folder, Vips.FileName), "");
        return folder;
    }

    [Test]
    public void Find_SeveralFoldersHoldIt_TakesTheFirst()
    {
        string[] folders = [Folder("empty", holdsIt: false), Folder("platform", holdsIt: true), Folder("program", holdsIt: true)];

        var found = NativeLibraries.Find(Vips, folders);

        Assert.That(found, Is.EqualTo(Path.Combine(folders[1], Vips.FileName)));
    }

    [Test]
    public void Find_Nowhere_NamesLibraryPlacesAndRemedy()
    {
        string[] folders = [Folder("platform", holdsIt: false), Path.Combine(_root, "missing")];

        Action find = () => NativeLibraries.Find(Vips, folders);

        Assert.That(find, Throws.TypeOf<NativeLibraryMissingException>().With.Message.Contains("libvips.so.42")
            .And.Message.Contains(folders[0]).And.Message.Contains(folders[1])
            .And.Message.Contains(RuntimeInformation.RuntimeIdentifier)
            .And.Message.Contains("dotnet publish -r linux-x64"));
    }

    [Test]
    public void Load_InstalledEngines_ComeFromThisProgramsFolder()
    {
        var vips = NativeLibraries.LoadVips();
        var onnxRuntime = NativeLibraries.LoadOnnxRuntime();

        var mapped = File.ReadLines("/proc/self/maps").Select(l => l[(l.LastIndexOf(' ') + 1)..])
            .Where(f => f.Contains("libvips") || f.Contains("libonnxruntime")).Distinct();
        Assert.That(NativeLibrary.TryGetExport(vips, "vips_init", out _), Is.True);
        Assert.That(NativeLibrary.TryGetExport(onnxRuntime, "OrtGetApiBase", out _), Is.True);
        Assert.That(mapped, Is.Not.Empty.And.All.StartsWith(AppContext.BaseDirectory));
    }
}
