using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Broadcast;
using FaceAttendance.WebApi.Access;
using Microsoft.AspNetCore.SignalR;

namespace FaceAttendance.WebApi.Live;

/// <summary>
/// /hubs/recognitions: the events of the plain socket for SignalR's clients, and what the contract's clients of that do not know: changed
/// notices and attendance. The server calls what the JSON object's <c>type</c> says with the object; there is nothing for a client to call.
/// </summary>
internal sealed class RecognitionsHub(LiveRelay relay) : Hub
{
    public override Task OnConnectedAsync()
    {
        relay.Start(Context.ConnectionId, Context.GetHttpContext()!.School(), Context.ConnectionAborted);
        return Task.CompletedTask;
    }
}

/// <summary>
/// Hands each connection its events from a queue of its own, so that a slow client delays itself alone and loses its own oldest events.
/// Lives beside the hub, whose instances last only for a call.
/// </summary>
internal sealed partial class LiveRelay(
    AttendanceFeed feed, IHubContext<RecognitionsHub> hub, ILogger<LiveRelay> logger)
{
    /// <param name="gone">Ends the relay to this connection.</param>
    public void Start(string connection, SchoolId school, CancellationToken gone)
    {
        var subscription = feed.Subscribe(school);
        _ = RelayAsync();

        async Task RelayAsync()
        {
            using (subscription)
            using (LiveMetrics.Connected("hub"))
            {
                try
                {
                    var client = hub.Clients.Client(connection);
                    await foreach (var message in subscription.Messages.ReadAllAsync(gone))
                    {
                        await client.SendAsync(message.Type, new WrittenJson(message.JsonWithRecord), gone);
                    }
                }
                catch (OperationCanceledException) when (gone.IsCancellationRequested)
                {
                    // The client left; that is how a relay ends.
                }
                catch (Exception e)
                {
                    // Nobody awaits a relay, so that an error unseen here would be unseen for good.
                    Log.Failed(logger, e);
                }
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1830, LogLevel.Error, "Relaying live events to a hub connection failed.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

/// <summary>JSON that is written already, so that every listener gets the same bytes.</summary>
/// <param name="Utf8">One JSON value.</param>
[JsonConverter(typeof(WrittenJsonConverter))]
internal readonly record struct WrittenJson(ReadOnlyMemory<byte> Utf8);

internal sealed class WrittenJsonConverter : JsonConverter<WrittenJson>
{
    public override WrittenJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Written JSON is only passed on.");

    public override void Write(Utf8JsonWriter writer, WrittenJson value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Utf8.Span, skipInputValidation: true);
}

internal static class LiveHub
{
    public static void AddLiveHub(this IServiceCollection services)
    {
        services.AddSignalR().AddJsonProtocol(json => json.PayloadSerializerOptions.Converters.Add(new WrittenJsonConverter()));
        services.AddSingleton<LiveRelay>();
    }

    public static void MapRecognitionsHub(this IEndpointRouteBuilder app) =>
        app.MapHub<RecognitionsHub>("/hubs/recognitions").IsLive().Needs(Scopes.AttendanceRead);
}
