using System.Net;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

public sealed class TemplateKeyTests
{
    [Test]
    public async Task Rotation_NewKeyFirst_MovesEveryRowWhileFacesAreStillRecognised()
    {
        await using var before = await RunningServer.StartAsync();
        await before.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await before.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra));
        await using var server =
            await RunningServer.StartOnAsync(before.Database.ConnectionString, $"SERVER_KEYS={TestKeys.Second},{TestKeys.First}");

        var due = await server.GetAsync("/api/v1/template-keys");
        var done = await server.PostAsync("/api/v1/template-keys/rotation", null);
        var again = await server.PostAsync("/api/v1/template-keys/rotation", null);

        Assert.That(due.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(due.Body,
            Is.EqualTo(
                """{"current_key":"test-2","remaining":9,"keys":[{"id":"test-1","rows":2,"secrets":7,"is_here":true},{"id":"test-2","rows":0,"secrets":0,"is_here":true}]}"""));
        Assert.That(done.Body, Does.StartWith("""{"rotated":9,"current_key":"test-2","remaining":0,"""));
        Assert.That(again.Body, Does.StartWith("""{"rotated":0,"""));
        await using var after = await RunningServer.StartOnAsync(before.Database.ConnectionString, $"SERVER_KEYS={TestKeys.Second}");
        var found = await after.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        Assert.That(found.Json.GetProperty("results")[0].GetProperty("label").GetString(), Is.EqualTo("ayu"));
    }
}
