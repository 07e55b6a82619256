using System.Net;
using FaceAttendance.Application.Cameras;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Infrastructure.Cameras;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Cameras;

public sealed class CameraTargetsTests
{
    private string _folder = null!;

    [SetUp]
    public void MakeFolder() => _folder = Directory.CreateTempSubdirectory("targets").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(_folder, recursive: true);

    [TestCase("10.0.0.7", true)]
    [TestCase("192.168.1.20", true)]
    [TestCase("fd12::7", true)]
    [TestCase("203.0.113.7", true)]
    [TestCase("127.0.0.1", false)]
    [TestCase("::1", false)]
    [TestCase("::ffff:127.0.0.1", false)]
    [TestCase("0.0.0.0", false)]
    [TestCase("169.254.169.254", false)]
    [TestCase("fe80::1", false)]
    [TestCase("224.0.0.1", false)]
    public void IsReachable_OfAnAddress_IsSoWhereCamerasLie(string address, bool expected) =>
        Assert.That(TargetsOf().IsReachable(IPAddress.Parse(address)), Is.EqualTo(expected));

    [Test]
    public void IsReachable_OfANetworkThatTheOperatorAllowed_IsSo() =>
        Assert.That(TargetsOf(networks: "127.0.0.0/8").IsReachable(IPAddress.Loopback), Is.True);

    [Test]
    public async Task Check_OfNamesAndAddresses_RefusesThisMachine()
    {
        var targets = TargetsOf();

        Assert.That(await targets.CheckAsync(SourceOf("rtsp://localhost/live"), default), Is.EqualTo(CameraErrors.TargetRefused));
        Assert.That(await targets.CheckAsync(SourceOf("http://[::1]:8000/health"), default), Is.EqualTo(CameraErrors.TargetRefused));
        Assert.That(await targets.CheckAsync(SourceOf("rtsp://10.255.255.1/live"), default), Is.Null);
        Assert.That(await targets.CheckAsync(SourceOf("push"), default), Is.Null);
    }

    [Test]
    public void RealPathOf_Paths_AreThoseOfTheOperatorsFoldersWhereverTheyLead()
    {
        var (films, secret) = (Directory.CreateDirectory(Path.Combine(_folder, "films")).FullName, Path.Combine(_folder, "secret"));
        File.WriteAllText(secret, "");
        File.WriteAllText(Path.Combine(films, "hall.mp4"), "");
        File.CreateSymbolicLink(Path.Combine(films, "out.mp4"), secret);
        File.CreateSymbolicLink(Path.Combine(films, "away.mp4"), Path.Combine(_folder, "not-there"));
        File.CreateSymbolicLink(Path.Combine(films, "in.mp4"), Path.Combine(films, "hall.mp4"));
        var targets = TargetsOf(films);

        string? Real(string name) => targets.RealPathOf(Path.Combine(films, name));

        Assert.That(Real("hall.mp4"), Is.EqualTo(Path.Combine(films, "hall.mp4")));
        Assert.That(Real("in.mp4"), Is.EqualTo(Path.Combine(films, "hall.mp4")));
        Assert.That(Real("later.mp4"), Is.EqualTo(Path.Combine(films, "later.mp4")), "a camera that is plugged in again");
        Assert.That(Real("out.mp4"), Is.Null);
        Assert.That(Real("away.mp4"), Is.Null);
        Assert.That(targets.RealPathOf(secret), Is.Null);
        Assert.That(targets.RealPathOf(films + "-of-others/a.mp4"), Is.Null);
        Assert.That(TargetsOf().RealPathOf(Path.Combine(films, "hall.mp4")), Is.Null, "none is allowed where none is named");
    }

    private static CameraTargets TargetsOf(string? paths = null, string? networks = null) =>
        new(Options.Create(new CameraOptions { Paths = paths, AllowNetworks = networks }));

    private static CameraSource SourceOf(string source) => CameraSource.Create(source, null, null).Value;
}
