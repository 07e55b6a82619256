using System.Buffers;
using System.Text.Json;
using FaceAttendance.Application.Liveness;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Liveness;

namespace FaceAttendance.WebApi.Live;

/// <summary>What a client of any transport is told: one JSON object, with the three keys that clients know first.</summary>
/// <param name="IsVerdict">The session has ended with it.</param>
/// <param name="AsksAnew">It asks another action than the message before.</param>
/// <param name="Utf8">The JSON object.</param>
internal readonly record struct LivenessMessage(bool IsVerdict, bool AsksAnew, ReadOnlyMemory<byte> Utf8)
{
    /// <param name="text">What is wrong, in the clients' words; null when all is well.</param>
    /// <param name="answer">Null when nothing was judged.</param>
    /// <param name="asked">What was asked last, for answers that ask nothing themselves.</param>
    /// <param name="dropped">Frames that were replaced before they were judged.</param>
    public static ReadOnlyMemory<byte> Write(string? text, LivenessAnswer? answer, LivenessAction? asked, Error? error, long dropped)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer);
        json.WriteStartObject();
        json.WriteString("error", text);
        var challenge = answer?.Judgement.Challenge ?? asked;
        json.WriteString("challenge", text is null && challenge is { } action ? Words.Of(action) : null);
        json.WriteBoolean("action_detected", answer?.Judgement.Outcome == LivenessOutcome.Passed);
        if (answer is not null)
        {
            var judgement = answer.Judgement;
            json.WriteString("session_id", answer.Session.ToString());
            json.WriteNumber("step", Math.Min(judgement.StepsDone + 1, judgement.Steps));
            json.WriteNumber("steps", judgement.Steps);
            json.WriteString("hint", judgement.Hint is { } hint ? Words.Of(hint) : null);
            if (judgement.FramesPerSecond is { } rate) json.WriteNumber("frames_per_second", rate);
            json.WriteNumber("expires_in", Math.Ceiling(judgement.Left.TotalSeconds));
            if (judgement.LiveScore is { } score) json.WriteNumber("live_score", Math.Round(score, 3));
            if (answer.Pad == PadState.NotAvailable) json.WriteString("pad", "not available");
            if (answer.Token is { } token) json.WriteString("result_token", token);
        }
        if (error is not null) json.WriteString("detail", error.Message);
        foreach (var (name, value) in error?.Details ?? new Dictionary<string, object?>())
        {
            json.WritePropertyName(name);
            JsonSerializer.Serialize(json, value);
        }
        if (dropped > 0) json.WriteNumber("dropped", dropped);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
