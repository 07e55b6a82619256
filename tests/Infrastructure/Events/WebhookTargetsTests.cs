using System.Net;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Infrastructure.Events;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Events;

internal sealed class WebhookTargetsTests
{
    // Every range at its first and last address, and its neighbours outside.
    [TestCase("0.0.0.0", false)]
    [TestCase("0.255.255.255", false)]
    [TestCase("1.0.0.0", true)]
    [TestCase("9.255.255.255", true)]
    [TestCase("10.0.0.0", false)]
    [TestCase("10.255.255.255", false)]
    [TestCase("11.0.0.0", true)]
    [TestCase("100.63.255.255", true)]
    [TestCase("100.64.0.0", false)]
    [TestCase("100.127.255.255", false)]
    [TestCase("100.128.0.0", true)]
    [TestCase("127.0.0.1", false)]
    [TestCase("127.255.255.255", false)]
    [TestCase("128.0.0.0", true)]
    [TestCase("169.253.255.255", true)]
    [TestCase("169.254.169.254", false)]
    [TestCase("172.15.255.255", true)]
    [TestCase("172.16.0.0", false)]
    [TestCase("172.31.255.255", false)]
    [TestCase("172.32.0.0", true)]
    [TestCase("192.0.0.8", false)]
    [TestCase("192.0.2.1", false)]
    [TestCase("192.88.99.1", false)]
    [TestCase("192.167.255.255", true)]
    [TestCase("192.168.0.0", false)]
    [TestCase("192.168.255.255", false)]
    [TestCase("192.169.0.0", true)]
    [TestCase("198.18.0.0", false)]
    [TestCase("198.20.0.0", true)]
    [TestCase("203.0.113.7", false)]
    [TestCase("223.255.255.255", true)]
    [TestCase("224.0.0.1", false)]
    [TestCase("240.0.0.1", false)]
    [TestCase("255.255.255.255", false)]
    [TestCase("::", false)]
    [TestCase("::1", false)]
    [TestCase("::ffff:10.0.0.1", false)]
    [TestCase("::ffff:8.8.8.8", true)]
    [TestCase("::7f00:1", false)]
    [TestCase("64:ff9b::7f00:1", false)]
    [TestCase("64:ff9b::808:808", true)]
    [TestCase("64:ff9b:1::808:808", false)]
    [TestCase("2001::7f00:1", false)]
    [TestCase("2001:200::1", true)]
    [TestCase("2001:db8::1", false)]
    [TestCase("2002:7f00:1::", false)]
    [TestCase("2606:4700::1111", true)]
    [TestCase("3fff::1", false)]
    [TestCase("fc00::1", false)]
    [TestCase("fdff::1", false)]
    [TestCase("fe80::1", false)]
    [TestCase("fec0::1", false)]
    [TestCase("ff02::1", false)]
    public void IsReachable_NothingAllowed_IsThePublicInternetAlone(string address, bool expected) =>
        Assert.That(Targets(new()).IsReachable(IPAddress.Parse(address)), Is.EqualTo(expected));

    [TestCase("10.0.0.1", true)]
    [TestCase("192.168.1.1", true)]
    [TestCase("127.0.0.1", true)]
    [TestCase("::1", true)]
    [TestCase("::ffff:127.0.0.1", true)]
    [TestCase("fd00::1", true)]
    [TestCase("169.254.169.254", false)]
    [TestCase("fe80::1", false)]
    [TestCase("224.0.0.1", false)]
    [TestCase("0.0.0.0", false)]
    public void IsReachable_PrivateAllowed_AddsTheSchoolsNetworkAndNoOther(string address, bool expected) =>
        Assert.That(Targets(new() { AllowPrivate = true }).IsReachable(IPAddress.Parse(address)), Is.EqualTo(expected));

    [TestCase("10.1.255.255", true)]
    [TestCase("10.2.0.0", false)]
    [TestCase("fd00:1::5", true)]
    [TestCase("127.0.0.1", false)]
    public void IsReachable_SomeNetworksAllowed_AddsThoseAlone(string address, bool expected) =>
        Assert.That(
            Targets(new() { AllowNetworks = "10.1.0.0/16, fd00:1::/32" }).IsReachable(IPAddress.Parse(address)), Is.EqualTo(expected));

    [TestCase("https://127.0.0.1/")]
    [TestCase("https://localhost/")]
    [TestCase("https://2130706433/")]
    [TestCase("https://0x7f.1/")]
    [TestCase("https://[::1]/")]
    [TestCase("https://[::ffff:192.168.0.1]/")]
    [TestCase("https://169.254.169.254/latest/meta-data")]
    public async Task CheckAsync_LeadsInward_IsRefused(string url) =>
        Assert.That(await Targets(new()).CheckAsync(new(url), default), Is.EqualTo(WebhookErrors.TargetRefused));

    [Test]
    public async Task CheckAsync_PlainHttp_IsTakenWithinAllowedNetworksAlone()
    {
        var targets = Targets(new() { AllowPrivate = true });

        Assert.That(await targets.CheckAsync(new("http://192.168.1.5/"), default), Is.Null);
        Assert.That(await targets.CheckAsync(new("http://8.8.8.8/"), default), Is.EqualTo(WebhookErrors.HttpsRequired));
        Assert.That(await targets.CheckAsync(new("https://8.8.8.8/"), default), Is.Null);
    }

    [Test]
    public async Task CheckAsync_NoSuchHost_IsUnresolvable() =>
        Assert.That(await Targets(new()).CheckAsync(new("https://nothing.invalid/"), default), Is.EqualTo(WebhookErrors.Unresolvable));

    private static WebhookTargets Targets(WebhookOptions options) => new(Options.Create(options));
}
