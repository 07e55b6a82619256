using System.Net;
using System.Text.Json;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.SignalR.Client;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>/api/v1/cameras: what the server itself looks through, with a real ffmpeg.</summary>
public sealed class CameraTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private string _folder = null!;
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _folder = Directory.CreateTempSubdirectory("cameras").FullName;
        _server = await RunningServer.StartAsync(
            "FACE_PROFILE=starter", "EVENT_COOLDOWN_SECONDS=0", $"CAMERA_PATHS={_folder}", "CAMERA_ALLOW_NETWORKS=127.0.0.0/8");
        await _server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await _server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task VideoFile_OfAStudent_IsRecordedAndHeardLive()
    {
        await using var live = new HubConnectionBuilder().WithUrl(new Uri(_server.Address, "/hubs/recognitions")).Build();
        var heard = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        live.On<JsonElement>("recognized", told =>
        {
            if (told.GetProperty("student_id").GetString() == "citra") heard.TrySetResult(told);
        });
        await live.StartAsync();
        var video = VideoOf(DrawnPerson.Citra);

        var made = await AddAsync($$"""{"name":"Hall","source":"{{video}}","device_id":"hall-1","location_id":"hall","direction":"in"}""");
        var told = await heard.Task.WaitAsync(Patience);
        var camera = await UntilAsync(made, c => c.GetProperty("frames_taken").GetInt64() > 1);

        Assert.That(told.GetProperty("student_id").GetString(), Is.EqualTo("citra"));
        Assert.That(camera.GetProperty("state").GetString(), Is.EqualTo("live"));
        Assert.That(camera.GetProperty("measured_frames_per_second").GetDouble(), Is.InRange(0.5, 6));
        var record = (await _server.GetAsync("/api/v1/attendance?student_id=citra")).Json.GetProperty("items")[0];
        Assert.That(record.GetProperty("evidence").GetProperty("device_id").GetString(), Is.EqualTo("hall-1"));
        Assert.That(record.GetProperty("evidence").GetProperty("location_id").GetString(), Is.EqualTo("hall"));
        Assert.That(record.GetProperty("evidence").GetProperty("direction").GetString(), Is.EqualTo("in"));
        await RemoveAsync(made);
    }

    [Test]
    public async Task HttpCamera_WithPassword_IsSeenAgainAfterItWasAwayAndNeverShowsIt()
    {
        await using var camera = await MjpegCamera.StartAsync(JpegOf(DrawnPerson.Ayu));
        var port = camera.Port;
        var source = $"http://{MjpegCamera.User}:{Uri.EscapeDataString(MjpegCamera.Password)}@127.0.0.1:{port}/video";

        var made = await AddAsync($$"""{"name":"Gate","source":"{{source}}","device_id":"gate-1"}""");
        await UntilAsync(made, c => c.GetProperty("frames_taken").GetInt64() > 0);
        var still = await _server.Http.GetAsync($"/api/v1/cameras/{made}/still");
        var picture = await still.Content.ReadAsByteArrayAsync();
        await camera.DisposeAsync();
        var away = await UntilAsync(made, c => c.GetProperty("state").GetString() == "waiting");
        await using var again = await MjpegCamera.StartAsync(JpegOf(DrawnPerson.Ayu), port);
        var back = await UntilAsync(made, c => c.GetProperty("state").GetString() == "live");

        Assert.That((await _server.GetAsync("/api/v1/attendance?student_id=ayu")).Body, Does.Contain("\"gate-1\""));
        Assert.That(still.Content.Headers.ContentType!.MediaType, Is.EqualTo("image/jpeg"));
        Assert.That(still.Headers.CacheControl!.NoStore, Is.True);
        Assert.That(picture[..2], Is.EqualTo(new byte[] { 0xFF, 0xD8 }));
        Assert.That(away.GetProperty("reason").GetString(), Is.Not.Empty);
        Assert.That(back.GetProperty("source").GetString(), Is.EqualTo($"http://127.0.0.1:{port}/video"));
        Assert.That(back.GetProperty("has_credentials").GetBoolean(), Is.True);
        foreach (var shown in new[] { away.GetRawText(), back.GetRawText(), (await _server.GetAsync("/api/v1/audit?limit=200")).Body })
            Assert.That(shown, Does.Not.Contain("rahasia").And.Not.Contains(MjpegCamera.User));
        Assert.That(
            await _server.Database.ReadAsync<long>($"SELECT count(*) FROM audit WHERE action = 'camera.viewed' AND subject = '{made}'"),
            Is.EqualTo(1));
        Assert.That(
            await _server.Database.ReadAsync<long>("SELECT count(*) FROM cameras WHERE cameras::text ~ 'rahasia|viewer|/video'"),
            Is.Zero);
        await RemoveAsync(made);
        await UntilAsync(() => again.Watching == 0);
    }

    private string VideoOf(DrawnPerson person)
    {
        var picture = Path.Combine(_folder, $"{Guid.NewGuid():N}.jpg");
        var video = Path.ChangeExtension(picture, ".mp4");
        File.WriteAllBytes(picture, DrawnFaces.Portrait(person));
        GeneratedVideo.WriteStill(video, picture, seconds: 2);
        return video;
    }

    private static byte[] JpegOf(DrawnPerson person) => ImageCanvas.Open(DrawnFaces.Portrait(person)).Value.Encode(".jpg");

    private async Task<string> AddAsync(string body)
    {
        var made = await _server.PostAsync("/api/v1/cameras", RunningServer.Json(body));
        Assert.That(made.Status, Is.EqualTo(HttpStatusCode.Created), made.Body);
        return made.Json.GetProperty("id").GetString()!;
    }

    private async Task RemoveAsync(string id) =>
        Assert.That((await _server.DeleteAsync($"/api/v1/cameras/{id}")).Status, Is.EqualTo(HttpStatusCode.NoContent));

    private async Task<JsonElement> UntilAsync(string id, Func<JsonElement, bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var camera = await _server.GetAsync($"/api/v1/cameras/{id}");
            if (isSo(camera.Json)) return camera.Json;
            if (patience.IsCancellationRequested) Assert.Fail($"It never came to be so: {camera.Body}");
            await Task.Delay(200);
        }
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo()) await Task.Delay(100, patience.Token);
    }
}
