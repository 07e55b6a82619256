using FaceAttendance.TestKit;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests;

/// <summary>A fixture whose every test has a fresh database and drops it afterwards, with all processes that the test started on
/// it.</summary>
internal abstract class DatabaseFixture
{
    /// <summary>The operator wants every event, and gets none for a minute: what is written stays where a test can look at it.</summary>
    protected static readonly (string Key, string? Value)[] Unsent =
    [
        ("Webhook:Url", "http://127.0.0.1:9/"), ("Webhook:Events", "attendance.checked_in,attendance.marked,attendance.absent"),
        ("Webhook:PollInterval", "00:01:00"),
    ];

    private readonly List<ServerProcess> _processes = [];

    protected TestDatabase Database { get; private set; } = null!;

    [SetUp]
    public async Task CreateDatabaseAsync() => Database = await (await PostgresCluster.SharedAsync()).CreateDatabaseAsync();

    [TearDown]
    public async Task DropDatabaseAsync()
    {
        foreach (var process in _processes) await process.DisposeAsync();
        _processes.Clear();
        await Database.DisposeAsync();
    }

    protected async Task<ServerProcess> StartProcessAsync(params (string Key, string? Value)[] settings)
    {
        var process = await ServerProcess.StartAsync(Database, settings.GroupBy(s => s.Key).ToDictionary(s => s.Key, s => s.Last().Value));
        _processes.Add(process);
        return process;
    }
}
