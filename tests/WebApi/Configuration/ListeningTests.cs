using FaceAttendance.Application;
using FaceAttendance.WebApi.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace FaceAttendance.WebApi.Tests.Configuration;

public sealed class ListeningTests
{
    [TestCase("urls", "http://127.0.0.1:8000")]
    [TestCase("urls", "http://localhost:8000;http://[::1]:8001")]
    [TestCase("urls", "http://127.8.9.1:80")]
    [TestCase("Kestrel:Endpoints:Http:Url", "http://127.0.0.1:9000")]
    public void RefuseExposure_LoopbackInDevelopment_IsAccepted(string key, string value) =>
        Assert.DoesNotThrow(() => Listening.RefuseExposure(Configured(key, value), new Environment("Development")));

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
    public void RefuseExposure_ReachableAddress_IsRefusedWithRemedy(string key, string value)
    {
        var refusal = Assert.Throws<StartupException>(() => Listening.RefuseExposure(Configured(key, value), new Environment("Development")))!;

        Assert.That(refusal.Message, Does.Contain("no credentials").And.Contains("http://127.0.0.1:8000"));
    }

    [Test]
    public void RefuseExposure_OutsideDevelopment_IsRefusedWithRemedy()
    {
        var refusal = Assert.Throws<StartupException>(() => Listening.RefuseExposure(Configured("urls", "http://127.0.0.1:8000"), new Environment("Production")))!;

        Assert.That(refusal.Message, Does.Contain("Production").And.Contains("ASPNETCORE_ENVIRONMENT=Development"));
    }

    [Test]
    public void RefuseExposure_NoAddressAtAll_IsRefusedByItsText()
    {
        var refusal = Assert.Throws<StartupException>(() => Listening.RefuseExposure(Configured("urls", "8000"), new Environment("Development")))!;

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
    public void IsHost_NamesAndAddresses_OnlyThisMachineCounts(string host, bool expected) => Assert.That(Loopback.IsHost(host), Is.EqualTo(expected));

    private static ConfigurationManager Configured(string key, string value)
    {
        var configuration = new ConfigurationManager();
        configuration[key] = value;
        return configuration;
    }

    private sealed class Environment(string name) : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = name;

        public string ApplicationName { get; set; } = "";

        public string ContentRootPath { get; set; } = "";

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
