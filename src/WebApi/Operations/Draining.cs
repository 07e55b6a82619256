using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Operations;

/// <summary>How the server stops. Section: <c>Shutdown</c>.</summary>
internal sealed class DrainingOptions
{
    /// <summary>
    /// DRAIN_SECONDS: how long the server goes on serving after it was told to stop, while /health/ready says no, so that a load balancer
    /// has sent everybody elsewhere by the time it closes.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan Drain { get; set; }
}

[OptionsValidator]
internal sealed partial class DrainingOptionsValidator : IValidateOptions<DrainingOptions>;

/// <summary>Knows when the server was told to stop, and holds the end back as long as <see cref="DrainingOptions.Drain"/> says.</summary>
internal sealed class Draining(IOptions<DrainingOptions> options, IHostApplicationLifetime lifetime, TimeProvider clock)
    : IHostedLifecycleService
{
    private volatile bool _isStopping;

    // The signal to stop comes first to the lifetime, a stop by the program itself first to the hosted services.
    public bool IsStopping => _isStopping || lifetime.ApplicationStopping.IsCancellationRequested;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        if (options.Value.Drain > TimeSpan.Zero)
            await Task.Delay(options.Value.Drain, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
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
        services.AddSingleton<Draining>();
        services.AddHostedService(provider => provider.GetRequiredService<Draining>());
    }
}
