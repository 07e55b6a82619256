using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Operations;

public sealed class DatabaseAwayTests
{
    [Test]
    public async Task AnyRoute_DatabaseStopsAndReturns_Is503AndThenWorksAgain()
    {
        await using var cluster = await PostgresCluster.StartPrivateAsync();
        await using var database = await cluster.CreateDatabaseAsync();
        await using var server = await RunningServer.StartOnAsync(database.ConnectionString);
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        var picture = DrawnFaces.Portrait(DrawnPerson.Ayu, 1);

        await cluster.StopServerAsync();
        var enroll = await server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra));
        var dispatch = await server.PostAsync("/recognize/realtime", Form.Image(picture));
        var resource = await server.GetAsync("/api/v1/students/ayu");
        var recognize = await server.PostAsync("/recognize", Form.Image(picture));
        var live = await server.GetAsync("/health/live");
        var ready = await server.GetAsync("/health/ready");
        var metrics = await server.GetAsync("/metrics");
        await cluster.StartServerAsync();
        var enrolledAfter = await UntilOkAsync(() => server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra)));
        var readyAfter = await UntilOkAsync(() => server.GetAsync("/health/ready"));

        foreach (var answer in new[] { enroll, dispatch, resource })
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable), answer.Body);
            Assert.That(answer.Json.GetProperty("code").GetString(), Does.EndWith("database_unavailable"));
            Assert.That(answer.Headers.RetryAfter, Is.Not.Null);
        }
        Assert.That(recognize.Body, Does.Contain("\"label\":\"ayu\""), "the gallery is in memory");
        Assert.That(live.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(ready.Body,
            Is.EqualTo(
                """{"status":"not_ready","checks":{"database":"failed","models":"ok","gallery":"ok","delivery":"ok","running":"ok"}}"""));
        Assert.That(ready.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(metrics.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(metrics.Body, Does.Contain("\nfaceattendance_database_up 0\n").And.Not.Contains("faceattendance_outbox"));
        Assert.That(enrolledAfter.Json.GetProperty("saved").GetInt32(), Is.EqualTo(1));
        Assert.That(readyAfter.Status, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task LivenessSocket_DatabaseStops_FramesAreJudgedAndTheCloseIsAnOrderlyOne()
    {
        await using var cluster = await PostgresCluster.StartPrivateAsync();
        await using var database = await cluster.CreateDatabaseAsync();
        await using var server = await RunningServer.StartOnAsync(database.ConnectionString, "FACE_PROFILE=starter");
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + await server.NewTokenAsync("device"));
        await socket.ConnectAsync(server.WebSocket("/ws/liveness/?user_id=ayu"), patience.Token);

        var errors = new List<string?>();
        // As many pictures as are worth remembering, which the database cannot.
        for (var variant = 0; variant < 6; variant++)
        {
            var buffer = new byte[4096];
            await socket.SendAsync(DrawnFaces.Portrait(DrawnPerson.Ayu, variant), WebSocketMessageType.Binary, true, patience.Token);
            var part = await socket.ReceiveAsync(buffer, patience.Token);
            using var answer = JsonDocument.Parse(buffer.AsMemory(0, part.Count));
            errors.Add(answer.RootElement.GetProperty("error").GetString());
            if (variant == 0) await cluster.StopServerAsync();
        }
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);

        Assert.That(errors, Is.All.Not.EqualTo("Internal server error"));
        Assert.That(errors.Count(e => e is null), Is.GreaterThanOrEqualTo(4), string.Join(", ", errors));
        Assert.That(socket.CloseStatus, Is.EqualTo(WebSocketCloseStatus.NormalClosure));
    }

    // A pooled connection may be found dead once more before the pool is renewed.
    private static async Task<Answer> UntilOkAsync(Func<Task<Answer>> ask)
    {
        for (var tries = 0; ; tries++)
        {
            var answer = await ask();
            if (answer.Status == HttpStatusCode.OK || tries == 20) return answer;
            await Task.Delay(250);
        }
    }
}
