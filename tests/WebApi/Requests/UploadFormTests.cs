using System.Runtime.InteropServices;
using System.Text;
using FaceAttendance.Domain;
using FaceAttendance.WebApi.Requests;
using Microsoft.AspNetCore.Http;

namespace FaceAttendance.WebApi.Tests.Requests;

public sealed class UploadFormTests
{
    private const string Type = "multipart/form-data; boundary=edge";

    [Test]
    public async Task ReadAsync_TextsAndFile_GivesBoth()
    {
        using var form =
            (await ReadAsync(Type, Multipart(Text("student_id", "siswaA"), File("image", "a.jpg", "\u0001\u0002--edge")))).Value;

        Assert.That(form.Text("student_id"), Is.EqualTo("siswaA"));
        Assert.That(Encoding.UTF8.GetString(form.File("image")!.Value.Span), Is.EqualTo("\u0001\u0002--edge"));
    }

    [Test]
    public async Task ReadAsync_FilesOfEverySize_ArriveWhole(
        [Values(0, 1, 4095, 4096, 32768, 262_143, 262_144, 262_145, 5_000_000)] int size)
    {
        var bytes = new byte[size];
        new Random(size).NextBytes(bytes);
        byte[] body =
            [.. Encoding.UTF8.GetBytes("--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n"), .. bytes,
                .. "\r\n--edge--\r\n"u8];

        using var form = (await ReadAsync(Type, body)).Value;

        Assert.That(form.File("image")!.Value.Span.SequenceEqual(bytes));
    }

    [TestCase(1000)]
    [TestCase(1_000_000)]
    public async Task Dispose_FileWasRead_LeavesNothingOfItInThePool(int size)
    {
        var form = (await ReadAsync(Type, Multipart(File("image", "a.jpg", new string('x', size))))).Value;
        Assert.That(MemoryMarshal.TryGetArray(form.File("image")!.Value, out var rented));

        form.Dispose();

        Assert.That(rented.AsSpan().ContainsAnyExcept((byte)0), Is.False, "the rest of the array is other tenants' business");
        Assert.That(form.File("image"), Is.Null);
    }

    [Test]
    public async Task ReadAsync_FileBeyondLimit_IsTooLarge()
    {
        var body = Multipart(File("image", "a.jpg", new string('x', UploadForm.MaxFileBytes + 1)));

        var read = await ReadAsync(Type, body);

        Assert.That(read.Error!.Kind, Is.EqualTo(ErrorKind.TooLarge));
        Assert.That(read.Error.Message, Does.Contain("15 MiB"));
    }

    [Test]
    public async Task ReadAsync_FileAtLimit_IsTaken()
    {
        var body = Multipart(File("image", "a.jpg", new string('x', UploadForm.MaxFileBytes)));

        using var form = (await ReadAsync(Type, body)).Value;

        Assert.That(form.File("image")!.Value.Length, Is.EqualTo(UploadForm.MaxFileBytes));
    }

    [Test]
    public async Task ReadAsync_AnnouncedLengthBeyondLimitByOneWhoAsks_IsRefusedUnread()
    {
        var request = Request(Type, []);
        request.ContentLength = UploadForm.MaxRequestBytes + 1;
        request.Headers.Expect = "100-continue";
        request.Body = new Unreadable();

        var read = await UploadForm.ReadAsync(request, "image", default);

        Assert.That(read.Error!.Kind, Is.EqualTo(ErrorKind.TooLarge));
    }

    [Test]
    public async Task ReadAsync_TooLargeFromOneWhoSendsFirst_IsReadToItsEnd([Values] bool announced)
    {
        var request = Request(Type, Multipart(File("image", "a.jpg", new string('x', UploadForm.MaxRequestBytes))));
        if (!announced) request.ContentLength = null;

        var read = await UploadForm.ReadAsync(request, "image", default);

        Assert.That(read.Error!.Kind, Is.EqualTo(ErrorKind.TooLarge));
        Assert.That(request.Body.Position, Is.EqualTo(request.Body.Length));
    }

    [TestCase(UploadForm.MaxTextBytes, true)]
    [TestCase(UploadForm.MaxTextBytes + 1, false)]
    public async Task ReadAsync_TextAroundLimit_IsTakenUpToIt(int length, bool isTaken)
    {
        var read = await ReadAsync(Type, Multipart(Text("reason", new string('x', length))));

        Assert.That(read.IsSuccess, Is.EqualTo(isTaken));
    }

    [TestCase(UploadForm.MaxParts, true)]
    [TestCase(UploadForm.MaxParts + 1, false)]
    public async Task ReadAsync_PartsAroundLimit_AreTakenUpToIt(int parts, bool isTaken)
    {
        var read = await ReadAsync(Type, Multipart([.. Enumerable.Range(0, parts).Select(i => Text($"f{i}", "x"))]));

        Assert.That(read.IsSuccess, Is.EqualTo(isTaken));
    }

    [TestCase("multipart/form-data", TestName = "ReadAsync_NoBoundary_IsMalformed")]
    [TestCase("multipart/form-data; boundary=", TestName = "ReadAsync_EmptyBoundary_IsMalformed")]
    [TestCase("multipart/form-data; boundary=\"\"", TestName = "ReadAsync_QuotedEmptyBoundary_IsMalformed")]
    [TestCase("multipart/form-data; boundary=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        TestName = "ReadAsync_EndlessBoundary_IsMalformed")]
    [TestCase("multipart/form-data; boundary=other", TestName = "ReadAsync_OtherBoundary_IsMalformed")]
    public async Task ReadAsync_BadBoundary_IsMalformed(string type)
    {
        var read = await ReadAsync(type, Multipart(Text("student_id", "siswaA")));

        Assert.That(read.Error!.Code, Is.EqualTo("request.malformed_form"));
    }

    [Test]
    public async Task ReadAsync_BodyCutAnywhere_IsMalformedAndNeverThrows()
    {
        var whole = Multipart(Text("student_id", "siswaA"), File("image", "a.jpg", "picture"));

        for (var length = 0; length < whole.Length - "--\r\n".Length; length++)
        {
            var read = await ReadAsync(Type, whole[..length]);

            Assert.That(read.Error?.Code, Is.EqualTo("request.malformed_form"), $"cut after {length} bytes");
        }
    }

    [TestCase("")]
    [TestCase("Content-Disposition: form-data\r\n")]
    [TestCase("Content-Disposition: form-data; name=\"\"\r\n")]
    [TestCase("Content-Disposition: attachment\r\n")]
    [TestCase("X-Long: #\r\n")]
    public async Task ReadAsync_PartWithBadHeaders_IsMalformed(string headers)
    {
        var body = Encoding.UTF8.GetBytes($"--edge\r\n{headers.Replace("#", new string('x', 20_000))}\r\nx\r\n--edge--\r\n");

        var read = await ReadAsync(Type, body);

        Assert.That(read.Error!.Code, Is.EqualTo("request.malformed_form"));
    }

    [Test]
    public async Task ReadAsync_RepeatedParts_AreNoticed()
    {
        using var form = (await ReadAsync(Type, Multipart(
            Text("student_id", "a"), Text("student_id", "b"), File("image", "a.jpg", "1"), File("image", "b.jpg", "2")))).Value;

        Assert.That(form.IsRepeated("student_id"));
        Assert.That(form.IsRepeated("image"));
    }

    [Test]
    public async Task ReadAsync_FileUnderAnotherName_IsReadOver()
    {
        using var form = (await ReadAsync(Type, Multipart(File("picture", "a.jpg", "1"), Text("student_id", "a")))).Value;

        Assert.That(form.File("image"), Is.Null);
        Assert.That(form.HasFile("picture"));
        Assert.That(form.Text("student_id"), Is.EqualTo("a"));
    }

    [Test]
    public async Task ReadAsync_FileInputLeftEmpty_IsNoFile()
    {
        using var form = (await ReadAsync(Type, Multipart(File("image", "", "")))).Value;

        Assert.That(form.File("image"), Is.Null);
    }

    [Test]
    public async Task ReadAsync_UrlEncoded_GivesTexts()
    {
        using var form =
            (await ReadAsync("application/x-www-form-urlencoded", "student_id=siswaA&full_name=Ayu+L%C3%A9"u8.ToArray())).Value;

        Assert.That(form.Text("full_name"), Is.EqualTo("Ayu Lé"));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("application/json")]
    [TestCase("image/jpeg")]
    [TestCase("nonsense")]
    public async Task ReadAsync_OtherType_IsAnEmptyForm(string? type)
    {
        var read = await ReadAsync(type, "{}"u8.ToArray());

        Assert.That(read.Value, Is.SameAs(UploadForm.Empty));
    }

    private static Task<Result<UploadForm>> ReadAsync(string? type, byte[] body) =>
        UploadForm.ReadAsync(Request(type, body), "image", default);

    private static HttpRequest Request(string? type, byte[] body)
    {
        var request = new DefaultHttpContext().Request;
        request.ContentType = type;
        request.Body = new MemoryStream(body);
        request.ContentLength = body.Length;
        return request;
    }

    private static byte[] Multipart(params string[] parts) => Encoding.UTF8.GetBytes(string.Concat(parts) + "--edge--\r\n");

    private static string Text(string name, string value) =>
        $"--edge\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n";

    private static string File(string name, string fileName, string content) =>
        $"--edge\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{fileName}\"\r\nContent-Type: " +
        $"image/jpeg\r\n\r\n{content}\r\n";

    /// <summary>Fails the test that reads from it.</summary>
    private sealed class Unreadable : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new AssertionException("The body was read.");

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
