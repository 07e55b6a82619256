using FaceAttendance.Application.Notices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace FaceAttendance.Infrastructure.Notices;

internal static class NoticesServices
{
    public static IServiceCollection AddNotices(this IServiceCollection services)
    {
        services.AddSingleton<NoticeStore>();
        services.AddSingleton<INotices>(provider => provider.GetRequiredService<NoticeStore>());
        services.AddSingleton<NoticeCauses>();
        services.AddSingleton<NoticeWatch>();
        services.AddHostedService(provider => provider.GetRequiredService<NoticeWatch>());
        // Whoever listens says otherwise.
        services.TryAddSingleton<IServerCertificate, NoCertificate>();
        return services;
    }

    private sealed class NoCertificate : IServerCertificate
    {
        public Task<CertificateState?> ReadAsync(CancellationToken ct) => Task.FromResult<CertificateState?>(null);
    }
}
