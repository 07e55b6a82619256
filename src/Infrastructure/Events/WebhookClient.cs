using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using FaceAttendance.Application.Webhooks;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>What one attempt came to.</summary>
/// <param name="IsAccepted">The receiver answered 2xx.</param>
/// <param name="HttpStatus">Null when no answer came.</param>
/// <param name="Message">The beginning of the answer's body, or the reason why there is none; at most 2048 characters.</param>
/// <param name="RetryAfter">What a 429 or 503 asked for.</param>
internal sealed record DeliveryAttempt(bool IsAccepted, int? HttpStatus, string Message, TimeSpan? RetryAfter = null)
{
    /// <summary>The receiver says that it will never take anything again.</summary>
    public bool IsGone => HttpStatus == (int)HttpStatusCode.Gone;
}

/// <summary>Posts an event to the receiver, once, and never throws for what the receiver does. Thread-safe.</summary>
internal sealed class WebhookClient : IDisposable
{
    // The contract's: the report carries the first 2 KB of the answer.
    private const int MostAnswerBytes = 2048;
    private const int MostLocationChars = 200;
    private const int MostHeaderKilobytes = 16;

    // Addresses of receivers change; a connection this old is made anew and asks the name server again.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2);

    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly ProductInfoHeaderValue Product =
        new("FaceAttendance", typeof(WebhookClient).Assembly.GetName().Version!.ToString(3));

    private readonly WebhookOptions _options;
    private readonly TimeProvider _clock;
    private readonly HttpClient _operators;
    private readonly HttpClient _others;

    public WebhookClient(IOptions<WebhookOptions> options, WebhookTargets targets, TimeProvider clock)
    {
        (_options, _clock) = (options.Value, clock);
        var usesProxy = !(Uri.TryCreate(_options.Url, UriKind.Absolute, out var url) && url.IsLoopback);
        _operators = Over(new SocketsHttpHandler { UseProxy = usesProxy });
        // A proxy would resolve names itself, out of reach of the check.
        _others = Over(new SocketsHttpHandler { UseProxy = false, ConnectCallback = targets.ConnectAsync });
    }

    public async Task<DeliveryAttempt> PostAsync(OutboxDelivery sent, DeliveryTarget target, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(_options.Timeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            using var request = RequestOf(sent, target);
            using var response =
                await (target.IsTrusted ? _operators : _others).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return await JudgeAsync(response, either.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return new(false, null, string.Create(CultureInfo.InvariantCulture, $"timeout after {_options.Timeout.TotalSeconds:0.###} s"));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return new(false, null, ReasonOf(e));
        }
    }

    public void Dispose()
    {
        _operators.Dispose();
        _others.Dispose();
    }

    private static HttpClient Over(SocketsHttpHandler handler)
    {
        // A redirect would take the event, its signature and the key to an address that nobody configured.
        handler.AllowAutoRedirect = false;
        handler.UseCookies = false;
        // What is not read of an answer is not worth reading: the connection is dropped instead.
        handler.MaxResponseDrainSize = 0;
        handler.MaxResponseHeadersLength = MostHeaderKilobytes;
        handler.PooledConnectionLifetime = ConnectionLifetime;
        handler.ActivityHeadersPropagator = null;
        // The time limit of an attempt covers the answer's body as well.
        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }

    private HttpRequestMessage RequestOf(OutboxDelivery sent, DeliveryTarget target)
    {
        var body = Encoding.UTF8.GetBytes(target.IsTrusted ? sent.Body : EventBody.WithSequence(sent.Body, sent.Sequence));
        var id = sent.Event.ToString();
        var timestamp = _clock.GetUtcNow().ToUnixTimeSeconds();
        var request = new HttpRequestMessage(HttpMethod.Post, target.Url)
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = Json } },
        };
        request.Headers.UserAgent.Add(Product);
        // Endpoints made by earlier versions may hold what is refused today.
        foreach (var (name, value) in target.Headers.Where(h => !EndpointRules.IsReserved(h.Key)))
            request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.TryAddWithoutValidation("webhook-id", id);
        request.Headers.TryAddWithoutValidation("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.TryAddWithoutValidation(
            "webhook-signature", string.Join(' ', target.Keys.Select(key => WebhookSignature.Standard(key, id, timestamp, body))));
        // It holds one value: the oldest secret that is still good, which a receiver that has not heard of the new one checks with.
        request.Headers.TryAddWithoutValidation("X-Signature", WebhookSignature.OfBody(target.Keys[^1], body));
        if (sent.Sequence is { } sequence)
            request.Headers.TryAddWithoutValidation("webhook-sequence", sequence.ToString(CultureInfo.InvariantCulture));
        return request;
    }

    private async Task<DeliveryAttempt> JudgeAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var code = (int)response.StatusCode;
        if (code is >= 300 and < 400 && response.Headers.Location is { } location)
        {
            var target = location.OriginalString.Length > MostLocationChars ? location.OriginalString[..MostLocationChars]
                : location.OriginalString;
            return new(false, code, Storable($"redirect not followed: {code} to {target}"));
        }
        var answer = await ReadStartAsync(response, ct);
        if (response.IsSuccessStatusCode) return new(true, code, answer);
        return new(false, code, answer.Length > 0 ? answer : $"HTTP {code}", RetryAfterOf(response));
    }

    private TimeSpan? RetryAfterOf(HttpResponseMessage response)
    {
        if (response.StatusCode is not (HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable)) return null;
        var asked = response.Headers.RetryAfter;
        return asked?.Delta ?? (asked?.Date is { } date ? date - _clock.GetUtcNow() : null);
    }

    /// <summary>The answer's first 2 KB. Its status line has come already, so an answer that breaks off says what it said so far.</summary>
    private static async Task<string> ReadStartAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var start = new byte[MostAnswerBytes];
        var read = 0;
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            while (read < start.Length)
            {
                var more = await body.ReadAsync(start.AsMemory(read), ct);
                if (more == 0) break;
                read += more;
            }
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // Nothing that is missing would change the verdict.
        }
        return Storable(Encoding.UTF8.GetString(start, 0, read));
    }

    /// <summary>PostgreSQL's text holds every character but U+0000.</summary>
    private static string Storable(string text) => text.Replace('\0', '\uFFFD');

    private static string ReasonOf(Exception failure) => failure switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "host name cannot be resolved",
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } } =>
            "host name cannot be resolved",
        { InnerException: TargetRefusedException refused } => refused.Message,
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "TLS failed",
        { InnerException: AuthenticationException } => "TLS failed",
        { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } => "connection refused",
        { InnerException: SocketException { SocketErrorCode: SocketError.HostUnreachable or SocketError.NetworkUnreachable } } =>
            "host unreachable",
        { InnerException: SocketException socket } => $"connection failed ({socket.SocketErrorCode})",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "connection failed",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "answer's headers are too long",
        _ => "answer broke off or is no HTTP",
    };
}
