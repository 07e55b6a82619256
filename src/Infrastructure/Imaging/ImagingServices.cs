using FaceAttendance.Infrastructure.Imaging.Native;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace FaceAttendance.Infrastructure.Imaging;

public static class ImagingServices
{
    /// <summary>Registers what pictures need. Their engine is loaded when the host starts, so that one that is missing ends the
    /// start.</summary>
    public static IServiceCollection AddImaging(this IServiceCollection services) => services.AddHostedService<ImagingStarter>();
}

/// <exception cref="NativeLibraryMissingException">libvips is missing or unusable.</exception>
internal sealed class ImagingStarter : IHostedService
{
    public Task StartAsync(CancellationToken ct)
    {
        ImageDecoder.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken ct) => Task.CompletedTask;
}
