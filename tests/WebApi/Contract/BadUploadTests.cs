using System.Net;
using System.Net.Sockets;
using System.Text;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Contract;

/// <summary>Uploads that no picture can be read from. Each must be answered clearly and leave the server as it was.</summary>
public sealed class BadUploadTests
{
    private static readonly byte[] Portrait = DrawnFaces.Portrait(DrawnPerson.Ayu);

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [TearDown]
    public async Task AnswerStillAsync() =>
        Assert.That((await _server.PostAsync("/recognize", Form.Image(Portrait))).Json.GetProperty("results")[0].GetProperty("label")
            .GetString(), Is.EqualTo("ayu"));

    private static IEnumerable<TestCaseData> BadImages()
    {
        static TestCaseData Case(string name, byte[] content) => new TestCaseData(content).SetArgDisplayNames(name);
        yield return Case("empty file", []);
        yield return Case("text named .jpg", "I am no picture.\n"u8.ToArray());
        yield return Case("truncated PNG", Portrait[..(Portrait.Length / 2)]);
        yield return Case("PNG header alone", DrawnFaces.PngHead(640, 480));
        yield return Case("truncated JPEG", [0xFF, 0xD8, 0xFF, 0xE0, 0, 16, .. "JFIF\0"u8, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0xFF, 0xDA]);
        yield return Case("GIF",
            [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3B]);
        yield return Case("SVG",
            """<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><image href="file:///etc/passwd"/></svg>"""u8.ToArray());
        yield return Case("noise", [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7919 >> 3))]);
    }

    [TestCaseSource(nameof(BadImages))]
    public async Task AnyRoute_UnreadableImage_IsTheContracts400(byte[] content)
    {
        foreach (var path in new[] { "/enroll", "/recognize", "/recognize/realtime" })
        {
            var answer = await _server.PostAsync(path, Form.With(("student_id", "bad")).File("image", content));

            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest), $"{path}: {answer.Body}");
            Assert.That(answer.Body, Does.StartWith("""{"ok":false,"msg":"Gambar tidak valid","code":"invalid_image","reason":"""), path);
        }
    }

    [Test]
    public async Task Recognize_HeaderOfHugePicture_IsRefusedUnread()
    {
        byte[] bomb = [.. DrawnFaces.PngHead(30_000, 30_000), .. Portrait.AsSpan(33)];

        var answer = await _server.PostAsync("/recognize", Form.Image(bomb));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge).Or.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("ok").GetBoolean(), Is.False);
    }

    // 33 KB that obey the format: 800 passes over 8 megapixels.
    [TestCase("/recognize")]
    [TestCase("/recognize/realtime")]
    [TestCase("/enroll")]
    public async Task AnyRoute_JpegOfHundredsOfScans_IsRefusedUnread(string path)
    {
        using var form = Form.With(("student_id", "scans")).File("image", HostilePictures.ManyScans(3200, 2500, 800));

        var answer = await _server.PostAsync(path, form);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("invalid_image"));
        Assert.That(answer.Body, Does.Contain("800 scans").And.Contain("at most 32"));
    }

    [Test]
    public async Task AnyRoute_OnePixel_IsAPictureOfNobody()
    {
        var pixel = DrawnFaces.EncodePng(1, 1, [1, 2, 3]);

        var enrolled = await _server.EnrollAsync("pixel", pixel);
        var recognized = await _server.PostAsync("/recognize", Form.Image(pixel));

        Assert.That(enrolled.Json.GetProperty("code").GetString(), Is.EqualTo("no_face"));
        Assert.That(recognized.Body, Is.EqualTo("""{"ok":true,"results":[],"frame_info":{"w":1,"h":1}}"""));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Recognize_TwentyMegabytes_Is413(bool chunked)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/recognize") { Content = Form.Image(new byte[20_000_000]) };
        request.Headers.TransferEncodingChunked = chunked;

        var answer = await Answer.OfAsync(await _server.Http.SendAsync(request));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That(answer.Json.GetProperty("ok").GetBoolean(), Is.False);
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("too_large"));
        Assert.That(answer.Json.GetProperty("msg").GetString(), Does.Contain("15 MiB"));
    }

    [Test]
    public async Task Resource_TwentyMegabytes_IsAProblemDocument()
    {
        var answer = await _server.PostAsync("/api/v1/students/big/faces", Form.Image(new byte[20_000_000]));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.RequestEntityTooLarge));
        Assert.That(answer.ContentType, Is.EqualTo("application/problem+json"));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("request.too_large"));
    }

    [TestCase("multipart/form-data", "--edge--\r\n", TestName = "Enroll_NoBoundary_IsMalformed")]
    [TestCase("multipart/form-data; boundary=edge", "", TestName = "Enroll_EmptyMultipart_IsMalformed")]
    [TestCase("multipart/form-data; boundary=edge", "--edge\r\nContent-Disposition: form-data; name=\"student_id\"\r\n\r\nsis",
        TestName = "Enroll_TruncatedMultipart_IsMalformed")]
    public async Task Enroll_MalformedForm_Is400(string type, string body)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        var answer = await _server.PostAsync("/enroll", content);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("malformed_form"));
    }

    [Test]
    public async Task Enroll_ClientHangsUpWithinTheBody_HarmsNobody()
    {
        using (var client = new TcpClient())
        {
            await client.ConnectAsync(_server.Address.Host, _server.Address.Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
                $"POST /enroll HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nContent-Type: multipart/form-data; " +
                "boundary=edge\r\nContent-Length: 100000\r\n\r\n--edge\r\n"));
        }

        var answer = await _server.GetAsync("/health/live");

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Recognize_ChunkedBodyWithoutItsEnd_Is400()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(_server.Address.Host, _server.Address.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /recognize HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nContent-Type: multipart/form-data; " +
            "boundary=edge\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nnonsense\r\n"));

        var answer = await new StreamReader(client.GetStream()).ReadToEndAsync();

        Assert.That(answer, Does.StartWith("HTTP/1.1 400 ").And.Contains("\"ok\":false"));
    }
}
