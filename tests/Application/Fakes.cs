using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Notices;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Recognition.Tracks;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Application.Tests;

/// <summary>The models' place: answers with the faces it was given. A face's embedding points where its <c>who</c> says.</summary>
internal sealed class FakeAnalyzer(params AnalyzedFace[] faces) : IFaceAnalyzer
{
    private static readonly FaceMeasurements Fine = new(60, 0.99f, 0, 120, 40, 200, 1);

    public EmbeddingContractId Contract { get; } = new("fake");

    /// <summary>How many pictures were looked at.</summary>
    public int Analyzed { get; private set; }

    /// <summary>What was asked for last.</summary>
    public FramePurpose Purpose { get; private set; }

    /// <summary>The face in the middle, where that is asked for.</summary>
    public int? Central { get; init; }

    public int Turned { get; init; }

    public Task<Result<FrameAnalysis>> AnalyzeAsync(SchoolId school, ReadOnlyMemory<byte> image, FramePurpose purpose, CancellationToken ct)
    {
        Analyzed++;
        Purpose = purpose;
        return Task.FromResult<Result<FrameAnalysis>>(
            new FrameAnalysis(640, 480, faces, purpose == FramePurpose.EnrollCentral ? Central : null, Turned));
    }

    /// <param name="cosine">To the template of axis <paramref name="who"/>; the rest points along the last axis, where nobody is.</param>
    public static AnalyzedFace Face(int who, float cosine = 1, float height = 100, FaceMeasurements? measured = null)
    {
        var raw = new float[8];
        raw[who] = cosine;
        raw[7] = MathF.Sqrt(1 - (cosine * cosine));
        return new(new(0, 0, height, height), default, 0.99f, measured ?? Fine, Embedding.FromRaw(raw, new("fake")));
    }
}

/// <summary>Tracks of cameras whose every frame shows the faces that it was given, each in the track of its place among them.</summary>
internal sealed class FakeTracks(params AnalyzedFace[] faces) : IFaceTracks
{
    private readonly TrackVerdict[] _verdicts = [.. faces.Select(_ => new TrackVerdict())];

    /// <summary>Views behind each face; whoever changes it changes what was decided.</summary>
    public int Views { get; set; } = 1;

    public TimeSpan Age { get; set; }

    public bool IsSettling { get; set; }

    /// <summary>The devices that sent a frame.</summary>
    public List<string> Devices { get; } = [];

    public static FrameRecognizer Recognizer(FakeGallery gallery, params AnalyzedFace[] faces) => new FakeTracks(faces).Recognizer(gallery);

    public FrameRecognizer Recognizer(FakeGallery gallery) =>
        new(new FakeAnalyzer(faces), this, gallery, Settings.Recognition);

    public Task<Result<TrackedFrame>> FollowAsync(SchoolId school, string device, ReadOnlyMemory<byte> image, CancellationToken ct)
    {
        Devices.Add(device);
        return Task.FromResult<Result<TrackedFrame>>(new TrackedFrame(640, 480,
            [.. faces.Select((f, i) => new TrackedFace(f.Box, f.Confidence, f.Embedding!, Views, Views, Age, _verdicts[i])
            {
                IsSettling = IsSettling,
            })]));
    }
}

/// <summary>A gallery with one student an axis.</summary>
internal sealed class FakeGallery(params string[] students) : IGallery, ISchoolGallery
{
    /// <summary>How often somebody was looked up.</summary>
    public int Searches { get; private set; }

    public long Version { get; private set; }

    public int Templates => students.Length;

    public GallerySize Students => new(students.Length, 0);

    /// <summary>Of <see cref="ScoresAgainst"/>, when it was last called.</summary>
    public (float Threshold, int Most, int MostOthers) Scored { get; private set; }

    public ValueTask<Result<ISchoolGallery>> OpenAsync(SchoolId school, CancellationToken ct) => new(Result<ISchoolGallery>.Ok(this));

    public IReadOnlyList<IReadOnlyList<GalleryMatch>> Search(IReadOnlyList<Embedding> probes, int top)
    {
        Searches++;
        return
        [
            .. probes.Select(probe => (IReadOnlyList<GalleryMatch>)
                [.. students.Select((s, i) => (Student: s, Similarity: probe.Values[i])).Where(m => m.Student.Length > 0)
                    .OrderByDescending(m => m.Similarity).Take(top).Select(m => new GalleryMatch(new(m.Student), m.Similarity))]),
        ];
    }

    public Embedding? DirectionOf(StudentId student)
    {
        var axis = Array.IndexOf(students, student.Value);
        if (axis < 0) return null;
        var raw = new float[8];
        raw[axis] = 1;
        return Embedding.FromRaw(raw, new("fake"));
    }

    public float? SimilarityOf(StudentId one, StudentId other) => 0;

    public IReadOnlyList<Lookalike> NearestOthers(int most, CancellationToken ct) => throw new NotSupportedException();

    public GalleryScores ScoresAgainst(float threshold, int most, int mostOthers, CancellationToken ct)
    {
        Scored = (threshold, most, mostOthers);
        return GalleryScores.None;
    }

    public event Action<SchoolId>? Changed;

    /// <summary>Forgets a student, as an erasure does.</summary>
    public void Forget(string student)
    {
        students[Array.IndexOf(students, student)] = "";
        Version++;
        Changed?.Invoke(SchoolId.First);
    }

    /// <summary>Enrols somebody in a forgotten one's place.</summary>
    public void Remember(string student)
    {
        students[Array.IndexOf(students, "")] = student;
        Version++;
        Changed?.Invoke(SchoolId.First);
    }
}

internal sealed class FakeTemplates(FakeGallery gallery) : ITemplates
{
    public Task<Error?> FindObjectionAsync(SchoolId school, StudentId student, CancellationToken ct) => Task.FromResult<Error?>(null);

    public List<NewTemplate> Added { get; } = [];

    /// <summary>What was overridden by each of <see cref="Added"/>.</summary>
    public List<EnrollmentOverride> Overridden { get; } = [];

    public Task<Result<bool>> AddAsync(NewTemplate template, Func<FaceNeighbours, Result<EnrollmentOverride>> judge, CancellationToken ct)
    {
        GalleryMatch? other = gallery.Search(template.Embedding, 2).Select(m => (GalleryMatch?)m)
            .FirstOrDefault(m => m!.Value.Student != template.Student);
        var verdict =
            judge(new(other, gallery.DirectionOf(template.Student)?.CosineSimilarity(template.Embedding),
                gallery.Students));
        if (verdict.Error is { } refused) return Task.FromResult<Result<bool>>(refused);
        var known = Added.Any(t => t.Student == template.Student && t.ImageDigest.Span.SequenceEqual(template.ImageDigest.Span));
        if (!known)
        {
            Added.Add(template);
            Overridden.Add(verdict.Value);
        }
        return Task.FromResult<Result<bool>>(!known);
    }

    public Task<bool> ContainsAsync(
        SchoolId school, StudentId student, EmbeddingContractId contract, ReadOnlyMemory<byte> imageDigest, CancellationToken ct) =>
        Task.FromResult(
            Added.Any(t => t.Student == student && t.Embedding.Contract == contract && t.ImageDigest.Span.SequenceEqual(imageDigest.Span)));

    public Task<IReadOnlyList<TemplateSummary>> ListAsync(SchoolId school, StudentId student, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<bool> RemoveAsync(SchoolId school, StudentId student, TemplateId template, CancellationToken ct) =>
        throw new NotSupportedException();
}

internal sealed class RecordingFeed : IAttendanceFeed
{
    public List<LiveEvent> Published { get; } = [];

    public void Publish(LiveEvent happened) => Published.Add(happened);
}

internal sealed class RecordingNotices : INotices
{
    public List<NewNotice> Raised { get; } = [];

    public Task RaiseAsync(NewNotice notice, CancellationToken ct)
    {
        Raised.Add(notice);
        return Task.CompletedTask;
    }

    public Task<(IReadOnlyList<Notice> Items, int Total)> ListAsync(
        SchoolId school, bool onlyOpen, int limit, int offset, CancellationToken ct) =>
        Task.FromResult<(IReadOnlyList<Notice>, int)>(([], 0));

    public Task<Notice?> AcknowledgeAsync(SchoolId school, NoticeId id, string by, CancellationToken ct) =>
        Task.FromResult<Notice?>(null);
}

internal static class Settings
{
    public static IOptions<RecognitionOptions> Recognition { get; } =
        Options.Create(new RecognitionOptions { BaseThreshold = 0.5f, LeastOwnSimilarity = 0.2f });

    public static IOptions<AttendanceOptions> Attendance { get; } = Options.Create(new AttendanceOptions());
}

/// <summary>Keeps what is written down.</summary>
internal sealed class RecordingAudit : IAuditLog
{
    public List<AuditEntry> Entries { get; } = [];

    public Task AppendAsync(AuditEntry entry, CancellationToken ct)
    {
        Entries.Add(entry);
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<AuditRecord>> ListAsync(SchoolId school, AuditFilter filter, int limit, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<AuditVerdict> VerifyAsync(SchoolId school, AuditHead? noted, CancellationToken ct) => throw new NotSupportedException();
}
