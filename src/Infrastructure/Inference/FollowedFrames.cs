using System.Diagnostics;
using System.Runtime.InteropServices;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>What one camera showed so far. For one thread at a time.</summary>
internal sealed class FollowedFrames(float sameFrom)
{
    // Of a window's longer side in the detector's input: a face that is half of it has 48 pixels, of which the detector needs 24.
    private const int WindowSide = 96;

    // A face needs so many decoded pixels for that.
    private const int LeastDecodedFace = 48;

    private readonly LookSchedule _schedule = new();
    private (int Width, int Height) _size;
    private LumaPicture? _looked;

    public TrackSet Tracks { get; } = new(sameFrom);

    /// <summary>Answers a frame that shows what the last one showed, without a look at its faces.</summary>
    /// <param name="look">What must be looked through where this answers nothing, for <see cref="Look"/> of the same frame.</param>
    public TrackedFrame? Hold((LumaPicture Luma, int Width, int Height) frame, TimeSpan at, out Look look)
    {
        Begin(frame.Width, frame.Height);
        look = Plan(frame.Luma, at);
        if (look.Extent != LookExtent.Nothing) return null;
        Tracks.HoldAll(at);
        frame.Luma.Clear();
        return new TrackedFrame(frame.Width, frame.Height, Present(at, []));
    }

    /// <summary>Looks at a frame, and brings the tracks up to it.</summary>
    /// <param name="at">Since some moment that is the same for all its frames.</param>
    /// <param name="planned">The frame seen small, and what <see cref="Hold"/> made of it; null where only the decoder reads it.</param>
    public Result<TrackedFrame> Look(
        FaceAnalyzer analyzer, FaceWorker worker, ReadOnlyMemory<byte> encoded, ImageHeader header, TimeSpan at, StageTimes times,
        (LumaPicture Luma, Look Look)? planned, CancellationToken ct)
    {
        var since = Stopwatch.GetTimestamp();
        Begin(header.Width, header.Height);
        var wholeSide = worker.Detector.WantedSide(Math.Max(header.Width, header.Height));
        var (side, lines) = planned is { } p && worker.Detector.IsCheaperInWindows ? NeededFor(p.Look, wholeSide, at)
            : (wholeSide, int.MaxValue);
        var decoded = analyzer.Decode(encoded, header, side, lines, ct);
        if (decoded.Error is { } undecodable) return undecodable;
        var image = decoded.Value;
        try
        {
            since = times.Took("decode", since);
            var luma = planned?.Luma ?? SmallPicture.Of(image);
            var look = planned?.Look ?? Plan(luma, at);
            if (look.Extent == LookExtent.Nothing)
            {
                Tracks.HoldAll(at);
                return new TrackedFrame(header.Width, header.Height, Present(at, [])) { Times = times };
            }

            var isCut = look.IsOfAnotherScene;
            List<DetectedFace>? found = null;
            FacePatch[] patches = [];
            TrackMatch[] matches = [];
            List<int> wanted = [];
            if (look.Extent == LookExtent.Parts && worker.Detector.IsCheaperInWindows && LookInto(worker, image, look) is { } parts)
            {
                patches = PatchesOf(worker, image, parts);
                matches = Tracks.Match(parts, patches, at, isCut);
                wanted = Wanted(parts, patches, matches, at);
                // Whoever is not where they should be is somewhere else, or gone; who it is is judged by the best look that there is.
                if (look.Moved.All(track => track.IsMissed || matches.Any(m => m.Track == track))
                    && wanted.TrueForAll(f => worker.Detector.IsForCloserLook(parts[f], Math.Max(header.Width, header.Height))))
                    found = parts;
            }
            var isWhole = found is null;
            if (found is null)
            {
                if (Replace(analyzer, encoded, header, wholeSide, int.MaxValue, ref image, ct) is { } unreadable) return unreadable;
                worker.Detector.Detect(FaceAnalyzer.View(image), worker.Faces, image.Shrink);
                var toOriginal = (float)image.Shrink;
                found = worker.Faces.ConvertAll(f => f.Scale(toOriginal));
                patches = PatchesOf(worker, image, found);
                matches = Tracks.Match(found, patches, at, isCut);
                wanted = Wanted(found, patches, matches, at);
            }
            if (wanted.Count > 0)
            {
                var asDecoded = wanted.ConvertAll(f => found[f].Scale(1f / image.Shrink));
                if (FaceAnalyzer.SideForDetail(CollectionsMarshal.AsSpan(asDecoded), image) is { } detailed
                    && Replace(analyzer, encoded, header, detailed, isWhole ? int.MaxValue : lines, ref image, ct) is { } damaged)
                    return damaged;
                if (!isWhole)
                {
                    // A window shows a face small: who it is, and whether it is still the one that was there, takes a closer look.
                    foreach (var f in wanted) found[f] = LookCloser(worker, image, found[f]);
                    patches = PatchesOf(worker, image, found);
                    matches = Tracks.Match(found, patches, at, isCut);
                    wanted = Wanted(found, patches, matches, at);
                }
            }
            since = times.Took("detect", since);
            ct.ThrowIfCancellationRequested();
            var embeddings = new Embedding?[found.Count];
            if (wanted.Count > 0)
            {
                worker.Reserve(wanted.Count);
                for (var i = 0; i < wanted.Count; i++)
                    worker.Transforms[i] = SimilarityTransform.ToTemplate(found[wanted[i]].Points.Scale(1f / image.Shrink));
                worker.Embedder.Embed(
                    FaceAnalyzer.View(image), worker.Transforms.AsSpan(0, wanted.Count), worker.Embeddings.AsSpan(0, wanted.Count), ct);
                for (var i = 0; i < wanted.Count; i++) embeddings[wanted[i]] = worker.Embeddings[i];
                times.Took("embed", since);
            }

            var known = Tracks.Tracks.Select(t => t.BodyAt(at)).ToList();
            var seen = new SeenFace[found.Count];
            for (var f = 0; f < seen.Length; f++) seen[f] = new(found[f], patches[f], ViewQuality.Of(found[f]), embeddings[f]);
            if (!isWhole) Tracks.Hold(t => !look.Moved.Contains(t), at);
            var newest = Tracks.Newest;
            var tracks = Tracks.Settle(seen, matches, at, track => isWhole || look.Moved.Contains(track));
            _schedule.Saw(isWhole, Tracks.Newest > newest, at);
            if (look.Newcomers is { } place) known.Add(place);
            TakeOver(luma, isWhole, [.. known, .. tracks.Select(t => t.BodyAt(at))]);
            return new TrackedFrame(header.Width, header.Height, Present(at, tracks)) { Times = times };
        }
        finally
        {
            image.Dispose();
        }
    }

    public void Clear()
    {
        _looked?.Clear();
        _looked = null;
        _schedule.Clear();
        Tracks.Clear();
    }

    private void Begin(int width, int height)
    {
        if (_size != (width, height)) Clear();
        _size = (width, height);
    }

    private Look Plan(LumaPicture luma, TimeSpan at)
    {
        var isAlike = _looked is { } looked && (looked.Width, looked.Height) == (luma.Width, luma.Height);
        return _schedule.For(isAlike ? PictureChange.Between(_looked!, luma) : null, Tracks.Tracks, at);
    }

    /// <summary>What was looked at is what later frames are compared with.</summary>
    private void TakeOver(LumaPicture luma, bool isWhole, ReadOnlySpan<FaceBox> places)
    {
        if (!isWhole && _looked is not null)
        {
            _looked.TakeOver(luma, places);
            luma.Clear();
            return;
        }
        _looked?.Clear();
        _looked = luma;
    }

    /// <summary>
    /// The longer side at which a frame is decoded, and the lines of the original that are: where only known faces are looked at, as they
    /// need.
    /// </summary>
    private (int Side, int Lines) NeededFor(Look look, int wholeSide, TimeSpan at)
    {
        if (look.Extent != LookExtent.Parts || look.Newcomers is not null) return (wholeSide, int.MaxValue);
        var smallest = look.Moved.Min(t => t.Expect(at).Height);
        var side = (int)Math.Min(wholeSide, Math.Max(_size.Width, _size.Height) * LeastDecodedFace / Math.Max(1, smallest));
        return (side, Math.Clamp((int)MathF.Ceiling(look.Windows.Max(w => w.Bottom)), 1, _size.Height));
    }

    /// <returns>The faces that must be embedded.</returns>
    private static List<int> Wanted(List<DetectedFace> found, FacePatch[] patches, TrackMatch[] matches, TimeSpan at)
    {
        var wanted = new List<int>();
        for (var f = 0; f < found.Count; f++)
        {
            var (track, isCertain) = matches[f];
            if (track is null || !isCertain || track.WantsView(patches[f], ViewQuality.Of(found[f]), at)) wanted.Add(f);
        }
        return wanted;
    }

    /// <returns>The faces in those parts, in pixels of the original, each once; null where only the whole picture shows a newcomer
    /// whole.</returns>
    private static List<DetectedFace>? LookInto(FaceWorker worker, DecodedImage image, Look look)
    {
        var all = new List<DetectedFace>();
        foreach (var around in look.Windows)
        {
            var place = around.Scale(1f / image.Shrink);
            var side = Math.Max(1, (int)MathF.Round(place.Width));
            var window = new PixelRectangle((int)MathF.Round(place.Left), (int)MathF.Round(place.Top), side, side)
                .MoveInto(image.Width, image.Height);
            worker.Detector.Detect(FaceAnalyzer.View(image), window, WindowSide, worker.Faces);
            foreach (var face in worker.Faces)
            {
                if (!IsCutBy(window, face.Box, image)) all.Add(face.Scale(image.Shrink));
            }
        }
        if (look.Newcomers is { } newcomers)
        {
            var place = newcomers.Scale(1f / image.Shrink);
            var part = worker.Detector.DetectWithin(FaceAnalyzer.View(image), place, worker.Faces, image.Shrink);
            foreach (var face in worker.Faces)
            {
                if (IsCutBy(part, face.Box, image)) return null;
                all.Add(face.Scale(image.Shrink));
            }
        }
        NonMaximumSuppression.Apply(all, worker.Detector.Overlap);
        return all;
    }

    /// <returns>The face with better points; as it is where it is not found so.</returns>
    private static DetectedFace LookCloser(FaceWorker worker, DecodedImage image, in DetectedFace face) =>
        worker.Detector.LookCloser(FaceAnalyzer.View(image), face.Scale(1f / image.Shrink))?.Scale(image.Shrink) ?? face;

    /// <param name="faces">In pixels of the original.</param>
    private static FacePatch[] PatchesOf(FaceWorker worker, DecodedImage image, List<DetectedFace> faces)
    {
        var patches = new FacePatch[faces.Count];
        for (var f = 0; f < patches.Length; f++)
        {
            var toTemplate = SimilarityTransform.ToTemplate(faces[f].Points.Scale(1f / image.Shrink));
            patches[f] = worker.Quality.PatchOf(FaceAnalyzer.View(image), toTemplate);
        }
        return patches;
    }

    /// <summary>Whether the window's edge, and not the picture's, goes through a face.</summary>
    private static bool IsCutBy(in PixelRectangle window, in FaceBox face, DecodedImage image) =>
        (face.Left < window.Left + 1 && window.Left > 0) || (face.Top < window.Top + 1 && window.Top > 0)
        || (face.Right > window.Left + window.Width - 1 && window.Left + window.Width < image.Width)
        || (face.Bottom > window.Top + window.Height - 1 && window.Top + window.Height < image.Height);

    /// <summary>Decodes more of the picture where less was needed before.</summary>
    /// <param name="side">Longer side in pixels at least.</param>
    /// <param name="lines">Of the original, from the top.</param>
    /// <returns>What is wrong with the picture.</returns>
    private static Error? Replace(
        FaceAnalyzer analyzer, ReadOnlyMemory<byte> encoded, ImageHeader header, int side, int lines, ref DecodedImage image,
        CancellationToken ct)
    {
        var isLarge = image.Shrink == 1 || ImageDecoder.ShrinkFor(header, side) == image.Shrink;
        if (isLarge && image.Lines * image.Shrink >= Math.Min(lines, image.Height * image.Shrink)) return null;
        var more = analyzer.Decode(encoded, header, side, lines, ct);
        if (more.Error is { } unreadable) return unreadable;
        image.Dispose();
        image = more.Value;
        return null;
    }

    /// <summary>Everybody who is there, by falling height.</summary>
    /// <param name="seen">Tracks of this frame's faces; more than are followed may be among them.</param>
    private TrackedFace[] Present(TimeSpan at, IReadOnlyList<Track> seen) =>
    [
        .. seen.Concat(Tracks.Tracks.Where(t => t.SeenAt == at && !t.IsMissed && !seen.Contains(t)))
            .OrderByDescending(t => t.Face.Box.Height)
            .Select(t => new TrackedFace(t.Face.Box, t.Face.Confidence, t.Mean, t.Version, t.ViewCount, at - t.Since, t.Verdict)
            {
                IsSettling = t.IsSettlingAt(at),
            }),
    ];
}
