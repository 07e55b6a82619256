using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FaceAttendance.WebApi.Access;

namespace FaceAttendance.WebApi.Tests.Access;

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
            "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
            $"{_server.Address}students");
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

    [Test]
    public async Task Request_OfAnotherUserWhoLeavesItBehind_DoesNothing()
    {
        // The kernel lists a socket that no program holds any more as root's, as whom this server runs here.
        if (await RunAsync("id", "-u") != "0") Assert.Ignore("needs root, to be another user");
        var name = $"left-{Guid.NewGuid():N}";
        var body = $$"""{"name":"{{name}}","scopes":["admin"]}""";
        var request =
            $"POST /api/v1/api-keys HTTP/1.1\r\nHost: {_server.Address.Authority}\r\nContent-Type: " +
            $"application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}";

        for (var i = 0; i < 5; i++)
        {
            await RunAsync(
                "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "bash", "-c",
                $"exec 3<>/dev/tcp/127.0.0.1/{_server.Address.Port}; printf '%s' '{request}' >&3");
        }
        await Task.Delay(300);

        Assert.That(await _server.Database.ReadAsync<long>($"SELECT count(*) FROM api_keys WHERE name = '{name}'"), Is.Zero);
    }

    [Test]
    public async Task ApiKeys_AskedForThroughAProxyAsItComes_AreNotMade()
    {
        const string body = """{"name":"stranger","scopes":["admin"]}""";
        var head =
            $"POST /api/v1/api-keys HTTP/1.0\r\nHost: 127.0.0.1:{_server.Address.Port}\r\nConnection: close\r\nContent-Type: " +
            "application/json\r\n";

        var answer = await SendAsync($"{head}Content-Length: {body.Length}\r\n\r\n{body}");

        Assert.That(answer, Does.StartWith("HTTP/1.1 401").And.EndsWith("""{"detail":"Authentication credentials were not provided."}"""));
    }

    [Test]
    public async Task Request_ThroughAProxyAsItComesWithAKey_IsAnswered()
    {
        var key =
            (await _server.PostAsync("/api/v1/api-keys", RunningServer.Json("""{"name":"behind a proxy","scopes":["enroll"]}"""))).Json
                .GetProperty("key");

        var answer =
            await SendAsync($"GET /students HTTP/1.0\r\nHost: 127.0.0.1\r\nX-Api-Key: {key.GetString()}\r\nConnection: close\r\n\r\n");

        Assert.That(answer, Does.StartWith("HTTP/1.1 200"));
    }

    [TestCase("same-site", "http://localhost:3000", HttpStatusCode.OK)]
    [TestCase("cross-site", "http://localhost:3000", HttpStatusCode.Unauthorized)]
    [TestCase("same-site", null, HttpStatusCode.Unauthorized)]
    public async Task Request_OfAPageOfThisMachine_IsTheLocalUsersUnderTheSameHostName(string site, string? origin, HttpStatusCode expected)
    {
        (string, string)[] headers = origin is null ? [("Sec-Fetch-Site", site)] : [("Sec-Fetch-Site", site), ("Origin", origin)];

        var answer = await _server.SendAsync(HttpMethod.Get, "/students", headers);

        Assert.That(answer.Status, Is.EqualTo(expected));
        Assert.That(answer.Headers.Contains("Access-Control-Allow-Origin"), Is.EqualTo(origin is not null));
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
