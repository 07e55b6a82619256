using FaceAttendance.TestKit;
using Microsoft.AspNetCore.Builder;

namespace FaceAttendance.Cli.Tests;

/// <summary>The server itself, with its database and its models, and an environment in which the command finds it.</summary>
internal sealed class RealServer : IAsyncDisposable
{
    private readonly WebApplication _server;

    private RealServer(TemporaryFolder folder, TestDatabase database, WebhookReceiver receiver, WebApplication server)
    {
        (Folder, Database, Receiver, _server) = (folder, database, receiver, server);
        Environment = new() { ["FACE_SERVER"] = server.Urls.First(), ["XDG_STATE_HOME"] = Path.Combine(folder.Root, "state") };
    }

    public TemporaryFolder Folder { get; }

    public TestDatabase Database { get; }

    /// <summary>The operator's own webhook leads there.</summary>
    public WebhookReceiver Receiver { get; }

    public Dictionary<string, string> Environment { get; }

    /// <param name="settings">Such as <c>--EVENT_COOLDOWN_SECONDS=5</c>.</param>
    public static async Task<RealServer> StartAsync(params string[] settings)
    {
        var database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();
        var receiver = await WebhookReceiver.StartAsync();
        receiver.AnswerWith(200, """{"stored":true}""");
        var server = WebApi.Program.Build(
        [
            "--environment=Development", "--urls=http://127.0.0.1:0", $"--ConnectionStrings:Default={database.ConnectionString}",
            "--FACE_WORKERS=1", "--EVENT_COOLDOWN_SECONDS=3600", $"--ATTENDANCE_WEBHOOK_URL={receiver.Url}",
            "--Logging:LogLevel:Default=Warning", .. settings,
        ]);
        await server.StartAsync();
        return new(new(), database, receiver, server);
    }

    public Task<Outcome> RunAsync(params string[] words) => CommandRun.FinishAsync(Environment, words);

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
        await Receiver.DisposeAsync();
        await Database.DisposeAsync();
        Folder.Dispose();
    }
}
