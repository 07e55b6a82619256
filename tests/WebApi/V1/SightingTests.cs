using System.Net;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>POST /api/v1/recognitions?hold=true and POST /api/v1/sightings: what a kiosk keeps while its network is away.</summary>
public sealed class SightingTests
{
    private static readonly byte[] Ayu = DrawnFaces.Portrait(DrawnPerson.Ayu, 1);

    [Test]
    public async Task Hold_KnownFace_RecordsNothingUntilItsSightingIsSent()
    {
        var server = await SharedServer.GetAsync();
        await server.PostAsync("/students", Form.With(("student_id", "ayu"), ("full_name", "Ayu Lestari")));
        // Another test may have seen the face a moment ago.
        await server.Database.ExecuteAsync("DELETE FROM attendance_days WHERE student_id = 'ayu'");
        var before = await CountAsync(server);

        var held = await server.PostAsync("/api/v1/recognitions?hold=true&device_id=kiosk-1", Form.Image(Ayu));
        var meanwhile = await CountAsync(server);
        var face = held.Json.GetProperty("faces")[0];
        var sent = RunningServer.Json($$"""{"sighting":"{{face.GetProperty("sighting").GetString()}}"}""");
        var first = await server.PostAsync("/api/v1/sightings", sent);
        var second = await server.PostAsync("/api/v1/sightings", sent);

        Assert.That(face.GetProperty("full_name").GetString(), Is.EqualTo("Ayu Lestari"));
        Assert.That(meanwhile, Is.EqualTo(before));
        Assert.That(first.Status, Is.EqualTo(HttpStatusCode.OK), first.Body);
        Assert.That(first.Json.GetProperty("student_id").GetString(), Is.EqualTo("ayu"));
        Assert.That(second.Body, Is.EqualTo(first.Body));
        var record = (await server.GetAsync("/api/v1/attendance?student_id=ayu")).Json.GetProperty("items").EnumerateArray()
            .Single(r => r.GetProperty("id").GetString() == first.Json.GetProperty("record_id").GetString());
        Assert.That(record.GetProperty("at").GetDateTimeOffset(), Is.EqualTo(first.Json.GetProperty("at").GetDateTimeOffset()));
        Assert.That(record.GetProperty("evidence").GetProperty("device_id").GetString(), Is.EqualTo("kiosk-1"));
    }

    [Test]
    public async Task Hold_UnknownFaceOrNoHold_HasNeitherNameNorSighting()
    {
        var server = await SharedServer.GetAsync();

        var unknown = await server.PostAsync("/api/v1/recognitions?hold=true", Form.Image(DrawnFaces.Portrait(DrawnPerson.Dewa)));
        var plain = await server.PostAsync("/api/v1/recognitions", Form.Image(Ayu));
        var wrong = await server.PostAsync("/api/v1/recognitions?hold=perhaps", Form.Image(Ayu));

        foreach (var answer in new[] { unknown, plain })
            Assert.That(answer.Body, Does.Contain("\"full_name\":null,\"sighting\":null"));
        Assert.That(wrong.Status, Is.EqualTo(HttpStatusCode.BadRequest));
    }

    [TestCase("""{"sighting":"forged"}""", 422, "sighting.invalid")]
    [TestCase("""{"sighting":7}""", 400, "request.invalid_field")]
    [TestCase("{}", 400, "request.invalid_field")]
    public async Task Sighting_NotMadeHere_IsRefusedByCode(string body, int status, string code)
    {
        var answer = await (await SharedServer.GetAsync()).PostAsync("/api/v1/sightings", RunningServer.Json(body));

        Assert.That((int)answer.Status, Is.EqualTo(status));
        Assert.That(answer.Json.GetProperty("code").GetString(), Is.EqualTo(code));
    }

    private static Task<long> CountAsync(RunningServer server) => server.Database.ReadAsync<long>(
        "SELECT (SELECT count(*) FROM attendance_records WHERE student_id = 'ayu') + (SELECT count(*) FROM held_sightings)");
}
