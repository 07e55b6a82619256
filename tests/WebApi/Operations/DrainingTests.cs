using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.SignalR.Client;

namespace FaceAttendance.WebApi.Tests.Operations;

[Parallelizable(ParallelScope.None)]
public sealed class DrainingTests
{
    // As a proxy sends it that keeps no connection: one that changes something, which nobody may send again.
    private static byte[] PostTo(Uri server) => Encoding.ASCII.GetBytes(
        $"POST /mock/webhook HTTP/1.1\r\nHost: {server.Authority}\r\nContent-Type: application/json\r\nContent-Length: 20\r\n" +
        "Connection: close\r\n\r\n{\"student_id\":\"ayu\"}");

    [Test]
    public async Task Stop_ClientsThatComeAllTheTime_AreAnsweredOrNeverLetIn()
    {
        await using var server = await RunningServer.StartAsync("DRAIN_SECONDS=1");
        var (answered, turnedAway) = (0, 0);
        var lost = new ConcurrentBag<string>();
        var post = PostTo(server.Address);
        using var enough = new CancellationTokenSource();

        var clients = Enumerable.Range(0, 24).Select(_ => Task.Run(AskAsync)).ToArray();
        while (Volatile.Read(ref answered) < 100) await Task.Delay(10);
        await server.StopAsync();
        await enough.CancelAsync();
        await Task.WhenAll(clients);

        TestContext.Out.WriteLine($"{answered} answered, {turnedAway} not let in");
        Assert.That(lost, Is.Empty);
        Assert.That(answered, Is.Positive);
        Assert.That(turnedAway, Is.Positive);

        async Task AskAsync()
        {
            while (!enough.IsCancellationRequested)
            {
                using var client = new TcpClient();
                try
                {
                    await client.ConnectAsync(server.Address.Host, server.Address.Port);
                }
                catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
                {
                    Interlocked.Increment(ref turnedAway);
                    return;
                }
                try
                {
                    await client.GetStream().WriteAsync(post);
                    using var reader = new StreamReader(client.GetStream());
                    var answer = await reader.ReadToEndAsync();
                    if (answer.StartsWith("HTTP/1.1 200", StringComparison.Ordinal)) Interlocked.Increment(ref answered);
                    else lost.Add($"'{answer}'");
                }
                catch (IOException e)
                {
                    lost.Add(e.Message);
                }
            }
        }
    }

    [Test]
    public async Task Stop_ClientThatKeepsItsConnection_IsServedAndToldToMakeAnother()
    {
        await using var server = await RunningServer.StartAsync("DRAIN_SECONDS=2");
        var before = await server.GetAsync("/health/live");

        var stopping = server.StopAsync();
        var meanwhile = await server.GetAsync("/health/live");
        await stopping;

        Assert.That(before.Headers.ConnectionClose, Is.Null);
        Assert.That(meanwhile.Body, Is.EqualTo(before.Body));
        Assert.That(meanwhile.Headers.ConnectionClose, Is.True);
    }

    [TestCase("DRAIN_SECONDS=0")]
    [TestCase("DRAIN_SECONDS=1")]
    public async Task Stop_HubsClients_AreTakenLeaveOfAndComeBackIfTheyMay(string draining)
    {
        await using var server = await RunningServer.StartAsync(draining);
        await using var plain = new HubConnectionBuilder().WithUrl(new Uri(server.Address, "/hubs/recognitions")).Build();
        await using var faithful = new HubConnectionBuilder().WithUrl(new Uri(server.Address, "/hubs/recognitions"))
            .WithAutomaticReconnect().Build();
        var closed = new TaskCompletionSource<Exception?>();
        var returning = new TaskCompletionSource<Exception?>();
        plain.Closed += fault => Told(closed, fault);
        faithful.Reconnecting += fault => Told(returning, fault);
        await plain.StartAsync();
        await faithful.StartAsync();

        await server.StopAsync();

        Assert.That(await closed.Task, Is.Null);
        Assert.That(await returning.Task, Is.Null);

        static Task Told(TaskCompletionSource<Exception?> source, Exception? fault)
        {
            source.TrySetResult(fault);
            return Task.CompletedTask;
        }
    }

    [Test]
    public async Task Stop_Listener_HearsUntilTheServerHasDrained()
    {
        await using var server = await RunningServer.StartAsync("DRAIN_SECONDS=2");
        using var listener = new ClientWebSocket();
        await listener.ConnectAsync(server.WebSocket("/ws/recognitions"), default);
        var heard = listener.ReceiveAsync(new byte[1024], default);

        var stopping = server.StopAsync();
        var ready = await server.GetAsync("/health/ready");
        var isOpenMeanwhile = !heard.IsCompleted;
        await heard;
        await listener.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
        await stopping;

        Assert.That(ready.Json.GetProperty("checks").GetProperty("running").GetString(), Is.EqualTo("failed"));
        Assert.That(isOpenMeanwhile, Is.True);
        Assert.That(listener.CloseStatus, Is.EqualTo(WebSocketCloseStatus.EndpointUnavailable));
    }
}
