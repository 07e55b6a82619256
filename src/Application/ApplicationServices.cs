using System.Reflection;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Cameras;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Application.Messaging;
using FaceAttendance.Application.Recognition;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application;

/// <summary>Registers the use cases. MediatR 5 brings no registration of its own that restores here, so its few lines live in this one
/// file.</summary>
public static class ApplicationServices
{
    public static IServiceCollection AddApplication(this IServiceCollection services)
    {
        services.AddScoped<IMediator>(provider => new Mediator(provider.GetService!));
        services.AddTransient(typeof(IPipelineBehavior<,>), typeof(ValidationBehavior<,>));
        services.AddValidatorsFromAssembly(typeof(ApplicationServices).Assembly, ServiceLifetime.Singleton, includeInternalTypes: true);
        RegisterHandlers(services);
        services.AddSingleton(TimeProvider.System);
        services.AddScoped<FrameRecognizer>();
        services.AddScoped<FaceEnroller>();
        services.AddSingleton<CameraViews>();

        services.AddOptionsWithValidateOnStart<LivenessOptions, LivenessOptionsValidator>().BindConfiguration("Liveness");
        services.AddSingleton<IValidateOptions<LivenessOptions>, ChallengesValidator>();
        services.AddSingleton<LivenessSessions>();

        services.AddOptionsWithValidateOnStart<AccountOptions, AccountOptionsValidator>().BindConfiguration("Accounts");
        services.AddSingleton<IValidateOptions<AccountOptions>, AccountSpansValidator>();
        services.AddSingleton<PasswordPace>();
        services.AddSingleton<PasswordCheck>();
        services.AddSingleton<TokenIssuer>();
        services.AddSingleton<SessionIssuer>();
        return services;
    }

    private static void RegisterHandlers(IServiceCollection services)
    {
        foreach (var type in Assembly.GetExecutingAssembly().GetTypes())
        {
            if (type.IsAbstract || type.IsGenericTypeDefinition) continue;
            foreach (var service in type.GetInterfaces())
            {
                if (service.IsGenericType && service.GetGenericTypeDefinition() == typeof(IRequestHandler<,>))
                    services.AddTransient(service, type);
            }
        }
    }
}
