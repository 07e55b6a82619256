using FaceAttendance.Application.Liveness;
using Microsoft.Extensions.DependencyInjection;

namespace FaceAttendance.Infrastructure.Liveness;

internal static class LivenessServices
{
    public static IServiceCollection AddLiveness(this IServiceCollection services)
    {
        services.AddSingleton<ILivenessAttempts, LivenessAttempts>();
        services.AddSingleton<ILivenessPictures, LivenessPictures>();
        services.AddSingleton<ILivenessTokens, LivenessTokens>();
        return services;
    }
}
