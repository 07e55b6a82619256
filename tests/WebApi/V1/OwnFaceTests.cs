using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>A student's own account: /api/face/train/, /api/face/test/, /ws/liveness, check-ins and attendance, for that student and no
/// other.</summary>
public sealed class OwnFaceTests
{
    private static readonly byte[] Ayu = DrawnFaces.Portrait(DrawnPerson.Ayu);
    private static readonly byte[] AyuAgain = DrawnFaces.Portrait(DrawnPerson.Ayu, 1);
    private static readonly byte[] Citra = DrawnFaces.Portrait(DrawnPerson.Citra);

    private RunningServer _server = null!;
    private string _token = null!;
    private HttpClient _ayu = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        // Drawings of two people resemble one another more than photographs do.
        _server = await RunningServer.StartAsync("Liveness:VerificationThreshold=0.45");
        await _server.AddUserAsync("ayu.lestari", "student", "siswaA");
        _token = (await _server.LogInAsync("ayu.lestari")).Access;
        _ayu = ClientOf(_token);
        Assert.That((await TrainAsync(_ayu, Form.Image(Ayu))).Body, Is.EqualTo("""{"message":"Person trained successfully"}"""));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _ayu.Dispose();
        await _server.DisposeAsync();
    }

    [Test]
    public async Task Train_OneFace_Is201AlsoAgain()
    {
        var again = await TrainAsync(_ayu, Form.Image(Ayu));
        var another = await TrainAsync(_ayu, Form.Image(AyuAgain));

        Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(another.Status, Is.EqualTo(HttpStatusCode.Created));
        Assert.That(another.Body, Is.EqualTo("""{"message":"Person trained successfully"}"""));
    }

    [Test]
    public async Task Train_AnotherFaceOnceOneIsRegistered_Is400()
    {
        var refused = await BodyOf400Async(TrainAsync(_ayu, Form.Image(Citra)));

        Assert.That(refused, Is.EqualTo("""{"error":"The face is not the one that is registered already; ask the school to renew it."}"""));
        Assert.That(await BodyOf400Async(TestAsync(_ayu, Form.Image(Citra))), Is.EqualTo("""{"message":"Face not match."}"""));
    }

    [Test]
    public async Task Train_PictureOfNoUse_Is400WithTheReason()
    {
        using var other = await _server.NewUserAsync("student", "siswaB");

        Assert.That(await BodyOf400Async(TrainAsync(other, Form.Image(DrawnFaces.Empty()))),
            Is.EqualTo("""{"error":"No face found in the image"}"""));
        Assert.That(await BodyOf400Async(TrainAsync(other, Form.With(("name", "x")))), Is.EqualTo("""{"error":"No image provided"}"""));
        Assert.That(await BodyOf400Async(TrainAsync(other, Form.Image([1, 2, 3]))),
            Is.EqualTo("""{"error":"The image is empty or cannot be decoded"}"""));
        Assert.That(await BodyOf400Async(TrainAsync(other, Form.Image(Ayu))),
            Is.EqualTo("""{"error":"This face is registered for another user"}"""));
    }

    [Test]
    public async Task Test_SamePersonAnotherAndNobody_AnswersTheContractsBodies()
    {
        using var faceless = await _server.NewUserAsync("student", "siswaC");

        var match = await TestAsync(_ayu, Form.Image(AyuAgain));

        Assert.That(match.Status, Is.EqualTo(HttpStatusCode.OK), match.Body);
        Assert.That(match.Body, Is.EqualTo("""{"message":"Face match!"}"""));
        Assert.That(await BodyOf400Async(TestAsync(_ayu, Form.Image(Citra))), Is.EqualTo("""{"message":"Face not match."}"""));
        Assert.That(await BodyOf400Async(TestAsync(_ayu, Form.Image(DrawnFaces.Empty()))),
            Is.EqualTo("""{"error":"No face found in the image"}"""));
        Assert.That(await BodyOf400Async(TestAsync(faceless, Form.Image(Ayu))),
            Is.EqualTo("""{"error":"User does not have a registered face encoding."}"""));
    }

    [TestCase("/api/face/train/")]
    [TestCase("/api/face/test")]
    public async Task Face_WithoutAToken_Is401OnThisMachineToo(string path)
    {
        var answer = await _server.PostAsync(path, Form.Image(Ayu));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(answer.Body, Is.EqualTo("""{"detail":"Authentication credentials were not provided."}"""));
    }

    [TestCase("admin")]
    [TestCase("operator")]
    public async Task Face_OfAUserWhoIsNoStudent_Is403(string role)
    {
        using var user = await _server.NewUserAsync(role);

        var answer = await TrainAsync(user, Form.Image(Ayu));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(answer.Json.EnumerateObject().Select(m => m.Name), Is.EqualTo(new[] { "detail" }));
    }

    [Test]
    public async Task Verification_OfAStudent_SaysMatchSimilarityAndThreshold()
    {
        var same = await _server.PostAsync("/api/v1/verifications", Form.With(("student_id", "siswaA")).File("image", AyuAgain));
        var other = await _server.PostAsync("/api/v1/verifications", Form.With(("student_id", "siswaA")).File("image", Citra));
        var nobody = await _server.PostAsync("/api/v1/verifications", Form.With(("student_id", "nobody")).File("image", Ayu));

        Assert.That(same.Json.GetProperty("match").GetBoolean(), Is.True, same.Body);
        Assert.That(
            same.Json.GetProperty("similarity").GetDouble(), Is.GreaterThanOrEqualTo(same.Json.GetProperty("threshold").GetDouble()));
        Assert.That(other.Json.GetProperty("match").GetBoolean(), Is.False, other.Body);
        Assert.That(nobody.Json.GetProperty("code").GetString(), Is.EqualTo("verification.not_enrolled"));
    }

    [TestCase("siswaA", null)]
    [TestCase("Ayu.Lestari", null)]
    [TestCase("siswaB", "Forbidden user_id")]
    [TestCase("", "Missing user_id")]
    public async Task LivenessSocket_OfAStudent_IsForThatStudentOnly(string user, string? error)
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(_server.WebSocket("/ws/liveness/"))
        {
            Query = $"user_id={user}&access_token={_token}",
        }.Uri, CancellationToken.None);

        // A session that began says nothing before its first frame.
        if (error is null) await socket.SendAsync("AAAA"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        var first = await ReceiveAsync(socket);

        Assert.That(first.GetProperty("error").GetString(), Is.EqualTo(error ?? "Invalid image"), first.GetRawText());
        if (error is null) Assert.That(first.GetProperty("detail").GetString(), Is.EqualTo("Gambar tidak valid"));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task LivenessSocket_AccountsNumber_IsItsStudent(bool isTheirOwn)
    {
        var users = (await _server.GetAsync("/api/v1/users?limit=200")).Json.GetProperty("items").EnumerateArray();
        var number = users.Single(u => u.GetProperty("username").GetString() == "ayu.lestari").GetProperty("number").GetInt64();
        var token = isTheirOwn ? _token : await _server.NewTokenAsync("operator");
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new UriBuilder(_server.WebSocket("/ws/liveness/"))
        {
            Query = $"user_id={number}&access_token={token}",
        }.Uri, CancellationToken.None);

        await socket.SendAsync("AAAA"u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);

        Assert.That((await ReceiveAsync(socket)).GetProperty("error").GetString(), Is.EqualTo("Invalid image"));
    }

    [Test]
    public async Task CheckIn_OfAStudent_IsForThatStudentOnly()
    {
        var own = await CheckInAsync("siswaA");
        var others = await CheckInAsync("siswaB");

        Assert.That(own.Json.GetProperty("code").GetString(), Is.EqualTo("liveness.token_invalid"), own.Body);
        Assert.That(others.Status, Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That(others.Json.GetProperty("code").GetString(), Is.EqualTo("access.other_student"));
    }

    [TestCase("/attendance/student/siswaA", HttpStatusCode.OK)]
    [TestCase("/attendance/student/siswaB", HttpStatusCode.Forbidden)]
    [TestCase("/api/v1/students/siswaA", HttpStatusCode.OK)]
    [TestCase("/api/v1/students/siswaB", HttpStatusCode.Forbidden)]
    public async Task Attendance_OfAStudent_IsReadByThatStudentOnly(string path, HttpStatusCode expected) =>
        Assert.That((await _ayu.GetAsync(path)).StatusCode, Is.EqualTo(expected));

    private Task<Answer> CheckInAsync(string student) => PostAsync(_ayu, "/api/v1/check-ins", RunningServer.Json(
        $$"""{"student_id":"{{student}}","liveness_token":"x","lat":-7.9673435,"lon":112.6267206,"accuracy_m":8,"captured_at":"{{DateTimeOffset.UtcNow:O}}","device_id":"p"}"""));

    private static Task<Answer> TrainAsync(HttpClient user, HttpContent form) => PostAsync(user, "/api/face/train/", form);

    private static Task<Answer> TestAsync(HttpClient user, HttpContent form) => PostAsync(user, "/api/face/test/", form);

    private static async Task<Answer> PostAsync(HttpClient user, string path, HttpContent content) =>
        await Answer.OfAsync(await user.PostAsync(path, content));

    private static async Task<string> BodyOf400Async(Task<Answer> asking)
    {
        var answer = await asking;
        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest), answer.Body);
        return answer.Body;
    }

    private static async Task<JsonElement> ReceiveAsync(ClientWebSocket socket)
    {
        var buffer = new byte[16 * 1024];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var received = await socket.ReceiveAsync(buffer, patience.Token);
        return JsonDocument.Parse(Encoding.UTF8.GetString(buffer, 0, received.Count)).RootElement;
    }

    private HttpClient ClientOf(string token)
    {
        var client = new HttpClient { BaseAddress = _server.Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }
}
