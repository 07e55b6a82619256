using System.Buffers;
using System.Text;
using System.Text.Json;
using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace FaceAttendance.WebApi.Live;

/// <summary>What the hubs speak: SignalR's JSON and its MessagePack, in which a frame is its bare bytes.</summary>
internal static class HubProtocols
{
    /// <summary>After the hubs, whose own settings of the protocols stay.</summary>
    public static void AddHubProtocols(this IServiceCollection services)
    {
        services.AddSignalR().AddMessagePackProtocol(pack => pack.SerializerOptions = MessagePackSerializerOptions.Standard
            // Nothing but the hubs' own arguments: no type that a message names is ever made.
            .WithResolver(CompositeResolver.Create(
                [new EncodedFrameFormatter(), new LivenessStartFormatter(), new WrittenJsonFormatter()], [BuiltinResolver.Instance]))
            .WithSecurity(MessagePackSecurity.UntrustedData));
        services.RemoveAll<IHubProtocol>();
        services.AddSingleton<IHubProtocol>(provider =>
            new MannerlyProtocol(new JsonHubProtocol(provider.GetRequiredService<IOptions<JsonHubProtocolOptions>>())));
        services.AddSingleton<IHubProtocol>(provider => new MannerlyProtocol(
            new MessagePackHubProtocol(provider.GetRequiredService<IOptions<MessagePackHubProtocolOptions>>())));
        services.AddSingleton<HubManners>();
        services.AddSingleton<HubFarewell>();
        services.Configure<HubOptions>(hub =>
        {
            hub.AddFilter<HubFarewell>();
            hub.AddFilter<HubManners>();
        });
    }

    /// <summary>A frame as its bytes, or as the text that the JSON protocol takes.</summary>
    private sealed class EncodedFrameFormatter : IMessagePackFormatter<EncodedFrame>
    {
        public EncodedFrame Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) =>
            reader.NextMessagePackType switch
            {
                MessagePackType.Binary => new(reader.ReadBytes()?.ToArray() ?? []),
                MessagePackType.String => new(LivenessConversation.Decode(reader.ReadStringSequence()?.ToArray() ?? [])),
                _ => throw new MessagePackSerializationException("A frame is its bytes, or a string of base64."),
            };

        public void Serialize(ref MessagePackWriter writer, EncodedFrame value, MessagePackSerializerOptions options) =>
            throw new NotSupportedException("Frames only come in.");
    }

    /// <summary>The same as in JSON.</summary>
    private sealed class LivenessStartFormatter : IMessagePackFormatter<LivenessStart>
    {
        public LivenessStart Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            using var text = new StringWriter();
            MessagePackSerializer.ConvertToJson(ref reader, text, options);
            using var json = JsonDocument.Parse(text.ToString());
            return LivenessStartConverter.Of(json.RootElement);
        }

        public void Serialize(ref MessagePackWriter writer, LivenessStart value, MessagePackSerializerOptions options) =>
            throw new NotSupportedException("Starts only come in.");
    }

    /// <summary>The same object as in JSON, as a map.</summary>
    private sealed class WrittenJsonFormatter : IMessagePackFormatter<WrittenJson>
    {
        public WrittenJson Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options) =>
            throw new NotSupportedException("Written JSON is only passed on.");

        public void Serialize(ref MessagePackWriter writer, WrittenJson value, MessagePackSerializerOptions options) =>
            MessagePackSerializer.ConvertFromJson(Encoding.UTF8.GetString(value.Utf8.Span), ref writer, options);
    }
}
