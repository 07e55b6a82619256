using FaceAttendance.Cli.Enrollment;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Enrollment;

[TestFixture]
public class PhotoFolderTests
{
    private TemporaryFolder _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = new();

    [TearDown]
    public void RemoveFolder() => _folder.Dispose();

    [Test]
    public void Read_Photos_AreFoundInAnyCaseAndInOrder()
    {
        foreach (var name in new[] { "b/2.PNG", "b/10.jpeg", "a/x.JPG", "a/y.WebP", "a/z.jpg", "b/3.HEIC", "b/4.avif", "b/5.heif" })
            _folder.Write(name, "");

        var read = PhotoFolder.Read(_folder.Root);

        Assert.That(read.Students.Select(s => s.Student.Value), Is.EqualTo(new[] { "a", "b" }));
        Assert.That(read.Students.SelectMany(s => s.Photos).Select(p => (p.Name, p.MediaType)), Is.EqualTo(new[]
        {
            ("a/x.JPG", "image/jpeg"), ("a/y.WebP", "image/webp"), ("a/z.jpg", "image/jpeg"),
            ("b/10.jpeg", "image/jpeg"), ("b/2.PNG", "image/png"), ("b/3.HEIC", "image/heic"), ("b/4.avif", "image/avif"),
            ("b/5.heif", "image/heif"),
        }));
        Assert.That(read.Refused, Is.Empty);
    }

    [Test]
    public void Read_WhatIsNoPhoto_IsRefusedWithItsReason()
    {
        foreach (var name in new[] { "a/notes.txt", "a/jpg", "a/more/1.jpg", "loose.jpg", "no id/1.jpg", "no id/2.jpg", "Unknown/1.jpg" })
            _folder.Write(name, "");
        Directory.CreateDirectory(Path.Combine(_folder.Root, "ä"));

        var read = PhotoFolder.Read(_folder.Root);

        var refused = read.Refused.Concat(read.Students.SelectMany(s => s.Refused)).Select(r => (r.Name, r.Why.Code));
        Assert.That(refused, Is.EquivalentTo(new[]
        {
            ("a/notes.txt", "not_an_image"), ("a/jpg", "not_an_image"), ("a/more", "nested_folder"), ("loose.jpg", "no_student"),
            ("no id/1.jpg", "invalid_student_id"), ("no id/2.jpg", "invalid_student_id"), ("Unknown/1.jpg", "invalid_student_id"),
            ("ä/", "invalid_student_id"),
        }));
    }

    [Test]
    public void Read_HiddenFiles_ArePassedOver()
    {
        foreach (var name in new[] { ".DS_Store", ".git/config", "a/._1.jpg", "a/Thumbs.db", "a/DESKTOP.INI" }) _folder.Write(name, "");

        var read = PhotoFolder.Read(_folder.Root);

        Assert.That(read.Refused, Is.Empty);
        Assert.That(read.Students.Single().IsEmpty, Is.True);
    }
}
