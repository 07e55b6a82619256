using System.Net;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Schools;
using FaceAttendance.TestKit;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>The first start's page, and what the school says of itself, on two processes with one database.</summary>
public sealed class SchoolTests
{
    private const string Order =
        """{"username":"head","password":"correct horse","school_name":"SMP 3","time_zone":"Pacific/Kiritimati","site":{"name":"Campus","latitude":-7.9673435,"longitude":112.6267206,"radius_m":60}}""";

    private RunningServer _server = null!;
    private RunningServer _other = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        const string tiles = "MAP_TILES_URL=https://{s}.tiles.example/{z}/{x}/{y}.png";
        _server = await RunningServer.StartAsync("FACE_PROFILE=starter", tiles);
        _other = await RunningServer.StartOnAsync(_server.Database.ConnectionString, "FACE_PROFILE=starter");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        await _other.DisposeAsync();
        await _server.DisposeAsync();
    }

    [Test, Order(1)]
    public async Task SetUp_FromBeyondThisMachine_Is403AndNothingIsDone()
    {
        var state = (await _server.SendAsync(HttpMethod.Get, "/api/v1/setup", ("Via", "1.1 proxy"))).Json;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/setup") { Content = RunningServer.Json(Order) };
        request.Headers.Add("Via", "1.1 proxy");

        var refused = await Answer.OfAsync(await _server.Http.SendAsync(request));

        Assert.That((state.GetProperty("needed").GetBoolean(), state.GetProperty("allowed").GetBoolean()), Is.EqualTo((true, false)));
        Assert.That((refused.Status, refused.Json.GetProperty("code").GetString()),
            Is.EqualTo((HttpStatusCode.Forbidden, "setup.not_allowed")));
    }

    [Test, Order(2)]
    public async Task SetUp_WithFaults_NamesEachAndDoesNothing()
    {
        var answer = await _server.PostAsync("/api/v1/setup", RunningServer.Json(
            """{"username":"no name","password":"correct horse","school_name":"SMP 3","time_zone":"UTC","site":{"name":"Campus","latitude":99}}"""));
        var tooSmall = await _server.PostAsync(
            "/api/v1/setup", RunningServer.Json(Order.Replace("60}", "0}", StringComparison.Ordinal)));

        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(answer.Json.GetProperty("errors").EnumerateObject().Select(e => e.Name),
            Is.EquivalentTo(new[] { "username", "site.latitude", "site.longitude", "site.radius_m" }));
        Assert.That(tooSmall.Status, Is.EqualTo(HttpStatusCode.BadRequest), tooSmall.Body);
        Assert.That((await _server.GetAsync("/api/v1/setup")).Json.GetProperty("needed").GetBoolean(), Is.True);
    }

    [Test, Order(3)]
    public async Task SetUp_ByTwoAtOnceInTwoProcesses_IsDoneOnceWithAllOfIt()
    {
        var answers = await Task.WhenAll(
            _server.PostAsync("/api/v1/setup", RunningServer.Json(Order)),
            _other.PostAsync("/api/v1/setup", RunningServer.Json(Order.Replace("head", "rival", StringComparison.Ordinal))));

        var won = answers.Single(a => a.Status == HttpStatusCode.Created);
        var lost = answers.Single(a => a != won);
        Assert.That((lost.Status, lost.Json.GetProperty("code").GetString()), Is.EqualTo((HttpStatusCode.Conflict, "setup.done")));
        var cookie = won.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
        var session = (await _server.SendAsync(HttpMethod.Get, "/api/v1/session", ("Cookie", cookie))).Json;
        Assert.That(session.GetProperty("role").GetString(), Is.EqualTo("admin"));
        Assert.That(session.GetProperty("school").GetProperty("name").GetString(), Is.EqualTo("SMP 3"));
        Assert.That(session.GetProperty("school").GetProperty("map_tiles").GetString(), Does.Contain("{s}.tiles.example"));
        Assert.That((await _server.GetAsync("/api/v1/users")).Json.GetProperty("total").GetInt32(), Is.EqualTo(1));
        var sites = (await _server.GetAsync("/api/v1/sites")).Json.GetProperty("features").EnumerateArray();
        Assert.That(sites.Count(s => s.GetProperty("properties").GetProperty("radius_m").GetDouble() == 60), Is.EqualTo(1));
        var log = (await _server.GetAsync("/api/v1/audit")).Body;
        Assert.That(log, Does.Contain("user.added").And.Contain("site.made").And.Contain("school.changed"));
        Assert.That((await _other.GetAsync("/api/v1/setup")).Json.GetProperty("needed").GetBoolean(), Is.False);
    }

    [Test, Order(4)]
    public async Task Zone_Changed_HoldsInEveryProcessWithoutARestart()
    {
        await _server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
        foreach (var zone in new[] { "Pacific/Kiritimati", "Pacific/Pago_Pago" })
        {
            var changed = await _server.Http.PutAsync(
                "/api/v1/school", RunningServer.Json($$"""{"name":"SMP 3","time_zone":"{{zone}}"}"""));
            Assert.That(changed.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(
                () => _other.Services.GetRequiredService<ISchoolCalendars>().Of(SchoolId.First).ZoneName,
                Is.EqualTo(zone).After(30_000, 50), "the other process has heard");
            await _other.PostAsync("/recognize/realtime", Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu)));
        }

        var days = (await _server.GetAsync("/attendance/student/ayu")).Json;

        // A day apart at any hour.
        Assert.That(
            days.GetProperty("items").EnumerateArray().Select(d => d.GetProperty("date").GetString()).Distinct().Count(), Is.EqualTo(2),
            days.ToString());
    }

    [Test]
    public async Task Zone_HeldByTheSetting_IsRefusedWithTheRemedy()
    {
        await using var server = await RunningServer.StartAsync("FACE_PROFILE=starter", "SCHOOL_TIME_ZONE=Asia/Jakarta");

        var state = (await server.GetAsync("/api/v1/setup")).Json;
        var refused = await server.PostAsync("/api/v1/setup", RunningServer.Json(Order));
        var school = (await server.GetAsync("/api/v1/school")).Json;

        Assert.That(state.GetProperty("time_zone").GetString(), Is.EqualTo("Asia/Jakarta"));
        Assert.That((refused.Status, refused.Json.GetProperty("code").GetString()),
            Is.EqualTo((HttpStatusCode.Conflict, "school.time_zone_fixed")));
        Assert.That((school.GetProperty("time_zone").GetString(), school.GetProperty("time_zone_fixed").GetBoolean()),
            Is.EqualTo(("Asia/Jakarta", true)));
        Assert.That((await server.GetAsync("/api/v1/setup")).Json.GetProperty("needed").GetBoolean(), Is.True);
    }
}
