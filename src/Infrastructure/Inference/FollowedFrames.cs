using System.Diagnostics;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Infrastructure.Imaging;

namespace FaceAttendance.Infrastructure.Inference;

/// <summary>What one camera showed so far. For one thread at a time.</summary>
internal sealed class FollowedFrames(float sameFrom)
{
    private (int Width, int Height) _size;
    private LumaPicture? _looked;

    public TrackSet Tracks { get; } = new(sameFrom);

    /// <summary>Looks at a frame, and brings the tracks up to it.</summary>
    /// <param name="at">Since some moment that is the same for all its frames.</param>
    public Result<TrackedFrame> Look(
        FaceAnalyzer analyzer, FaceWorker worker, ReadOnlyMemory<byte> encoded, ImageHeader header, TimeSpan at, StageTimes times,
        CancellationToken ct)
    {
        var since = Stopwatch.GetTimestamp();
        var wantedSide = worker.Detector.WantedSide(Math.Max(header.Width, header.Height));
        var decoded = analyzer.Decode(encoded, header, wantedSide, ct);
        if (decoded.Error is { } undecodable) return undecodable;
        var image = decoded.Value;
        try
        {
            since = times.Took("decode", since);
            var luma = SmallPicture.Of(image);
            if (_size != (header.Width, header.Height)) Clear();
            _size = (header.Width, header.Height);
            var change = _looked is null ? null : PictureChange.Between(_looked, luma);
            worker.Detector.Detect(FaceAnalyzer.View(image), worker.Faces, image.Shrink);
            since = times.Took("detect", since);
            ct.ThrowIfCancellationRequested();
            FaceAnalyzer.ByFallingHeight(worker.Faces);

            var toOriginal = (float)image.Shrink;
            var found = worker.Faces.ConvertAll(f => f.Scale(toOriginal));
            var matches = Tracks.Match(found, at, isCut: change is null or { IsCut: true });
            var wanted = new List<int>();
            var patches = new FacePatch[found.Count];
            for (var f = 0; f < found.Count; f++)
            {
                patches[f] = worker.Quality.PatchOf(FaceAnalyzer.View(image), SimilarityTransform.ToTemplate(worker.Faces[f].Points));
                if (matches[f] is not { IsCertain: true, Track: { } track } || track.WantsView(patches[f], ViewQuality.Of(found[f]), at))
                    wanted.Add(f);
            }
            var embeddings = new Embedding?[found.Count];
            if (wanted.Count > 0)
            {
                var closest = Closer(analyzer, encoded, header, [.. wanted.Select(f => worker.Faces[f])], ref image, ct);
                if (closest is { } unreadable) return unreadable;
                worker.Reserve(wanted.Count);
                for (var i = 0; i < wanted.Count; i++)
                    worker.Transforms[i] = SimilarityTransform.ToTemplate(found[wanted[i]].Points.Scale(1f / image.Shrink));
                worker.Embedder.Embed(
                    FaceAnalyzer.View(image), worker.Transforms.AsSpan(0, wanted.Count), worker.Embeddings.AsSpan(0, wanted.Count), ct);
                for (var i = 0; i < wanted.Count; i++) embeddings[wanted[i]] = worker.Embeddings[i];
                times.Took("embed", since);
            }

            var seen = new SeenFace[found.Count];
            for (var f = 0; f < seen.Length; f++) seen[f] = new(found[f], patches[f], ViewQuality.Of(found[f]), embeddings[f]);
            var tracks = Tracks.Settle(seen, matches, at, static _ => true);
            _looked?.Clear();
            _looked = luma;
            return new TrackedFrame(header.Width, header.Height, [.. tracks.Select(t => Of(t, at))]) { Times = times };
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
        Tracks.Clear();
    }

    /// <summary>Decodes anew where one of the faces has fewer pixels than the embedder takes.</summary>
    /// <returns>What is wrong with the picture.</returns>
    private static Error? Closer(
        FaceAnalyzer analyzer, ReadOnlyMemory<byte> encoded, ImageHeader header, ReadOnlySpan<DetectedFace> faces, ref DecodedImage image,
        CancellationToken ct)
    {
        if (FaceAnalyzer.SideForDetail(faces, image) is not { } side) return null;
        var closer = analyzer.Decode(encoded, header, side, ct);
        if (closer.Error is { } unreadable) return unreadable;
        image.Dispose();
        image = closer.Value;
        return null;
    }

    private static TrackedFace Of(Track track, TimeSpan at) => new(
        track.Face.Box, track.Face.Confidence, track.Mean, track.Version, track.ViewCount, at - track.Since, track.Verdict);
}
