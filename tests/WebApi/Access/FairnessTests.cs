using System.Net;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.Access;

/// <summary>Who floods the models is refused, and nobody else.</summary>
public sealed class FairnessTests
{
    private const int Asked = 8;

    // Much to analyze and little to upload.
    private static readonly byte[] Crowd = DrawnFaces.Picture(
        640, 480, 1, [.. Enumerable.Range(0, 20).Select(i => new DrawnFace(DrawnPerson.Ayu, 70 + (i % 5 * 125), 60 + (i / 5 * 120), 40))]);

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() =>
        _server = await RunningServer.StartAsync("FACE_PROFILE=starter", "FACE_QUEUE_LENGTH=4", "EVENT_COOLDOWN_SECONDS=0");

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Recognize_OneSchoolFloods_TheOthersRequestsAreAllAnswered()
    {
        var other = (await _server.Services.GetRequiredService<OperatorAccess>().AddSchoolAsync("Second", CancellationToken.None)).Key
            .Reveal();

        var (flood, answers) = await FloodAsync(key: null, other);

        Assert.That(flood, Does.Contain(HttpStatusCode.ServiceUnavailable).And.Contain(HttpStatusCode.OK));
        Assert.That(answers, Has.Count.EqualTo(Asked).And.All.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task Recognize_OneKeyFloods_TheOtherKeysOfTheSchoolAreAllAnswered()
    {
        var (flooding, other) = (await KeyAsync(), await KeyAsync());

        var (flood, answers) = await FloodAsync(flooding, other);

        Assert.That(flood, Does.Contain(HttpStatusCode.ServiceUnavailable).And.Contain(HttpStatusCode.OK));
        Assert.That(answers, Has.Count.EqualTo(Asked).And.All.EqualTo(HttpStatusCode.OK));
    }

    /// <summary>24 connections that post without a pause, and one that posts picture after picture meanwhile.</summary>
    private async Task<(IReadOnlyCollection<HttpStatusCode> Flood, IReadOnlyList<HttpStatusCode> Answers)> FloodAsync(
        string? key, string modest)
    {
        using var enough = new CancellationTokenSource();
        var flood = new System.Collections.Concurrent.ConcurrentQueue<HttpStatusCode>();
        var flooding = Enumerable.Range(0, 24).Select(_ => Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested) flood.Enqueue(await RecognizeAsync(key));
        })).ToArray();
        while (!flood.Contains(HttpStatusCode.ServiceUnavailable)) await Task.WhenAny([Task.Delay(5), .. flooding]);

        var answers = new List<HttpStatusCode>();
        for (var i = 0; i < Asked; i++) answers.Add(await RecognizeAsync(modest));
        await enough.CancelAsync();
        await Task.WhenAll(flooding);
        return (flood, answers);
    }

    private async Task<HttpStatusCode> RecognizeAsync(string? key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/recognize") { Content = Form.Image(Crowd) };
        if (key is not null) request.Headers.Authorization = new("Bearer", key);
        return (await Answer.OfAsync(await _server.Http.SendAsync(request))).Status;
    }

    private async Task<string> KeyAsync() => (await _server.PostAsync(
        "/api/v1/api-keys", RunningServer.Json("""{"name":"camera","scopes":["recognize"]}"""))).Json.GetProperty("key").GetString()!;
}
