using FaceAttendance.Application.Access;
using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Presence;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Application.Webhooks;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.Infrastructure.Attendance;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Enrollment;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Liveness;
using FaceAttendance.Infrastructure.Presence;
using FaceAttendance.Infrastructure.Privacy;
using FaceAttendance.Infrastructure.Secrets;
using FaceAttendance.Infrastructure.Students;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure;

/// <summary>Registers what stores, finds, delivers and tells: PostgreSQL, the gallery in memory, the webhook's outbox and the live
/// feed.</summary>
public static class InfrastructureServices
{
    /// <summary>Needs <see cref="IFaceAnalyzer"/>, a configuration and logging from elsewhere.</summary>
    public static IServiceCollection AddInfrastructure(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddOptionsWithValidateOnStart<DatabaseOptions, DatabaseOptionsValidator>().BindConfiguration("Persistence");
        services.AddSingleton<IValidateOptions<DatabaseOptions>, ConnectionStringValidator>();
        services.AddSingleton(provider => Connect(provider.GetRequiredService<IOptions<DatabaseOptions>>().Value));
        services.AddPooledDbContextFactory<AttendanceDb>(static (provider, options) => options
            .UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>())
            .UseQueryTrackingBehavior(QueryTrackingBehavior.NoTracking)
            .ConfigureWarnings(warnings => warnings.Log((RelationalEventId.CommandExecuted, LogLevel.Debug))));
        services.AddSingleton<OwnerDatabase>();
        services.AddSingleton<ServerRole>();
        services.AddSingleton(provider =>
            new Migrator(provider.GetRequiredService<OwnerDatabase>().Source, provider.GetRequiredService<ILogger<Migrator>>()));
        services.AddSingleton<DatabasePreparation>();
        services.AddHostedService<ServerPreparation>();
        services.AddOptions<StorageKeyOptions>().BindConfiguration("StorageKeys");
        services.AddSingleton<StorageKeySource>();
        services.AddSingleton(provider => provider.GetRequiredService<StorageKeySource>().Find());
        services.AddSingleton<StorageKeyRegister>();
        services.AddSingleton<ServerSecrets>();
        services.AddSingleton<EarlierSecrets>();
        services.AddSingleton<TemplateKeyRotator>();
        services.AddSingleton<ITemplateKeys>(provider => provider.GetRequiredService<TemplateKeyRotator>());
        services.AddSingleton<ApiKeyCache>();
        services.AddSingleton<ApiKeyStore>();
        services.AddSingleton<IApiKeys>(provider => provider.GetRequiredService<ApiKeyStore>());
        services.AddSingleton<IDevices>(provider => provider.GetRequiredService<ApiKeyStore>());
        services.AddSingleton(provider => new OperatorAccess(
            provider.GetRequiredService<ApiKeyStore>(), provider.GetRequiredService<DatabasePreparation>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new OperatorSecrets(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<DatabasePreparation>(),
            provider.GetRequiredService<StorageKeyRegister>(),
            provider.GetRequiredService<ServerSecrets>(), provider.GetRequiredService<EndpointSecrets>(),
            provider.GetRequiredService<EarlierSecrets>(),
            provider.GetRequiredService<WebhookSecrets>(), provider.GetRequiredService<AuditLog>()));
        services.TryAddSingleton<ICaller, ServerCaller>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<IAuditLog>(provider => provider.GetRequiredService<AuditLog>());
        services.AddOptionsWithValidateOnStart<PrivacyOptions, PrivacyOptionsValidator>().BindConfiguration("Privacy");
        services.AddSingleton<ErasureList>();
        services.AddSingleton<ErasureReplay>();
        services.AddSingleton<ConsentStore>();
        services.AddSingleton<IConsents>(provider => provider.GetRequiredService<ConsentStore>());
        services.AddSingleton<StudentRights>();
        services.AddSingleton<IStudentRights>(provider => provider.GetRequiredService<StudentRights>());
        services.AddSingleton<DatabaseClock>();
        services.AddSingleton<IRetention, RetentionStore>();
        services.AddHostedService<RetentionJob>();
        services.AddSingleton<IStudents, StudentStore>();
        services.AddSingleton<IStudentImports, StudentImportStore>();
        services.AddSingleton<ITemplates, TemplateStore>();
        services.AddSingleton<IAttendanceLedger, AttendanceLedger>();
        services.AddSingleton<ILivenessAttempts, LivenessAttempts>();
        services.AddSingleton<ILivenessPictures, LivenessPictures>();
        services.AddSingleton<UserStore>();
        services.AddSingleton<IUsers>(provider => provider.GetRequiredService<UserStore>());
        services.AddSingleton<INamedStudents>(provider => provider.GetRequiredService<UserStore>());
        services.AddSingleton<ILogIns, LogInStore>();
        services.AddSingleton<ILogInHistory, LogInHistory>();
        services.AddSingleton<IPasswords, Passwords>();
        services.AddSingleton(provider => new UserTokens(
            provider.GetRequiredService<ServerSecrets>(), provider.GetRequiredService<IOptions<AccountOptions>>()));
        services.AddSingleton<IUserTokens>(provider => provider.GetRequiredService<UserTokens>());
        services.AddSingleton<ILivenessTokens, LivenessTokens>();
        services.AddOptionsWithValidateOnStart<AttendanceOptions>();
        services.AddSingleton<IValidateOptions<AttendanceOptions>, TimeZoneValidator>();
        services.AddSingleton<ICheckIns, CheckInLedger>();
        services.AddSingleton<IAttendanceRecords, AttendanceRecordReader>();
        services.AddSingleton<IManualMarks, ManualMarkLedger>();
        services.AddSingleton<IClassSessions, ClassSessionStore>();
        services.AddHostedService<AbsenceMarker>();
        services.AddSingleton<SiteStore>();
        services.AddSingleton<ISites>(provider => provider.GetRequiredService<SiteStore>());
        services.AddSingleton<ISiteSearch>(provider => provider.GetRequiredService<SiteStore>());
        services.AddSingleton<IEvidencePolicies>(provider => provider.GetRequiredService<SiteStore>());
        services.AddOptionsWithValidateOnStart<PresenceOptions, PresenceOptionsValidator>().BindConfiguration("Presence");

        services.AddSingleton<InMemoryGallery>();
        services.AddSingleton<IGallery>(provider => provider.GetRequiredService<InMemoryGallery>());

        services.AddOptionsWithValidateOnStart<WebhookOptions, WebhookOptionsValidator>().BindConfiguration("Webhook");
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookAddressValidator>();
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<EndpointSecrets>();
        services.AddSingleton<DeliveryTargets>();
        services.AddSingleton<WebhookTargets>();
        services.AddSingleton<IWebhookTargets>(provider => provider.GetRequiredService<WebhookTargets>());
        services.AddSingleton<IWebhookEndpoints, EndpointStore>();
        services.AddSingleton<IDeliveries, DeliveryStore>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<Outbox>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<IEventDelivery>(provider => provider.GetRequiredService<WebhookSender>());
        services.AddHostedService<OutboxDispatcher>();

        services.AddSingleton<AttendanceFeed>();
        services.AddSingleton<IAttendanceFeed>(provider => provider.GetRequiredService<AttendanceFeed>());
        services.AddHostedService<DatabaseListener>();
        services.AddHostedService<LiveBroadcast>();

        services.AddSingleton(provider => new ServerState(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<InMemoryGallery>(), provider));
        return services;
    }

    private static NpgsqlDataSource Connect(DatabaseOptions options)
    {
        var target = new NpgsqlConnectionStringBuilder(options.ConnectionString);
        // Named in the server's list of connections, for whoever looks there.
        target.ApplicationName ??= "faceattendance";
        return new NpgsqlDataSourceBuilder(target.ConnectionString).Build();
    }
}
