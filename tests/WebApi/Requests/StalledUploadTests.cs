using System.Net;
using System.Net.Sockets;
using System.Text;
using FaceAttendance.TestKit;

namespace FaceAttendance.WebApi.Tests.Requests;

/// <summary>Bodies that begin and do not go on, and what becomes of callers beside them.</summary>
public sealed class StalledUploadTests
{
    private const int FourteenMegabytes = 14_000_000;

    private static CancellationToken Patience => new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    private RunningServer _server = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _server = await RunningServer.StartAsync(
            "FACE_PROFILE=starter", "UPLOAD_IDLE_SECONDS=3", "Uploads:Grace=00:00:06", "Uploads:BytesPerSecond=100000000");
        await _server.EnrollAsync("ayu", DrawnFaces.Portrait(DrawnPerson.Ayu));
    }

    [OneTimeTearDown]
    public async Task StopAsync() => await _server.DisposeAsync();

    [Test]
    public async Task Uploads_SixtyStalledByOneStudent_AreRefusedInTimeAndAnotherIsServed()
    {
        var greedy = await _server.NewTokenAsync("student", "citra");
        using var modest = await _server.NewUserAsync("student", "ayu");

        var stalled = await Task.WhenAll(Enumerable.Range(0, 60).Select(_ => BeginAsync(Form(greedy, FourteenMegabytes))));
        var beside = new List<HttpStatusCode>();
        for (var i = 0; i < 5; i++)
            beside.Add((await modest.PostAsync("/api/face/test/", Tests.Form.Image(DrawnFaces.Portrait(DrawnPerson.Ayu, 1)))).StatusCode);
        var answers = await Task.WhenAll(stalled.Select(ReadAsync));

        Assert.That(beside, Is.All.EqualTo(HttpStatusCode.OK));
        var refused = answers.Where(a => a.StartsWith("HTTP/1.1 429 ")).ToList();
        Assert.That(refused, Has.Count.EqualTo(57), "three of them fit a caller's share");
        Assert.That(refused, Is.All.Contains("Retry-After: ").And.Contains("\"code\":\"too_many_uploads\""));
        Assert.That(answers.Except(refused), Is.All.StartsWith("HTTP/1.1 408 ").And.All.Contains("\"code\":\"too_slow\""));
    }

    private static IEnumerable<TestCaseData> Bodies()
    {
        yield return new TestCaseData("/recognize", "multipart/form-data; boundary=edge").SetArgDisplayNames("form");
        yield return new TestCaseData("/api/v1/recognitions", "multipart/form-data; boundary=edge").SetArgDisplayNames("form, v1");
        yield return new TestCaseData("/api/v1/sites", "application/json").SetArgDisplayNames("JSON");
        yield return new TestCaseData("/api/token/", "application/json").SetArgDisplayNames("log-in");
        yield return new TestCaseData("/mock/webhook", "application/json").SetArgDisplayNames("webhook");
        yield return new TestCaseData("/api/v1/students/import", "text/csv").SetArgDisplayNames("roster");
        yield return new TestCaseData("/api/v1/students/import", "multipart/form-data; boundary=edge")
            .SetArgDisplayNames("roster as a form");
    }

    [TestCaseSource(nameof(Bodies))]
    public async Task AnyBody_StopsAfterAFastStart_Is408(string path, string type)
    {
        var start = type.StartsWith("multipart", StringComparison.Ordinal) ? Part : type == "application/json" ? "{\"name\":\""
            : "student_id,full_name\r\n";
        var connection = await BeginAsync(Head(path, type, 200_000) + "\r\n" + start, more: 50_000);

        var answer = await ReadAsync(connection);

        Assert.That(answer, Does.StartWith("HTTP/1.1 408 ").And.Contains("too_slow").And.Contains("Connection: close"));
    }

    [Test]
    public async Task AnyBody_ThatTricklesWithinTheIdleLimit_IsEndedInTheEnd()
    {
        using var connection =
            await BeginAsync(Head("/recognize", "multipart/form-data; boundary=edge", 200_000) + "\r\n" + Part, more: 50_000);
        using var over = new CancellationTokenSource();
        var trickling = TrickleAsync();

        var answer = await ReadAsync(connection);
        await over.CancelAsync();
        await trickling;

        Assert.That(answer, Does.StartWith("HTTP/1.1 408 "));

        async Task TrickleAsync()
        {
            try
            {
                // Well above the server's own least rate.
                while (true)
                {
                    await connection.GetStream().WriteAsync(new byte[2000], over.Token);
                    await Task.Delay(500, over.Token);
                }
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
            {
                // Either side has ended it.
            }
        }
    }

    [Test]
    public async Task Memory_AfterManyLargeUploads_IsGivenBack()
    {
        // Each its own caller, so that they are in memory together.
        var tokens = new List<string>();
        for (var i = 0; i < 12; i++) tokens.Add(await _server.NewTokenAsync("student", "ayu"));
        var stalled = await Task.WhenAll(tokens.Select(t => BeginAsync(Form(t, FourteenMegabytes), FourteenMegabytes - 1000)));
        await Task.Delay(TimeSpan.FromSeconds(1), Patience);
        var during = Environment.WorkingSet;
        await Task.WhenAll(stalled.Select(ReadAsync));

        var after = during;
        for (var i = 0; i < 60 && during - after < 100_000_000; i++)
        {
            await Task.Delay(500, Patience);
            after = Environment.WorkingSet;
        }
        Assert.That(during - after, Is.GreaterThan(100_000_000));
    }

    private static string Form(string token, int length) =>
        Head("/api/face/test/", "multipart/form-data; boundary=edge", length, token) + "\r\n" + Part;

    private const string Part = "--edge\r\nContent-Disposition: form-data; name=\"image\"; filename=\"a.jpg\"\r\n\r\n";

    private static string Head(string path, string type, int length, string? token = null) =>
        $"POST {path} HTTP/1.1\r\nHost: " +
        $"localhost\r\nContent-Type: {type}\r\nContent-Length: {length}\r\n{(token is null ? "" : $"Authorization: Bearer {token}\r\n")}";

    private async Task<TcpClient> BeginAsync(string start, int more = 200_000)
    {
        var connection = new TcpClient();
        await connection.ConnectAsync(_server.Address.Host, _server.Address.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(start), Patience);
        await connection.GetStream().WriteAsync(Enumerable.Repeat((byte)' ', more).ToArray(), Patience);
        return connection;
    }

    private static async Task<string> ReadAsync(TcpClient connection)
    {
        using (connection)
        {
            var answer = new byte[16 * 1024];
            var length = 0;
            try
            {
                int read;
                while (length < answer.Length && (read = await connection.GetStream().ReadAsync(answer.AsMemory(length), Patience)) > 0)
                    length += read;
            }
            catch (IOException)
            {
                // The server's end of the connection, after its answer.
            }
            return Encoding.UTF8.GetString(answer, 0, length);
        }
    }
}
