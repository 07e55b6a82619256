using FaceAttendance.Domain.Cameras;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Cameras;

public sealed class CameraTests
{
    [TestCase("rtsp://admin:p%40ss@10.0.0.7:554/live?channel=1&auth=abc", "rtsp://10.0.0.7:554/live?channel=1&auth=***", "admin", "p@ss")]
    [TestCase("http://10.0.0.7/snap.jpg", "http://10.0.0.7/snap.jpg", null, null)]
    [TestCase("rtsp://10.0.0.7/user=admin_password=x_channel=1.sdp", "rtsp://10.0.0.7/***", null, null)]
    [TestCase("https://cam.school/video?token", "https://cam.school/video?***", null, null)]
    public void Source_OfTheNetwork_IsShownWithoutWhatMayBeSecret(string text, string shown, string? user, string? password)
    {
        var source = (CameraSource.Network)CameraSource.Create(text, null, null).Value;

        Assert.That(source.Shown.Replace(":554", "", StringComparison.Ordinal),
            Is.EqualTo(shown.Replace(":554", "", StringComparison.Ordinal)));
        Assert.That((source.User, source.Password), Is.EqualTo((user, password)));
        Assert.That(source.ToString(), Does.Not.Contain("10.0.0.7"));
    }

    [TestCase("ftp://10.0.0.7/x")]
    [TestCase("file:///etc/passwd")]
    [TestCase("concat:/etc/passwd")]
    [TestCase("videos/a.mp4")]
    [TestCase("/srv/videos/../../etc/passwd")]
    [TestCase("rtsp://")]
    [TestCase("")]
    public void Source_OfAnyOtherKind_IsRefused(string text) =>
        Assert.That(CameraSource.Create(text, null, null).Error?.Code, Is.EqualTo("camera.invalid_source"));

    [Test]
    public void Source_OfThisMachine_IsADeviceOrAVideo()
    {
        Assert.That(CameraSource.Create("/dev/video0", null, null).Value, Is.TypeOf<CameraSource.Device>());
        Assert.That(CameraSource.Create("/srv/a.mp4", null, null).Value, Is.TypeOf<CameraSource.Video>());
        Assert.That(CameraSource.Create("/srv/a.mp4", "user", null).IsSuccess, Is.False);
    }

    [Test]
    public void Source_Push_HasNoPassword()
    {
        Assert.That(CameraSource.Create("push", null, null).Value, Is.TypeOf<CameraSource.Pushed>());
        Assert.That(CameraSource.Create("push", "user", "secret").IsSuccess, Is.False);
    }

    [TestCase("rtsp://10.0.0.7/live?channel=1&auth=***", "rtsp://10.0.0.7/live?channel=1&auth=abc", "secret")]
    [TestCase("rtsp://10.0.0.7/live?channel=2", "rtsp://10.0.0.7/live?channel=2", "secret")]
    [TestCase("rtsp://10.0.0.8/live?channel=1&auth=***", "rtsp://10.0.0.8/live?channel=1&auth=***", null)]
    [TestCase("rtsp://10.0.0.7:8554/live", "rtsp://10.0.0.7:8554/live", null)]
    [TestCase("http://10.0.0.7/live", "http://10.0.0.7/live", null)]
    public void Source_InThePlaceOfAnother_KeepsSecretsAtTheSameMachineAlone(string given, string address, string? password)
    {
        var before = CameraSource.Create("rtsp://u:secret@10.0.0.7/live?channel=1&auth=abc", null, null).Value;

        var now = (CameraSource.Network)CameraSource.Replacing(before, CameraSource.Create(given, null, null).Value);

        Assert.That(now.Address.OriginalString, Is.EqualTo(address));
        Assert.That(now.Password, Is.EqualTo(password));
    }

    [TestCase("2026-01-05T06:59:59+07:00", false)]
    [TestCase("2026-01-05T07:00:00+07:00", true)]
    [TestCase("2026-01-05T15:59:59+07:00", true)]
    [TestCase("2026-01-05T16:00:00+07:00", false)]
    [TestCase("2026-01-04T10:00:00+07:00", false)]
    public void Hours_AroundTheirEdges_CoverWhatTheySay(string local, bool isCovered)
    {
        var hours = CameraHours.Create([DayOfWeek.Friday, DayOfWeek.Monday, DayOfWeek.Monday], new(7, 0), new(16, 0)).Value;

        Assert.That(hours.Weekdays, Is.EqualTo(new[] { DayOfWeek.Monday, DayOfWeek.Friday }));
        Assert.That(hours.Cover(DateTimeOffset.Parse(local, null)), Is.EqualTo(isCovered));
    }

    [Test]
    public void Hours_ThatEndBeforeTheyBegin_AreRefused()
    {
        Assert.That(CameraHours.Create([DayOfWeek.Monday], new(7, 0), new(7, 0)).Error?.Code, Is.EqualTo("camera.invalid_hours"));
        Assert.That(CameraHours.Create([], new(7, 0), new(8, 0)).Error?.Code, Is.EqualTo("camera.invalid_hours"));
    }

    [TestCase(0, 0, 1, 1, true)]
    [TestCase(0.9, 0.9, 0.1, 0.1, true)]
    [TestCase(0.5, 0, 0.51, 1, false)]
    [TestCase(-0.01, 0, 0.5, 0.5, false)]
    [TestCase(0, 0, 0.01, 1, false)]
    [TestCase(double.NaN, 0, 1, 1, false)]
    public void Region_AroundThePicture_IsTakenWithinIt(double left, double top, double width, double height, bool isTaken) =>
        Assert.That(FrameRegion.Create(left, top, width, height).IsSuccess, Is.EqualTo(isTaken));

    [TestCase(100, 200, true)]
    [TestCase(100, 159, false)]
    [TestCase(500, 600, false)]
    public void View_OfHalfAPictureAndFacesOfSixty_ShowsWhatLiesThere(int left, int bottom, bool isShown)
    {
        var view = new FrameView(new(0, 0, 0.5, 1), MinFacePixels: 60);

        Assert.That(view.Shows(new(Top: 100, Right: left + 50, Bottom: bottom, Left: left), 640, 640), Is.EqualTo(isShown));
    }
}
