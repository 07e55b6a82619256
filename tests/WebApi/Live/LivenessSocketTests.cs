using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Live;

/// <summary>/ws/liveness as the second system's clients speak to it: what they may send, and what they are told.</summary>
public sealed class LivenessSocketTests
{
    private const string Student = "ayu";

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await RunningServer.StartAsync("FACE_PROFILE=starter", "LIVENESS_ATTEMPTS=100");
        await _server.EnrollAsync(Student, DrawnFaces.Portrait(DrawnPerson.Ayu));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCase("padded")]
    [TestCase("unpadded")]
    [TestCase("url")]
    [TestCase("url, padded")]
    [TestCase("lines")]
    [TestCase("data url")]
    [TestCase("data url, unpadded")]
    [TestCase("bytes")]
    public async Task Frame_InEveryUsualWriting_IsRead(string writing)
    {
        await using var socket = await DialAsync($"?user_id={Student}");
        var picture = Picture();
        var base64 = Convert.ToBase64String(picture);

        if (writing == "bytes") await socket.SendAsync(picture);
        else
        {
            await socket.SendAsync(writing switch
            {
                "padded" => base64,
                "unpadded" => base64.TrimEnd('='),
                "url" => base64.TrimEnd('=').Replace('+', '-').Replace('/', '_'),
                "url, padded" => base64.Replace('+', '-').Replace('/', '_'),
                "lines" => "\n" + string.Join("\r\n", base64.Chunk(76).Select(line => new string(line))) + "\n",
                "data url" => "data:image/png;base64," + base64,
                _ => "data:image/png;base64," + base64.TrimEnd('='),
            });
        }
        var answer = await socket.NextAsync();

        Assert.That(base64, Does.Contain('+').And.Contain('/').And.EndWith("="), "the picture tells the writings apart");
        Assert.That(answer.GetProperty("error").GetString(), Is.Null, answer.GetRawText());
        Assert.That(answer.GetProperty("challenge").GetString(), Is.Not.Empty);
    }

    [TestCase("")]
    [TestCase("ping")]
    [TestCase("no picture, and no base64")]
    [TestCase("bm8gcGljdHVyZQ==")]
    [TestCase("data:image/jpeg;base64")]
    [TestCase("{\"type\":\"ping\"}")]
    public async Task Frame_ThatIsNoPicture_IsAnInvalidImageAndTheSessionGoesOn(string text)
    {
        await using var socket = await DialAsync($"?user_id={Student}");

        await socket.SendAsync(text);
        var wrong = await socket.NextAsync();
        await socket.SendAsync(Picture());
        var right = await socket.NextAsync();

        Assert.That(wrong.GetProperty("error").GetString(), Is.EqualTo("Invalid image"));
        Assert.That(wrong.GetProperty("challenge").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(wrong.GetProperty("action_detected").GetBoolean(), Is.False);
        Assert.That(right.GetProperty("error").GetString(), Is.Null, right.GetRawText());
    }

    [Test]
    public async Task Frames_FasterThanTheyAreJudged_EachHasOneAnswerWithTheThreeKeys()
    {
        await using var socket = await DialAsync($"?user_id={Student}");
        var picture = Picture();

        for (var i = 0; i < 30; i++) await socket.SendAsync(picture);
        var answers = new List<JsonElement>();
        for (var i = 0; i < 30; i++) answers.Add(await socket.NextAsync());
        await socket.SendAsync("the last one");
        var last = await socket.NextAsync();

        Assert.That(answers.Select(a =>
            (a.TryGetProperty("error", out _), a.TryGetProperty("challenge", out _), a.TryGetProperty("action_detected", out _))),
            Is.All.EqualTo((true, true, true)));
        Assert.That(answers[0].GetProperty("challenge").GetString(), Is.Not.Empty);
        Assert.That(last.GetProperty("error").GetString(), Is.EqualTo("Invalid image"), "one answer too many");
    }

    [Test]
    public async Task Session_OthersHaveUsedUpTheirAttempts_TheStudentsOwnPhoneStillBegins()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter", "LIVENESS_ATTEMPTS=1");
        await server.EnrollAsync(Student, DrawnFaces.Portrait(DrawnPerson.Ayu));
        string device = await server.NewTokenAsync("device"), own = await server.NewTokenAsync("student", Student);

        await BeginAsync(device);
        var deviceAgain = await BeginAsync(device);
        var operators = await BeginAsync(await server.NewTokenAsync("operator"));
        var students = await BeginAsync(own);
        var studentsAgain = await BeginAsync(own);

        Assert.That(new[] { deviceAgain, operators, studentsAgain }, Is.All.EqualTo("Too many attempts"),
            "others together have as many as the student");
        Assert.That(students, Is.EqualTo("Invalid image"), "a session has begun");

        async Task<string?> BeginAsync(string token)
        {
            await using var socket = await Dialled.DialAsync(server, $"?user_id={Student}", "Bearer " + token);
            await socket.SendAsync("no picture");
            return (await socket.NextAsync()).GetProperty("error").GetString();
        }
    }

    [Test]
    public async Task WithoutCredentials_ThisMachinesUser_IsAskedWhatOldClientsShow()
    {
        var asked = new HashSet<string?>();
        for (var i = 0; i < 30; i++)
        {
            await using var socket = await Dialled.DialAsync(_server, $"?user_id={Student}");
            await socket.SendAsync(Picture());
            var answer = await socket.NextAsync();
            Assert.That(answer.GetProperty("error").GetString(), Is.Null, answer.GetRawText());
            asked.Add(answer.GetProperty("challenge").GetString());
        }

        Assert.That(asked, Is.EquivalentTo(new[] { "blink", "mouth_open", "nod" }));
    }

    [TestCase("X-Forwarded-For", "127.0.0.1")]
    [TestCase("Origin", "https://attacker.example")]
    [TestCase("Host", "rebound.example")]
    public async Task WithoutCredentials_NotThisMachinesUser_IsToldOnTheSocketAndClosed(string header, string value)
    {
        await using var socket = await Dialled.DialAsync(_server, $"?user_id={Student}", null, (header, value));

        var answer = await socket.NextAsync();

        Assert.That(answer.GetProperty("error").GetString(), Is.EqualTo("Authentication credentials were not provided."));
        Assert.That(answer.GetProperty("challenge").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(answer.GetProperty("action_detected").GetBoolean(), Is.False);
        Assert.That(await socket.ClosedAsync(), Is.EqualTo(1008));
    }

    [TestCase("http://localhost:3000")]
    [TestCase("http://127.0.0.1:8000")]
    public async Task WithoutCredentials_APageOfThisMachine_MayBegin(string origin)
    {
        await using var socket = await Dialled.DialAsync(_server, $"?user_id={Student}", null, ("Origin", origin));

        await socket.SendAsync("no picture");

        Assert.That((await socket.NextAsync()).GetProperty("error").GetString(), Is.EqualTo("Invalid image"));
    }

    [TestCase("Bearer none", "Given token not valid for any token type")]
    [TestCase("Bearer fa_none", "Given token not valid for any token type")]
    [TestCase("scope", "The credentials are good, but this call needs the scope liveness.")]
    public async Task Credentials_ThatDoNotDo_AreToldOnTheSocketAndClosed(string authorization, string error)
    {
        if (authorization == "scope")
        {
            var made =
                await _server.PostAsync(
                    "/api/v1/api-keys", RunningServer.Json($$"""{"name":"{{Guid.NewGuid()}}","scopes":["recognize"]}"""));
            authorization = "Bearer " + made.Json.GetProperty("key").GetString();
        }
        await using var socket = await Dialled.DialAsync(_server, $"?user_id={Student}", authorization);

        var answer = await socket.NextAsync();

        Assert.That(answer.GetProperty("error").GetString(), Is.EqualTo(error));
        Assert.That(answer.GetProperty("action_detected").GetBoolean(), Is.False);
        Assert.That(await socket.ClosedAsync(), Is.EqualTo(1008));
    }

    [TestCase("")]
    [TestCase("?user_id=")]
    [TestCase("?user_id=%20")]
    public async Task WithoutCredentials_NobodyNamed_IsMissing(string query)
    {
        await using var socket = await Dialled.DialAsync(_server, query);

        Assert.That((await socket.NextAsync()).GetProperty("error").GetString(), Is.EqualTo("Missing user_id"));
        Assert.That(await socket.ClosedAsync(), Is.EqualTo(1008));
    }

    [Test]
    public async Task Session_ConnectionWentBeforeAnythingWasShown_UsesUpNoAttempt()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter", "LIVENESS_ATTEMPTS=1");
        await server.EnrollAsync(Student, DrawnFaces.Portrait(DrawnPerson.Ayu));
        var token = "Bearer " + await server.NewTokenAsync("student", Student);

        for (var i = 1; i <= 3; i++)
        {
            await using (await Dialled.DialAsync(server, $"?user_id={Student}", token)) await CountedAsync("true", i);
            await CountedAsync("passed", i);
        }
        var answers = new List<string?>();
        for (var i = 0; i < 2; i++)
        {
            await using var socket = await Dialled.DialAsync(server, $"?user_id={Student}", token);
            await socket.SendAsync("no picture");
            answers.Add((await socket.NextAsync()).GetProperty("error").GetString());
        }

        Assert.That(answers, Is.EqualTo(new[] { "Invalid image", "Too many attempts" }));

        async Task CountedAsync(string which, int count)
        {
            for (var tries = 0; tries < 300; tries++)
            {
                if (await server.Database.ReadAsync<long>($"SELECT count(*) FROM liveness_attempts WHERE {which}") == count) return;
                await Task.Delay(50);
            }
            Assert.Fail($"There were never {count} attempts that are {which}.");
        }
    }

    [Test]
    public async Task LivenessOpen_Anybody_MayBeginAndUsesUpNobodyElsesAttempts()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter", "LIVENESS_OPEN=true", "LIVENESS_ATTEMPTS=2");
        await server.EnrollAsync(Student, DrawnFaces.Portrait(DrawnPerson.Ayu));
        (string, string) proxy = ("X-Forwarded-For", "203.0.113.9");

        var strangers = new List<string?>();
        for (var i = 0; i < 4; i++) strangers.Add(await BeginAsync(null, proxy));
        var wrong = await BeginAsync("Bearer none", proxy);
        var own = await BeginAsync("Bearer " + await server.NewTokenAsync("student", Student));
        var elsewhere = await server.SendAsync(HttpMethod.Get, "/students", proxy);

        Assert.That(strangers, Is.EqualTo(new[] { "Invalid image", "Invalid image", "Too many attempts", "Too many attempts" }));
        Assert.That(wrong, Is.EqualTo("Given token not valid for any token type"));
        Assert.That(own, Is.EqualTo("Invalid image"));
        Assert.That(elsewhere.Status, Is.EqualTo(System.Net.HttpStatusCode.Unauthorized), "only the socket is open");
        Assert.That(LogScan.Lines, Has.Some.Matches("\"level\":\"Warning\".*LIVENESS_OPEN is set"));

        async Task<string?> BeginAsync(string? authorization, params (string, string)[] headers)
        {
            await using var socket = await Dialled.DialAsync(server, $"?user_id={Student}", authorization, headers);
            await socket.SendAsync("no picture");
            return (await socket.NextAsync()).GetProperty("error").GetString();
        }
    }

    /// <summary>A picture whose base64 has both of the alphabet's last letters and needs padding.</summary>
    private static byte[] Picture() =>
        Enumerable.Range(0, 6).Select(variant => DrawnFaces.Portrait(DrawnPerson.Ayu, variant)).First(picture => picture.Length % 3 != 0);

    private async Task<Dialled> DialAsync(string query) =>
        await Dialled.DialAsync(_server, query, "Bearer " + await _server.NewTokenAsync("operator"));

    /// <summary>The client's end of a socket.</summary>
    private sealed class Dialled : IAsyncDisposable
    {
        private readonly ClientWebSocket _socket = new();
        private readonly CancellationTokenSource _patience = new(TimeSpan.FromSeconds(60));

        /// <param name="authorization">Null shows nothing.</param>
        public static async Task<Dialled> DialAsync(
            RunningServer server, string query, string? authorization = null, params (string Name, string Value)[] headers)
        {
            var dialled = new Dialled();
            if (authorization is not null) dialled._socket.Options.SetRequestHeader("Authorization", authorization);
            foreach (var (name, value) in headers) dialled._socket.Options.SetRequestHeader(name, value);
            await dialled._socket.ConnectAsync(new Uri(server.WebSocket("/ws/liveness/") + query), dialled._patience.Token);
            return dialled;
        }

        public Task SendAsync(string text) =>
            _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, _patience.Token);

        public Task SendAsync(byte[] picture) => _socket.SendAsync(picture, WebSocketMessageType.Binary, true, _patience.Token);

        /// <exception cref="InvalidOperationException">The server closed instead.</exception>
        public async Task<JsonElement> NextAsync()
        {
            using var message = new MemoryStream();
            var buffer = new byte[16 * 1024];
            while (true)
            {
                var part = await _socket.ReceiveAsync(buffer, _patience.Token);
                if (part.MessageType == WebSocketMessageType.Close)
                    throw new InvalidOperationException($"closed with {part.CloseStatus}: {part.CloseStatusDescription}");
                message.Write(buffer, 0, part.Count);
                if (part.EndOfMessage) return JsonDocument.Parse(message.ToArray()).RootElement;
            }
        }

        /// <returns>The code with which the server closed.</returns>
        public async Task<int?> ClosedAsync()
        {
            var part = await _socket.ReceiveAsync(new byte[1024], _patience.Token);
            Assert.That(part.MessageType, Is.EqualTo(WebSocketMessageType.Close), "the server says more");
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, _patience.Token);
            return (int?)part.CloseStatus;
        }

        public ValueTask DisposeAsync()
        {
            _socket.Dispose();
            _patience.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
