using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Imaging;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;

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
            "FACE_PROFILE=starter", "EVENT_COOLDOWN_SECONDS=0", $"CAMERA_PATHS={_folder},/dev", "CAMERA_ALLOW_NETWORKS=127.0.0.0/8");
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
        Assert.That(away.GetProperty("state_reason").GetString(), Is.Not.Empty);
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

    [Test]
    public async Task RtspCamera_WithDigest_IsSeenAgainAfterItWasAwayAndNeverShowsThePassword()
    {
        await _server.EnrollAsync("dewa", DrawnFaces.Portrait(DrawnPerson.Dewa));
        var picture = PictureOf(DrawnPerson.Dewa);
        await using var camera = RtspCamera.Start(picture);
        var (port, url) = (camera.Port, camera.Url);
        var source = JsonSerializer.Serialize(url);
        var credentials = $"\"user\":\"{RtspCamera.User}\",\"password\":{JsonSerializer.Serialize(RtspCamera.Password)}";

        var made = await AddAsync($$"""{"name":"Lobby","source":{{source}},{{credentials}},"device_id":"lobby-1","direction":"out"}""");
        var live = await UntilAsync(made, c => c.GetProperty("frames_taken").GetInt64() > 0);
        var commands = ChildrenOf("ffmpeg");
        await camera.DisposeAsync();
        var away = await UntilAsync(made, c => c.GetProperty("state").GetString() == "waiting");
        await using var again = RtspCamera.Start(picture, port);
        var back = await UntilAsync(made, c => c.GetProperty("state").GetString() == "live");

        Assert.That((await _server.GetAsync("/api/v1/attendance?student_id=dewa")).Body, Does.Contain("\"lobby-1\""));
        Assert.That(away.GetProperty("state_reason").GetString(), Is.Not.Empty);
        Assert.That(commands, Is.Not.Empty);
        Assert.That(back.GetProperty("source").GetString(), Is.EqualTo(url));
        foreach (var shown in new[] { live.GetRawText(), away.GetRawText(), string.Join('\n', commands) })
            Assert.That(shown, Does.Not.Contain("rahasia").And.Not.Contains(RtspCamera.User));
        await RemoveAsync(made);
        await UntilAsync(() => again.Watching == 0 && !ChildrenOf("ffmpeg").Any(c => c.Contains("rtsp_transport")));
    }

    [TestCase("wrong", "the camera refuses the user and password")]
    [TestCase("", "the camera asks for a user and a password")]
    public async Task RtspCamera_WithAnotherPassword_SaysSo(string password, string reason)
    {
        await using var camera = RtspCamera.Start(PictureOf(DrawnPerson.Ayu));
        var user = password.Length == 0 ? "null" : "\"viewer\"";

        var made = await AddAsync(
            $$"""{"name":"Locked","source":"{{camera.Url}}","user":{{user}},"password":"{{password}}","device_id":"locked-1"}""");
        var waiting = await UntilAsync(made, c => c.GetProperty("state").GetString() == "waiting");

        Assert.That(waiting.GetProperty("state_reason").GetString(), Is.EqualTo(reason));
        await RemoveAsync(made);
    }

    [Test]
    public async Task RtspCamera_ThatSendsOnToAnotherAddress_IsNotFollowed()
    {
        var picture = PictureOf(DrawnPerson.Ayu);
        await using var other = RtspCamera.Start(picture);
        await using var camera = RtspCamera.Start(picture);
        camera.Elsewhere = other.Url;
        var credentials = $"\"user\":\"{RtspCamera.User}\",\"password\":{JsonSerializer.Serialize(RtspCamera.Password)}";

        var made = await AddAsync($$"""{"name":"Sly","source":"{{camera.Url}}",{{credentials}},"device_id":"sly-1"}""");
        var waiting = await UntilAsync(made, c => c.GetProperty("state").GetString() == "waiting");

        Assert.That(waiting.GetProperty("state_reason").GetString(), Does.Contain("sends on to another address"));
        Assert.That(other.Opened, Is.Zero);
        await RemoveAsync(made);
    }

    [Test]
    public async Task Device_ThatIsNotThere_IsWaitedFor()
    {
        var made = await AddAsync($$"""{"name":"USB","source":"/dev/video97","device_id":"usb-1"}""");

        var waiting = await UntilAsync(made, c => c.GetProperty("state").GetString() == "waiting");

        Assert.That(waiting.GetProperty("state_reason").GetString(), Does.Contain("No such file or directory"));
        await RemoveAsync(made);
    }

    [Test]
    public async Task Replaced_ByAnotherSource_LeavesTheOldOneAtOnce()
    {
        await using var first = await MjpegCamera.StartAsync(JpegOf(DrawnPerson.Ayu));
        await using var second = RtspCamera.Start(PictureOf(DrawnPerson.Ayu));
        var made = await AddAsync(BodyOf(first.Url, MjpegCamera.User, MjpegCamera.Password, "true"));
        await UntilAsync(() => first.Watching == 1);

        await PutAsync(made, BodyOf(second.Url, RtspCamera.User, RtspCamera.Password, "true"));
        await UntilAsync(() => first.Watching == 0 && second.Watching == 1);
        await PutAsync(made, BodyOf(second.Url, null, null, "false"));
        await UntilAsync(() => second.Watching == 0);
        var state = (await _server.GetAsync($"/api/v1/cameras/{made}")).Json.GetProperty("state").GetString();

        Assert.That(state, Is.EqualTo("disabled"));
        await RemoveAsync(made);

        static string BodyOf(string source, string? user, string? password, string enabled) =>
            $$"""{"name":"Moved","source":"{{source}}","user":{{Quote(user)}},"password":{{Quote(password)}}""" +
            $$""","device_id":"moved-1","enabled":{{enabled}}}""";

        static string Quote(string? text) => text is null ? "null" : JsonSerializer.Serialize(text);
    }

    [TestCase("json")]
    [TestCase("messagepack")]
    public async Task PushedFrames_OfAStudent_AreRecordedAndShownAsThoseOfAnyCamera(string protocol)
    {
        var (device, student) = ($"tablet-{protocol}", await EnrolAsync(protocol == "json" ? (250, 220, 190) : (90, 60, 40)));
        var made = await AddAsync($$"""{"name":"Tablet","source":"push","device_id":"{{device}}","frames_per_second":30}""");
        var before = await _server.GetAsync($"/api/v1/cameras/{made}");
        await using var client = await ClientAsync(await KeyAsync("recognize"), protocol);
        using var stopping = new CancellationTokenSource();

        var pushing = client.InvokeAsync("Push", made, FramesAsync(student.Picture, protocol, stopping.Token));
        var live = await UntilAsync(
            made, c => c.GetProperty("frames_taken").GetInt64() > 1 && c.GetProperty("frames_dropped").GetInt64() > 0);
        var still = await _server.Http.GetByteArrayAsync($"/api/v1/cameras/{made}/still");
        await using var second = await ClientAsync(await KeyAsync("recognize"), protocol);
        var refused = Assert.ThrowsAsync<HubException>(
            () => second.InvokeAsync("Push", made, FramesAsync(student.Picture, protocol, stopping.Token)));
        await stopping.CancelAsync();
        await pushing;
        var after = await UntilAsync(made, c => c.GetProperty("state").GetString() == "waiting");

        Assert.That(before.Json.GetProperty("state_reason").GetString(), Is.EqualTo("no client sends its frames"));
        Assert.That(live.GetProperty("state").GetString(), Is.EqualTo("live"));
        Assert.That(still, Is.EqualTo(student.Picture));
        Assert.That(refused!.Message, Does.Contain("camera.push_taken"));
        Assert.That(after.GetProperty("last_frame_at").ValueKind, Is.EqualTo(JsonValueKind.String));
        Assert.That((await _server.GetAsync($"/api/v1/attendance?student_id={student.Id}")).Body, Does.Contain($"\"{device}\""));
        await RemoveAsync(made);
    }

    [Test]
    public async Task PushedFrames_OutsideHoursOrRegionOrTooSmall_AreNobodysAttendance()
    {
        var student = await EnrolAsync((180, 120, 160));
        var today = _server.Services.GetRequiredService<ISchoolCalendars>().Of(SchoolId.First).LocalOf(DateTimeOffset.UtcNow);
        var other = today.AddDays(2).DayOfWeek.ToString().ToLowerInvariant();
        await using var client = await ClientAsync(await KeyAsync("recognize"), "messagepack");
        string[] limits =
        [
            $$""","hours":{"weekdays":["{{other}}"],"from":"00:00","to":"23:59"}""",
            ""","region":{"left":0,"top":0,"width":0.05,"height":0.05}""", ""","min_face_px":3000""",
        ];
        foreach (var (limit, i) in limits.Select((l, i) => (l, i)))
        {
            var made = await AddAsync($$"""{"name":"L{{i}}","source":"push","device_id":"limit-{{i}}"{{limit}}}""");
            using var stopping = new CancellationTokenSource();

            var pushing = client.InvokeAsync("Push", made, FramesAsync(student.Picture, "messagepack", stopping.Token));
            var camera = await UntilAsync(
                made, c => c.GetProperty("state").GetString() == "off_hours" || c.GetProperty("frames_taken").GetInt64() > 1);
            await stopping.CancelAsync();
            await pushing;

            Assert.That(camera.GetProperty("state").GetString(), Is.EqualTo(i == 0 ? "off_hours" : "live"), limit);
            await RemoveAsync(made);
        }

        Assert.That((await _server.GetAsync($"/api/v1/attendance?student_id={student.Id}")).Body, Does.Contain("\"items\":[]"));
    }

    [Test]
    public async Task Push_OfWhatIsNotTheCallers_IsRefusedAndSaysWhy()
    {
        var pushed = await AddAsync("""{"name":"P","source":"push","device_id":"pushed-1"}""");
        var opened = await AddAsync($$"""{"name":"O","source":"{{VideoOf(DrawnPerson.Ayu)}}","device_id":"opened-1","enabled":false}""");
        var off = await AddAsync("""{"name":"F","source":"push","device_id":"off-1","enabled":false}""");
        var device = await _server.PostAsync(
            "/api/v1/devices", RunningServer.Json("""{"name":"Kiosk","device_id":"kiosk-9","scopes":["recognize"]}"""));
        await using var program = await ClientAsync(await KeyAsync("recognize"), "json");
        await using var kiosk = await ClientAsync(device.Json.GetProperty("key").GetString()!, "json");
        await using var reader = new HubConnectionBuilder()
            .WithUrl(new Uri(_server.Address, $"/hubs/cameras?access_token={await KeyAsync("attendance:read")}")).Build();

        Assert.That(await RefusalAsync(program, Guid.NewGuid().ToString()), Does.Contain("camera.not_found"));
        Assert.That(await RefusalAsync(program, "gate"), Does.Contain("camera.not_found"));
        Assert.That(await RefusalAsync(program, opened), Does.Contain("camera.not_pushed"));
        Assert.That(await RefusalAsync(program, off), Does.Contain("camera.disabled"));
        Assert.That(await RefusalAsync(program, pushed, "text"u8.ToArray()), Does.Contain("camera.not_a_frame"));
        Assert.That(await RefusalAsync(kiosk, pushed), Does.Contain("camera.other_device"));
        Assert.That(() => reader.StartAsync(), Throws.TypeOf<HttpRequestException>().With.Message.Contains("403"));
        foreach (var id in new[] { pushed, opened, off }) await RemoveAsync(id);
    }

    [Test]
    public async Task Push_OfACameraThatIsChanged_EndsAndMayBeginAgain()
    {
        var made = await AddAsync("""{"name":"Moved","source":"push","device_id":"changed-1"}""");
        await using var client = await ClientAsync(await KeyAsync("recognize"), "messagepack");
        using var stopping = new CancellationTokenSource();
        var picture = JpegOf(DrawnPerson.Ayu);
        var pushing = client.InvokeAsync("Push", made, FramesAsync(picture, "messagepack", stopping.Token));
        await UntilAsync(made, c => c.GetProperty("state").GetString() == "live");

        await PutAsync(made, """{"name":"Moved","source":"push","device_id":"changed-2"}""");
        var ended = Assert.ThrowsAsync<HubException>(() => pushing);
        var again = client.InvokeAsync("Push", made, FramesAsync(picture, "messagepack", stopping.Token));
        var live = await UntilAsync(made, c => c.GetProperty("state").GetString() == "live");
        await stopping.CancelAsync();
        await again;

        Assert.That(ended!.Message, Does.Contain("camera.push_ended"));
        Assert.That(live.GetProperty("device_id").GetString(), Is.EqualTo("changed-2"));
        await RemoveAsync(made);
    }

    private static async Task<string> RefusalAsync(HubConnection client, string camera, byte[]? frame = null)
    {
        using var stopping = new CancellationTokenSource(Patience);
        frame ??= JpegOf(DrawnPerson.Ayu);
        var fault = await Task.Run(
            () => Assert.ThrowsAsync<HubException>(() => client.InvokeAsync("Push", camera, FramesAsync(frame, "json", stopping.Token))));
        return fault!.Message;
    }

    /// <summary>A hundred a second.</summary>
    private static async IAsyncEnumerable<object> FramesAsync(
        byte[] picture, string protocol, [EnumeratorCancellation] CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            yield return protocol == "json" ? Convert.ToBase64String(picture) : picture;
            await Task.Delay(10, CancellationToken.None);
        }
    }

    private async Task<HubConnection> ClientAsync(string key, string protocol)
    {
        var builder = new HubConnectionBuilder().WithUrl(
            new Uri(_server.Address, "/hubs/cameras"), options => options.AccessTokenProvider = () => Task.FromResult<string?>(key));
        if (protocol == "messagepack") builder.AddMessagePackProtocol();
        var client = builder.Build();
        await client.StartAsync();
        return client;
    }

    private async Task<string> KeyAsync(string scope) =>
        (await _server.PostAsync("/api/v1/api-keys", RunningServer.Json($$"""{"name":"test","scopes":["{{scope}}"]}""")))
            .Json.GetProperty("key").GetString()!;

    /// <summary>A student of the skin, whom no other test sees.</summary>
    private async Task<(string Id, byte[] Picture)> EnrolAsync((double, double, double) skin)
    {
        var (id, person) = ($"seen-{Guid.NewGuid():N}", DrawnPerson.Ayu with { Skin = skin, Hair = (240, 240, 240) });
        var enrolled = await _server.PostAsync("/enroll?override_duplicate=true&reason=test",
            Form.With(("student_id", id)).File("image", DrawnFaces.Portrait(person)));
        Assert.That(enrolled.Status, Is.EqualTo(HttpStatusCode.OK), enrolled.Body);
        return (id, JpegOf(person));
    }

    private string PictureOf(DrawnPerson person)
    {
        var picture = Path.Combine(_folder, $"{Guid.NewGuid():N}.jpg");
        File.WriteAllBytes(picture, DrawnFaces.Portrait(person));
        return picture;
    }

    /// <summary>The command lines of this process's children.</summary>
    private static List<string> ChildrenOf(string program)
    {
        var found = new List<string>();
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(d => Path.GetFileName(d).All(char.IsAsciiDigit)))
        {
            try
            {
                var parent = File.ReadAllText(Path.Combine(folder, "stat")).Split(") ")[^1].Split(' ')[1];
                var command = File.ReadAllText(Path.Combine(folder, "cmdline")).Replace('\0', ' ');
                if (parent == $"{Environment.ProcessId}" && command.StartsWith(program, StringComparison.Ordinal)) found.Add(command);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It ended.
            }
        }
        return found;
    }

    private string VideoOf(DrawnPerson person)
    {
        var picture = PictureOf(person);
        var video = Path.ChangeExtension(picture, ".mp4");
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

    private async Task PutAsync(string id, string body)
    {
        using var put = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/cameras/{id}") { Content = RunningServer.Json(body) };
        var answer = await _server.Http.SendAsync(put);
        Assert.That(answer.StatusCode, Is.EqualTo(HttpStatusCode.OK), await answer.Content.ReadAsStringAsync());
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
