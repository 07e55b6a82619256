using System.Net;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.V1;

/// <summary>/api/v1/notices; what raises them is tested where it is looked for.</summary>
public sealed class NoticeTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    // Has the face of a student whom other tests of this server look for.
    [OneTimeTearDown]
    public Task ForgetAsync() => _server.DeleteAsync("/api/v1/students/notice-twin");

    [Test]
    public async Task Lookalike_Enrolled_IsToldOfToStaffAndAcknowledgedByOneOfThem()
    {
        await _server.PostAsync(
            "/enroll?override_duplicate=true&reason=twins",
            Form.With(("student_id", "notice-twin")).File("image", DrawnFaces.Portrait(DrawnPerson.Citra, 2)));
        using var teacher = await _server.NewUserAsync("operator");

        var raised = (await Answer.OfAsync(await teacher.GetAsync("/api/v1/notices"))).Json.GetProperty("items").EnumerateArray()
            .Single(n => n.GetProperty("other_id").GetString() == "notice-twin");
        Assert.That(raised.GetProperty("kind").GetString(), Is.EqualTo("lookalike"));
        Assert.That(raised.GetProperty("state").GetString(), Is.EqualTo("open"));
        Assert.That(raised.GetProperty("student_id").GetString(), Is.EqualTo("citra"));
        Assert.That(raised.GetProperty("similarity").GetDouble(), Is.InRange(0.4, 1));
        var id = raised.GetProperty("id").GetString();
        var known = await Answer.OfAsync(await teacher.PostAsync($"/api/v1/notices/{id}/acknowledgement", null));

        Assert.That(known.Json.GetProperty("state").GetString(), Is.EqualTo("acknowledged"));
        Assert.That(known.Json.GetProperty("acknowledged_by").GetString(), Does.StartWith("user:"));
        Assert.That((await _server.GetAsync("/api/v1/notices")).Body, Does.Not.Contain(id!));
        Assert.That((await _server.GetAsync("/api/v1/notices?state=all&limit=200")).Body, Does.Contain(id!));
    }

    [Test]
    public async Task Notices_WhatDoesNotExistOrIsNotAllowed_IsRefused()
    {
        using var student = await _server.NewUserAsync("student", "ayu");

        Assert.That((await _server.GetAsync("/api/v1/notices?state=lost")).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await student.GetAsync("/api/v1/notices")).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        var unknown = await _server.PostAsync($"/api/v1/notices/{Guid.NewGuid()}/acknowledgement", null);
        Assert.That(unknown.Json.GetProperty("code").GetString(), Is.EqualTo("notice.not_found"));
    }
}
