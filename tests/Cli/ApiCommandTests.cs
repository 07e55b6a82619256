using System.Globalization;
using System.Text.Json;
using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Cli.Tests;

/// <summary>Commands for what the API offers: a thread through each, against the server itself.</summary>
[TestFixture]
public class ApiCommandTests
{
    private RealServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await RealServer.StartAsync("--WEBHOOK_ALLOW_PRIVATE=true", $"--CAMERA_PATHS={Path.GetTempPath()}");
        var roster = _server.Folder.Write(
            "roster.csv",
            "student_id,full_name,class_name\nsiswaA,Ayu Lestari,7B\nsiswaB,Budi,7B\nsiswaC,Citra,7B\nsiswaD,Dewi,7B\nsiswaE,Eka,7B\n");
        var imported = await _server.RunAsync("import", roster);
        Assert.That(imported.Code, Is.Zero, imported.Errors);
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Sites_CircleAndPolygonFromFiles_AreListedAndRemoved()
    {
        var point = _server.Folder.Write(
            "gate.geojson", """{"type":"Feature","geometry":{"type":"Point","coordinates":[112.6,-7.9]},"properties":{}}""");
        var several = _server.Folder.Write(
            "several.geojson",
            """
            {"type":"FeatureCollection","features":[{"type":"Feature","properties":{"name":"Field"},
            "geometry":{"type":"Polygon","coordinates":[[[112.61,-7.91],[112.62,-7.91],[112.62,-7.92],[112.61,-7.91]]]}}]}
            """);

        var circle = await _server.RunAsync("sites", "add", point, "--name", "Gate", "--radius", "25");
        var polygon = await _server.RunAsync("sites", "add", several);
        var listed = await _server.RunAsync("sites");
        var json = await _server.RunAsync("sites", "list", "--json");
        var removed = await _server.RunAsync("sites", "remove", circle.Output.Split('\t')[0]);
        var after = await _server.RunAsync("sites", "list");
        var again = await _server.RunAsync("sites", "remove", circle.Output.Split('\t')[0]);

        Assert.That(circle.Output, Does.Match("^[0-9a-f-]{36}\tGate\tcircle\t25 m around 112.6,-7.9\n$"), circle.Errors);
        Assert.That(polygon.Output, Does.Match("^[0-9a-f-]{36}\tField\tpolygon\t3 corners\n$"), polygon.Errors);
        Assert.That(listed.Output, Does.Contain(circle.Output).And.Contain(polygon.Output));
        var document = JsonDocument.Parse(json.Output).RootElement;
        Assert.That(document.GetProperty("type").GetString(), Is.EqualTo("FeatureCollection"));
        Assert.That(document.GetProperty("features").EnumerateArray()
            .Select(f => f.GetProperty("properties").GetProperty("name").GetString()), Does.Contain("Gate"));
        Assert.That((removed.Code, after.Output.Contains("Gate", StringComparison.Ordinal)), Is.EqualTo((0, false)), removed.Errors);
        Assert.That((again.Code, again.Errors.Split(':')[0]), Is.EqualTo((1, "site.not_found")));
    }

    [TestCase("{", "is no JSON: ")]
    [TestCase("""{"type":"Point"}""", "holds no GeoJSON Feature: a Point or a Polygon with properties.")]
    [TestCase("""{"type":"Feature","geometry":{"type":"Point","coordinates":[1,2]},"properties":{"name":"x"}}""", "properties.radius_m")]
    public async Task SitesAdd_FileThatIsNoSite_SaysWhatIsMissing(string text, string reason)
    {
        var outcome = await _server.RunAsync("sites", "add", _server.Folder.Write("bad.geojson", text));

        Assert.That((outcome.Code, outcome.Output), Is.EqualTo((1, "")));
        Assert.That(outcome.Errors, Does.Contain(reason));
    }

    [Test]
    public async Task Cameras_OfAFile_AreAddedSeenSwitchedAndRemoved()
    {
        var video = Path.Combine(_server.Folder.Root, "hall.mp4");
        GeneratedVideo.Write(video, seconds: 2);
        var picture = Path.Combine(_server.Folder.Root, "hall.jpg");

        var added = await _server.RunAsync(
            "cameras", "add", video, "--name", "Hall", "--device-id", "hall-1", "--region", "0,0.25,1,0.75", "--direction", "in",
            "--weekdays", "monday,tuesday,wednesday,thursday,friday,saturday,sunday", "--from", "00:00", "--to", "23:59");
        var id = added.Output.Trim();
        Outcome? still = null, listed = null;
        for (var attempt = 0; attempt < 60; attempt++)
        {
            await Task.Delay(500);
            still = await _server.RunAsync("cameras", "still", id, "--out", picture);
            listed = await _server.RunAsync("cameras");
            if (still.Code == 0 && listed.Output.Contains("live", StringComparison.Ordinal)) break;
        }
        var disabled = await _server.RunAsync("cameras", "disable", id);
        var shown = await _server.RunAsync("cameras", "show", id, "--json");
        var enabled = await _server.RunAsync("cameras", "enable", id);
        var removed = await _server.RunAsync("cameras", "remove", id);
        var again = await _server.RunAsync("cameras", "show", id);

        Assert.That(added.Output, Does.Match("^[0-9a-f-]{36}\n$"), added.Errors);
        Assert.That(still!.Code, Is.Zero, still.Errors);
        Assert.That((await File.ReadAllBytesAsync(picture))[..2], Is.EqualTo(new byte[] { 0xFF, 0xD8 }));
        Assert.That(listed!.Output, Does.Match("^[0-9a-f-]{36}\tHall\tlive\t[0-9.]+ frames/s\t[0-9]+ dropped\t-\n$"));
        Assert.That((disabled.Code, enabled.Code, removed.Code), Is.EqualTo((0, 0, 0)), disabled.Errors + enabled.Errors);
        var camera = JsonDocument.Parse(shown.Output).RootElement;
        Assert.That(camera.GetProperty("state").GetString(), Is.EqualTo("disabled"));
        Assert.That(camera.GetProperty("region").GetProperty("top").GetDouble(), Is.EqualTo(0.25));
        Assert.That((again.Code, again.Errors.Split(':')[0]), Is.EqualTo((1, "camera.not_found")));
    }

    [TestCase("--region", "1,2,3")]
    [TestCase("--weekdays", "monday")]
    public async Task CamerasAdd_WithHalfOfWhatBelongsTogether_IsExit2(string option, string value)
    {
        var outcome = await _server.RunAsync("cameras", "add", "push", "--name", "x", "--device-id", "x-1", option, value);

        Assert.That((outcome.Code, outcome.Output), Is.EqualTo((2, "")));
    }

    [Test]
    public async Task ClassSessions_AnnouncedMarkedAndRemoved_KeepTheirRoster()
    {
        var start = DateTimeOffset.UtcNow.AddMinutes(-5);
        string At(int minutes) => start.AddMinutes(minutes).ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
        var rosterFile = _server.Folder.Write("class.txt", "siswaA\n\nsiswaB\n");

        var added = await _server.RunAsync(
            "class-sessions", "add", "--name", "7B Mathematics", "--starts-at", At(0), "--ends-at", At(60), "--grace-minutes", "5",
            "--roster-file", rosterFile);
        var id = added.Output.Trim();
        var listed = await _server.RunAsync("class-sessions");
        var changed = await _server.RunAsync("class-sessions", "roster", id, "--add", "siswaC", "--remove", "siswaB");
        var marked = await _server.RunAsync("attendance", "mark", "siswaA", "--status", "late", "--reason", "Bus", "--class-session", id);
        var roster = await _server.RunAsync("class-sessions", "roster", id, "--json");
        var records = await _server.RunAsync("attendance", "list", "--class-session", id);
        var asJson = await _server.RunAsync("export", "attendance", "--student", "siswaA", "--json");
        var none = await _server.RunAsync("attendance", "list", "--class-session", id, "--status", "absent");
        var refused = await _server.RunAsync("class-sessions", "remove", id);
        var today = await _server.RunAsync("attendance", "today", "--json");
        var sick = await _server.RunAsync("attendance", "mark", "siswaC", "--status", "sick", "--reason", "Letter", "--class-session", id);

        Assert.That(added.Code, Is.Zero, added.Errors);
        Assert.That(listed.Lines, Has.One.StartsWith($"{id}\t").And.One.EndsWith("\t7B Mathematics\topen"));
        Assert.That(changed.Lines, Is.EqualTo(new[] { "siswaA\tAyu Lestari\t-\t-\t-", "siswaC\tCitra\t-\t-\t-" }), changed.Errors);
        Assert.That(marked.Code, Is.Zero, marked.Errors);
        var first = JsonDocument.Parse(roster.Output).RootElement.GetProperty("attendance")[0];
        Assert.That(first.GetProperty("record").GetProperty("status").GetString(), Is.EqualTo("late"));
        Assert.That(records.Lines.Single(),
            Does.Match($"^20[^\t]+\tsiswaA\tAyu Lestari\tlate\tmanual\t7B Mathematics\t-\t{marked.Output.Trim()}$"));
        Assert.That(JsonDocument.Parse(asJson.Lines.Single()).RootElement.GetProperty("id").GetString(), Is.EqualTo(marked.Output.Trim()));
        Assert.That((none.Code, none.Output), Is.EqualTo((0, "")));
        Assert.That((refused.Code, refused.Errors.Split(':')[0]), Is.EqualTo((1, "session.has_records")));
        Assert.That(sick.Code, Is.Zero, sick.Errors);
        Assert.That(
            JsonDocument.Parse(today.Output).RootElement.GetProperty("items").ValueKind, Is.EqualTo(JsonValueKind.Array), today.Errors);
    }

    [Test]
    public async Task ClassSessionsRoster_StudentWhoIsNotOnIt_IsNamed()
    {
        var added = await _server.RunAsync(
            "class-sessions", "add", "--name", "x", "--starts-at", "2030-01-05T07:00:00+07:00", "--ends-at", "2030-01-05T08:00:00+07:00",
            "--roster", "siswaA");

        var refused = await _server.RunAsync("class-sessions", "roster", added.Output.Trim(), "--remove", "siswaE");
        var listed = await _server.RunAsync("class-sessions", "list", "--from", "2030-01-01T00:00:00Z", "--to", "2030-02-01T00:00:00Z");
        var removed = await _server.RunAsync("class-sessions", "remove", added.Output.Trim());

        Assert.That((refused.Code, refused.Errors.Split('\n')[0]), Is.EqualTo((2, "siswaE is not on the roster.")));
        Assert.That((listed.Lines.Length, removed.Code), Is.EqualTo((1, 0)), removed.Errors);
    }

    [Test]
    public async Task Webhooks_FromMakingToRemoving_DeliverAndReplay()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.AnswerWith(200, "thanks");
        var headers = _server.Folder.Write("headers", "X-Register: 7B\n");

        var added = await _server.RunAsync(
            "webhooks", "add", receiver.Url, "--events", "attendance.marked", "--description", "Register", "--headers-file", headers);
        var id = added.Output.Split('\t')[0];
        var tested = await _server.RunAsync("webhooks", "test", id);
        var disabled = await _server.RunAsync("webhooks", "disable", id);
        var asDisabled = await _server.RunAsync("webhooks", "list");
        var enabled = await _server.RunAsync("webhooks", "enable", id, "--json");
        var rotated = await _server.RunAsync("webhooks", "rotate-secret", id, "--overlap-hours", "1");
        var deliveries = await _server.RunAsync("deliveries", "list", id);
        var delivery = deliveries.Output.Split('\t')[0];
        var shown = await _server.RunAsync("deliveries", "show", id, delivery);
        var replayed = await _server.RunAsync("deliveries", "replay", id, delivery);
        var span = await _server.RunAsync("deliveries", "replay", id, "--from", "2026-01-01T00:00:00Z", "--to", "2026-01-02T00:00:00Z");
        var half = await _server.RunAsync("deliveries", "replay", id, "--from", "2026-01-01T00:00:00Z");
        receiver.AnswerWith(500, "out of order");
        var failed = await _server.RunAsync("webhooks", "test", id);
        var removed = await _server.RunAsync("webhooks", "remove", id);
        var gone = await _server.RunAsync("deliveries", "list", id);

        Assert.That(added.Output, Does.Match("^[0-9a-f-]{36}\twhsec_[A-Za-z0-9+/=]+\n$"), added.Errors);
        Assert.That((tested.Code, tested.Output), Is.EqualTo((0, deliveries.Output)), tested.Errors);
        Assert.That(tested.Output, Does.Contain("\twebhook.test\t").And.EndsWith("\tsent\t1\t200 thanks\n"));
        Assert.That(disabled.Output, Is.EqualTo($"{id} is disabled.\n"));
        Assert.That(asDisabled.Lines, Has.One.EqualTo($"{id}\tdisabled (by_hand)\t{receiver.Url}\tattendance.marked"));
        Assert.That(JsonDocument.Parse(enabled.Output).RootElement.GetProperty("enabled").GetBoolean(), Is.True);
        Assert.That(rotated.Output, Does.StartWith("whsec_").And.Not.EqualTo(added.Output.Split('\t')[1]));
        Assert.That(shown.Lines, Has.One.StartsWith("attempt 1\t").And.Some.Contains("webhook.test"));
        Assert.That((replayed.Code, span.Output), Is.EqualTo((0, "0 deliveries are sent again.\n")), replayed.Errors + span.Errors);
        Assert.That((half.Code, half.Errors.Split('\n')[0]), Is.EqualTo((2, "deliveries replay needs <delivery>, or --from and --to.")));
        Assert.That(failed.Code, Is.EqualTo(1));
        Assert.That(failed.Output, Does.EndWith("\t500 out of order\n"));
        Assert.That((removed.Code, gone.Code, gone.Errors.Split(':')[0]), Is.EqualTo((0, 1, "webhook.not_found")));
    }

    [Test]
    public async Task ConsentFacesErase_OfAStudent_FromGivenToGone()
    {
        var photo = _server.Folder.Write("known/siswaD/1.png", "");
        await File.WriteAllBytesAsync(photo, DrawnFaces.Portrait(DrawnPerson.Ayu));

        var given = await _server.RunAsync("consent", "set", "siswaD", "--method", "paper", "--note", "Form of 5 January");
        var enrolled = await _server.RunAsync("enroll", Path.Combine(_server.Folder.Root, "known"));
        var faces = await _server.RunAsync("faces", "list", "siswaD");
        var removed = await _server.RunAsync("faces", "remove", "siswaD", faces.Output.Split('\t')[0]);
        var none = await _server.RunAsync("faces", "list", "siswaD", "--json");
        var withdrawn = await _server.RunAsync("consent", "withdraw", "siswaD", "--method", "letter");
        var shown = await _server.RunAsync("consent", "show", "siswaD");
        var unasked = await _server.RunAsync("erase", "siswaD");
        var erased = await _server.RunAsync("erase", "siswaD", "--yes", "--json");
        var gone = await _server.RunAsync("erase", "siswaD", "--yes");

        Assert.That(given.Lines, Has.Length.EqualTo(2).And.One.EndsWith("\tgiven\tpaper\tForm of 5 January\tlocal"), given.Errors);
        Assert.That(enrolled.Code, Is.Zero, enrolled.Errors + enrolled.Output);
        Assert.That(faces.Lines.Single(), Does.Match("^[0-9a-f-]{36}\t20[^\t]+\t[^\t]+\tlocal\t-$"));
        Assert.That((removed.Code, none.Output), Is.EqualTo((0, """{"items":[]}""" + "\n")), removed.Errors);
        Assert.That(withdrawn.Lines[0], Does.StartWith("withdrawn\t"));
        Assert.That(shown.Lines, Has.Length.EqualTo(3));
        Assert.That((unasked.Code, unasked.Errors.Split('\n')[0]),
            Is.EqualTo((2, "An erasure cannot be undone. Give --yes where nobody can be asked.")));
        var receipt = JsonDocument.Parse(erased.Output).RootElement;
        Assert.That((receipt.GetProperty("erased_by").GetString(), receipt.GetProperty("removed").ValueKind),
            Is.EqualTo(("local", JsonValueKind.Object)));
        Assert.That(erased.Output, Does.Not.Contain("siswaD"));
        Assert.That((gone.Code, gone.Errors.Split(':')[0]), Is.EqualTo((1, "student.not_found")));
    }

    [Test]
    public async Task Lists_ForPrograms_AreOneDocumentNamedAsTheApiNamesIt()
    {
        var keys = await _server.RunAsync("key", "list", "--json");
        var added = await _server.RunAsync("device", "add", "--id", "gate-9", "--json");
        var devices = await _server.RunAsync("--json", "device");
        var revoked = await _server.RunAsync("device", "revoke", "--id", "gate-9", "--json");
        var templates = await _server.RunAsync("templates", "--json");
        var audit = await _server.RunAsync("audit", "--json");

        Assert.That(keys.Lines.Single(), Does.StartWith("""{"items":["""));
        Assert.That(JsonDocument.Parse(added.Output).RootElement.GetProperty("key").GetString(), Does.StartWith("fa_"));
        Assert.That(JsonDocument.Parse(devices.Output).RootElement.GetProperty("items")[0].GetProperty("device_id").GetString(),
            Is.EqualTo("gate-9"));
        Assert.That(revoked.Output, Is.EqualTo("""{"ok":true}""" + "\n"));
        Assert.That(JsonDocument.Parse(templates.Output).RootElement.GetProperty("current_key").GetString(), Is.Not.Empty);
        Assert.That(JsonDocument.Parse(audit.Output).RootElement.GetProperty("ok").GetBoolean(), Is.True);
    }
}
