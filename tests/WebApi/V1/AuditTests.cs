using System.Net;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

public sealed class AuditTests
{
    [Test]
    public async Task Audit_EnrolListAndRemove_TellsWhoDidWhatToWhom()
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await server.EnrollAsync("citra", DrawnFaces.Portrait(DrawnPerson.Citra));
        await server.GetAsync("/api/v1/students/ayu/faces");
        await server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        await server.DeleteAsync("/api/v1/students/ayu");

        var page = await server.GetAsync("/api/v1/audit?limit=3");
        var rest = await server.GetAsync($"/api/v1/audit?limit=3&before={page.Json.GetProperty("next").GetInt64()}");
        var ofAyu = await server.GetAsync("/api/v1/audit?subject=ayu&action=template.listed&actor=local&from=2020-01-01T00:00:00Z");
        var future = await server.GetAsync("/api/v1/audit?from=2999-01-01T00:00:00Z");

        Assert.That(Entries(page),
            Is.EqualTo((string[])["5 local student.removed ayu", "4 local template.listed ayu", "3 local template.enrolled citra"]));
        Assert.That(Entries(rest),
            Has.Exactly(2).Items.And.Some.EqualTo("2 local template.enrolled ayu").And.Some.StartsWith("1 server key.made key:"));
        Assert.That(rest.Json.GetProperty("next").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
        Assert.That(Entries(ofAyu), Is.EqualTo((string[])["4 local template.listed ayu"]));
        Assert.That(Entries(future), Is.Empty);
    }

    [Test]
    public async Task Audit_UserAddedAndDisabled_TellsItOnceEach()
    {
        await using var server = await RunningServer.StartAsync();
        await server.AddUserAsync("dewi", "operator");
        await server.AddUserAsync("dewi", "operator");
        using var disable = new HttpRequestMessage(HttpMethod.Patch, "/api/v1/users/dewi")
        {
            Content = RunningServer.Json("""{"disabled":true}"""),
        };
        await server.Http.SendAsync(disable);

        var log = await server.GetAsync("/api/v1/audit");

        var entries = Entries(log).Where(e => e.Contains(" user.", StringComparison.Ordinal)).ToList();
        Assert.That(entries, Is.EqualTo((string[])["3 local user.changed user:dewi", "2 local user.added user:dewi"]));
        Assert.That(log.Body, Does.Contain("\"disabled\": true"));
    }

    [Test]
    public async Task Verification_HandEditedRow_IsFound()
    {
        await using var server = await RunningServer.StartAsync();
        await server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await server.GetAsync("/api/v1/students/ayu/faces");

        var whole = (await server.GetAsync("/api/v1/audit/verification")).Json;
        var head = whole.GetProperty("head").GetString();
        var noted = (await server.GetAsync($"/api/v1/audit/verification?rows=3&head={head}")).Json;
        var otherHead = (await server.GetAsync($"/api/v1/audit/verification?rows=2&head={head}")).Json;
        await server.Database.ExecuteAsync(
            "ALTER TABLE audit DISABLE TRIGGER audit_is_append_only; UPDATE audit SET actor = 'user:else' WHERE seq = 2");
        var edited = await server.GetAsync("/api/v1/audit/verification");

        Assert.That((whole.GetProperty("ok").GetBoolean(), whole.GetProperty("rows").GetInt64(), head!.Length), Is.EqualTo((true, 3, 64)));
        Assert.That(noted.GetProperty("ok").GetBoolean(), Is.True);
        Assert.That(otherHead.GetProperty("fault").GetString(), Is.EqualTo("not_as_noted"));
        Assert.That(edited.Body, Does.Contain("\"ok\":false").And.Contains("\"fault\":\"changed\",\"at\":2"));
    }

    [TestCase("/api/v1/audit?from=yesterday")]
    [TestCase("/api/v1/audit?before=0")]
    [TestCase("/api/v1/audit?limit=501")]
    [TestCase("/api/v1/audit/verification?rows=3")]
    [TestCase("/api/v1/audit/verification?head=abc&rows=1")]
    public async Task Audit_BadField_Is400(string path)
    {
        var server = await SharedServer.GetAsync();

        var answer = await server.GetAsync(path);

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo("request.invalid_field"));
    }

    private static IEnumerable<string> Entries(Answer answer) => answer.Json.GetProperty("items").EnumerateArray().Select(
        e => string.Join(' ', new[] { "number", "actor", "action", "subject" }.Select(name => e.GetProperty(name).ToString())));
}
