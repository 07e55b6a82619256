using FaceAttendance.Application.Notices;
using FaceAttendance.Application.Schools;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Operations;

internal static class OperationsServices
{
    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddHostedService<ServerPreparation>();
        services.AddSingleton<EarlierSecrets>();
        services.AddOptionsWithValidateOnStart<BackupOptions, BackupOptionsValidator>().BindConfiguration("Backups");
        services.AddSingleton<IBackups, Backups>();
        services.AddSingleton<IFirstSetUp, FirstSetUp>();
        services.AddSingleton(provider => new OperatorSecrets(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<DatabasePreparation>(),
            provider.GetRequiredService<StorageKeyRegister>(),
            provider.GetRequiredService<ServerSecrets>(), provider.GetRequiredService<EndpointSecrets>(),
            provider.GetRequiredService<EarlierSecrets>(),
            provider.GetRequiredService<WebhookSecrets>(), provider.GetRequiredService<AuditLog>()));
        services.AddSingleton(provider => new ServerExamination(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<DatabasePreparation>(),
            provider.GetRequiredService<Migrator>(), provider.GetRequiredService<ServerRole>(),
            provider.GetRequiredService<DatabaseClock>(),
            provider.GetRequiredService<StorageKeySource>(), () => provider.GetRequiredService<StorageKeyRegister>(),
            provider.GetRequiredService<IOptions<BroadcastOptions>>().Value));
        services.AddSingleton(provider => new ServerState(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<InMemoryGallery>(), provider));
        return services;
    }
}
