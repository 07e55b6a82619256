using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.TestKit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests;

/// <summary>
/// What <c>AddInfrastructure</c> registers, started as a host starts it. Two of them on one database are two server processes as far as
/// anything here can tell: they share nothing but PostgreSQL.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly IHost _host;
    private bool _isStarted;

    private ServerProcess(IHost host) => _host = host;

    public RecordedLog Log => Get<RecordedLog>();

    public static async Task<ServerProcess> StartAsync(
        TestDatabase database, IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null)
    {
        var process = Build(database.ConnectionString, settings, configure);
        try
        {
            await process.StartAsync();
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>A process that was not started yet.</summary>
    public static ServerProcess Build(
        string connectionString, IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? configure = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Persistence:ConnectionString"] = connectionString,
            ["StorageKeys:Keys"] = TestKeys.First,
        });
        if (settings is not null) builder.Configuration.AddInMemoryCollection(settings);
        var log = new RecordedLog();
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton(log);
        builder.Services.AddSingleton<IFaceAnalyzer>(new ContractOnly());
        builder.Services.AddOptions<AttendanceOptions>().BindConfiguration("Attendance");
        builder.Services.Configure<RecognitionOptions>(o => (o.BaseThreshold, o.LeastOwnSimilarity) = (0.5f, 0.2f));
        builder.Services.AddInfrastructure();
        configure?.Invoke(builder.Services);
        return new ServerProcess(builder.Build());
    }

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public async Task StartAsync()
    {
        await _host.StartAsync();
        _isStarted = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (_isStarted) await _host.StopAsync();
        if (_host is IAsyncDisposable disposable) await disposable.DisposeAsync();
        else _host.Dispose();
    }
}

/// <summary>Names the contract of the templates and cannot analyze anything.</summary>
internal sealed class ContractOnly : IFaceAnalyzer
{
    public static readonly EmbeddingContractId Id = new("test-contract");

    public EmbeddingContractId Contract => Id;

    public Task<Result<FrameAnalysis>> AnalyzeAsync(
        SchoolId school, ReadOnlyMemory<byte> image, FramePurpose purpose, CancellationToken ct) =>
        throw new NotSupportedException("Nothing here looks at images.");
}

/// <summary>Keeps what was logged, with exceptions.</summary>
internal sealed class RecordedLog : ILoggerProvider
{
    private readonly List<string> _lines = [];

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lines) return [.. _lines];
        }
    }

    public ILogger CreateLogger(string categoryName) => new Writer(this, categoryName);

    public void Dispose()
    {
    }

    private sealed class Writer(RecordedLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            lock (log._lines) log._lines.Add($"{logLevel} {category} {formatter(state, exception)} {exception}");
        }
    }
}

/// <summary>Waiting for what happens in the background: no test asserts how long it takes, only that it comes about.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        // Generous, for a machine that is busy with something else.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            if (patience.IsCancellationRequested) Assert.Fail($"It never came about: {what}.");
            await Task.Delay(20);
        }
    }

    public static Task TrueAsync(Func<bool> condition, string what) => TrueAsync(() => Task.FromResult(condition()), what);
}
