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
    // Of a window's longer side in the detector's input: a face that is half of it has 64 pixels, of which the detector needs 24.
    private const int WindowSide = 128;

    // A face needs so many decoded pixels for that, however few the window's input makes of them.
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
        var decoded = analyzer.Decode(encoded, header, planned is { } p ? SideFor(p.Look, wholeSide, at) : wholeSide, ct);
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
            if (look.Extent == LookExtent.Surroundings && (worker.Detector.IsCheaperInWindows || look.Windows.Count == 1))
            {
                found = LookInto(worker, image, look.Windows);
                patches = PatchesOf(worker, image, found);
                matches = Tracks.Match(found, patches, at, isCut);
                // Whoever is not where they should be is somewhere else, or gone; and who it is instead is judged by the best look that
                // there is.
                var isAnyLost = !look.Moved.All(track => track.IsMissed || matches.Any(m => m.Track == track));
                if (isAnyLost || IsStranger(matches, patches)) found = null;
            }
            var isWhole = found is null;
            if (found is null)
            {
                if (Replace(analyzer, encoded, header, wholeSide, ref image, ct) is { } unreadable) return unreadable;
                worker.Detector.Detect(FaceAnalyzer.View(image), worker.Faces, image.Shrink);
                var toOriginal = (float)image.Shrink;
                found = worker.Faces.ConvertAll(f => f.Scale(toOriginal));
                patches = PatchesOf(worker, image, found);
                matches = Tracks.Match(found, patches, at, isCut);
            }
            since = times.Took("detect", since);
            ct.ThrowIfCancellationRequested();

            var wanted = new List<int>();
            for (var f = 0; f < found.Count; f++)
            {
                var (track, isCertain, _) = matches[f];
                if (track is null || !isCertain || track.WantsView(patches[f], ViewQuality.Of(found[f]), at)) wanted.Add(f);
            }
            var embeddings = new Embedding?[found.Count];
            if (wanted.Count > 0)
            {
                var asDecoded = wanted.ConvertAll(f => found[f].Scale(1f / image.Shrink));
                if (FaceAnalyzer.SideForDetail(CollectionsMarshal.AsSpan(asDecoded), image) is { } side
                    && Replace(analyzer, encoded, header, side, ref image, ct) is { } damaged)
                    return damaged;
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
            if (isWhole) _schedule.SawWhole(Tracks.Newest > newest, at);
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

    /// <summary>The longer side at which a frame is decoded: where only surroundings are looked at, as their faces need.</summary>
    private int SideFor(Look look, int wholeSide, TimeSpan at)
    {
        if (look.Extent != LookExtent.Surroundings) return wholeSide;
        var smallest = look.Moved.Min(t => t.Expect(at).Height);
        return (int)Math.Min(wholeSide, Math.Max(_size.Width, _size.Height) * LeastDecodedFace / Math.Max(1, smallest));
    }

    /// <returns>The faces in the windows, in pixels of the original; each once.</returns>
    private static List<DetectedFace> LookInto(FaceWorker worker, DecodedImage image, IReadOnlyList<FaceBox> windows)
    {
        var all = new List<DetectedFace>();
        foreach (var around in windows)
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
        NonMaximumSuppression.Apply(all, worker.Detector.Overlap);
        return all;
    }

    /// <summary>Whether one of the faces stands alone and is not like the one that was there.</summary>
    private static bool IsStranger(TrackMatch[] matches, FacePatch[] patches)
    {
        for (var f = 0; f < matches.Length; f++)
        {
            if (!matches[f].IsCrowded && (matches[f].Track is not { } track || !track.IsLike(patches[f]))) return true;
        }
        return false;
    }

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

    /// <returns>What is wrong with the picture.</returns>
    private static Error? Replace(
        FaceAnalyzer analyzer, ReadOnlyMemory<byte> encoded, ImageHeader header, int side, ref DecodedImage image, CancellationToken ct)
    {
        if (image.Shrink == 1 || ImageDecoder.ShrinkFor(header, side) == image.Shrink) return null;
        var closer = analyzer.Decode(encoded, header, side, ct);
        if (closer.Error is { } unreadable) return unreadable;
        image.Dispose();
        image = closer.Value;
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
