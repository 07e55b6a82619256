using System.Runtime.Versioning;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Enrollment;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Enrollment;

[TestFixture]
public class EnrollmentJournalTests
{
    private static readonly StudentId A = new("a");
    private static readonly StudentId B = new("b");
    private static readonly string One = new('1', 64);
    private static readonly string Two = new('2', 64);

    private TemporaryFolder _folder = null!;
    private string _path = null!;

    [SetUp]
    public void MakeFolder()
    {
        _folder = new();
        _path = Path.Combine(_folder.Root, "state", "journal.txt");
    }

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Open_AfterEarlierRun_KnowsWhatWasAccepted()
    {
        using (var first = EnrollmentJournal.Open(_path))
        {
            first.Accept(A, One);
            first.Accept(A, One);
            first.Accept(B, Two);
        }

        using var second = EnrollmentJournal.Open(_path);

        Assert.That(second.Knows(A, One), Is.True);
        Assert.That(second.Knows(A, Two), Is.False);
        Assert.That(second.Knows(B, One), Is.False);
        Assert.That(second.CountOf(A), Is.EqualTo(1));
        Assert.That(second.Count, Is.EqualTo(2));
    }

    [Test]
    public void Forget_OneStudent_LeavesTheOthersAlsoAfterReopening()
    {
        using (var first = EnrollmentJournal.Open(_path))
        {
            first.Accept(A, One);
            first.Accept(B, Two);
            first.Forget(A);
            first.Accept(A, Two);
        }

        using var second = EnrollmentJournal.Open(_path);

        Assert.That(second.Knows(A, One), Is.False);
        Assert.That(second.Knows(A, Two), Is.True);
        Assert.That(second.Knows(B, Two), Is.True);
    }

    [Test]
    public void ForgetAll_ThenAccept_HoldsTheNewOnly()
    {
        using (var first = EnrollmentJournal.Open(_path))
        {
            first.Accept(A, One);
            first.ForgetAll();
            first.Accept(B, Two);
        }

        var kept = File.ReadAllText(_path);
        using var second = EnrollmentJournal.Open(_path);

        Assert.That(second.Count, Is.EqualTo(1));
        Assert.That(second.Knows(B, Two), Is.True);
        Assert.That(kept, Is.EqualTo($"b\t{Two}\n"));
    }

    [Test]
    public void Open_TornAndForeignLines_SkipsThem()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        File.WriteAllText(_path, $"no id\t{One}\na\t{One[..63]}\na\n\nb\t{Two}\na\t11111");

        using (var journal = EnrollmentJournal.Open(_path)) journal.Accept(A, One);
        using var again = EnrollmentJournal.Open(_path);

        Assert.That(again.Count, Is.EqualTo(2));
        Assert.That(again.Knows(A, One), Is.True);
        Assert.That(again.Knows(B, Two), Is.True);
    }

    [Test]
    public void Open_HeldByAnotherRun_Throws()
    {
        using var first = EnrollmentJournal.Open(_path);

        Assert.That(() => EnrollmentJournal.Open(_path), Throws.InstanceOf<IOException>());
    }

    [Test]
    [SupportedOSPlatform("linux")]
    public void Open_NewFile_IsReadableByItsOwnerOnly()
    {
        using var journal = EnrollmentJournal.Open(_path);

        Assert.That(File.GetUnixFileMode(_path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void PathFor_AnotherServerOrKey_IsAnotherFile()
    {
        static string? Home(string name) => name == "HOME" ? "/home/x" : null;
        static string PathOf(string url, string? key) => EnrollmentJournal.PathFor(new ServerAddress(new Uri(url), key), Home);

        var plain = PathOf("http://one/", null);

        Assert.That(plain, Does.StartWith("/home/x/.local/state/faceattendance/enrolled-"));
        Assert.That(PathOf("http://one/", null), Is.EqualTo(plain));
        Assert.That(PathOf("http://two/", null), Is.Not.EqualTo(plain));
        Assert.That(PathOf("http://one/", "fa_secret"), Is.Not.EqualTo(plain).And.Not.Contain("secret"));
    }
}
