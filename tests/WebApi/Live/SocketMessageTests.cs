using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.SignalR.Client;
using NJsonSchema;

namespace FaceAttendance.WebApi.Tests.Live;

/// <summary>docs/sockets.md, held against what the server really sends.</summary>
public sealed class SocketMessageTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    // Has the face of a student whom other tests of this server look for.
    [OneTimeTearDown]
    public Task ForgetAsync() => _server.DeleteAsync("/api/v1/students/socket-message");

    [Test]
    public async Task Events_OfSocketAndHub_AreAsTheirSchemaSays()
    {
        var told = new ConcurrentQueue<(string Name, string Json)>();
        await using var hub = new HubConnectionBuilder().WithUrl(new Uri(_server.Address, "/hubs/recognitions")).Build();
        foreach (var name in new[] { "recognized", "student.enrolled", "notice.raised" }) hub.On<JsonElement>(
            name, message => told.Enqueue((name, message.GetRawText())));
        await hub.StartAsync();
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(_server.WebSocket("/ws/recognitions"), CancellationToken.None);

        await _server.PostAsync(
            "/enroll?override_duplicate=true&reason=messages",
            Form.With(("student_id", "socket-message")).File("image", DrawnFaces.Portrait(DrawnPerson.Ayu, 3)));
        await _server.PostAsync("/recognize/realtime?send_unknown=true", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        await _server.PostAsync("/recognize/realtime?min_conf=0.0001", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        var heard = new[] { await ReceiveAsync(socket), await ReceiveAsync(socket) };

        var (schema, notice) = (await SchemaAsync("Event"), await SchemaAsync("Notice"));
        Assert.That(
            () => told.Select(t => t.Name), Is.SupersetOf(new[] { "recognized", "student.enrolled", "notice.raised" }).After(30_000, 100));
        foreach (var message in heard) Assert.That(schema.Validate(message), Is.Empty, message);
        foreach (var (name, json) in told)
            Assert.That((name == "notice.raised" ? notice : schema).Validate(json), Is.Empty, json);
        foreach (var (name, json) in told) Assert.That(
            JsonDocument.Parse(json).RootElement.GetProperty("type").GetString(), Is.EqualTo(name));
    }

    [Test]
    public async Task Answers_OfSocketAndHub_AreAsTheirSchemaSays()
    {
        var told = new ConcurrentQueue<(string Name, string Json)>();
        var token = await _server.NewTokenAsync("operator");
        await using var hub = new HubConnectionBuilder()
            .WithUrl(
                new Uri(_server.Address, "/hubs/liveness"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(token))
                    .Build();
        foreach (var name in new[] { "Challenge", "Progress", "Verdict" }) hub.On<JsonElement>(
            name, message => told.Enqueue((name, message.GetRawText())));
        await hub.StartAsync();

        await hub.InvokeAsync("Start", "nobody-at-all");
        await hub.InvokeAsync("Start", new { user_id = "ayu", mirrored = true, actions = new[] { "move_closer" } });
        await hub.InvokeAsync("SubmitFrame", Convert.ToBase64String(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        var heard = new[] { await AskSocketAsync("nobody-at-all", token), await AskSocketAsync("citra", token) };

        var schema = await SchemaAsync("Answer");
        Assert.That(() => told.Select(t => t.Name), Is.SupersetOf(new[] { "Challenge", "Progress", "Verdict" }).After(30_000, 100));
        foreach (var message in heard.Concat(told.Select(t => t.Json))) Assert.That(schema.Validate(message), Is.Empty, message);
        var known = schema.Properties.Keys.Append("retry_after_seconds");
        foreach (var message in heard.Concat(told.Select(t => t.Json)))
            Assert.That(JsonDocument.Parse(message).RootElement.EnumerateObject().Select(m => m.Name), Is.SubsetOf(known));
    }

    private async Task<string> AskSocketAsync(string student, string token)
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        await socket.ConnectAsync(_server.WebSocket("/ws/liveness?user_id=" + student), CancellationToken.None);
        try
        {
            await socket.SendAsync(DrawnFaces.Portrait(DrawnPerson.Citra), WebSocketMessageType.Binary, true, CancellationToken.None);
        }
        catch (WebSocketException)
        {
            // Refused before the frame came.
        }
        return await ReceiveAsync(socket);
    }

    private static async Task<string> ReceiveAsync(ClientWebSocket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var buffer = new byte[16 * 1024];
        var part = await socket.ReceiveAsync(buffer, patience.Token);
        return Encoding.UTF8.GetString(buffer, 0, part.Count);
    }

    private static async Task<JsonSchema> SchemaAsync(string heading)
    {
        var page = await File.ReadAllTextAsync(Path.Combine(SharedFiles.ProjectRoot, "docs", "sockets.md"));
        var section = page[page.IndexOf($"\n## {heading}\n", StringComparison.Ordinal)..];
        return await JsonSchema.FromJsonAsync(Regex.Match(section, "```json\n(.*?)```", RegexOptions.Singleline).Groups[1].Value);
    }
}
