using FaceAttendance.Application.Events;
using FaceAttendance.Application.Webhooks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Events;

internal static class EventsServices
{
    public static IServiceCollection AddEvents(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<WebhookOptions, WebhookOptionsValidator>().BindConfiguration("Webhook");
        services.AddSingleton<IValidateOptions<WebhookOptions>, WebhookAddressValidator>();
        services.AddSingleton<WebhookSecrets>();
        services.AddSingleton<EndpointSecrets>();
        services.AddSingleton<DeliveryTargets>();
        services.AddSingleton<WebhookTargets>();
        services.AddSingleton<IWebhookTargets>(provider => provider.GetRequiredService<WebhookTargets>());
        services.AddSingleton<EndpointStore>();
        services.AddSingleton<IWebhookEndpoints>(provider => provider.GetRequiredService<EndpointStore>());
        services.AddSingleton<IWebhookSecrets>(provider => provider.GetRequiredService<EndpointStore>());
        services.AddSingleton<IDeliveries, DeliveryStore>();
        services.AddSingleton<WebhookClient>();
        services.AddSingleton<OperatorsEndpoint>();
        services.AddSingleton<EventWriter>();
        services.AddSingleton<DeliveryQueue>();
        services.AddSingleton<DeliveryOutcomes>();
        services.AddSingleton<WebhookSender>();
        services.AddSingleton<IEventDelivery>(provider => provider.GetRequiredService<WebhookSender>());
        services.AddHostedService<OutboxDispatcher>();
        return services;
    }
}
