using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.TestKit;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Events;

internal sealed class WebhookClientTests
{
    private static readonly byte[] Key = WebhookSignature.TryReadSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")!;
    private static readonly OutboxDelivery Event = new(
        SchoolId.First, Guid.NewGuid(), new Guid("0192e4a0-0000-7000-8000-000000000042"), EndpointId.Operators,
        "{\"event\":\"attendance.recognized\"}", 7, 1, 0, null);

    private WebhookReceiver _receiver = null!;

    [SetUp]
    public async Task StartReceiverAsync() => _receiver = await WebhookReceiver.StartAsync();

    [TearDown]
    public async Task StopReceiverAsync() => await _receiver.DisposeAsync();

    [Test]
    public async Task PostAsync_Accepted_CarriesBodyAndHeadersOfTheContract()
    {
        _receiver.AnswerWith(201, "{\"token\":\"ok\"}");

        var attempt = await PostAsync(_receiver.Url, apiKey: "secret-key");

        Assert.That(attempt, Is.EqualTo(new DeliveryAttempt(true, 201, "{\"token\":\"ok\"}")));
        var got = _receiver.Received.Single();
        var timestamp = long.Parse(got.Headers["webhook-timestamp"], CultureInfo.InvariantCulture);
        Assert.That(got.Body, Is.EqualTo(Event.Body));
        Assert.That(got.Headers["Content-Type"], Is.EqualTo("application/json"));
        Assert.That(got.Headers["Authorization"], Is.EqualTo("Bearer secret-key"));
        Assert.That(got.Id, Is.EqualTo(Event.Event.ToString()));
        Assert.That(got.Headers["webhook-signature"],
            Is.EqualTo(WebhookSignature.Standard(Key, got.Id, timestamp, Encoding.UTF8.GetBytes(got.Body))));
        Assert.That(got.Headers["X-Signature"], Is.EqualTo(WebhookSignature.OfBody(Key, Encoding.UTF8.GetBytes(got.Body))));
    }

    [TestCase(null)]
    [TestCase("")]
    public async Task PostAsync_NoApiKey_SendsNoAuthorization(string? apiKey)
    {
        await PostAsync(_receiver.Url, apiKey);

        Assert.That(_receiver.Received.Single().Headers, Does.Not.ContainKey("Authorization"));
    }

    [Test]
    public async Task PostAsync_OperatorsEndpoint_HasTheNumberInAHeaderAndAnExactBody()
    {
        await PostAsync(_receiver.Url);

        Assert.That(_receiver.Received.Single().Headers["webhook-sequence"], Is.EqualTo("7"));
        Assert.That(_receiver.Received.Single().Body, Is.EqualTo(Event.Body));
    }

    [Test]
    public async Task PostAsync_EndpointOfTheApi_HasTheNumberInTheSignedBodyItsHeadersAndEverySignature()
    {
        var older = WebhookSignature.TryReadSecret(WebhookSignature.NewSecret())!;

        await PostAsync(
            new WebhookOptions { AllowPrivate = true },
            new(new Uri(_receiver.Url), [Key, older], new Dictionary<string, string> { ["X-Register"] = "7B" }, IsTrusted: false));

        var got = _receiver.Received.Single();
        var (body, timestamp) =
            (Encoding.UTF8.GetBytes(got.Body), long.Parse(got.Headers["webhook-timestamp"], CultureInfo.InvariantCulture));
        Assert.That(got.Body, Is.EqualTo("{\"event\":\"attendance.recognized\",\"sequence\":7}"));
        Assert.That(got.Headers["X-Register"], Is.EqualTo("7B"));
        Assert.That(got.Headers["webhook-signature"], Is.EqualTo(
            $"{WebhookSignature.Standard(Key, got.Id, timestamp, body)} {WebhookSignature.Standard(older, got.Id, timestamp, body)}"));
    }

    [Test]
    public async Task PostAsync_EndpointOfTheApiOnThisMachine_IsNotEvenConnected()
    {
        var attempt =
            await PostAsync(new WebhookOptions(), new(new Uri(_receiver.Url), [Key], new Dictionary<string, string>(), IsTrusted: false));

        Assert.That(attempt, Is.EqualTo(new DeliveryAttempt(false, null, "the host leads to an address that is not allowed")));
        Assert.That(_receiver.Received, Is.Empty);
    }

    [TestCase(500, "broken", "broken")]
    [TestCase(404, "", "HTTP 404")]
    [TestCase(304, "", "HTTP 304")]
    public async Task PostAsync_Refused_FailsWithItsBodyOrItsStatus(int status, string body, string message)
    {
        _receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = status;
            return body.Length > 0 ? http.Response.WriteAsync(body) : Task.CompletedTask;
        };

        Assert.That(await PostAsync(_receiver.Url), Is.EqualTo(new DeliveryAttempt(false, status, message)));
    }

    [TestCase(301)]
    [TestCase(302)]
    [TestCase(307)]
    [TestCase(308)]
    public async Task PostAsync_Redirected_DoesNotFollowAndNamesIt(int status)
    {
        await using var elsewhere = await WebhookReceiver.StartAsync();
        _receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.Location = elsewhere.Url;
            return Task.CompletedTask;
        };

        var attempt = await PostAsync(_receiver.Url);

        Assert.That(attempt, Is.EqualTo(new DeliveryAttempt(false, status, $"redirect not followed: {status} to {elsewhere.Url}")));
        Assert.That(elsewhere.Received, Is.Empty);
    }

    [TestCase(200, true)]
    [TestCase(500, false)]
    public async Task PostAsync_AnswerOfAGigabyte_ReadsTwoKilobytesAndHangsUp(int status, bool accepted)
    {
        const long Gigabyte = 1L << 30;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, $"HTTP/1.1 {status} Whatever\r\nContent-Length: {Gigabyte}\r\n\r\n", Gigabyte);

        var attempt = await PostAsync($"http://{listener.LocalEndpoint}/");
        var written = await serving;

        Assert.That(attempt, Is.EqualTo(new DeliveryAttempt(accepted, status, new string('x', 2048))));
        // What the sockets' buffers took in before the line was cut; Linux grows them to a few megabytes.
        Assert.That(written, Is.LessThan(Gigabyte / 16));
    }

    [Test]
    public async Task PostAsync_NoAnswer_FailsAtTheTimeLimit()
    {
        _receiver.Answer = (http, _) => Task.Delay(Timeout.Infinite, http.RequestAborted);

        var attempt = await PostAsync(_receiver.Url, timeout: TimeSpan.FromMilliseconds(300));

        Assert.That(attempt, Is.EqualTo(new DeliveryAttempt(false, null, "timeout after 0.3 s")));
    }

    [Test]
    public async Task PostAsync_AcceptedButTheBodyNeverEnds_IsAcceptedWithWhatCame()
    {
        _receiver.Answer = async (http, _) =>
        {
            await http.Response.WriteAsync("half of");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
        };

        var attempt = await PostAsync(_receiver.Url, timeout: TimeSpan.FromMilliseconds(500));

        Assert.That(attempt, Is.EqualTo(new DeliveryAttempt(true, 200, "half of")));
    }

    [Test]
    public async Task PostAsync_NobodyListens_FailsWithTheReason()
    {
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));

        var attempt = await PostAsync($"http://127.0.0.1:{((IPEndPoint)reserved.LocalEndPoint!).Port}/");

        Assert.That(attempt, Is.EqualTo(new DeliveryAttempt(false, null, "connection refused")));
    }

    [Test]
    public async Task PostAsync_HostDoesNotExist_FailsWithTheReason()
    {
        // RFC 6761 keeps "invalid" from ever resolving.
        var attempt = await PostAsync("http://nobody.invalid/hook", timeout: TimeSpan.FromSeconds(10));

        Assert.That(attempt, Is.EqualTo(new DeliveryAttempt(false, null, "host name cannot be resolved")));
    }

    [Test]
    public async Task PostAsync_AnswerIsNoHttp_FailsWithTheReason()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = ServeAsync(listener, "SSH-2.0-OpenSSH\r\n", 0);

        var attempt = await PostAsync($"http://{listener.LocalEndpoint}/");
        await serving;

        Assert.That(attempt, Is.EqualTo(new DeliveryAttempt(false, null, "answer broke off or is no HTTP")));
    }

    [Test]
    public async Task PostAsync_AnswerHoldsNulAndBrokenUtf8_IsMadeStorable()
    {
        _receiver.Answer = (http, _) => http.Response.Body.WriteAsync(new byte[] { (byte)'a', 0, 0xFF, (byte)'b' }).AsTask();

        var attempt = await PostAsync(_receiver.Url);

        Assert.That(attempt.Message, Is.EqualTo("a\uFFFD\uFFFDb"));
    }

    [TestCase(429, "120", 120)]
    [TestCase(503, "7", 7)]
    [TestCase(500, "7", null)]
    public async Task PostAsync_RetryAfter_IsReadWhereItMeansSomething(int status, string header, int? seconds)
    {
        _receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = status;
            http.Response.Headers.RetryAfter = header;
            return Task.CompletedTask;
        };

        var attempt = await PostAsync(_receiver.Url);

        Assert.That(attempt.RetryAfter?.TotalSeconds, Is.EqualTo(seconds));
    }

    [Test]
    public async Task PostAsync_RetryAfterAsADate_IsReadAsAPause()
    {
        _receiver.Answer = (http, _) =>
        {
            http.Response.StatusCode = 503;
            http.Response.Headers.RetryAfter = DateTimeOffset.UtcNow.AddMinutes(10).ToString("R", CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        };

        var attempt = await PostAsync(_receiver.Url);

        Assert.That(attempt.RetryAfter!.Value, Is.GreaterThan(TimeSpan.FromMinutes(5)).And.LessThanOrEqualTo(TimeSpan.FromMinutes(10)));
    }

    /// <summary>Answers one connection with a text and then that many bytes more, for as long as anybody takes them.</summary>
    /// <returns>The bytes that were taken.</returns>
    private static async Task<long> ServeAsync(TcpListener listener, string answer, long more)
    {
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        var block = new byte[64 * 1024];
        Array.Fill(block, (byte)'x');
        var written = 0L;
        try
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
            for (; written < more; written += block.Length) await stream.WriteAsync(block);
        }
        catch (IOException)
        {
            // The client hung up.
        }
        return written;
    }

    private static Task<DeliveryAttempt> PostAsync(string url, string? apiKey = null, TimeSpan? timeout = null) => PostAsync(
        new WebhookOptions { Url = url, ApiKey = apiKey },
        new(new Uri(url), [Key],
            string.IsNullOrEmpty(apiKey) ? new Dictionary<string, string>() : new Dictionary<string, string>
            {
                ["Authorization"] = $"Bearer {apiKey}",
            }, IsTrusted: true), timeout);

    private static async Task<DeliveryAttempt> PostAsync(WebhookOptions options, DeliveryTarget target, TimeSpan? timeout = null)
    {
        // Long enough for a machine that is busy with something else, where the limit is not what is tested.
        options.Timeout = timeout ?? TimeSpan.FromSeconds(60);
        using var client = new WebhookClient(Options.Create(options), new WebhookTargets(Options.Create(options)), TimeProvider.System);
        return await client.PostAsync(Event, target, default);
    }
}
