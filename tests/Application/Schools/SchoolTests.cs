using FaceAttendance.Application.Access;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Schools;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SchoolTests
{
    private readonly OneSchool _school = new();

    [TestCase("UTC", false, "Asia/Jakarta", null, "Asia/Jakarta")]
    [TestCase("UTC", true, "UTC", null, null)]
    [TestCase("UTC", true, "Asia/Jakarta", "school.time_zone_fixed", "none")]
    public async Task ChangeSchool_Zone_IsTheSettingsWhereThereIsOne(
        string zone, bool isFixed, string given, string? code, string? stored)
    {
        var handler = new ChangeSchoolHandler(_school, new OneZone(zone, isFixed));

        var answer = await handler.Handle(new(SchoolId.First, "SMP 3", given), default);

        Assert.That((answer.Error?.Code, _school.Zone), Is.EqualTo((code, stored)));
    }

    [TestCase("SMP 3", "Asia/Jakarta", null)]
    [TestCase(" ", "Asia/Jakarta", "name")]
    [TestCase("SMP\n3", "Asia/Jakarta", "name")]
    [TestCase("SMP 3", "Mars/Olympus", "time_zone")]
    [TestCase("SMP 3", "", "time_zone")]
    public void ChangeSchool_Fields_AreJudged(string name, string zone, string? fault) => Assert.That(
        new ChangeSchoolValidator().FaultOf(new ChangeSchool(SchoolId.First, name, zone)), Is.EqualTo(fault));

    [TestCase("correct horse", "SMP 3", "UTC", "Campus", null)]
    [TestCase("password", "SMP 3", "UTC", "Campus", "password")]
    [TestCase("correct horse", "", "UTC", "Campus", "school_name")]
    [TestCase("correct horse", "SMP 3", "Nowhere", "Campus", "time_zone")]
    [TestCase("correct horse", "SMP 3", "UTC", " ", "name")]
    [TestCase("correct horse", "SMP 3", "UTC", null, null)]
    public void SetUp_Fields_AreJudged(string password, string school, string zone, string? site, string? fault) => Assert.That(
        new SetUpValidator(Options.Create(new AccountOptions())).FaultOf(
            new SetUp(UserName.Parse("ann")!.Value, password, school, zone, site, null)), Is.EqualTo(fault));

    [TestCase(true, null)]
    [TestCase(false, "setup.done")]
    public async Task SetUp_Once_MakesAnAdministratorAndOpensASession(bool isNeeded, string? code)
    {
        _school.IsNeeded = isNeeded;
        var issuer = new SessionIssuer(_school, _school, new StandingClock(), Options.Create(new AccountOptions()));
        var handler = new SetUpHandler(_school, new OneZone("UTC"), new PlainPasswords(), issuer, new StandingClock());

        var answer = await handler.Handle(
            new(
                UserName.Parse("ann")!.Value, "correct horse", "SMP 3", "Asia/Jakarta", "Campus",
                CircularFence.Create(new(0, 0), 50).Value), default);

        Assert.That(answer.Error?.Code, Is.EqualTo(code));
        if (!isNeeded) return;
        Assert.That(_school.Done, Is.EqualTo(("SMP 3", "Asia/Jakarta", "Campus", UserRole.Admin)));
        Assert.That(answer.Value.Account.User.Name.Value, Is.EqualTo("ann"));
    }

    [Test]
    public async Task GetSetUp_SaysWhetherItIsNeededAndWhatIsFixed()
    {
        var state = (await new GetSetUpHandler(_school, new OneZone("Asia/Jakarta", isFixed: true)).Handle(new(), default)).Value;

        Assert.That(state, Is.EqualTo(new SetUpState(true, "Asia/Jakarta")));
    }

    private sealed class OneSchool : ISchools, IFirstSetUp, ILogIns, IBrowserSessions
    {
        public string? Zone { get; private set; } = "none";

        public bool IsNeeded { get; set; } = true;

        public (string, string?, string?, UserRole) Done { get; private set; }

        public Task<School> FindAsync(SchoolId school, CancellationToken ct) => Task.FromResult(new School(school, "A school", "code"));

        public Task<School> ChangeAsync(SchoolId school, string name, string? timeZone, CancellationToken ct)
        {
            Zone = timeZone;
            return Task.FromResult(new School(school, name, "code"));
        }

        public Task<bool> IsNeededAsync(CancellationToken ct) => Task.FromResult(IsNeeded);

        public Task<Account?> DoAsync(FirstSchool school, User administrator, string passwordHash, CancellationToken ct)
        {
            Done = (school.Name, school.TimeZone, school.Site?.Name, administrator.Role);
            return Task.FromResult<Account?>(new(SchoolId.First, administrator, Guid.NewGuid()));
        }

        public Task<bool> BeginAsync(Account account, NewLogIn logIn, CancellationToken ct) => Task.FromResult(true);

        public Task<DateTimeOffset> BeginAsync(SessionToken token, LogInId logIn, TimeSpan idle, CancellationToken ct) =>
            Task.FromResult(StandingClock.Start + idle);

        public Task<DateTimeOffset> BeginAsync(SessionToken token, SessionKey key, TimeSpan idle, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<BrowserSession?> FindAsync(SessionToken token, CancellationToken ct) => throw new NotSupportedException();

        public Task<DateTimeOffset?> ExtendAsync(SessionToken token, TimeSpan idle, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task EndAsync(SessionToken token, bool everywhere, CancellationToken ct) => throw new NotSupportedException();

        public Task<Account?> FindAsync(UserGrant shown, CancellationToken ct) => throw new NotSupportedException();

        public Task<StandingLogIn?> TradeAsync(UserGrant shown, DateTimeOffset expiresAt, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<bool> EndAsync(UserGrant shown, bool everywhere, CancellationToken ct) => throw new NotSupportedException();

        public Task<bool> EndAllAsync(SchoolId school, UserName user, CancellationToken ct) => throw new NotSupportedException();
    }

    private sealed class PlainPasswords : IPasswords
    {
        public string Hash(string password) => password;

        public bool Verify(string? hash, string password) => hash == password;
    }
}
