using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FaceAttendance.WebApi.Security;

namespace FaceAttendance.WebApi.Tests.Server;

/// <summary>Who is this machine's own user, over real connections.</summary>
public sealed class LocalCallerConnectionTests
{
    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync() => _server = await SharedServer.GetAsync();

    [TestCase("HTTP/1.0", "HTTP/1.1 401")]
    [TestCase("HTTP/1.1", "HTTP/1.1 200")]
    public async Task Request_AsAProxyPassesItOn_IsTheLocalUsersFromHttp11On(string version, string expected)
    {
        // What nginx sends for `proxy_pass http://127.0.0.1:8000;` and nothing else.
        var answer = await SendAsync($"GET /students {version}\r\nHost: 127.0.0.1:{_server.Address.Port}\r\nConnection: close\r\n\r\n");

        Assert.That(answer, Does.StartWith(expected));
    }

    [TestCase(AddressFamily.InterNetwork)]
    [TestCase(AddressFamily.InterNetworkV6)]
    public async Task OwnerOf_SocketOfThisProcess_IsItsUserUntilItIsClosed(AddressFamily family)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        // A socket of the second family reaches an IPv4 address too, and is listed elsewhere.
        using var client = new Socket(family, SocketType.Stream, ProtocolType.Tcp);
        if (family == AddressFamily.InterNetworkV6) client.DualMode = true;
        await client.ConnectAsync(listener.LocalEndpoint);
        using var accepted = await listener.AcceptSocketAsync();
        IPEndPoint peer = (IPEndPoint)accepted.RemoteEndPoint!, own = (IPEndPoint)accepted.LocalEndPoint!;

        var open = PeerSocket.OwnerOf(peer, own);
        client.Close();
        var closed = PeerSocket.OwnerOf(peer, own);

        Assert.That(open, Is.EqualTo(await RunAsync("id", "-u")));
        Assert.That(closed, Is.Null);
    }

    [Test]
    public async Task Request_OfAnotherUsersProgram_Is401()
    {
        if (await RunAsync("id", "-u") != "0") Assert.Ignore("needs root, to be another user");

        var status = await RunAsync(
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", $"{_server.Address}students");
        var own = await RunAsync("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", $"{_server.Address}students");

        Assert.That((status, own), Is.EqualTo(("401", "200")));
    }

    [TestCase("cross-site", HttpStatusCode.Unauthorized)]
    [TestCase("same-origin", HttpStatusCode.OK)]
    public async Task Request_OfABrowser_IsNotTheLocalUsersAcrossSites(string site, HttpStatusCode expected)
    {
        var answer = await _server.SendAsync(HttpMethod.Get, "/students", ("Sec-Fetch-Site", site));

        Assert.That(answer.Status, Is.EqualTo(expected));
    }

    private async Task<string> SendAsync(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, _server.Address.Port);
        await using var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync();
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output.Trim();
    }
}
