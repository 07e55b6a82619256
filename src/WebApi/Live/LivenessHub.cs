using System.Text.Json;
using System.Text.Json.Serialization;
using FaceAttendance.Application.Access;
using FaceAttendance.WebApi.Access;
using Microsoft.AspNetCore.SignalR;

namespace FaceAttendance.WebApi.Live;

/// <summary>
/// /hubs/liveness: a liveness session for SignalR's clients. They call <c>Start</c>, then <c>SubmitFrame</c> for each frame or
/// <c>StreamFrames</c>
/// once; the server calls <c>Challenge</c> when it asks something, <c>Progress</c> for each frame judged, and <c>Verdict</c> once, each
/// with the plain socket's JSON object. One session at a time on a connection; after a verdict the client may start another.
/// </summary>
internal sealed class LivenessHub(LivenessRelay relay) : Hub<ILivenessClient>
{
    private static readonly object SessionKey = new();

    /// <param name="start">The student's id, or an object of it and what the client says of itself.</param>
    public async Task Start(LivenessStart start)
    {
        if (Session is { IsOver: false }) throw new HubException("A session is under way on this connection.");
        Context.Items[SessionKey] = await relay.StartAsync(Context, start);
    }

    /// <summary>Puts a frame into the slot and returns at once; the answer comes as an event. After a verdict, frames are
    /// ignored.</summary>
    [TakesFrames]
    public void SubmitFrame(EncodedFrame frame) => SessionOrError().Offer(frame.Bytes);

    /// <summary>Takes frames as fast as they come, until the client's stream or the session ends.</summary>
    [TakesFrames]
    public async Task StreamFrames(IAsyncEnumerable<EncodedFrame> frames)
    {
        var session = SessionOrError();
        try
        {
            await foreach (var frame in frames)
            {
                if (session.IsOver) return;
                session.Offer(frame.Bytes);
            }
        }
        catch (OperationCanceledException)
        {
            // The client left in the middle of its stream, which is no fault of the server.
        }
    }

    private LivenessRelay.Session? Session =>
        Context.Items.TryGetValue(SessionKey, out var session) ? session as LivenessRelay.Session : null;

    private LivenessRelay.Session SessionOrError() =>
        Session ?? throw new HubException("No session is under way on this connection; call Start first.");
}

/// <summary>Runs the sessions of the hub's connections. Lives beside the hub, whose instances last only for a call.</summary>
internal sealed partial class LivenessRelay(
    LivenessEntrance entrance, IHubContext<LivenessHub, ILivenessClient> hub, ILogger<LivenessRelay> logger)
{
    // What a client that floods may take to read why before it is cut off.
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(3);

    /// <summary>Begins a session, or tells the client why not.</summary>
    /// <returns>Null when there is none.</returns>
    public async Task<Session?> StartAsync(HubCallerContext caller, LivenessStart start)
    {
        var client = hub.Clients.Client(caller.ConnectionId);
        var (conversation, refusal) = await entrance.EnterAsync(caller.GetHttpContext()!, start, caller.ConnectionAborted);
        if (conversation is null)
        {
            await client.Verdict(new(refusal!.Message.Utf8), caller.ConnectionAborted);
            return null;
        }
        await client.Challenge(new(conversation.AskFirst().Utf8), caller.ConnectionAborted);
        var session = new Session(conversation);
        _ = RunAsync(session, client, caller);
        return session;
    }

    private async Task RunAsync(Session session, ILivenessClient client, HubCallerContext caller)
    {
        try
        {
            var end = await session.Conversation.RunAsync(TellFrameAsync, answersEach: false, caller.ConnectionAborted);
            session.IsOver = true;
            if (end == LivenessEnd.Flooded) await Task.Delay(ClosePatience, caller.ConnectionAborted);
            // A client that takes nothing more is gone, too.
            if (end is LivenessEnd.Flooded or LivenessEnd.Left) caller.Abort();
        }
        catch (OperationCanceledException) when (caller.ConnectionAborted.IsCancellationRequested)
        {
            // The client left; there is nobody to cut off.
        }
        catch (Exception e)
        {
            // Nobody awaits a session, so that an error unseen here would be unseen for good.
            Log.Failed(logger, e);
            caller.Abort();
        }
        finally
        {
            session.IsOver = true;
        }

        async Task TellFrameAsync(LivenessMessage message, CancellationToken ct)
        {
            var json = new WrittenJson(message.Utf8);
            await (message.IsVerdict ? client.Verdict(json, ct) : client.Progress(json, ct));
            if (message.AsksAnew) await client.Challenge(json, ct);
        }
    }

    /// <summary>A connection's session; frames that come after its end are ignored.</summary>
    internal sealed class Session(LivenessConversation conversation)
    {
        private volatile bool _isOver;

        public LivenessConversation Conversation { get; } = conversation;

        public bool IsOver
        {
            get => _isOver;
            set => _isOver = value;
        }

        public void Offer(byte[] frame)
        {
            if (!_isOver) Conversation.Offer(frame);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1841, LogLevel.Error, "A liveness session over the hub broke off.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}

/// <summary>A frame as clients send it over the hub's JSON protocol: base64, or a data URL, as over the plain socket.</summary>
internal readonly record struct EncodedFrame(byte[] Bytes);

internal sealed class EncodedFrameConverter : JsonConverter<EncodedFrame>
{
    public override EncodedFrame Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.String) throw new JsonException("A frame is a string of base64.");
        // A text in one piece without escapes is decoded where it lies.
        if (!reader.HasValueSequence && !reader.ValueIsEscaped) return new(LivenessConversation.Decode(reader.ValueSpan));
        var text = new byte[reader.HasValueSequence ? checked((int)reader.ValueSequence.Length) : reader.ValueSpan.Length];
        return new(LivenessConversation.Decode(text.AsSpan(0, reader.CopyString(text))));
    }

    public override void Write(Utf8JsonWriter writer, EncodedFrame value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Frames only come in.");
}

/// <summary>A start as clients send it: the student's id alone, or <c>{"user_id": …, "mirrored": true, "actions":
/// ["move_closer"]}</c>.</summary>
internal sealed class LivenessStartConverter : JsonConverter<LivenessStart>
{
    public override LivenessStart Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var json = JsonDocument.ParseValue(ref reader);
        return Of(json.RootElement);
    }

    public override void Write(Utf8JsonWriter writer, LivenessStart value, JsonSerializerOptions options) =>
        throw new NotSupportedException("Starts only come in.");

    public static LivenessStart Of(JsonElement start) => start.ValueKind == JsonValueKind.Object
        ? new(Text(start, "user_id"), Text(start, "mirrored"), Text(start, "actions"))
        : new(Text(start), null, null);

    private static string? Text(JsonElement start, string name) => start.TryGetProperty(name, out var value) ? Text(value) : null;

    private static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Array => string.Join(',', value.EnumerateArray().Select(Text)),
        // As a query has it.
        _ => value.GetRawText(),
    };
}

internal static class LivenessHubRoutes
{
    // A frame of the largest size as base64, and the envelope around it.
    private const int MaxMessageBytes = (LivenessConversation.MaxFrameBytes / 3 * 4) + 4096;

    public static void AddLivenessHub(this IServiceCollection services)
    {
        services.AddSingleton<LivenessEntrance>();
        services.AddSingleton<LivenessRelay>();
        services.AddSignalR()
            .AddHubOptions<LivenessHub>(hub => hub.MaximumReceiveMessageSize = MaxMessageBytes)
            .AddJsonProtocol(json =>
            {
                json.PayloadSerializerOptions.Converters.Add(new EncodedFrameConverter());
                json.PayloadSerializerOptions.Converters.Add(new LivenessStartConverter());
            });
    }

    public static void MapLivenessHub(this IEndpointRouteBuilder app) =>
        app.MapHub<LivenessHub>("/hubs/liveness").IsLive().NeedsCredentials(Scopes.Liveness);
}
