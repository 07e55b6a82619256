using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Students;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StudentTests
{
    private static readonly StudentId Ann = new("ann");

    private readonly FakeStudents _students = new("ann", "bob", "cid");
    private readonly StoredTemplates _templates = new(Ann);
    private readonly RecordingAudit _audit = new();

    [Test]
    public async Task Get_KnownStudent_IsFoundAndUnknownIsNot()
    {
        var handler = new GetStudentHandler(_students);

        Assert.That((await handler.Handle(new(SchoolId.First, Ann), default)).Value.Id, Is.EqualTo(Ann));
        Assert.That((await handler.Handle(new(SchoolId.First, new("dee")), default)).Error, Is.EqualTo(StudentErrors.NotFound));
    }

    [TestCase(null, 2, 1, "bob,cid", 3)]
    [TestCase("ann", 2, 0, "ann", 1)]
    [TestCase("nobody", 2, 0, "", 0)]
    public async Task List_Page_HasItsPartAndTheTotal(string? query, int limit, int offset, string ids, int total)
    {
        var page = (await new ListStudentsHandler(_students).Handle(new(SchoolId.First, query, limit, offset), default)).Value;

        Assert.That((string.Join(',', page.Items.Select(s => s.Id)), page.Total), Is.EqualTo((ids, total)));
    }

    [Test]
    public async Task AddAndReplace_NewAndKnownId_EachRefusesTheOther()
    {
        var (add, replace) = (new AddStudentHandler(_students), new ReplaceProfileHandler(_students));
        var profile = new StudentProfile("Dee", null, "7B", null);

        var early = await replace.Handle(new(SchoolId.First, new("dee"), profile), default);
        var added = await add.Handle(new(SchoolId.First, new("dee"), profile), default);
        var again = await add.Handle(new(SchoolId.First, new("dee"), profile), default);
        var replaced = await replace.Handle(new(SchoolId.First, new("dee"), profile with { ClassName = null }), default);
        var classes = await new ListClassesHandler(_students).Handle(new(SchoolId.First), default);

        Assert.That(early.Error, Is.EqualTo(StudentErrors.NotFound));
        Assert.That(added.Value.ClassName, Is.EqualTo("7B"));
        Assert.That(again.Error, Is.EqualTo(StudentErrors.IdTaken));
        Assert.That(replaced.Value.ClassName, Is.Null);
        Assert.That(classes.Value, Is.Empty);
    }

    [Test]
    public async Task Remove_KnownStudent_IsGoneAndASecondTimeNotFound()
    {
        var handler = new RemoveStudentHandler(_students);

        var removed = await handler.Handle(new(SchoolId.First, Ann), default);
        var again = await handler.Handle(new(SchoolId.First, Ann), default);

        Assert.That(removed.IsSuccess, Is.True);
        Assert.That(_students.Kept, Is.EqualTo(["bob", "cid"]));
        Assert.That(again.Error, Is.EqualTo(StudentErrors.NotFound));
    }

    [Test]
    public async Task ListTemplates_KnownStudent_IsNotedInTheAuditLog()
    {
        var listed = (await ListTemplatesAsync(Ann)).Value;

        Assert.That(listed, Is.EqualTo(_templates.Kept));
        var entry = _audit.Entries.Single();
        Assert.That(
            (entry.Action, entry.Subject, entry.Details!["templates"]), Is.EqualTo((AuditActions.TemplatesListed, "ann", (object)1)));
    }

    [Test]
    public async Task ListTemplates_UnknownStudent_IsNotFoundAndNothingIsNoted()
    {
        Assert.That((await ListTemplatesAsync(new("dee"))).Error, Is.EqualTo(StudentErrors.NotFound));
        Assert.That(_audit.Entries, Is.Empty);
    }

    [Test]
    public async Task RemoveTemplate_OfThatStudent_IsGoneAndAnothersIsNotFound()
    {
        var id = _templates.Kept.Single().Id;
        var handler = new RemoveTemplateHandler(_templates);

        var ofAnother = await handler.Handle(new(SchoolId.First, new("bob"), id), default);
        var own = await handler.Handle(new(SchoolId.First, Ann, id), default);

        Assert.That(ofAnother.Error, Is.EqualTo(StudentErrors.TemplateNotFound));
        Assert.That(own.IsSuccess, Is.True);
        Assert.That(_templates.Kept, Is.Empty);
    }

    private Task<Result<IReadOnlyList<TemplateSummary>>> ListTemplatesAsync(StudentId student) =>
        new ListTemplatesHandler(_students, _templates, _audit).Handle(new(SchoolId.First, student), default);

    private sealed class StoredTemplates(StudentId student) : ITemplates
    {
        public List<TemplateSummary> Kept { get; } = [new(TemplateId.New(), student, new("fake"), StandingClock.Start, "local", false)];

        public Task<IReadOnlyList<TemplateSummary>> ListAsync(SchoolId school, StudentId asked, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<TemplateSummary>>([.. Kept.Where(t => t.Student == asked)]);

        public Task<bool> RemoveAsync(SchoolId school, StudentId asked, TemplateId template, CancellationToken ct) =>
            Task.FromResult(Kept.RemoveAll(t => t.Student == asked && t.Id == template) > 0);

        public Task<Error?> FindObjectionAsync(SchoolId school, StudentId asked, CancellationToken ct) => throw new NotSupportedException();

        public Task<Result<bool>> AddAsync(
            NewTemplate template, Func<FaceNeighbours, Result<EnrollmentOverride>> judge, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<bool> ContainsAsync(
            SchoolId school, StudentId asked, EmbeddingContractId contract, ReadOnlyMemory<byte> imageDigest, CancellationToken ct) =>
            throw new NotSupportedException();
    }
}
