using FaceAttendance.Application.Privacy;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Privacy;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class StudentRightsTests
{
    private static readonly StudentId Ann = new("ann");
    private static readonly StudentId Nobody = new("nobody");

    private readonly FakeRights _rights = new(Ann);
    private readonly FakeConsents _consents = new(Ann);

    [Test]
    public async Task Erase_KnownStudent_GivesAReceiptThatIsFoundAgain()
    {
        var receipt = (await EraseAsync(Ann)).Value;

        var found = (await ReceiptAsync(receipt.Id, null)).Value;
        Assert.That((found.Receipt, found.IsOf), Is.EqualTo((receipt, (bool?)null)));
        Assert.That((await ReceiptAsync(receipt.Id, Ann)).Value.IsOf, Is.True);
        Assert.That((await ReceiptAsync(receipt.Id, Nobody)).Value.IsOf, Is.False);
    }

    [Test]
    public async Task Erase_SecondTimeOrUnknown_IsNotFound()
    {
        await EraseAsync(Ann);

        Assert.That((await EraseAsync(Ann)).Error, Is.EqualTo(StudentErrors.NotFound));
        Assert.That((await EraseAsync(Nobody)).Error, Is.EqualTo(StudentErrors.NotFound));
    }

    [Test]
    public async Task Receipt_Unknown_IsNotFound() =>
        Assert.That((await ReceiptAsync(Guid.NewGuid(), null)).Error, Is.EqualTo(ErasureErrors.ReceiptNotFound));

    [Test]
    public async Task Export_KnownStudent_IsWhatIsKeptAndIsNotPrinted()
    {
        var handler = new ExportStudentHandler(_rights);

        var export = (await handler.Handle(new(SchoolId.First, Ann), default)).Value;
        var unknown = await handler.Handle(new(SchoolId.First, Nobody), default);

        Assert.That(export.Json, Does.Contain("Ann Example"));
        Assert.That(export.ToString(), Does.Not.Contain("Ann"));
        Assert.That(unknown.Error, Is.EqualTo(StudentErrors.NotFound));
    }

    [Test]
    public async Task Consent_GivenThenWithdrawn_IsTheLastStatementWithItsHistory()
    {
        await RecordAsync(Ann, ConsentState.Given);
        await RecordAsync(Ann, ConsentState.Withdrawn);

        var consent = (await GetAsync(Ann)).Value;

        Assert.That(consent.State, Is.EqualTo(ConsentState.Withdrawn));
        Assert.That(consent.History.Select(s => (s.State, s.Method, s.Note)), Is.EqualTo(new[]
        {
            (ConsentState.Given, "paper", "Form 7"), (ConsentState.Withdrawn, "paper", "Form 7"),
        }));
    }

    [Test]
    public async Task Consent_UnknownStudent_IsNotFound()
    {
        Assert.That((await GetAsync(Nobody)).Error, Is.EqualTo(StudentErrors.NotFound));
        Assert.That((await RecordAsync(Nobody, ConsentState.Given)).Error, Is.EqualTo(StudentErrors.NotFound));
    }

    [TestCase(ConsentState.Given, 64, 500, null)]
    [TestCase(ConsentState.Withdrawn, 1, 0, null)]
    [TestCase(ConsentState.NotAsked, 1, 0, "state")]
    [TestCase(ConsentState.Given, 0, 0, "method")]
    [TestCase(ConsentState.Given, 65, 0, "method")]
    [TestCase(ConsentState.Given, 1, 501, "note")]
    public void Consent_BadField_IsNamed(ConsentState state, int method, int note, string? field) => Assert.That(
        new RecordConsentValidator().FaultOf(new(SchoolId.First, Ann, state, new string('m', method), new string('n', note))),
        Is.EqualTo(field));

    private Task<Result<ErasureReceipt>> EraseAsync(StudentId student) =>
        new EraseStudentHandler(_rights).Handle(new(SchoolId.First, student), default);

    private Task<Result<FoundReceipt>> ReceiptAsync(Guid id, StudentId? claimed) =>
        new GetErasureReceiptHandler(_rights).Handle(new(SchoolId.First, id, claimed), default);

    private Task<Result<Consent>> GetAsync(StudentId student) =>
        new GetConsentHandler(_consents).Handle(new(SchoolId.First, student), default);

    private Task<Result<Consent>> RecordAsync(StudentId student, ConsentState state) =>
        new RecordConsentHandler(_consents).Handle(new(SchoolId.First, student, state, "paper", "Form 7"), default);

    private sealed class FakeRights(StudentId student) : IStudentRights
    {
        private ErasureReceipt? _receipt;

        public Task<ErasureReceipt?> EraseAsync(SchoolId school, StudentId erased, CancellationToken ct)
        {
            if (_receipt is not null || erased != student) return Task.FromResult<ErasureReceipt?>(null);
            _receipt = new(Guid.NewGuid(), StandingClock.Start, "local", new Dictionary<string, long> { ["profile"] = 1 });
            return Task.FromResult<ErasureReceipt?>(_receipt);
        }

        public Task<(ErasureReceipt Receipt, bool? IsOf)?> FindReceiptAsync(
            SchoolId school, Guid receipt, StudentId? claimed, CancellationToken ct) =>
            Task.FromResult<(ErasureReceipt, bool?)?>(
                _receipt?.Id == receipt ? (_receipt, claimed is null ? null : claimed == student) : null);

        public Task<string?> ExportAsync(SchoolId school, StudentId exported, CancellationToken ct) =>
            Task.FromResult(exported == student ? """{"full_name":"Ann Example"}""" : null);
    }

    private sealed class FakeConsents(StudentId student) : IConsents
    {
        private readonly List<ConsentStatement> _stated = [];

        public Task<Consent?> FindAsync(SchoolId school, StudentId asked, CancellationToken ct) => Task.FromResult(asked == student
            ? new Consent(_stated.Count > 0 ? _stated[^1].State : ConsentState.NotAsked, IsRequired: true, [.. _stated])
            : null);

        public Task<Consent?> RecordAsync(
            SchoolId school, StudentId asked, ConsentState state, string method, string? note, CancellationToken ct)
        {
            if (asked == student) _stated.Add(new(state, method, note, "local", StandingClock.Start));
            return FindAsync(school, asked, ct);
        }
    }
}
