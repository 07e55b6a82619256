using FaceAttendance.Infrastructure.Cameras;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Cameras;

public sealed class RtspLoginTests
{
    // The examples of RFC 2617, 3.5, and RFC 7616, 3.9.1.
    [TestCase(
        "testrealm@host.com", "dcd98b7102dd2f0e8b11d0f600bfb0c093", null, "0a4f113b", "Circle Of Life",
        "6629fae49393a05397450978507c4ef1")]
    [TestCase(
        "http-auth@example.org", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "MD5", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "Circle of Life", "8ca523f5e9506fed4657c9700eebdbec")]
    [TestCase(
        "http-auth@example.org", "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", "SHA-256", "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
        "Circle of Life", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1")]
    public void Answer_ExamplesOfTheStandard_AreTheirs(
        string realm, string nonce, string? algorithm, string own, string password, string response)
    {
        var challenge = new Dictionary<string, string> { ["realm"] = realm, ["nonce"] = nonce, ["qop"] = "auth,auth-int" };
        if (algorithm is not null) challenge["algorithm"] = algorithm;

        var answer = new RtspLogin("Mufasa", password).Answer(challenge, "GET", "/dir/index.html", 1, own);

        Assert.That(answer, Does.Contain($"response=\"{response}\"").And.Contains("nc=00000001").And.Not.Contains("Circle"));
    }

    [Test]
    public void Take_DigestAndBasic_PrefersDigest()
    {
        var login = new RtspLogin("viewer", "secret");

        var isTaken = login.Take(["Basic realm=\"x\"", "Digest realm=\"x\", nonce=\"n\", stale=\"FALSE\""]);

        Assert.That(isTaken, Is.True);
        Assert.That(login.AnswerTo("DESCRIBE", "rtsp://camera/"), Does.StartWith("Digest username=\"viewer\""));
    }

    [Test]
    public void Take_BasicAlone_AnswersIt()
    {
        var login = new RtspLogin("viewer", "secret");

        var isTaken = login.Take(["Basic realm=\"x\""]);

        Assert.That(isTaken, Is.True);
        Assert.That(login.AnswerTo("DESCRIBE", "rtsp://camera/"), Is.EqualTo("Basic dmlld2VyOnNlY3JldA=="));
    }

    [TestCase("Digest realm=\"x\", nonce=\"n\", algorithm=MD4")]
    [TestCase("Digest realm=\"x\", nonce=\"n\", qop=\"auth-int\"")]
    [TestCase("Negotiate")]
    [TestCase("Digest nonsense")]
    public void Take_WhatIsNotKnown_IsRefused(string challenge) =>
        Assert.That(new RtspLogin("viewer", "secret").Take([challenge]), Is.False);
}
