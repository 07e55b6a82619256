using System.Runtime.Versioning;
using System.Security.Cryptography;
using FaceAttendance.Application;
using FaceAttendance.Infrastructure.Secrets;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Secrets;

internal sealed class StorageKeysTests
{
    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("keys").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void TryParse_FileWithCommentsAndTwoKeys_TakesTheFirstAsCurrent()
    {
        Assert.That(StorageKeys.TryParse($"# a comment, with a comma\n{TestKeys.Second}\r\n\n{TestKeys.First}\n", out var keys), Is.True);

        Assert.That(keys!.CurrentId, Is.EqualTo("test-2"));
        Assert.That(keys.Ids, Is.EquivalentTo((string[])["test-1", "test-2"]));
    }

    [TestCase("")]
    [TestCase("# nothing")]
    [TestCase("no-colon")]
    [TestCase("k1:")]
    [TestCase("k1:c2hvcnQ=", TestName = "TryParse_ShortKey_IsFalse")]
    [TestCase("k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==", TestName = "TryParse_LongKey_IsFalse")]
    [TestCase("k 1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [TestCase("k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,k1:BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        TestName = "TryParse_SameIdTwice_IsFalse")]
    public void TryParse_NoKeys_IsFalse(string text) => Assert.That(StorageKeys.TryParse(text, out _), Is.False);

    [Test]
    public void Open_AnyByteOfSealOrBindingChanged_IsNotOpened()
    {
        var bound = RandomNumberGenerator.GetBytes(40);
        using var cipher = Keys.Of(TestKeys.First).OpenCipher();
        var stored = cipher.Seal("a face"u8, bound);
        var plain = new byte[6];

        for (var i = 0; i < stored.Length; i++)
        {
            stored[i] ^= 1;
            Assert.That(cipher.Open("test-1", stored, bound, plain), Is.EqualTo(Opening.Changed), $"byte {i}");
            stored[i] ^= 1;
        }
        for (var i = 0; i < bound.Length; i++)
        {
            bound[i] ^= 1;
            Assert.That(cipher.Open("test-1", stored, bound, plain), Is.EqualTo(Opening.Changed), $"bound byte {i}");
            bound[i] ^= 1;
        }
        Assert.That(cipher.Open("test-1", stored.AsSpan(0, 5), bound, plain), Is.EqualTo(Opening.Changed));
        Assert.That(cipher.Open("test-2", stored, bound, plain), Is.EqualTo(Opening.UnknownKey));
        Assert.That(cipher.Open("test-1", stored, bound, plain), Is.EqualTo(Opening.Opened));
        Assert.That(plain, Is.EqualTo("a face"u8.ToArray()));
    }

    [Test]
    public void Seal_SameBytesTwice_DoesNotShowThatTheyAreTheSame()
    {
        using var cipher = Keys.Of(TestKeys.First).OpenCipher();

        var (once, again) = (cipher.Seal("a face"u8, []), cipher.Seal("a face"u8, []));

        Assert.That(again, Is.Not.EqualTo(once));
    }

    [Test, UnsupportedOSPlatform("windows")]
    public async Task Find_DevelopmentWithoutKeys_MakesOneFileForAllThatOnlyItsOwnerReads()
    {
        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Source("Development").Find().CurrentId)));

        var file = Path.Combine(_folder, ".data", "server-keys");
        Assert.That(found.Distinct().Count(), Is.EqualTo(1));
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(file)!), Is.EqualTo((string[])[file]));
    }

    [Test]
    public void Find_DevelopmentWithTheFileOfAnEarlierVersion_TakesIt()
    {
        var earlier = Directory.CreateDirectory(Path.Combine(_folder, ".data")).FullName;
        File.WriteAllText(Path.Combine(earlier, "template-keys"), TestKeys.Second);

        Assert.That(Source("Development").Find().CurrentId, Is.EqualTo("test-2"));
        Assert.That(Directory.GetFiles(earlier), Has.Length.EqualTo(1));
    }

    [Test]
    public void Find_ProductionWithoutKeys_SaysHowToMakeOne()
    {
        var refused = Assert.Throws<StartupException>(() => Source("Production").Find());

        Assert.That(refused!.Message, Does.Contain("SERVER_KEY_FILE").And.Contains("openssl rand"));
        Assert.That(Directory.GetFileSystemEntries(_folder), Is.Empty);
    }

    [Test]
    public void Find_FileGoneOrMalformed_NamesItAndShowsNothingOfIt()
    {
        var file = Path.Combine(_folder, "keys");

        var gone = Assert.Throws<StartupException>(() => Source("Production", new() { File = file }).Find());
        File.WriteAllText(file, "k1:secret-but-wrong");
        var malformed = Assert.Throws<StartupException>(() => Source("Production", new() { File = file }).Find());

        Assert.That(gone!.Message, Does.Contain(file));
        Assert.That(malformed!.Message, Does.Contain(file).And.Not.Contains("secret"));
    }

    private StorageKeySource Source(string environment, StorageKeyOptions? options = null) => new(
        Options.Create(options ?? new()), new HostingEnvironment { EnvironmentName = environment, ContentRootPath = _folder },
        NullLogger<StorageKeySource>.Instance);
}

internal static class Keys
{
    public static StorageKeys Of(string text) =>
        StorageKeys.TryParse(text, out var keys) ? keys : throw new ArgumentException("No keys.", nameof(text));
}
