using System.Net;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Operations;

/// <summary>A backup from before an erasure, put back as the runbook says.</summary>
public sealed class RestoredBackupTests
{
    private string _folder = null!;

    private string Setting => $"ERASURES_FILE={Path.Combine(_folder, "erasures")}";

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("erasures-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Start_OnABackupOfBeforeErasuresAndAWithdrawal_RepeatsThem()
    {
        await using var server = await RunningServer.StartAsync(Setting);
        await server.EnrollAsync("pupil-ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        await server.EnrollAsync("pupil-citra", DrawnFaces.Portrait(DrawnPerson.Citra));
        await server.PostAsync("/students", Form.With(("student_id", "pupil-dewi"), ("full_name", "Dewi")));
        await server.PostAsync("/students", Form.With(("student_id", "pupil-eka"), ("full_name", "Eka")));
        var (before, after) = (Path.Combine(_folder, "before"), Path.Combine(_folder, "after"));
        await server.Database.BackUpAsync(before);
        var receipt = (await server.PostAsync("/api/v1/students/pupil-ayu/erasure", null)).Json.GetProperty("id").GetString();
        await server.DeleteAsync("/api/v1/students/pupil-dewi");
        await server.Http.PutAsync(
            "/api/v1/students/pupil-citra/consent", RunningServer.Json("""{"state":"withdrawn","method":"verbal"}"""));
        await server.PostAsync("/students", Form.With(("student_id", "pupil-dewi"), ("full_name", "Another Dewi")));
        await server.Database.BackUpAsync(after);
        var list = await File.ReadAllTextAsync(Path.Combine(_folder, "erasures"));

        await using var old = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        await old.RestoreAsync(before);
        await using (var restored = await RunningServer.StartOnAsync(old.ConnectionString, Setting))
        {
            Assert.That((await restored.GetAsync("/health/ready")).Status, Is.EqualTo(HttpStatusCode.OK));
            foreach (var erased in new[] { "pupil-ayu", "pupil-dewi" })
            {
                Assert.That((await restored.GetAsync($"/students/{erased}")).Status, Is.EqualTo(HttpStatusCode.NotFound), erased);
            }
            Assert.That((await restored.GetAsync("/students/pupil-eka")).Status, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(await LabelAsync(restored, DrawnPerson.Ayu), Is.EqualTo("Unknown"));
            Assert.That(await LabelAsync(restored, DrawnPerson.Citra), Is.EqualTo("Unknown"));
            Assert.That((await restored.GetAsync("/api/v1/students/pupil-citra/consent")).Json.GetProperty("state").GetString(),
                Is.EqualTo("withdrawn"));
            Assert.That((await restored.GetAsync($"/api/v1/erasures/{receipt}?student_id=pupil-ayu")).Json.GetProperty("is_of")
                .GetBoolean(), Is.True);
            Assert.That((await restored.GetAsync("/api/v1/audit/verification")).Json.GetProperty("ok").GetBoolean(), Is.True);
            await restored.PostAsync("/students", Form.With(("student_id", "pupil-ayu"), ("full_name", "Another Ayu")));
            await restored.Http.PutAsync(
                "/api/v1/students/pupil-citra/consent", RunningServer.Json("""{"state":"given","method":"paper"}"""));
        }
        await using (var again = await RunningServer.StartOnAsync(old.ConnectionString, Setting))
        {
            Assert.That((await again.GetAsync("/students/pupil-ayu")).Status, Is.EqualTo(HttpStatusCode.OK), "enrolled after the erasure");
            Assert.That(
                (await again.GetAsync("/api/v1/students/pupil-citra/consent")).Json.GetProperty("state").GetString(), Is.EqualTo("given"));
        }
        await using var recent = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        await recent.RestoreAsync(after);
        await using var whole = await RunningServer.StartOnAsync(recent.ConnectionString, Setting);
        Assert.That((await whole.GetAsync("/students/pupil-dewi")).Json.GetProperty("student").GetProperty("full_name").GetString(),
            Is.EqualTo("Another Dewi"));

        Assert.That(list, Does.Not.Contain("pupil").And.Contain(receipt!.Replace("-", "", StringComparison.Ordinal)));
        Assert.That(
            list.Split('\n').Select(line => line.Split(' ')[0]), Is.EqualTo((string[])["key", "erased", "erased", "withdrawn", ""]));
    }

    [Test]
    public async Task Erasure_ListCannotBeWritten_Is503AndChangesNothing()
    {
        await using var server = await RunningServer.StartAsync(Setting);
        await server.PostAsync("/students", Form.With(("student_id", "ayu"), ("full_name", "Ayu")));
        File.Delete(Path.Combine(_folder, "erasures"));
        Directory.CreateDirectory(Path.Combine(_folder, "erasures"));

        var refused = await server.PostAsync("/api/v1/students/ayu/erasure", null);
        var withdrawn = await Answer.OfAsync(await server.Http.PutAsync(
            "/api/v1/students/ayu/consent", RunningServer.Json("""{"state":"withdrawn","method":"verbal"}""")));
        var kept = await server.GetAsync("/api/v1/students/ayu/consent");
        Directory.Delete(Path.Combine(_folder, "erasures"));
        var erased = await server.PostAsync("/api/v1/students/ayu/erasure", null);

        foreach (var answer in new[] { refused, withdrawn })
        {
            Assert.That((answer.Status, answer.Json.GetProperty("code").GetString()),
                Is.EqualTo((HttpStatusCode.ServiceUnavailable, "erasure.list_unwritable")));
        }
        Assert.That(kept.Json.GetProperty("state").GetString(), Is.EqualTo("not_asked"));
        Assert.That(erased.Status, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(File.ReadAllLines(Path.Combine(_folder, "erasures")).Select(line => line.Split(' ')[0]),
            Is.EqualTo((string[])["key", "erased"]));
    }

    [Test]
    public void Start_ChosenFileCannotBeWritten_SaysSo()
    {
        var refusal = Assert.CatchAsync(() => RunningServer.StartAsync($"ERASURES_FILE={Path.Combine(_folder, "missing", "erasures")}"));

        Assert.That(refusal!.Message, Does.Contain("ERASURES_FILE").And.Contain("missing").And.Contain("Make its folder"));
    }

    private static async Task<string?> LabelAsync(RunningServer server, DrawnPerson person) =>
        (await server.PostAsync("/recognize", Form.Image(DrawnFaces.Portrait(person)))).Json.GetProperty("results")[0].GetProperty("label")
            .GetString();
}
