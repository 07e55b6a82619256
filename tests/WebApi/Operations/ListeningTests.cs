using FaceAttendance.Application;
using FaceAttendance.WebApi.Operations;
using Microsoft.Extensions.Configuration;

namespace FaceAttendance.WebApi.Tests.Operations;

public sealed class ListeningTests
{
    [TestCase("urls", "http://127.0.0.1:8000")]
    [TestCase("urls", "http://localhost:8000;http://[::1]:8001")]
    [TestCase("urls", "http://127.8.9.1:80")]
    [TestCase("Kestrel:Endpoints:Http:Url", "http://127.0.0.1:9000")]
    public void AddressesBeyondThisMachine_Loopback_AreNone(string key, string value) =>
        Assert.That(Listening.AddressesBeyondThisMachine(Configured(key, value)), Is.Empty);

    [TestCase("urls", "http://0.0.0.0:8000")]
    [TestCase("urls", "http://127.0.0.1:8000;http://[::]:8000")]
    [TestCase("urls", "http://*:8000")]
    [TestCase("urls", "http://+:8000")]
    [TestCase("urls", "http://192.168.1.5:8000")]
    [TestCase("urls", "http://school.example:8000")]
    [TestCase("urls", "http://unix:/tmp/socket")]
    [TestCase("http_ports", "8080")]
    [TestCase("https_ports", "8443")]
    [TestCase("Kestrel:Endpoints:Http:Url", "http://*:9000")]
    public void AddressesBeyondThisMachine_ReachableAddress_IsNamed(string key, string value) =>
        Assert.That(Listening.AddressesBeyondThisMachine(Configured(key, value)), Has.Count.EqualTo(1));

    [Test]
    public void AddressesBeyondThisMachine_NoAddressAtAll_IsRefusedByItsText()
    {
        var refusal = Assert.Throws<StartupException>(() => Listening.AddressesBeyondThisMachine(Configured("urls", "8000")))!;

        Assert.That(refusal.Message, Does.Contain("'8000'"));
    }

    [TestCase("localhost", true)]
    [TestCase("LOCALHOST", true)]
    [TestCase("127.0.0.1", true)]
    [TestCase("127.255.255.254", true)]
    [TestCase("[::1]", true)]
    [TestCase("::1", true)]
    [TestCase("", false)]
    [TestCase("127.1", false)]
    [TestCase("2130706433", false)]
    [TestCase("0x7f.0.0.1", false)]
    [TestCase("0.0.0.0", false)]
    [TestCase("128.0.0.1", false)]
    [TestCase("[::]", false)]
    [TestCase("localhost.attacker.example", false)]
    [TestCase("127.0.0.1.attacker.example", false)]
    public void IsHost_NamesAndAddresses_OnlyThisMachineCounts(string host, bool expected) =>
        Assert.That(Loopback.IsHost(host), Is.EqualTo(expected));

    private static ConfigurationManager Configured(string key, string value)
    {
        var configuration = new ConfigurationManager();
        configuration[key] = value;
        return configuration;
    }
}
