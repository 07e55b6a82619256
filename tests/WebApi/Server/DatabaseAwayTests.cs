using System.Net;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Server;

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
        Assert.That(ready.Body, Is.EqualTo("""{"status":"not_ready","checks":{"database":"failed","models":"ok","gallery":"ok","delivery":"ok","running":"ok"}}"""));
        Assert.That(ready.Status, Is.EqualTo(HttpStatusCode.ServiceUnavailable));
        Assert.That(metrics.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(metrics.Body, Does.Contain("\nfaceattendance_database_up 0\n").And.Not.Contains("faceattendance_outbox"));
        Assert.That(enrolledAfter.Json.GetProperty("saved").GetInt32(), Is.EqualTo(1));
        Assert.That(readyAfter.Status, Is.EqualTo(HttpStatusCode.OK));
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
