using System.Collections.Concurrent;
using System.Diagnostics;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>
/// The enrolled faces of the schools that are asked for, kept in step with PostgreSQL by revision. Readers take an immutable snapshot and
/// wait only for a school that is not in memory; changes are pulled by one task per school at a time. Beyond
/// <see cref="GalleryOptions.MemoryBytes"/> the school that was asked for longest ago leaves, and comes back when it is asked for.
/// Thread-safe.
/// </summary>
internal sealed partial class InMemoryGallery(
    NpgsqlDataSource database, IFaceAnalyzer analyzer, StorageKeys keys, IOptions<PrivacyOptions> privacy,
    IOptions<RecognitionOptions> recognition, IOptions<GalleryOptions> options, ILogger<InMemoryGallery> log) : IGallery, IDisposable
{
    // In cosine units: a threshold that moved less is no news.
    private const float Newsworthy = 0.005f;

    // A fixed tolerance that names more than so many times the strangers that were asked for is worth a warning.
    private const double TooMany = 2;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    private readonly EmbeddingContractId _contract = analyzer.Contract;
    private readonly ConcurrentDictionary<SchoolId, School> _schools = new();
    private readonly Lock _makingRoom = new();

    // Each opens templates on all cores and holds a connection: at the hour when all schools begin, they come one after another.
    private readonly SemaphoreSlim _loading = new(Environment.ProcessorCount);
    private readonly CancellationTokenSource _stopping = new();
    private long _versions;

    public event Action<SchoolId>? Changed;

    /// <summary>Who has waited so long for a school is told to come back; the load goes on. One of a million comes within some
    /// seconds.</summary>
    internal TimeSpan MostWait { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What is in memory.</summary>
    public IEnumerable<SchoolGallery> Loaded => _schools.Values.Select(s => Volatile.Read(ref s.Current)).OfType<SchoolGallery>();

    /// <summary>Whether <see cref="LoadAsync(CancellationToken)"/> came to its end.</summary>
    public bool IsLoaded { get; private set; }

    public ValueTask<Result<ISchoolGallery>> OpenAsync(SchoolId school, CancellationToken ct)
    {
        return AtHand(school, isAsked: true) is { } faces ? new(Result<ISchoolGallery>.Ok(faces)) : new(WaitAsync());

        async Task<Result<ISchoolGallery>> WaitAsync() =>
            (await OpenSchoolAsync(school, ct)).Match(Result<ISchoolGallery>.Ok, Result<ISchoolGallery>.Fail);
    }

    /// <inheritdoc cref="OpenAsync"/>
    public async ValueTask<Result<SchoolGallery>> OpenSchoolAsync(SchoolId school, CancellationToken ct)
    {
        if (AtHand(school, isAsked: true) is { } faces) return faces;
        var load = LoadOnceAsync(school);
        var wait = load.WaitAsync(MostWait, ct);
        await ((Task)wait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // Faults and the caller's own end fly; what is left is a load that has not come to its end.
        if (!load.IsCompleted && !ct.IsCancellationRequested) return RecognitionErrors.GalleryLoading(RetryAfter);
        return await wait;
    }

    /// <summary>A school's faces where they are in memory, for whoever can do without.</summary>
    public SchoolGallery? Peek(SchoolId school) => AtHand(school, isAsked: false);

    /// <summary>Loads the galleries of all schools where they fit into the memory they may take together; for the start. Where they do not,
    /// which of them will be asked for is not known yet. One alone will be.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        var schools = await SchoolList.ReadAsync(database, ct);
        if (schools.Count == 1 || await GalleryReader.DoFitAsync(database, options.Value.MemoryBytes, ct))
        {
            foreach (var school in schools) await LoadOnceAsync(school).WaitAsync(ct);
        }
        else
        {
            Log.OnDemand(log, schools.Count, options.Value.MemoryBytes >> 20);
        }
        IsLoaded = true;
    }

    /// <summary>Pulls what changed since the last time, if the school is in memory or on its way there. One that is not finds every change
    /// when it comes.</summary>
    /// <param name="atLeast">A revision known to be committed: if the gallery has it already, nothing is asked. Zero always asks.</param>
    public async Task SyncAsync(SchoolId school, long atLeast = 0, CancellationToken ct = default)
    {
        if (_schools.TryGetValue(school, out var mine))
        {
            if (Knows(mine, atLeast)) return;
            // Behind a load that is under way, which may have looked before the change.
            await mine.Writer.WaitAsync(ct);
            try
            {
                if (Volatile.Read(ref mine.Current) is not null && !Knows(mine, atLeast)) await PullAsync(school, mine, ct);
            }
            finally
            {
                mine.Writer.Release();
            }
        }
        Changed?.Invoke(school);
    }

    // Called once for each service that it is.
    public void Dispose()
    {
        _stopping.Cancel();
        foreach (var school in _schools.Values) school.Dispose();
        _loading.Dispose();
    }

    private static bool Knows(School mine, long revision) =>
        revision > 0 && Volatile.Read(ref mine.Current) is { } current && current.Revision >= revision;

    private SchoolGallery? AtHand(SchoolId school, bool isAsked)
    {
        if (!_schools.TryGetValue(school, out var mine) || Volatile.Read(ref mine.Current) is not { } faces) return null;
        if (isAsked) Volatile.Write(ref mine.LastAsked, Stopwatch.GetTimestamp());
        return faces;
    }

    /// <summary>The load of a school that is under way, or a new one. Nobody who waits for it ends it.</summary>
    private Task<SchoolGallery> LoadOnceAsync(SchoolId school)
    {
        var mine = _schools.GetOrAdd(school, static _ => new School());
        lock (mine)
        {
            if (Volatile.Read(ref mine.Current) is { } faces) return Task.FromResult(faces);
            if (mine.Load is null or { IsCompleted: true }) mine.Load = Task.Run(() => LoadAsync(school, mine, _stopping.Token));
            return mine.Load;
        }
    }

    private async Task<SchoolGallery> LoadAsync(SchoolId school, School mine, CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            var began = Stopwatch.GetTimestamp();
            await mine.Writer.WaitAsync(ct);
            try
            {
                Volatile.Write(ref mine.LastAsked, began);
                var faces = Volatile.Read(ref mine.Current) ?? await PullAsync(school, mine, ct);
                GalleryMetrics.Loaded(Stopwatch.GetElapsedTime(began));
                Log.Loaded(log, mine.IsKnown ? LogLevel.Debug : LogLevel.Information, school.Value, faces.Templates, faces.Students.Total);
                if (mine.IsKnown) return faces;
                var foreign = await GalleryReader.CountForeignAsync(database, school, _contract, ct);
                if (foreign > 0) Log.Foreign(log, school.Value, foreign);
                mine.IsKnown = true;
                return faces;
            }
            finally
            {
                mine.Writer.Release();
            }
        }
        finally
        {
            _loading.Release();
        }
    }

    private async Task<SchoolGallery> PullAsync(SchoolId school, School mine, CancellationToken ct)
    {
        var current = mine.Current;
        await using var reader = await GalleryReader.OpenAsync(database, keys, school, _contract, privacy.Value.ConsentRequired, ct);
        if (current is not null && current.Revision == reader.Revision) return current;

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
        var faces = new SchoolGallery(_contract, snapshot, reader.Revision, Interlocked.Increment(ref _versions));
        Volatile.Write(ref mine.Current, faces);
        mine.IsTorn = false;
        MakeRoom(school, mine);
        if (snapshot is not null) TellThreshold(school, mine, snapshot.Students);
        foreach (var unreadable in reader.Unreadable) Tell(school, unreadable);
        return faces;
    }

    /// <summary>Lets those go that were asked for longest ago, until the rest fit. Who looks at one of them at this moment holds it until
    /// they are done.</summary>
    /// <param name="newest">Has just come, or grown, and stays.</param>
    private void MakeRoom(SchoolId newest, School mine)
    {
        var most = options.Value.MemoryBytes;
        lock (_makingRoom)
        {
            var held = Loaded.Sum(s => s.Bytes);
            if (held <= most) return;
            foreach (var other in _schools.Values.OrderBy(s => Volatile.Read(ref s.LastAsked)).ToList())
            {
                if (other == mine || Volatile.Read(ref other.Current) is not { } faces || faces.Bytes == 0) continue;
                Volatile.Write(ref other.Current, null);
                GalleryMetrics.Evicted();
                held -= faces.Bytes;
                if (held <= most) return;
            }
            if (mine.IsToldTooLarge) return;
            mine.IsToldTooLarge = true;
            Log.TooLarge(log, newest.Value, held >> 20, most >> 20, (held / 1_000_000) + 1);
        }
    }

    private void TellThreshold(SchoolId school, School mine, GallerySize students)
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

    /// <summary>What is known of a school, whether or not its faces are in memory.</summary>
    private sealed class School : IDisposable
    {
        public readonly SemaphoreSlim Writer = new(1, 1);

        public SchoolGallery? Current;

        /// <summary>The clock's timestamp.</summary>
        public long LastAsked;

        /// <summary>The newest that was begun. Under the lock of this object.</summary>
        public Task<SchoolGallery>? Load;

        /// <summary>The threshold in force when it was last logged.</summary>
        public float ToldThreshold;

        /// <summary>The next pull must load everything. Written by the holder of <see cref="Writer"/> alone.</summary>
        public bool IsTorn;

        /// <summary>It was loaded before.</summary>
        public bool IsKnown;

        public bool IsToldTooLarge;

        public void Dispose() => Writer.Dispose();
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1350, Message = "Gallery of school {School} loaded: {Templates} templates of {Students} students.")]
        public static partial void Loaded(ILogger log, LogLevel level, Guid school, int templates, int students);

        [LoggerMessage(1359, LogLevel.Information,
            "The galleries of {Schools} schools do not fit into {Mebibytes} MiB together; each is loaded when it is asked for.")]
        public static partial void OnDemand(ILogger log, int schools, long mebibytes);

        [LoggerMessage(1349, LogLevel.Warning,
            "The gallery of school {School} alone takes {Held} MiB, and all together may take {Most} MiB. It is served, and every other " +
            "school is loaded anew at each change between them: raise GALLERY_MEMORY_MB to {Needed} or more.")]
        public static partial void TooLarge(ILogger log, Guid school, long held, long most, long needed);

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
