using System.Net;
using FaceAttendance.WebApi.Access;
using Microsoft.AspNetCore.Http;

namespace FaceAttendance.WebApi.Tests.Access;

public sealed class LocalCallerTests
{
    [TestCase("127.0.0.1", "127.0.0.1:8000", null)]
    [TestCase("127.0.0.1", "localhost", null)]
    [TestCase("::1", "[::1]:8000", null)]
    [TestCase("::ffff:127.0.0.1", "localhost:8000", "http://localhost:5173")]
    [TestCase("127.0.0.1", "127.0.0.1:8000", "http://127.0.0.1:8000")]
    [TestCase("127.0.0.1", "127.0.0.1:8000", "https://[::1]:8000")]
    public void Objection_ThisMachinesUser_IsNone(string remote, string host, string? origin) =>
        Assert.That(LocalCaller.Objection(Request(remote, host, origin), isDevelopment: true, OwnUser), Is.Null);

    [TestCase("10.0.0.5", "localhost:8000", null, TestName = "Objection_OtherMachine_Objects")]
    [TestCase("127.0.0.1", "rebound.example:8000", null, TestName = "Objection_ReboundName_Objects")]
    [TestCase("127.0.0.1", "", null, TestName = "Objection_NoHost_Objects")]
    [TestCase("127.0.0.1", "localhost:8000", "https://attacker.example", TestName = "Objection_PageOfAnotherSite_Objects")]
    [TestCase("127.0.0.1", "localhost:8000", "null", TestName = "Objection_SandboxedPage_Objects")]
    [TestCase("127.0.0.1", "localhost:8000", "", TestName = "Objection_EmptyOrigin_Objects")]
    [TestCase("127.0.0.1", "localhost:8000", "http://localhost.attacker.example", TestName = "Objection_LookalikeOrigin_Objects")]
    [TestCase("127.0.0.1", "localhost:8000", "http://localhost@attacker.example", TestName = "Objection_OriginWithUser_Objects")]
    [TestCase("127.0.0.1", "localhost:8000", "file:///home/x/page.html", TestName = "Objection_FileOrigin_Objects")]
    public void Objection_SomebodyElse_Objects(string remote, string host, string? origin) =>
        Assert.That(LocalCaller.Objection(Request(remote, host, origin), isDevelopment: true, OwnUser), Is.Not.Null);

    [TestCase("Forwarded", "for=10.0.0.5")]
    [TestCase("X-Forwarded-For", "127.0.0.1")]
    [TestCase("x-forwarded-proto", "https")]
    [TestCase("X-Forwarded-Anything", "")]
    [TestCase("X-Original-For", "127.0.0.1:4711")]
    [TestCase("X-Real-IP", "10.0.0.5")]
    [TestCase("Via", "1.1 proxy")]
    [TestCase("X-Forwarded", "10.0.0.5")]
    [TestCase("Forwarded-For", "10.0.0.5")]
    [TestCase("X-Client-IP", "10.0.0.5")]
    [TestCase("X-Cluster-Client-Ip", "10.0.0.5")]
    [TestCase("True-Client-IP", "10.0.0.5")]
    [TestCase("CF-Connecting-IP", "10.0.0.5")]
    [TestCase("X-ProxyUser-Ip", "10.0.0.5")]
    [TestCase("X-Envoy-External-Address", "10.0.0.5")]
    [TestCase("CDN-Loop", "cdn")]
    public void Objection_ForwardingHeader_Objects(string header, string value)
    {
        var request = Request("127.0.0.1", "localhost:8000", null);
        request.Request.Headers[header] = value;

        var objection = LocalCaller.Objection(request, isDevelopment: true, OwnUser);

        Assert.That(objection, Is.EqualTo("a proxy stands in between"));
    }

    [TestCase("HTTP/1.0")]
    [TestCase("HTTP/0.9")]
    [TestCase("")]
    public void Objection_BeforeHttp11_Objects(string protocol)
    {
        var request = Request("127.0.0.1", "localhost:8000", null);
        request.Request.Protocol = protocol;

        Assert.That(LocalCaller.Objection(request, isDevelopment: true, OwnUser), Is.Not.Null);
    }

    [TestCase("none", null, true)]
    [TestCase("same-origin", null, true)]
    [TestCase("same-origin", "http://localhost:8000", true)]
    [TestCase("same-site", "http://localhost:3000", true, TestName = "Objection_PageOnAnotherPortThatMayReadTheAnswer_IsNone")]
    [TestCase("same-site", null, false, TestName = "Objection_PageOnAnotherPortThatShowsAPicture_Objects")]
    [TestCase("same-site", "https://other.example", false, TestName = "Objection_SameSiteOfAnotherMachine_Objects")]
    [TestCase("cross-site", null, false)]
    [TestCase("Cross-Site", null, false)]
    [TestCase("cross-site", "http://127.0.0.1:3000", false, TestName = "Objection_PageUnderAnotherNameOfThisMachine_Objects")]
    [TestCase("", null, false)]
    [TestCase("same-site, none", null, false)]
    public void Objection_SecFetchSite_AcrossSitesObjects(string site, string? origin, bool isLocal)
    {
        var request = Request("127.0.0.1", "localhost:8000", origin);
        request.Request.Headers["Sec-Fetch-Site"] = site;

        Assert.That(LocalCaller.Objection(request, isDevelopment: true, OwnUser) is null, Is.EqualTo(isLocal));
    }

    [Test]
    public void Objection_ProgramOfAnotherUser_Objects() =>
        Assert.That(LocalCaller.Objection(Request("127.0.0.1", "localhost:8000", null), isDevelopment: true, _ => false), Is.Not.Null);

    [Test]
    public void Objection_ConnectionThatNobodyHolds_Objects() =>
        Assert.That(LocalCaller.Objection(Request("127.0.0.1", "localhost:8000", null), isDevelopment: true), Is.Not.Null);

    [Test]
    public void Objection_OutsideDevelopment_Objects() =>
        Assert.That(LocalCaller.Objection(Request("127.0.0.1", "localhost:8000", null), isDevelopment: false, OwnUser), Is.Not.Null);

    [Test]
    public void Objection_NoPeerAddress_Objects()
    {
        var request = Request("127.0.0.1", "localhost:8000", null);
        request.Connection.RemoteIpAddress = null;

        var objection = LocalCaller.Objection(request, isDevelopment: true, OwnUser);

        Assert.That(objection, Is.Not.Null);
    }

    private static bool OwnUser(HttpContext http) => true;

    private static DefaultHttpContext Request(string remote, string host, string? origin)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = IPAddress.Parse(remote);
        http.Request.Protocol = HttpProtocol.Http11;
        http.Request.Host = new HostString(host);
        if (origin is not null) http.Request.Headers.Origin = origin;
        return http;
    }
}
