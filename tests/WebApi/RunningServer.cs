using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FaceAttendance.TestKit;
using FaceAttendance.WebApi.Tests.OpenApi;
using Microsoft.AspNetCore.Builder;
using Npgsql;

namespace FaceAttendance.WebApi.Tests;

/// <summary>The whole server within this process: a real port, a real database of its own, the real models.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TestDatabase? _ownDatabase;

    private RunningServer(WebApplication app, TestDatabase? ownDatabase)
    {
        (_app, _ownDatabase) = (app, ownDatabase);
        Address = new Uri(app.Urls.First());
        Traffic = new(new PersonalData.Traffic(new HttpClientHandler { UseCookies = false }));
        Http = new HttpClient(Traffic) { BaseAddress = Address };
    }

    /// <summary>Of every user that <see cref="AddUserAsync"/> adds.</summary>
    public const string Password = "correct horse";

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>What <see cref="Http"/> was answered, all of it as the API's description says.</summary>
    public ApiDocument.Traffic Traffic { get; }

    /// <summary>Of each of its sockets.</summary>
    public IEnumerable<string> Urls => _app.Urls;

    public IServiceProvider Services => _app.Services;

    public TestDatabase Database => _ownDatabase!;

    /// <param name="settings">Such as <c>EVENT_COOLDOWN_SECONDS=0</c>.</param>
    public static async Task<RunningServer> StartAsync(params string[] settings)
    {
        var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        return await StartAsync(database.ConnectionString, database, settings);
    }

    /// <summary>A server on somebody else's database.</summary>
    public static Task<RunningServer> StartOnAsync(string connectionString, params string[] settings) =>
        StartAsync(connectionString, null, settings);

    public Uri WebSocket(string path) => new UriBuilder(new Uri(Address, path)) { Scheme = "ws" }.Uri;

    public async Task<Answer> GetAsync(string path) => await Answer.OfAsync(await Http.GetAsync(path));

    public async Task<Answer> DeleteAsync(string path) => await Answer.OfAsync(await Http.DeleteAsync(path));

    public async Task<Answer> PostAsync(string path, HttpContent? content) => await Answer.OfAsync(await Http.PostAsync(path, content));

    public async Task<Answer> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await Answer.OfAsync(await Http.SendAsync(request));
    }

    /// <summary>Adds a user to the first school.</summary>
    public Task<Answer> AddUserAsync(string name, string role, string? student = null) => PostAsync("/api/v1/users", Json(
        $$"""{"username":"{{name}}","password":"{{Password}}","role":"{{role}}","student_id":{{(student is null ? "null" : $"\"{student}\"")}}}"""));

    public async Task<(string Refresh, string Access)> LogInAsync(string name, string password = Password)
    {
        var answer = await PostAsync("/api/token/", Json($$"""{"username":"{{name}}","password":"{{password}}"}"""));
        return (answer.Json.GetProperty("refresh").GetString()!, answer.Json.GetProperty("access").GetString()!);
    }

    /// <summary>A new user's access token.</summary>
    public async Task<string> NewTokenAsync(string role, string? student = null)
    {
        var name = $"user-{Guid.NewGuid():N}";
        await AddUserAsync(name, role, student);
        return (await LogInAsync(name)).Access;
    }

    /// <summary>A client that shows a new user's access token. The caller disposes it.</summary>
    public async Task<HttpClient> NewUserAsync(string role, string? student = null)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new("Bearer", await NewTokenAsync(role, student));
        return client;
    }

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public Task<Answer> EnrollAsync(string student, byte[] image) =>
        PostAsync("/enroll", Form.With(("student_id", student)).File("image", image));

    /// <summary>Stops the server and leaves its database.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (_ownDatabase is not null) await _ownDatabase.DisposeAsync();
    }

    private static async Task<RunningServer> StartAsync(string connectionString, TestDatabase? own, string[] settings)
    {
        // As in a deployment: the server's role owns nothing, and the owner changes the schema.
        var servers = new NpgsqlConnectionStringBuilder(connectionString) { Username = PostgresCluster.ServerRole }.ConnectionString;
        string[] arguments =
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Default={servers}",
            $"--ConnectionStrings:Owner={connectionString}", "--FACE_WORKERS=1", $"--SERVER_KEYS={TestKeys.First}",
            "--Logging:LogLevel:Default=Debug", "--LOG_FORMAT=json", .. settings.Select(s => "--" + s),
        ];
        var app = Program.Build(arguments);
        await app.StartAsync();
        return new RunningServer(app, own);
    }
}

/// <summary>An answer, read.</summary>
internal sealed record Answer(HttpStatusCode Status, string Body, HttpResponseHeaders Headers, string? ContentType)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public static async Task<Answer> OfAsync(HttpResponseMessage response)
    {
        using (response)
        {
            return new(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers,
                response.Content.Headers.ContentType?.ToString());
        }
    }
}

/// <summary>A multipart form as clients send it.</summary>
internal static class Form
{
    public static MultipartFormDataContent With(params (string Name, string Value)[] texts)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in texts) form.Add(new StringContent(value, Encoding.UTF8), name);
        return form;
    }

    public static MultipartFormDataContent Image(byte[] image) => With().File("image", image);

    public static MultipartFormDataContent File(
        this MultipartFormDataContent form, string name, byte[] content, string fileName = "photo.jpg")
    {
        form.Add(new ByteArrayContent(content), name, fileName);
        return form;
    }
}
