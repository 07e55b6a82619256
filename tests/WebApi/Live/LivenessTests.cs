using System.Net;
using System.Net.WebSockets;
using System.Numerics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Live;

/// <summary>/ws/liveness and /hubs/liveness over real sockets, with the project's own weights and a drawn face that does what is
/// asked.</summary>
public sealed class LivenessTests
{
    private const string Student = "citra";

    private static readonly DrawnPerson Person = DrawnPerson.Citra;

    private static readonly string[] Transports = ["socket, text", "socket, binary", "hub, calls", "hub, stream"];

    // The drawn person does the same in every session, as only a recording does.
    private const string NoMemory = "LIVENESS_MEMORY_DAYS=0";

    private RunningServer _server = null!;

    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromSeconds(90)).Token;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server =
            await RunningServer.StartAsync(
                "FACE_PROFILE=starter", "LIVENESS_CHALLENGES=mouth_open,turn_left", "LIVENESS_ATTEMPTS=100", NoMemory);
        await _server.EnrollAsync(Student, DrawnFaces.Portrait(Person));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCaseSource(nameof(Transports))]
    public async Task Session_PersonDoesWhatIsAsked_PassesWithAToken(string transport)
    {
        await using var client = await Client.ConnectAsync(_server, transport);

        var verdict = await ActAsync(client, obedient: true);

        Assert.That(verdict.GetProperty("error").GetString(), Is.Null, verdict.GetRawText());
        Assert.That(verdict.GetProperty("action_detected").GetBoolean(), Is.True);
        Assert.That(
            _server.Services.GetRequiredService<ILivenessTokens>()
                .Read(SchoolId.First, verdict.GetProperty("result_token").GetString()!, DateTimeOffset.UtcNow).Value.Student.Value,
            Is.EqualTo(Student));
    }

    [Test]
    public async Task Session_WithoutCredentials_PassesWithoutAToken()
    {
        await using var server =
            await RunningServer.StartAsync("FACE_PROFILE=starter", "LIVENESS_CHALLENGES=mouth_open", "LIVENESS_STEPS=1", NoMemory);
        await server.EnrollAsync(Student, DrawnFaces.Portrait(Person));
        await using var client = await Client.ConnectAsync(server, "socket, text, no credentials");

        var verdict = await ActAsync(client, obedient: true);

        Assert.That(verdict.GetProperty("error").GetString(), Is.Null, verdict.GetRawText());
        Assert.That(verdict.GetProperty("action_detected").GetBoolean(), Is.True);
        Assert.That(verdict.TryGetProperty("result_token", out _), Is.False);
        Assert.That(await client.CloseCodeAsync(), Is.EqualTo(1000));
    }

    [TestCase("socket, text")]
    [TestCase("hub, stream")]
    public async Task Session_PersonDoesSomethingElse_Fails(string transport)
    {
        await using var client = await Client.ConnectAsync(_server, transport);

        var verdict = await ActAsync(client, obedient: false);

        Assert.That(verdict.GetProperty("error").GetString(), Is.EqualTo("Presentation attack suspected"), verdict.GetRawText());
        Assert.That(verdict.GetProperty("action_detected").GetBoolean(), Is.False);
        Assert.That(verdict.TryGetProperty("result_token", out _), Is.False);
    }

    [TestCase("socket, binary", "true", 2)]
    [TestCase("hub, calls", "true", 2)]
    [TestCase("socket, text", null, 3)]
    public async Task Session_MirroredCamera_PassesAtOnceWhereItIsSaidAndWithBothTurnsOtherwise(string transport, string? said, int steps)
    {
        await using var client = await Client.ConnectAsync(_server, transport, mirrored: said);

        var verdict = await ActAsync(client, obedient: true, isMirrored: true);

        Assert.That(verdict.GetProperty("error").GetString(), Is.Null, verdict.GetRawText());
        Assert.That(verdict.GetProperty("action_detected").GetBoolean(), Is.True);
        Assert.That(verdict.GetProperty("steps").GetInt32(), Is.EqualTo(steps));
    }

    [TestCase("socket, text")]
    [TestCase("hub, calls")]
    public async Task Session_ClientThatShowsMoveCloser_IsAskedItBesideTheOthers(string transport)
    {
        var asked = new HashSet<string?>();
        for (var i = 0; i < 40 && !asked.Contains("move_closer"); i++)
        {
            await using var client = await Client.ConnectAsync(_server, transport, actions: ["mouth_open", "move_closer"]);
            if (!client.IsHub) await client.SendAsync(Frame("", 0, i));
            var (_, answer) = await client.NextAsync();
            Assert.That(answer.GetProperty("steps").GetInt32(), Is.EqualTo(3), answer.GetRawText());
            asked.Add(answer.GetProperty("challenge").GetString());
        }

        Assert.That(asked, Does.Contain("move_closer"));
    }

    [TestCase("socket, text")]
    [TestCase("hub, calls")]
    public async Task Session_OptionThatCannotBeRead_IsToldByName(string transport)
    {
        await using var client = await Client.ConnectAsync(_server, transport, mirrored: "perhaps");

        var (_, answer) = await client.NextAsync();

        Assert.That(answer.GetProperty("error").GetString(), Is.EqualTo("Invalid option"));
        Assert.That(answer.GetProperty("detail").GetString(), Is.EqualTo("mirrored is 'perhaps'; send true or false, or leave it out."));
        Assert.That(answer.GetProperty("action_detected").GetBoolean(), Is.False);
        if (!client.IsHub) Assert.That(await client.CloseCodeAsync(), Is.EqualTo(1008));
    }

    [Test]
    public async Task Session_RecordingOfOneThatPassed_IsRefusedByEveryProcess()
    {
        string[] settings = ["FACE_PROFILE=starter", "LIVENESS_CHALLENGES=mouth_open", "LIVENESS_STEPS=1", "LIVENESS_ATTEMPTS=100"];
        await using var server = await RunningServer.StartAsync(settings);
        await server.EnrollAsync(Student, DrawnFaces.Portrait(Person));
        await using var other = await RunningServer.StartOnAsync(server.Database.ConnectionString, settings);

        var verdicts = new List<string?>();
        foreach (var (at, transport) in new[] { (server, "socket, text"), (server, "hub, stream"), (other, "socket, binary") })
        {
            await using var client = await Client.ConnectAsync(at, transport);
            verdicts.Add((await ActAsync(client, obedient: true)).GetProperty("error").GetString());
        }

        Assert.That(verdicts, Is.EqualTo(new[] { null, "Presentation attack suspected", "Presentation attack suspected" }));
    }

    [Test]
    public async Task Hub_Session_AsksAtTheStartAndAfterEachStepAndToldEachFrame()
    {
        await using var client = await Client.ConnectAsync(_server, "hub, calls");

        await ActAsync(client, obedient: true);

        var asked = client.Heard.Where(h => h.Event == "Challenge").ToList();
        Assert.That(asked.Select(h => h.Answer.GetProperty("step").GetInt32()), Is.EqualTo(new[] { 1, 2 }));
        Assert.That(asked.Select(h => h.Answer.GetProperty("challenge").GetString()), Is.EquivalentTo(new[] { "mouth_open", "turn_left" }));
        Assert.That(client.Heard[0], Is.EqualTo(asked[0]));
        Assert.That(client.Heard.Count(h => h.Event == "Verdict"), Is.EqualTo(1));
        Assert.That(client.Heard.Where(h => h.Event == "Progress").Select(h => h.Answer.GetProperty("action_detected").GetBoolean()),
            Has.All.False);
        Assert.That(client.Heard.Select(h => h.Answer.GetProperty("session_id").GetString()).Distinct().Count(), Is.EqualTo(1));
    }

    [Test]
    public async Task Hub_WithoutCredentials_LetsNotEvenThisMachinesUserIn() =>
        Assert.That((await _server.SendAsync(HttpMethod.Post, "/hubs/liveness/negotiate?negotiateVersion=1")).Status,
            Is.EqualTo(HttpStatusCode.Unauthorized));

    [TestCase("", "Missing user_id")]
    [TestCase("nobody", "Face not registered")]
    [TestCase("../x", "Face not registered")]
    public async Task Hub_StartWithoutAKnownFace_IsToldAndMayStartAnother(string user, string text)
    {
        await using var client = await Client.ConnectAsync(_server, "hub, calls", user);

        var refusal = await client.NextAsync();
        await client.StartAsync(Student);
        var started = await client.NextAsync();

        Assert.That((refusal.Event, refusal.Answer.GetProperty("error").GetString()), Is.EqualTo(("Verdict", text)));
        Assert.That((started.Event, started.Answer.GetProperty("error").GetString()), Is.EqualTo(("Challenge", (string?)null)));
    }

    [Test]
    public async Task Hub_FrameBeforeStartOrASecondStart_IsAnErrorOfTheCall()
    {
        await using var client = await Client.ConnectAsync(_server, "hub, calls", user: null);

        var early = await client.CallAsync("SubmitFrame", "AAAA");
        await client.StartAsync(Student);
        var again = await client.CallAsync("Start", Student);
        var frame = await client.CallAsync("SubmitFrame", "AAAA");

        Assert.That(early, Does.Contain("call Start first"));
        Assert.That(again, Does.Contain("under way"));
        Assert.That(frame, Is.Null);
    }

    [TestCase("socket, binary")]
    [TestCase("hub, calls")]
    [TestCase("hub, stream")]
    public async Task Session_MoreFramesThanJudged_NewestWinsAndDropsAreTold(string transport)
    {
        await using var client = await Client.ConnectAsync(_server, transport);
        for (var i = 0; i < 50; i++) await client.SendAsync(Frame("", 0, i));

        JsonElement answer;
        do answer = (await client.NextAsync()).Answer;
        while (!answer.TryGetProperty("dropped", out _));
        await client.DisposeAsync();

        Assert.That(client.Heard.Count(h => h.Event is "Progress" or ""), Is.LessThan(50));
        Assert.That(answer.GetProperty("dropped").GetInt32(), Is.InRange(1, 49));
    }

    [TestCase("socket, binary")]
    [TestCase("hub, calls")]
    [TestCase("hub, stream")]
    public async Task Session_FloodOfFrames_IsToldAndClosed(string transport)
    {
        await using var client = await Client.ConnectAsync(_server, transport);
        var sending = FloodAsync();

        JsonElement answer;
        do answer = (await client.NextAsync()).Answer;
        while (answer.GetProperty("error").GetString() != "Too many frames");
        await sending;

        Assert.That(await client.CloseCodeAsync(), Is.EqualTo(transport.StartsWith("socket", StringComparison.Ordinal) ? 1008 : 1000));

        async Task FloodAsync()
        {
            try
            {
                for (var i = 0; i < 100_000; i++) await client.SendAsync([1, 2, 3]);
            }
            catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException)
            {
                // Cut off, as it should be.
            }
        }
    }

    [TestCase("socket, text", 1.4)]
    [TestCase("socket, binary", 1.9)]
    [TestCase("hub, calls", 1.9)]
    [TestCase("hub, stream", 1.9)]
    public async Task Session_FrameOfNearlyTwoMebibytes_IsTaken(string transport, double mebibytes)
    {
        await using var client = await Client.ConnectAsync(_server, transport);

        await client.SendAsync(new byte[(int)(mebibytes * 1024 * 1024)]);
        var answer = client.IsHub ? (await client.NextAsync(), await client.NextAsync()).Item2 : await client.NextAsync();

        Assert.That(answer.Answer.GetProperty("detail").GetString(), Is.EqualTo("Gambar tidak valid"));
    }

    [TestCase("hub, calls")]
    [TestCase("hub, stream")]
    public async Task Hub_FrameBeyondTwoMebibytes_EndsTheConnection(string transport)
    {
        await using var client = await Client.ConnectAsync(_server, transport);

        try
        {
            await client.SendAsync(new byte[(2 * 1024 * 1024) + 8192]);
        }
        catch (WebSocketException)
        {
            // Cut off while still sending.
        }

        await client.CloseCodeAsync();
        Assert.That(client.CloseError, Is.EqualTo("Connection closed with an error."));
    }

    [TestCase("socket, binary", "erasure")]
    [TestCase("hub, calls", "withdrawal")]
    public async Task Session_FaceIsGoneMeanwhile_IsToldInEveryProcessAndClosed(string transport, string why)
    {
        string[] settings = ["FACE_PROFILE=starter", "LIVENESS_CHALLENGES=mouth_open", "LIVENESS_STEPS=1"];
        await using var server = await RunningServer.StartAsync(settings);
        await server.EnrollAsync(Student, DrawnFaces.Portrait(Person));
        await using var other = await RunningServer.StartOnAsync(server.Database.ConnectionString, settings);
        await using var here = await Client.ConnectAsync(server, transport);
        await using var there = await Client.ConnectAsync(other, transport);
        foreach (var client in new[] { here, there })
        {
            if (client.IsHub) await client.NextAsync();
            await client.SendAsync(Frame("mouth_open", 0, 0));
            Assert.That((await client.NextAsync()).Answer.GetProperty("error").GetString(), Is.Null);
        }

        await (why == "erasure" ? server.PostAsync($"/api/v1/students/{Student}/erasure", null) : Answer.OfAsync(await server.Http.PutAsync(
            $"/api/v1/students/{Student}/consent", RunningServer.Json("""{"state":"withdrawn","method":"verbal"}"""))));
        var told = new[] { await here.NextAsync(), await there.NextAsync() };

        Assert.That(told.Select(t => t.Answer.GetProperty("error").GetString()), Has.All.EqualTo("Face not registered"));
        if (!here.IsHub) Assert.That(await there.CloseCodeAsync(), Is.EqualTo((int)WebSocketCloseStatus.PolicyViolation));
        else Assert.That(told.Select(t => t.Event), Has.All.EqualTo("Verdict"));
        Assert.That(await server.Database.ReadAsync<long>("SELECT count(*) FROM liveness_pictures"), Is.Zero);
    }

    [Test]
    public async Task Hub_ClientLeaves_SessionIsForgotten()
    {
        var client = await Client.ConnectAsync(_server, "hub, calls");
        var session = LivenessSessionId.Parse((await client.NextAsync()).Answer.GetProperty("session_id").GetString())!.Value;

        await client.DisposeAsync();

        var sessions = _server.Services.GetRequiredService<LivenessSessions>();
        while ((await sessions.SubmitAsync(SchoolId.First, new(Student), session, new byte[1], default)).Error?.Code
            != "liveness.unknown_session")
            await Task.Delay(20, Patience);
    }

    /// <summary>Sends frames as a camera does, and does what is asked when it is asked, or the other thing.</summary>
    /// <returns>The verdict.</returns>
    private static async Task<JsonElement> ActAsync(Client client, bool obedient, bool isMirrored = false)
    {
        var todo = new Queue<(string Action, float Amount)>();
        var last = default(JsonElement);
        using var done = new CancellationTokenSource();
        var listening = ListenAsync();
        for (var number = 0; !listening.IsCompleted; number++)
        {
            var next = Task.Delay(200);
            if (todo.Count == 0 && last.ValueKind == JsonValueKind.Object
                && last.GetProperty("hint").GetString() is "act" or "other_action")
            {
                var asked = last.GetProperty("challenge").GetString();
                var action = asked == "mouth_open" == obedient ? "mouth_open" : asked == "turn_left" == isMirrored ? "turn_right"
                    : "turn_left";
                // As far as a strike needs it: from neutral to the peak and back, and a rest.
                foreach (var amount in new[] { 0.5f, 1, 1, 1, 0.5f, 0, 0, 0, 0 }) todo.Enqueue((action, amount));
            }
            var (what, much) = todo.Count > 0 ? todo.Dequeue() : ("", 0);
            try
            {
                await client.SendAsync(Frame(what, much, number));
            }
            catch (Exception e) when (e is WebSocketException or InvalidOperationException)
            {
                break; // The verdict was a moment faster.
            }
            await next;
        }
        return await listening;

        async Task<JsonElement> ListenAsync()
        {
            while (true)
            {
                var (name, answer) = await client.NextAsync();
                if (name == "Verdict" || answer.GetProperty("action_detected").GetBoolean()
                    || answer.GetProperty("error").GetString() == "Presentation attack suspected")
                    return answer;
                if (name != "Challenge" && answer.GetProperty("error").GetString() is null) last = answer;
            }
        }
    }

    /// <summary>The drawn person at a moment, as JPEG. Nobody holds quite still, and a camera has grain: each picture is a new
    /// one.</summary>
    private static byte[] Frame(string action, float amount, int number)
    {
        var picture = ImageCanvas.Open(DrawnFaces.Portrait(Person)).Value;
        var random = new Random(number);
        float Sway() => (random.NextSingle() - 0.5f) * 0.5f;
        var act =
            new FaceAct(MouthOpen: action == "mouth_open" ? 0.85f * amount : 0,
                Turn: (action switch { "turn_left" => 2.8f, "turn_right" => -2.8f, _ => 0 } * amount) + Sway(), Nod: Sway());
        return FaceWarp.Grain(FaceWarp.Apply(picture, Points(), act), number, 12).Encode(".jpg", 92);
    }

    /// <summary>Where the portrait's face has its points.</summary>
    private static FacePoints Points()
    {
        static Vector2 At(double x, double y) => new((float)(160 + (80 * x)), (float)(150 + (80 * y)));
        return new(
            At(-Person.EyeOffset, Person.EyeHeight), At(Person.EyeOffset, Person.EyeHeight), At(0, Person.EyeHeight + Person.NoseLength),
            At(-Person.MouthWidth, Person.MouthHeight), At(Person.MouthWidth, Person.MouthHeight));
    }

    /// <summary>A client of either transport; speaks SignalR's JSON protocol by hand, where each message ends with the record
    /// separator.</summary>
    private sealed class Client : IAsyncDisposable
    {
        private readonly ClientWebSocket _socket = new();
        private readonly Channel<(string Event, JsonElement Answer)> _answers = Channel.CreateUnbounded<(string, JsonElement)>();
        private readonly Dictionary<string, TaskCompletionSource<string?>> _calls = [];
        private readonly string _transport;
        private Task _reading = Task.CompletedTask;

        private Client(string transport) => _transport = transport;

        public bool IsHub => _transport.StartsWith("hub", StringComparison.Ordinal);

        /// <summary>All that came, in its order; the socket's answers have no event's name.</summary>
        public List<(string Event, JsonElement Answer)> Heard { get; } = [];

        /// <summary>What the hub said when it closed.</summary>
        public string? CloseError { get; private set; }

        /// <param name="user">Null starts no session.</param>
        public static async Task<Client> ConnectAsync(
            RunningServer server, string transport, string? user = Student, string? mirrored = null, string[]? actions = null)
        {
            var client = new Client(transport);
            var address = client.IsHub ? server.WebSocket("/hubs/liveness")
                : new UriBuilder(server.WebSocket("/ws/liveness/"))
                {
                    Query =
                        $"user_id={user}" + (mirrored is null ? "" : $"&mirrored={mirrored}") +
                        (actions is null ? "" : $"&actions={string.Join(',', actions)}"),
                }.Uri;
            if (!transport.EndsWith("no credentials", StringComparison.Ordinal))
                client._socket.Options.SetRequestHeader("Authorization", "Bearer " + await server.NewTokenAsync("device"));
            await client._socket.ConnectAsync(address, Patience);
            if (client.IsHub) await client.WriteAsync("""{"protocol":"json","version":1}""");
            client._reading = client.ReadAsync();
            if (client.IsHub && user is not null)
                await client.StartAsync(mirrored is null && actions is null ? user : new { user_id = user, mirrored, actions });
            return client;
        }

        public async Task StartAsync(object user)
        {
            Assert.That(await CallAsync("Start", user), Is.Null);
            if (_transport == "hub, stream")
                await WriteAsync("""{"type":1,"target":"StreamFrames","arguments":[],"streamIds":["frames"]}""");
        }

        /// <returns>The call's error, or null.</returns>
        public async Task<string?> CallAsync(string target, object argument)
        {
            var done = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            string id;
            lock (_calls) _calls[id = $"{_calls.Count}"] = done;
            await WriteAsync(JsonSerializer.Serialize(new { type = 1, invocationId = id, target, arguments = new[] { argument } }));
            return await done.Task.WaitAsync(Patience);
        }

        public Task SendAsync(byte[] frame) => _transport switch
        {
            "socket, binary" => _socket.SendAsync(frame, WebSocketMessageType.Binary, true, Patience),
            "socket, text" or "socket, text, no credentials" =>
                _socket.SendAsync(Encoding.ASCII.GetBytes(Convert.ToBase64String(frame)), WebSocketMessageType.Text, true, Patience),
            "hub, calls" => WriteAsync($$"""{"type":1,"target":"SubmitFrame","arguments":["{{Convert.ToBase64String(frame)}}"]}"""),
            // The serializer writes each plus sign as an escape, which is JSON all the same.
            _ =>
                WriteAsync(JsonSerializer.Serialize(
                    new { type = 2, invocationId = "frames", item = "data:image/jpeg;base64," + Convert.ToBase64String(frame) })),
        };

        public async Task<(string Event, JsonElement Answer)> NextAsync() => await _answers.Reader.ReadAsync(Patience);

        /// <returns>The code with which the server closed.</returns>
        public async Task<int?> CloseCodeAsync()
        {
            await _reading.WaitAsync(Patience);
            return (int?)_socket.CloseStatus;
        }

        public async ValueTask DisposeAsync()
        {
            _socket.Abort();
            await _reading;
            _socket.Dispose();
        }

        private Task WriteAsync(string message) =>
            _socket.SendAsync(Encoding.UTF8.GetBytes(message + "\u001e"), WebSocketMessageType.Text, true, Patience);

        private async Task ReadAsync()
        {
            var (message, buffer) = (new MemoryStream(), new byte[8192]);
            try
            {
                while (true)
                {
                    var part = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                    if (part.MessageType == WebSocketMessageType.Close) break;
                    message.Write(buffer, 0, part.Count);
                    if (!part.EndOfMessage) continue;
                    foreach (var text in Encoding.UTF8.GetString(message.ToArray()).Split('\u001e', StringSplitOptions.RemoveEmptyEntries))
                        Take(text);
                    message.SetLength(0);
                }
            }
            catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Cut off, or given up by this side.
            }
            _answers.Writer.TryComplete();
        }

        private void Take(string text)
        {
            var json = JsonDocument.Parse(text).RootElement;
            switch (IsHub && json.TryGetProperty("type", out var type) ? type.GetInt32() : 0)
            {
                case 0 when IsHub: // The handshake's answer.
                case 6: // A ping.
                    return;
                case 0:
                    Hear(("", json));
                    return;
                case 1:
                    Hear((json.GetProperty("target").GetString()!, json.GetProperty("arguments")[0]));
                    return;
                case 3:
                    lock (_calls)
                        _calls[json.GetProperty("invocationId").GetString()!]
                            .SetResult(json.TryGetProperty("error", out var error) ? error.GetString() : null);
                    return;
                case 7:
                    CloseError = json.TryGetProperty("error", out var reason) ? reason.GetString() : null;
                    return;
            }
        }

        private void Hear((string Event, JsonElement Answer) heard)
        {
            Heard.Add(heard);
            _answers.Writer.TryWrite(heard);
        }
    }
}
