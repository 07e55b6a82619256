using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Students;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ImportStudentsTests
{
    private readonly FakeImports _imports = new();
    private readonly FakeTemplates _templates = new(new FakeGallery());
    private readonly RecordingFeed _feed = new();

    [Test]
    public async Task Handle_RowsGoodAndBad_AreReportedInTheirOrderAndTheGoodOnesKept()
    {
        var unreadable = new Error("request.invalid_field", "student_id is bad", ErrorKind.Invalid);

        var reports = await ImportAsync(rows: [Row(2, "ann"), new(3, "a b", unreadable), Row(4, "bob"), Row(5, "ann")]);

        Assert.That(reports.Select(r => (r.Line, r.Outcome, r.Error?.Code)), Is.EqualTo(new[]
        {
            (2, ImportOutcome.Created, null), (3, ImportOutcome.Refused, "request.invalid_field"), (4, ImportOutcome.Created, null),
            (5, ImportOutcome.Refused, "roster.repeated_student"),
        }));
        Assert.That(reports[3].Error!.Message, Does.Contain("line 2"));
        Assert.That(_imports.Kept, Is.EqualTo(["ann", "bob"]));
    }

    [Test]
    public async Task Handle_ProfileThatTheRulesRefuse_IsRefusedWithItsField()
    {
        var reports = await ImportAsync(rows: [Row(2, "ann", name: " ")]);

        Assert.That((reports.Single().Outcome, reports.Single().Error!.Field), Is.EqualTo((ImportOutcome.Refused, "full_name")));
        Assert.That(_imports.Kept, Is.Empty);
    }

    [Test]
    public async Task Handle_MoreRowsThanOneStatementTakes_KeepsAll()
    {
        var reports = await ImportAsync(rows: [.. Enumerable.Range(0, 1001).Select(i => Row(i + 2, $"s{i}"))]);

        Assert.That(reports.Select(r => r.Outcome), Is.All.EqualTo(ImportOutcome.Created));
        Assert.That(_imports.Portions, Is.EqualTo([500, 500, 1]));
    }

    [Test]
    public async Task Handle_RowsBeyondTheMost_EndTheImport()
    {
        var rows = Enumerable.Range(0, ImportStudents.MaxRows + 10).Select(i => Row(i + 2, $"s{i}"));

        var reports = await ImportAsync(rows: rows);

        Assert.That(reports, Has.Count.EqualTo(ImportStudents.MaxRows + 1));
        Assert.That(reports[^1].Error, Is.EqualTo(ImportErrors.TooManyRows));
        Assert.That(_imports.Kept, Has.Count.EqualTo(ImportStudents.MaxRows));
    }

    [Test]
    public async Task Handle_Photos_AreEnrolledOnceAndMissingOnesTold()
    {
        ImportRow[] rows = [Row(2, "ann", photo: "ann.jpg"), Row(3, "bob", photo: "bob.jpg"), Row(4, "cid")];
        var photos = new FakePhotos("ann.jpg");

        var first = await ImportAsync(photos, rows: rows);
        var again = await ImportAsync(photos, rows: rows);

        Assert.That(first.Select(r => r.Photo), Is.EqualTo(new PhotoOutcome?[] { PhotoOutcome.Enrolled, PhotoOutcome.Refused, null }));
        Assert.That(first[1].Error, Is.EqualTo(FakePhotos.Missing));
        Assert.That(again[0].Photo, Is.EqualTo(PhotoOutcome.AlreadyEnrolled));
        Assert.That(_feed.Published, Is.EqualTo(new LiveEvent[] { new StudentEnrolled(SchoolId.First, new("ann"), Saved: 1) }));
    }

    [Test]
    public async Task Handle_DryRun_LooksAtNothingAndChangesNothing()
    {
        var analyzer = new FakeAnalyzer(FakeAnalyzer.Face(0));

        var reports = await ImportAsync(new FakePhotos("ann.jpg"), analyzer, dryRun: true, rows: [Row(2, "ann", photo: "ann.jpg")]);

        Assert.That(
            (reports.Single().Outcome, reports.Single().Photo), Is.EqualTo((ImportOutcome.Created, (PhotoOutcome?)PhotoOutcome.Found)));
        Assert.That((_imports.Kept.Count, _templates.Added.Count, analyzer.Analyzed), Is.EqualTo((0, 0, 0)));
    }

    [Test]
    public async Task Handle_ServerBusyForAWhile_WaitsAndEnrols()
    {
        var reports = await ImportAsync(
            new FakePhotos("ann.jpg"), new BusyAnalyzer(times: 3), rows: [Row(2, "ann", photo: "ann.jpg")]);

        Assert.That(reports.Single().Photo, Is.EqualTo(PhotoOutcome.Enrolled));
    }

    [Test]
    public async Task Handle_ServerBusyForGood_RefusesThePhoto()
    {
        var reports = await ImportAsync(
            new FakePhotos("ann.jpg"), new BusyAnalyzer(times: int.MaxValue), rows: [Row(2, "ann", photo: "ann.jpg")]);

        Assert.That((reports.Single().Photo, reports.Single().Error!.Code), Is.EqualTo((PhotoOutcome.Refused, "recognition.busy")));
    }

    private static ImportRow Row(int line, string id, string name = "Example", string? photo = null) =>
        new(line, id, new ImportedStudent(new(id), new(name, null, null, null), photo));

    private async Task<List<ImportRowReport>> ImportAsync(
        IImportPhotos? photos = null, IFaceAnalyzer? analyzer = null, bool dryRun = false, IEnumerable<ImportRow>? rows = null)
    {
        var enroller = new FaceEnroller(
            analyzer ?? new FakeAnalyzer(FakeAnalyzer.Face(0)), _templates, new RecordingNotices(), Settings.Recognition,
            TimeProvider.System);
        var handler = new ImportStudentsHandler(
            _imports, enroller, _feed, new UpsertStudentValidator(TimeProvider.System), TimeProvider.System);
        var reports = new List<ImportRowReport>();
        await foreach (var report in (await handler.Handle(new(SchoolId.First, rows!, photos, dryRun), default)).Value) reports.Add(report);
        return reports;
    }

    private sealed class FakeImports : IStudentImports
    {
        public List<string> Kept { get; } = [];

        public List<int> Portions { get; } = [];

        public Task<IReadOnlyList<ImportOutcome>> UpsertAsync(
            SchoolId school, IReadOnlyList<ImportedStudent> students, bool dryRun, CancellationToken ct)
        {
            Portions.Add(students.Count);
            if (!dryRun) Kept.AddRange(students.Select(s => s.Id.Value));
            return Task.FromResult<IReadOnlyList<ImportOutcome>>([.. students.Select(_ => ImportOutcome.Created)]);
        }
    }

    private sealed class FakePhotos(params string[] there) : IImportPhotos
    {
        public static readonly Error Missing = new("roster.photo_missing", "No such photo.", ErrorKind.Rejected);

        public Result<ReadOnlyMemory<byte>>? Find(StudentId student, string? name) => name is null ? null
            : there.Contains(name) ? Result<ReadOnlyMemory<byte>>.Ok(new byte[] { 1, 2, 3 })
            : Missing;
    }

    /// <summary>Has no room for the first pictures that it is asked about.</summary>
    private sealed class BusyAnalyzer(int times) : IFaceAnalyzer
    {
        private readonly FakeAnalyzer _then = new(FakeAnalyzer.Face(0));
        private int _left = times;

        public EmbeddingContractId Contract => _then.Contract;

        public Task<Result<FrameAnalysis>> AnalyzeAsync(
            SchoolId school, ReadOnlyMemory<byte> image, FramePurpose purpose, CancellationToken ct) => _left-- > 0
            ? Task.FromResult<Result<FrameAnalysis>>(RecognitionErrors.Busy(TimeSpan.FromMilliseconds(1)))
            : _then.AnalyzeAsync(school, image, purpose, ct);
    }
}
