using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

internal static class DatabaseServices
{
    public static IServiceCollection AddDatabase(this IServiceCollection services)
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
        services.TryAddSingleton<ICaller, ServerCaller>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<IAuditLog>(provider => provider.GetRequiredService<AuditLog>());
        services.AddSingleton<DatabaseClock>();
        services.AddHostedService<DatabaseListener>();
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
