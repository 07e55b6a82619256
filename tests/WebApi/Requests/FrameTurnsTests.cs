using System.Net;
using System.Net.Sockets;
using System.Text;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Requests;

/// <summary>A picture that has no turn at the models is refused before it is sent, and nothing waits behind those that have one.</summary>
public sealed class FrameTurnsTests
{
    private RunningServer _server = null!;

    // One worker and nobody waiting: whoever comes second is one too many.
    [OneTimeSetUp]
    public async Task StartAsync() => _server = await RunningServer.StartAsync("FACE_PROFILE=starter", "FACE_QUEUE_LENGTH=0");

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [TestCase("/recognize", """{"ok":false,"msg":"The server analyzes as many frames as it can; try again shortly.","code":"busy"}""")]
    [TestCase("/enroll", """{"ok":false,"msg":"The server analyzes as many frames as it can; try again shortly.","code":"busy"}""")]
    [TestCase("/api/v1/recognitions", "\"code\":\"recognition.busy\"")]
    [TestCase("/api/v1/verifications", "\"code\":\"recognition.busy\"")]
    public async Task Post_NoTurnLeft_IsRefusedBeforeTheBodyIsSent(string path, string told)
    {
        // A place is kept for a moment only, and a busy machine may take longer than that to ask for the second.
        for (var tries = 0; tries < 50; tries++)
        {
            using var first = await AskAsync("/recognize");
            var kept = await ReadAsync(first);
            using var second = await AskAsync(path);
            var answer = await ReadAsync(second);
            if (!kept.StartsWith("HTTP/1.1 100 ", StringComparison.Ordinal) || answer.StartsWith("HTTP/1.1 100 ", StringComparison.Ordinal))
                continue;

            Assert.That(answer, Does.StartWith("HTTP/1.1 503 "));
            Assert.That(answer, Does.Contain("Retry-After: 1\r\n"));
            Assert.That(answer, Does.Contain(told));
            return;
        }
        Assert.Fail("Nobody was refused.");
    }

    [Test]
    public async Task Post_TheBodyOfAnotherDoesNotCome_ThePlaceIsGivenOn()
    {
        using var stuck = await AskAsync("/recognize");
        await ReadAsync(stuck);
        await Task.Delay(TimeSpan.FromMilliseconds(400));

        var answer = await _server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    // The pool's least number of threads is the number of cores: with analyses on them nothing else would be answered.
    [Test]
    public async Task Health_MorePicturesThanThePoolHasThreads_IsAnswered()
    {
        using var enough = new CancellationTokenSource();
        var picture = DrawnFaces.Portrait(DrawnPerson.Ayu);
        var clients = Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested) await _server.PostAsync("/recognize", Form.Image(picture));
        })).ToArray();

        for (var i = 0; i < 20; i++) Assert.That((await _server.GetAsync("/health")).Status, Is.EqualTo(HttpStatusCode.OK));

        await enough.CancelAsync();
        await Task.WhenAll(clients);
    }

    /// <summary>Sends a request's head, and asks whether it may send the body.</summary>
    private async Task<Socket> AskAsync(string path)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _server.Address.Port);
        await socket.SendAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 50000\r\n" +
            "Expect: 100-continue\r\n\r\n"));
        return socket;
    }

    /// <summary>What has come when something has.</summary>
    private static async Task<string> ReadAsync(Socket socket)
    {
        var answer = new byte[4096];
        var read = await socket.ReceiveAsync(answer).WaitAsync(TimeSpan.FromSeconds(30));
        return Encoding.UTF8.GetString(answer, 0, read);
    }
}
