using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Contract;

/// <summary>Frames that name their device: followed, and answered as ever.</summary>
public sealed class TrackTests
{
    private static readonly byte[] Ayu = DrawnFaces.Portrait(DrawnPerson.Ayu, 4);
    private static readonly byte[] Citra = DrawnFaces.Portrait(DrawnPerson.Citra, 4);

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [Test]
    public async Task Realtime_SamePictureTwiceFromADevice_IsAnsweredAsWithoutOne()
    {
        var device = Device();
        var alone = await PostAsync(Ayu, device: null);

        var first = await PostAsync(Ayu, device);
        var second = await PostAsync(Ayu, device);

        Assert.That(alone, Does.Contain("\"label\":\"ayu\""));
        Assert.That((first, second), Is.EqualTo((alone, alone)));
    }

    [Test]
    public async Task Realtime_DeviceThatShowsOneAfterAnotherInTheSamePlace_IsRightEachTime()
    {
        var device = Device();
        byte[][] shown = [Ayu, Citra, Citra, Ayu, Citra];
        var alone = new List<string>();
        foreach (var picture in shown) alone.Add(await PostAsync(picture, device: null));

        var followed = new List<string>();
        foreach (var picture in shown) followed.Add(await PostAsync(picture, device));

        Assert.That(followed, Is.EqualTo(alone));
    }

    [Test]
    public async Task Realtime_StudentErasedWhileBeforeTheCamera_IsNamedNoMore()
    {
        var (device, student) = (Device(), $"seen-{Guid.NewGuid():N}");
        var person = DrawnPerson.Ayu with { Skin = (120, 80, 60), Hair = (240, 240, 240) };
        var picture = DrawnFaces.Portrait(person, 5);
        await _server.PostAsync("/enroll?override_duplicate=true&reason=test",
            Form.With(("student_id", student)).File("image", DrawnFaces.Portrait(person)));
        var before = await PostAsync(picture, device);

        await _server.DeleteAsync($"/api/v1/students/{student}");
        var after = await PostAsync(picture, device);

        Assert.That(before, Does.Contain($"\"label\":\"{student}\""));
        Assert.That(after, Does.Not.Contain(student));
    }

    private static string Device() => $"camera-{Guid.NewGuid():N}";

    /// <returns>The faces as they were answered.</returns>
    private async Task<string> PostAsync(byte[] picture, string? device)
    {
        var answer = await _server.PostAsync($"/recognize/realtime{(device is null ? "" : $"?device_id={device}")}", Form.Image(picture));
        return answer.Json.GetProperty("results").GetRawText();
    }
}
