using System.Net;
using FaceAttendance.Cli.Server;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests.Server;

[TestFixture]
public class ServerAnswerTests
{
    [TestCase(200, """{"ok":false,"saved":0,"msg":"No face was found.","code":"no_face"}""", "no_face", "No face was found.")]
    [TestCase(200, """{"ok":false,"msg":"Too poor.","code":"low_quality","reasons":["too_small","blurred"]}""",
        "low_quality (too_small, blurred)", "Too poor.")]
    [TestCase(200, """{"ok":false,"msg":"Known.","code":"duplicate_person","student_id":"siswaB","similarity":0.8123}""",
        "duplicate_person", "Known. (siswaB, similarity 0.8123)")]
    [TestCase(400, """{"ok":false,"msg":"Gambar tidak valid","code":"invalid_image","reason":"truncated"}""",
        "invalid_image", "Gambar tidak valid (truncated)")]
    [TestCase(422, """{"detail":[{"loc":["body","student_id"],"msg":"Field required","type":"missing"}]}""", "http_422", "Field required")]
    [TestCase(401, """{"detail":"No credentials."}""", "http_401", "No credentials.")]
    [TestCase(413, """{"title":"Too large","detail":"At most 16 MB.","status":413,"code":"image.too_large"}""",
        "image.too_large", "At most 16 MB.")]
    [TestCase(500, """{"title":"Broken","status":500}""", "http_500", "Broken")]
    [TestCase(500, "<html>", "http_500", "InternalServerError")]
    [TestCase(500, "[1]", "http_500", "InternalServerError")]
    [TestCase(500, "", "http_500", "InternalServerError")]
    [TestCase(500, """{"detail":[1,"x"],"msg":null,"code":7,"reasons":"none"}""", "http_500", "InternalServerError")]
    public void Refusal_AnyErrorShape_NamesCodeAndMessage(int status, string body, string code, string message)
    {
        var refusal = new ServerAnswer((HttpStatusCode)status, body, null).Refusal();

        Assert.That(refusal, Is.EqualTo(new Refusal(code, message)));
    }
}
