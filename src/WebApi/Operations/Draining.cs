using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using FaceAttendance.WebApi.Live;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Operations;

/// <summary>How the server stops. Section: <c>Shutdown</c>.</summary>
internal sealed class DrainingOptions
{
    /// <summary>
    /// DRAIN_SECONDS: how long the server goes on serving after it was told to stop, while /health/ready says no, so that a load balancer
    /// has sent everybody elsewhere by the time it closes. 0: it closes at once.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Drain { get; set; }
}

[OptionsValidator]
internal sealed partial class DrainingOptionsValidator : IValidateOptions<DrainingOptions>;

/// <summary>
/// The server's end, in this order: it says that it is not ready and serves on; its ports let nobody in any more, and who stood there is
/// served; sockets and everything else hear of the end; requests under way are finished. The host's own lifetime would tell the sockets
/// first.
/// </summary>
internal sealed partial class Draining(
    IOptions<DrainingOptions> options, IHostApplicationLifetime lifetime, ListeningSockets doors, HubFarewell hubs, TimeProvider clock,
    ILogger<Draining> log)
    : IHostLifetime, IHostedLifecycleService, IDisposable
{
    // Whoever reached the port has asked by then. Shorter than the second after which TCP knocks again, so that who was not let in finds
    // the port closed at the next knock, and a proxy goes on to the next server.
    private static readonly TimeSpan ForThoseAtTheDoor = TimeSpan.FromSeconds(0.4);

    private readonly Lock _lock = new();
    private readonly CancellationTokenSource _hurry = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private Task? _drained;

    public bool IsStopping
    {
        get
        {
            lock (_lock) return _drained is not null || lifetime.ApplicationStopping.IsCancellationRequested;
        }
    }

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in new[] { PosixSignal.SIGINT, PosixSignal.SIGQUIT, PosixSignal.SIGTERM })
            _signals.Add(PosixSignalRegistration.Create(signal, OnSignal));
        return Task.CompletedTask;
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>A stop that no signal asked for drains here.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => DrainAsync().WaitAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var signal in _signals) signal.Dispose();
        _hurry.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        // The process ends when everything has, not now.
        signal.Cancel = true;
        // Asked twice, or before there was anybody to serve.
        if (IsStopping || !lifetime.ApplicationStarted.IsCancellationRequested) _hurry.Cancel();
        _ = StopAsync();

        async Task StopAsync()
        {
            await DrainAsync();
            lifetime.StopApplication();
        }
    }

    private Task DrainAsync()
    {
        lock (_lock) return _drained ??= EndAsync();
    }

    private async Task EndAsync()
    {
        if (options.Value.Drain > TimeSpan.Zero) await ServeOnAsync();
        await hubs.SayAsync(clock);
    }

    private async Task ServeOnAsync()
    {
        Log.Draining(log, options.Value.Drain.TotalSeconds);
        var before = options.Value.Drain - ForThoseAtTheDoor;
        if (before > TimeSpan.Zero) await Task.Delay(before, clock, _hurry.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        doors.LetNobodyIn();
        await Task.Delay(ForThoseAtTheDoor, clock, _hurry.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static partial class Log
    {
        [LoggerMessage(1806, LogLevel.Information, "The server was told to stop: it is not ready any more, and serves on for {Seconds} s.")]
        public static partial void Draining(ILogger log, double seconds);
    }
}

internal static class Shutdown
{
    // Long enough for a delivery's first attempt (10 s) to end by itself.
    private static readonly TimeSpan ForWorkUnderWay = TimeSpan.FromSeconds(15);

    public static void AddShutdown(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<DrainingOptions, DrainingOptionsValidator>().BindConfiguration("Shutdown");
        services.AddOptions<HostOptions>()
            .Configure<IOptions<DrainingOptions>>((host, draining) => host.ShutdownTimeout = draining.Value.Drain + ForWorkUnderWay);
        services.AddListeningSockets();
        services.AddSingleton<Draining>();
        services.AddSingleton<IHostLifetime>(provider => provider.GetRequiredService<Draining>());
        services.AddHostedService(provider => provider.GetRequiredService<Draining>());
    }

    /// <summary>Clients that keep their connection are told with each answer to make another one, which leads them elsewhere.</summary>
    public static void UseDraining(this WebApplication app)
    {
        var draining = app.Services.GetRequiredService<Draining>();
        app.Use((http, next) =>
        {
            if (draining.IsStopping && HttpProtocol.IsHttp11(http.Request.Protocol) && http.Request.Headers.Upgrade.Count == 0)
                http.Response.Headers.Connection = "close";
            return next(http);
        });
    }
}
