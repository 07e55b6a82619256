using FaceAttendance.Application.Events;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Cameras;
using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using MediatR;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Attendance;

/// <summary>Recognises a camera's frame, records who was seen, and tells the school's backend and the live listeners.</summary>
/// <param name="Image">An encoded JPEG, PNG, WebP, AVIF or HEIC.</param>
/// <param name="MaxDistance">On the <see cref="Domain.Recognition.DistanceScale"/>; tightens what is dispatched, never what is recognised;
/// 0 leaves it at the server's tolerance.</param>
/// <param name="SendUnknown">Whether faces that match nobody are dispatched too.</param>
public sealed record DispatchAttendance(
    SchoolId School, ReadOnlyMemory<byte> Image, double MaxDistance, bool SendUnknown, SightingContext Context)
    : IRequest<Result<DispatchedFrame>>
{
    /// <summary>What of the picture counts; a face elsewhere is nobody's sighting.</summary>
    public FrameView View { get; init; } = FrameView.Whole;

    public override string ToString() => $"DispatchAttendance({Image.Length} bytes)";
}

/// <param name="Dispatched">One item for each eligible face, and for each that is named and beyond the caller's limit, in the frame's
/// order.</param>
public sealed record DispatchedFrame(RecognizedFrame Frame, IReadOnlyList<DispatchedFace> Dispatched, bool WebhookEnabled);

public sealed record DispatchedFace(string Label, DispatchReport Report);

internal sealed class DispatchAttendanceHandler(
    FrameRecognizer recognizer, IAttendanceLedger ledger, IEventDelivery delivery, IAttendanceFeed feed,
    IOptions<AttendanceOptions> options, TimeProvider clock) : IRequestHandler<DispatchAttendance, Result<DispatchedFrame>>
{
    public async Task<Result<DispatchedFrame>> Handle(DispatchAttendance command, CancellationToken ct)
    {
        var seenAt = clock.GetUtcNow();
        var recognized = command.Context.DeviceId is { } device
            ? await recognizer.FollowAsync(command.School, device, command.Image, ct)
            : await recognizer.RecognizeAsync(command.School, command.Image, ct);
        if (recognized.Error is { } error) return error;

        var frame = recognized.Value;
        var seen = new HashSet<StudentId>();
        var dispatches = new List<Task<DispatchedFace>>();
        foreach (var face in frame.Faces)
        {
            if (face.Who.Student is null && !command.SendUnknown) continue;
            if (!command.View.Shows(face.Box, frame.Width, frame.Height)) continue;
            if (IsBeyond(face, command))
            {
                dispatches.Add(Task.FromResult(new DispatchedFace(face.Who.Student!.Value.Value, DispatchReport.BeyondMaxDistance)));
                continue;
            }
            var sighting = new Sighting(command.School, face.Who, seenAt, face.Box, frame.Width, frame.Height, command.Context)
            {
                Face = face.Embedding,
            };
            var repeated = face.Who.Student is { } student && !seen.Add(student);
            dispatches.Add(DispatchAsync(sighting, face.Track, repeated, ct));
        }
        return new DispatchedFrame(frame, await Task.WhenAll(dispatches), delivery.IsEnabledFor(command.School));
    }

    private static bool IsBeyond(RecognizedFace face, DispatchAttendance command) =>
        face.Who.Student is not null && command.MaxDistance > 0 && face.Who.Distance > command.MaxDistance;

    private async Task<DispatchedFace> DispatchAsync(Sighting sighting, TrackVerdict? track, bool repeated, CancellationToken ct)
    {
        // The first face of this student in this frame takes the slot, so the second finds a whole cooldown ahead of it.
        var (report, record) = repeated ? (DispatchReport.CoolingDown(options.Value.Cooldown), null)
            : LeftOf(sighting, track) is { } left ? (DispatchReport.CoolingDown(left), null)
            : await RecordAndSendAsync(sighting, track, ct);
        feed.Publish(new Recognized(sighting.School, sighting.Label, sighting.Who.Distance, sighting.SeenAt, report, record));
        return new DispatchedFace(sighting.Label, report);
    }

    private static TimeSpan? LeftOf(Sighting sighting, TrackVerdict? track) =>
        sighting.Who.Student is { } student ? track?.LeftOf(student, sighting.Context, sighting.SeenAt) : null;

    private async Task<(DispatchReport Report, RecordId? Record)> RecordAndSendAsync(
        Sighting sighting, TrackVerdict? track, CancellationToken ct)
    {
        var entry = await ledger.RecordAsync(sighting, ct);
        AttendanceMetrics.Seen(entry);
        Remember(sighting, track, entry);
        // From here on the event exists: a caller who hangs up must not stop its delivery.
        var report = entry is LedgerEntry.Announced { First: { } first } ? await delivery.AttemptAsync(first, CancellationToken.None)
            : entry.Report;
        return (report, entry.Record);
    }

    /// <summary>
    /// A track is one sighting, however many frames show it: as long as the ledger would say of the next that it is cooling down, and that
    /// it counts for nothing, it is not asked.
    /// </summary>
    private void Remember(Sighting sighting, TrackVerdict? track, LedgerEntry entry)
    {
        if (track is null || sighting.Who.Student is not { } student) return;
        var left = entry switch
        {
            LedgerEntry.Announced => options.Value.Cooldown,
            LedgerEntry.CoolingDown cooling => cooling.Left,
            _ => TimeSpan.Zero,
        };
        if (options.Value.Dedup > TimeSpan.Zero && options.Value.Dedup < left) left = options.Value.Dedup;
        track.Told(student, sighting.Context, sighting.SeenAt + left);
    }
}
