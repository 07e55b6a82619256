using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Cli.Enrollment;

namespace FaceAttendance.Cli.Server;

/// <summary>No answer came: the server is not there, or the connection broke. Repeating the request may help.</summary>
internal sealed class NoAnswerException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A running server, over HTTP and WebSocket. Thread-safe.</summary>
internal sealed class FaceServer : IDisposable
{
    // A machine that drops packets would otherwise hold the caller for minutes.
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    // The server answers a frame within seconds, its 10 s for the first delivery included; a slow uplink may need a minute for a photo.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(90);

    // A protocol ping this often, answered within the same time, tells a vanished server from a quiet one.
    private static readonly TimeSpan SocketKeepAlive = TimeSpan.FromSeconds(15);

    private const int MaxAnswerBytes = 8 * 1024 * 1024;

    private readonly ServerAddress _address;
    private readonly SocketsHttpHandler _handler;
    private readonly HttpClient _http;

    public FaceServer(ServerAddress address)
    {
        _address = address;
        _handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectTimeout,
            // A redirected upload would arrive as a GET; the caller hears of it instead.
            AllowAutoRedirect = false,
            // A proxy for the internet does not know this machine's own addresses.
            UseProxy = !address.Url.IsLoopback,
            UseCookies = false,
        };
        _http = new HttpClient(_handler, disposeHandler: false)
        {
            BaseAddress = address.Url,
            Timeout = AnswerTimeout,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        if (address.ApiKey is { } key) _http.DefaultRequestHeaders.Authorization = new("Bearer", key);
    }

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> HealthAsync(CancellationToken ct) => SendAsync(HttpMethod.Get, "health", null, ct);

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> StudentAsync(string student, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, $"students/{Uri.EscapeDataString(student)}", null, ct);

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> EnrollAsync(string student, ReadOnlyMemory<byte> image, string mediaType, PhotoTerms terms,
        CancellationToken ct)
    {
        var form = PhotoForm(image, mediaType, terms);
        form.Add(new StringContent(student), "student_id");
        return SendAsync(HttpMethod.Post, "enroll", form, ct);
    }

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> AddFaceAsync(string student, ReadOnlyMemory<byte> image, string mediaType, PhotoTerms terms,
        CancellationToken ct) =>
        SendAsync(HttpMethod.Post, $"api/v1/students/{Uri.EscapeDataString(student)}/faces", PhotoForm(image, mediaType, terms), ct);

    /// <inheritdoc cref="SendAsync"/>
    /// <param name="readReport">Reads the report as it comes; called for a success alone.</param>
    public Task<ServerAnswer> ImportRosterAsync(ReadOnlyMemory<byte> csv, bool dryRun, Func<StreamReader, Task> readReport,
        CancellationToken ct)
    {
        var content = new ReadOnlyMemoryContent(csv);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        return SendAsync(HttpMethod.Post, $"api/v1/students/import?dry_run={(dryRun ? "true" : "false")}", content, ct, readReport);
    }

    /// <inheritdoc cref="SendAsync"/>
    /// <param name="query">With the question mark, or empty.</param>
    /// <param name="readCsv">Reads the file as it comes; called for a success alone.</param>
    public Task<ServerAnswer> ExportAttendanceAsync(string query, Func<StreamReader, Task> readCsv, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, $"api/v1/attendance.csv{query}", null, ct, readCsv);

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> RecognizeAsync(ReadOnlyMemory<byte> image, string mediaType, CancellationToken ct) =>
        SendAsync(HttpMethod.Post, "recognize", ImageForm(image, mediaType), ct);

    /// <inheritdoc cref="SendAsync"/>
    /// <param name="query">Without the question mark; may be empty.</param>
    public Task<ServerAnswer> RecognizeRealtimeAsync(ReadOnlyMemory<byte> image, string mediaType, string query, CancellationToken ct) =>
        SendAsync(HttpMethod.Post, $"recognize/realtime?{query}".TrimEnd('?'), ImageForm(image, mediaType), ct);

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> TemplateKeysAsync(CancellationToken ct) => SendAsync(HttpMethod.Get, "api/v1/template-keys", null, ct);

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> RotateTemplateKeyAsync(CancellationToken ct) =>
        SendAsync(HttpMethod.Post, "api/v1/template-keys/rotation", null, ct);

    /// <inheritdoc cref="SendAsync"/>
    /// <param name="query">Without the question mark; may be empty.</param>
    public Task<ServerAnswer> VerifyAuditAsync(string query, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, $"api/v1/audit/verification?{query}".TrimEnd('?'), null, ct);

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> GetAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, ct);

    /// <inheritdoc cref="SendAsync"/>
    /// <param name="file">Gets a success's body, in the place of what it held; where there is none it stays as it is.</param>
    public Task<ServerAnswer> SaveAsync(string path, string file, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, path, null, ct, async body =>
        {
            await using var saved = File.Create(file);
            await body.BaseStream.CopyToAsync(saved, ct);
        });

    /// <inheritdoc cref="SendAsync"/>
    /// <param name="body">Null to send none.</param>
    public Task<ServerAnswer> PostJsonAsync(string path, object? body, CancellationToken ct) =>
        SendAsync(HttpMethod.Post, path, body is null ? null : JsonContent.Create(body), ct);

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> PutJsonAsync(string path, object body, CancellationToken ct) =>
        SendAsync(HttpMethod.Put, path, JsonContent.Create(body), ct);

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> PatchJsonAsync(string path, object body, CancellationToken ct) =>
        SendAsync(HttpMethod.Patch, path, JsonContent.Create(body), ct);

    /// <inheritdoc cref="SendAsync"/>
    public Task<ServerAnswer> DeleteAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Delete, path, null, ct);

    /// <summary>Opens the stream of live events. The caller disposes of the socket.</summary>
    /// <exception cref="NoAnswerException">It could not be opened.</exception>
    /// <exception cref="CommandFailedException">The server does not let the caller in.</exception>
    public async Task<WebSocket> ListenAsync(CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = SocketKeepAlive;
        socket.Options.KeepAliveTimeout = SocketKeepAlive;
        socket.Options.CollectHttpResponseDetails = true;
        if (_address.ApiKey is { } key) socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        var url = new UriBuilder(new Uri(_address.Url, "ws/recognitions")) { Scheme = _address.Url.Scheme == "https" ? "wss" : "ws" };
        try
        {
            using var invoker = new HttpMessageInvoker(_handler, disposeHandler: false);
            await socket.ConnectAsync(url.Uri, invoker, ct);
            return socket;
        }
        catch (WebSocketException e)
        {
            var status = socket.HttpStatusCode;
            socket.Dispose();
            ThrowIfNotLetIn(status);
            throw new NoAnswerException(status == 0 ? Innermost(e) : $"HTTP {(int)status} in place of a WebSocket", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>What to say to a person when the server does not answer at all.</summary>
    public CommandFailedException Unreachable(NoAnswerException because) => new(
        $"No answer from {_address}: {because.Message}. Is the server running? "
            + $"./run.sh starts one here; --server or {ServerAddress.UrlVariable} names another.",
        ExitCode.NoServer);

    public override string ToString() => _address.ToString();

    public void Dispose()
    {
        _http.Dispose();
        _handler.Dispose();
    }

    private static MultipartFormDataContent PhotoForm(ReadOnlyMemory<byte> image, string mediaType, PhotoTerms terms)
    {
        var form = ImageForm(image, mediaType);
        if (terms.Central) form.Add(new StringContent("true"), "central");
        if (terms.SetsAside("duplicate_person")) form.Add(new StringContent("true"), "override_duplicate");
        if (terms.SetsAside("another_person")) form.Add(new StringContent("true"), "override_another_person");
        if (terms.Overrides.Count > 0) form.Add(new StringContent(terms.Reason), "reason");
        return form;
    }

    private static MultipartFormDataContent ImageForm(ReadOnlyMemory<byte> image, string mediaType)
    {
        var part = new ReadOnlyMemoryContent(image);
        part.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        // The name on disk is nobody's business; servers only want to see that there is one.
        return new MultipartFormDataContent { { part, "image", "photo" } };
    }

    /// <param name="read">Reads a successful answer's body as it comes; null to have it in the answer.</param>
    /// <exception cref="NoAnswerException">No answer came, or not to its end.</exception>
    /// <exception cref="CommandFailedException">The server does not let the caller in, or sends the caller elsewhere.</exception>
    private async Task<ServerAnswer> SendAsync(
        HttpMethod method, string path, HttpContent? content, CancellationToken ct, Func<StreamReader, Task>? read = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        try
        {
            using var response = await _http.SendAsync(
                request, read is null ? HttpCompletionOption.ResponseContentRead : HttpCompletionOption.ResponseHeadersRead, ct);
            ThrowIfNotLetIn(response.StatusCode);
            if (response.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout)
                throw new NoAnswerException($"a proxy on the way says HTTP {(int)response.StatusCode}");
            if (response.Headers.Location is { } elsewhere && (int)response.StatusCode is >= 300 and < 400)
            {
                throw new CommandFailedException(
                    $"{_address} sends callers on to {new Uri(_address.Url, elsewhere)}; name that address instead.", ExitCode.NoServer);
            }
            if (read is not null && response.IsSuccessStatusCode)
            {
                using var text = new StreamReader(await response.Content.ReadAsStreamAsync(ct));
                await read(text);
                return new(response.StatusCode, "", null);
            }
            return new(response.StatusCode, await response.Content.ReadAsStringAsync(ct), RetryAfter(response.Headers.RetryAfter));
        }
        catch (HttpRequestException e)
        {
            throw new NoAnswerException(Innermost(e), e);
        }
        catch (IOException e)
        {
            throw new NoAnswerException(Innermost(e), e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new NoAnswerException($"nothing came back within {AnswerTimeout.TotalSeconds} s", e);
        }
    }

    private void ThrowIfNotLetIn(HttpStatusCode status)
    {
        if (status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)) return;
        var remedy = _address.ApiKey is null
            ? $"Give a key with {ServerAddress.KeyVariable} or --api-key."
            : "The key that was given is not valid here or lacks the right.";
        throw new CommandFailedException($"{_address} does not let this caller in (HTTP {(int)status}). {remedy}", ExitCode.NoServer);
    }

    private static TimeSpan? RetryAfter(RetryConditionHeaderValue? header)
    {
        var wait = header?.Delta ?? header?.Date - TimeProvider.System.GetUtcNow();
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    // The outer messages only say that sending failed.
    private static string Innermost(Exception e) => e.GetBaseException().Message.TrimEnd('.');
}
