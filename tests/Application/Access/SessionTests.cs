using FaceAttendance.Application.Access;
using FaceAttendance.Application.Schools;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Access;

/// <summary>From a password or a key to a browser's session and its end.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class SessionTests
{
    private static readonly SchoolId Second = new(Guid.NewGuid());

    private readonly AccountOptions _options = new();
    private readonly OneUser _users = new();
    private readonly Door _door = new();

    private SessionIssuer Issuer => new(_door, _door, new StandingClock(), Options.Create(_options));

    [TestCase("right", false, true)]
    [TestCase("wrong", false, false)]
    [TestCase("right", true, false)]
    public async Task OpenUserSession_RightPasswordOfAnUnchangedAccount_BeginsASessionOfALogIn(
        string password, bool isChangedMeanwhile, bool isOpened)
    {
        _door.IsChangedMeanwhile = isChangedMeanwhile;
        using var pace = new PasswordPace(Options.Create(_options));

        var answer = await new OpenUserSessionHandler(CheckWith(pace), Issuer).Handle(new("ann", password, "192.0.2.1"), default);

        Assert.That(answer.Error, Is.EqualTo(isOpened ? null : AccountErrors.LogInRefused));
        Assert.That(_door.Begun, isOpened ? Is.EqualTo(new[] { _options.SessionLifetime }) : Is.Empty);
        if (isOpened) Assert.That(answer.Value.Opened.Token.Id, Is.EqualTo(_door.LogIn!.Value.Value));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task OpenKeySession_OfADevice_LastsForWeeks(bool isDevice)
    {
        await new OpenKeySessionHandler(Issuer).Handle(new(SchoolId.First, new(ApiKeyId.New(), new byte[32]), isDevice), default);

        Assert.That(_door.Begun, Is.EqualTo(new[] { isDevice ? TimeSpan.FromDays(90) : TimeSpan.FromHours(12) }));
    }

    [Test]
    public async Task CloseSession_IsHandedOn()
    {
        await new CloseSessionHandler(_door).Handle(new(SessionToken.New(SchoolId.First, Guid.NewGuid()), Everywhere: true), default);

        Assert.That(_door.EndedEverywhere, Is.True);
    }

    [TestCase("right", null)]
    [TestCase("wrong", "account.current_password_wrong")]
    public async Task ChangeOwnPassword_RightPresentOne_SetsTheNextAndOpensASession(string current, string? code)
    {
        using var pace = new PasswordPace(Options.Create(_options));
        var handler = new ChangeOwnPasswordHandler(CheckWith(pace), new PlainPasswords(), _users, new TwoSchools(), Issuer);

        var answer = await handler.Handle(
            new(Second, UserName.Parse("ann")!.Value, current, "another correct horse", "192.0.2.1"), default);

        Assert.That(answer.Error?.Code, Is.EqualTo(code));
        Assert.That(_users.Asked, Is.EqualTo(LogInName.Parse("ann@second")), "as it is typed to log in");
        Assert.That(_users.Password, Is.EqualTo(code is null ? "another correct horse" : "right"));
        Assert.That(_door.Begun, Has.Count.EqualTo(code is null ? 1 : 0));
    }

    [Test]
    public void ChangeOwnPassword_WeakOne_IsInvalid()
    {
        var validator = new ChangeOwnPasswordValidator(Options.Create(_options));

        Assert.That(
            validator.Validate(new ChangeOwnPassword(SchoolId.First, UserName.Parse("ann")!.Value, "x", "password", "")).IsValid, Is.False);
    }

    [Test]
    public async Task GetSchool_SaysWhatIsStored() =>
        Assert.That((await new GetSchoolHandler(new TwoSchools()).Handle(new(Second), default)).Value.Code, Is.EqualTo("second"));

    [TestCase("")]
    [TestCase("nonsense")]
    [TestCase("é")]
    public void Parse_NoToken_IsNull(string text) => Assert.That(SessionToken.Parse(text), Is.Null);

    [Test]
    public void Parse_WhatWasRevealed_IsTheSameSession()
    {
        var token = SessionToken.New(Second, Guid.NewGuid());

        var read = SessionToken.Parse(token.Reveal())!;

        Assert.That((read.School, read.Id, read.CsrfToken), Is.EqualTo((token.School, token.Id, token.CsrfToken)));
        Assert.That(read.Sha256, Is.EqualTo(token.Sha256));
        Assert.That(read.IsCsrfToken(token.CsrfToken), Is.True);
        Assert.That(read.IsCsrfToken(SessionToken.New(Second, token.Id).CsrfToken), Is.False);
        Assert.That(token.ToString(), Does.Not.Contain(token.Reveal()));
    }

    private PasswordCheck CheckWith(PasswordPace pace) =>
        new(_users, new NoHistory(), new PlainPasswords(), pace, Options.Create(_options));

    private sealed class Door : ILogIns, IBrowserSessions
    {
        public bool IsChangedMeanwhile { get; set; }

        public LogInId? LogIn { get; private set; }

        public List<TimeSpan> Begun { get; } = [];

        public bool EndedEverywhere { get; private set; }

        public Task<bool> BeginAsync(Account account, NewLogIn logIn, CancellationToken ct)
        {
            LogIn = logIn.Id;
            return Task.FromResult(!IsChangedMeanwhile);
        }

        public Task<DateTimeOffset> BeginAsync(SessionToken token, LogInId logIn, TimeSpan idle, CancellationToken ct) => Note(idle);

        public Task<DateTimeOffset> BeginAsync(SessionToken token, SessionKey key, TimeSpan idle, CancellationToken ct) => Note(idle);

        public Task EndAsync(SessionToken token, bool everywhere, CancellationToken ct)
        {
            EndedEverywhere = everywhere;
            return Task.CompletedTask;
        }

        public Task<BrowserSession?> FindAsync(SessionToken token, CancellationToken ct) => throw new NotSupportedException();

        public Task<DateTimeOffset?> ExtendAsync(SessionToken token, TimeSpan idle, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<Account?> FindAsync(UserGrant shown, CancellationToken ct) => throw new NotSupportedException();

        public Task<StandingLogIn?> TradeAsync(UserGrant shown, DateTimeOffset expiresAt, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<bool> EndAsync(UserGrant shown, bool everywhere, CancellationToken ct) => throw new NotSupportedException();

        public Task<bool> EndAllAsync(SchoolId school, UserName user, CancellationToken ct) => throw new NotSupportedException();

        private Task<DateTimeOffset> Note(TimeSpan idle)
        {
            Begun.Add(idle);
            return Task.FromResult(StandingClock.Start + idle);
        }
    }

    private sealed class TwoSchools : ISchools
    {
        public Task<School> ChangeAsync(SchoolId school, string name, string? timeZone, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<School> FindAsync(SchoolId school, CancellationToken ct) =>
            Task.FromResult(new School(school, "A school", school == Second ? "second" : "first"));
    }

    private sealed class OneUser : IUsers
    {
        private static readonly User Ann =
            new(UserId.New(), 7, UserName.Parse("ann")!.Value, UserRole.Operator, null, StandingClock.Start, null);

        public string Password { get; private set; } = "right";

        public LogInName? Asked { get; private set; }

        public Task<AccountSecret?> FindAsync(LogInName name, CancellationToken ct)
        {
            Asked = name;
            return Task.FromResult<AccountSecret?>(new(new(Second, Ann, Guid.Empty), Password));
        }

        public Task<User?> ChangeAsync(SchoolId school, UserName name, string? passwordHash, bool? isDisabled, CancellationToken ct)
        {
            Password = passwordHash!;
            return Task.FromResult<User?>(Ann);
        }

        public Task<Account?> FindAsync(SchoolId school, UserId user, CancellationToken ct) =>
            Task.FromResult<Account?>(new(school, Ann, Guid.NewGuid()));

        public Task<User?> AddAsync(SchoolId school, User user, string passwordHash, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<UserPage> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct) => throw new NotSupportedException();
    }

    private sealed class NoHistory : ILogInHistory
    {
        public Task<bool> IsKnownAsync(string name, string address, CancellationToken ct) => Task.FromResult(true);

        public Task<bool> CountAsync(
            string name, string address, LockRule atTheAddress, LockRule atAllOfThem, TimeSpan forgottenAfter, CancellationToken ct) =>
            Task.FromResult(true);

        public Task SucceedAsync(string name, string address, CancellationToken ct) => Task.CompletedTask;
    }

    private sealed class PlainPasswords : IPasswords
    {
        public string Hash(string password) => password;

        public bool Verify(string? hash, string password) => hash == password;
    }
}
