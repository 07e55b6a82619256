using System.Collections.Concurrent;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>
/// The enrolled faces of every school, kept in step with PostgreSQL by revision. Readers take an immutable snapshot and never wait;
/// changes are pulled by one task per school at a time. Thread-safe.
/// </summary>
internal sealed partial class InMemoryGallery(
    NpgsqlDataSource database, IFaceAnalyzer analyzer, StorageKeys keys, IOptions<PrivacyOptions> privacy,
    IOptions<RecognitionOptions> recognition, ILogger<InMemoryGallery> log) : IGallery, IGalleryScores, IDisposable
{
    // In cosine units: a threshold that moved less is no news.
    private const float Newsworthy = 0.005f;

    // A fixed tolerance that names more than so many times the strangers that were asked for is worth a warning.
    private const double TooMany = 2;

    private readonly EmbeddingContractId _contract = analyzer.Contract;
    private readonly ConcurrentDictionary<SchoolId, SchoolGallery> _schools = new();

    public event Action<SchoolId>? Changed;

    /// <summary>The schools that are in memory.</summary>
    public ICollection<SchoolId> Loaded => _schools.Keys;

    /// <summary>Whether <see cref="LoadAsync"/> came to its end.</summary>
    public bool IsLoaded { get; private set; }

    public IReadOnlyList<IReadOnlyList<GalleryMatch>> Search(SchoolId school, IReadOnlyList<Embedding> probes, int top)
    {
        foreach (var probe in probes)
        {
            if (probe.Contract != _contract)
                throw new ArgumentException($"A probe was made under {probe.Contract}, the gallery under {_contract}.", nameof(probes));
        }
        return SnapshotOf(school)?.Search(probes, top) ?? [.. probes.Select(_ => (IReadOnlyList<GalleryMatch>)[])];
    }

    public Embedding? DirectionOf(SchoolId school, StudentId student) => SnapshotOf(school)?.DirectionOf(student);

    public float? SimilarityOf(SchoolId school, StudentId one, StudentId other) => SnapshotOf(school)?.SimilarityOf(one, other);

    public IReadOnlyList<Lookalike> NearestOthers(SchoolId school, int most, CancellationToken ct) =>
        SnapshotOf(school)?.NearestOthers(most, ct) ?? [];

    public GalleryScores ScoresAgainst(SchoolId school, float threshold, int most, int mostOthers, CancellationToken ct) =>
        SnapshotOf(school)?.ScoresAgainst(threshold, most, mostOthers, ct) ?? GalleryScores.None;

    /// <summary>Whom a face that is about to be enrolled is like, and the revision up to which that is known. Of a face of another contract
    /// nothing is.</summary>
    internal (FaceNeighbours Near, long Revision) NeighboursOf(SchoolId school, StudentId enrolling, Embedding face)
    {
        if (!_schools.TryGetValue(school, out var mine) || Volatile.Read(ref mine.Current) is not { } known) return default;
        if (known.Snapshot is not { } snapshot || face.Contract != _contract) return (default, known.Revision);
        GalleryMatch? other = null;
        foreach (var match in snapshot.Search(face, 2))
        {
            if (other is null && match.Student != enrolling) other = match;
        }
        return (new(other, snapshot.DirectionOf(enrolling)?.CosineSimilarity(face), snapshot.Students), known.Revision);
    }

    public (int Templates, GallerySize Students) Count(SchoolId school) =>
        SnapshotOf(school) is { } snapshot ? (snapshot.Count, snapshot.Students) : (0, default);

    /// <summary>Loads the galleries of all schools; for the start.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        foreach (var school in await SchoolList.ReadAsync(database, ct))
        {
            await SyncAsync(school, ct: ct);
            var (templates, students) = Count(school);
            Log.Loaded(log, school.Value, templates, students.Total);
            var foreign = await GalleryReader.CountForeignAsync(database, school, _contract, ct);
            if (foreign > 0) Log.Foreign(log, school.Value, foreign);
        }
        IsLoaded = true;
    }

    /// <summary>Pulls what changed since the last time.</summary>
    /// <param name="atLeast">A revision known to be committed: if the gallery has it already, nothing is asked. Zero always asks.</param>
    public async Task SyncAsync(SchoolId school, long atLeast = 0, CancellationToken ct = default)
    {
        var mine = _schools.GetOrAdd(school, static _ => new SchoolGallery());
        if (Knows(mine, atLeast)) return;
        await mine.Writer.WaitAsync(ct);
        try
        {
            if (!Knows(mine, atLeast)) await PullAsync(school, mine, ct);
        }
        finally
        {
            mine.Writer.Release();
        }
        Changed?.Invoke(school);
    }

    public void Dispose()
    {
        foreach (var school in _schools.Values) school.Dispose();
    }

    private static bool Knows(SchoolGallery mine, long revision) =>
        revision > 0 && Volatile.Read(ref mine.Current) is { } current && current.Revision >= revision;

    private GallerySnapshot? SnapshotOf(SchoolId school) =>
        _schools.TryGetValue(school, out var mine) ? Volatile.Read(ref mine.Current)?.Snapshot : null;

    private async Task PullAsync(SchoolId school, SchoolGallery mine, CancellationToken ct)
    {
        var current = mine.Current;
        await using var reader = await GalleryReader.OpenAsync(database, keys, school, _contract, privacy.Value.ConsentRequired, ct);
        if (current is not null && current.Revision == reader.Revision) return;

        var canCatchUp = current is not null && !mine.IsTorn && current.Revision < reader.Revision
            && current.Revision >= reader.TombstoneFloor;
        if (current is not null && !canCatchUp) Log.Reloading(log, school.Value);
        var snapshot = canCatchUp ? current!.Snapshot : null;
        var since = canCatchUp ? current!.Revision : 0;

        // A published snapshot takes one successor. If this one is not published in the end, the next pull must start from nothing.
        if (canCatchUp) mine.IsTorn = true;
        var draft = snapshot?.Change();
        if (canCatchUp) draft?.Remove(await reader.ReadRemovedAsync(since, ct));
        await foreach (var added in reader.ReadAddedAsync(since, draft?.Dimension, ct))
            (draft ??= GallerySnapshot.Empty(_contract, added[0].Unit.Length).Change()).Add(added);
        // Where there was no gallery to put them into, none of them is known.
        draft?.AddNegatives(await reader.ReadNegativesAsync(snapshot is null ? 0 : since, draft.Dimension, ct));
        snapshot = draft?.ToSnapshot();
        Volatile.Write(ref mine.Current, new State(snapshot, reader.Revision));
        mine.IsTorn = false;
        if (snapshot is not null) TellThreshold(school, mine, snapshot.Students);
        foreach (var unreadable in reader.Unreadable) Tell(school, unreadable);
    }

    private void TellThreshold(SchoolId school, SchoolGallery mine, GallerySize students)
    {
        var policy = recognition.Value.PolicyFor(students);
        if (Math.Abs(policy.Threshold - mine.ToldThreshold) < Newsworthy) return;
        mine.ToldThreshold = policy.Threshold;
        var distance = policy.Scale.DistanceOf(policy.Threshold);
        if (recognition.Value is not { Calibration: { } calibration } options)
        {
            Log.Threshold(log, school.Value, students.Total, Math.Round(policy.Threshold, 4), distance);
            return;
        }
        var named = calibration.StrangersNamed(policy.Threshold, students);
        if (options.Tolerance is { } tolerance && named > TooMany * options.StrangerRate)
            Log.TooLoose(log, tolerance, school.Value, students.Total, Math.Round(100 * named, 2));
        else
            Log.ThresholdWithRate(log, school.Value, students.Total, Math.Round(policy.Threshold, 4), distance, Math.Round(100 * named, 2));
    }

    private void Tell(SchoolId school, UnreadableTemplate template)
    {
        switch (template.Reason)
        {
            case UnreadableReason.UnknownKey: Log.UnknownKey(log, school.Value, template.Id.Value, template.Key); break;
            case UnreadableReason.Changed: Log.Changed(log, school.Value, template.Id.Value, template.Key); break;
            default: Log.OtherLength(log, school.Value, template.Id.Value); break;
        }
    }

    private sealed class SchoolGallery : IDisposable
    {
        public readonly SemaphoreSlim Writer = new(1, 1);

        public State? Current;

        /// <summary>The threshold in force when it was last logged.</summary>
        public float ToldThreshold;

        /// <summary>The next pull must load everything. Written by the holder of <see cref="Writer"/> alone.</summary>
        public bool IsTorn;

        public void Dispose() => Writer.Dispose();
    }

    /// <param name="Snapshot">Null as long as the school never had a template, from which to learn the dimension.</param>
    private sealed record State(GallerySnapshot? Snapshot, long Revision);

    private static partial class Log
    {
        [LoggerMessage(1350, LogLevel.Information, "Gallery of school {School} loaded: {Templates} templates of {Students} students.")]
        public static partial void Loaded(ILogger log, Guid school, int templates, int students);

        [LoggerMessage(1351, LogLevel.Warning,
            "School {School} has {Count} templates made by another model; they cannot be matched, so their students must enrol again.")]
        public static partial void Foreign(ILogger log, Guid school, long count);

        [LoggerMessage(
            1352, LogLevel.Information, "Gallery of school {School} is loaded anew: too much happened to catch up step by step.")]
        public static partial void Reloading(ILogger log, Guid school);

        [LoggerMessage(
            1353, LogLevel.Error, "Template {Template} of school {School} has another length than its contract's and is left out.")]
        public static partial void OtherLength(ILogger log, Guid school, Guid template);

        [LoggerMessage(1354, LogLevel.Error,
            "Template {Template} of school {School} is left out: it was changed or moved outside the server, so that it does not open " +
            "with the key '{Key}'. Remove it and enrol the student again.")]
        public static partial void Changed(ILogger log, Guid school, Guid template, string key);

        [LoggerMessage(1356, LogLevel.Information,
            "In school {School}, with {Students} students, a face counts as a student's from a similarity of {Threshold} (distance " +
            "{Distance}) on; about {Percent} of 100 strangers would be named.")]
        public static partial void ThresholdWithRate(
            ILogger log, Guid school, int students, double threshold, double distance, double percent);

        [LoggerMessage(1357, LogLevel.Information,
            "In school {School}, with {Students} students, a face counts as a student's from a similarity of {Threshold} (distance " +
            "{Distance}) on; how many strangers that names was not measured of this model.")]
        public static partial void Threshold(ILogger log, Guid school, int students, double threshold, double distance);

        [LoggerMessage(1358, LogLevel.Warning,
            "FACE_TOLERANCE={Tolerance} is loose for school {School} with {Students} students: about {Percent} of 100 strangers would " +
            "be named. Take it out to let the threshold follow FACE_STRANGER_RATE.")]
        public static partial void TooLoose(ILogger log, double tolerance, Guid school, int students, double percent);

        [LoggerMessage(1355, LogLevel.Error,
            "Template {Template} of school {School} is left out: it is encrypted with the key '{Key}', which this server was not given. " +
            "Give every server both keys before one encrypts with the new one.")]
        public static partial void UnknownKey(ILogger log, Guid school, Guid template, string key);
    }
}
