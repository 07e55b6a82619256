using FaceAttendance.Application.Access;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Access;

/// <summary>From a password to tokens, to their successors, to the end of the log-in.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TokenTests
{
    private static readonly User Ann =
        new(UserId.New(), 7, UserName.Parse("ann")!.Value, UserRole.Operator, null, StandingClock.Start, null);

    private readonly AccountOptions _options = new();
    private readonly StandingClock _clock = new();
    private readonly FakeTokens _tokens = new();
    private readonly StoredLogIns _logIns = new();

    private TokenIssuer Issuer => new(_tokens, _logIns, _clock, Options.Create(_options));

    [Test]
    public async Task LogIn_RightPassword_BeginsALogInWithItsTwoTokens()
    {
        var answer = (await LogInAsync("right")).Value;

        var refresh = await _tokens.ReadAsync(TokenUse.Refresh, answer.RefreshToken, _clock.Now);
        var access = await _tokens.ReadAsync(TokenUse.Access, answer.AccessToken, _clock.Now);
        Assert.That(_logIns.Standing, Is.EqualTo(new[] { refresh!.LogIn }));
        Assert.That((access!.User, access.LogIn, access.Generation), Is.EqualTo((7L, refresh.LogIn, 0)));
        Assert.That(access.Id, Is.Not.EqualTo(refresh.Id));
        Assert.That(_tokens.EndOf(answer.AccessToken), Is.EqualTo(_clock.Now + _options.AccessTokenLifetime));
        Assert.That(_tokens.EndOf(answer.RefreshToken), Is.EqualTo(_clock.Now + _options.RefreshTokenLifetime));
    }

    [Test]
    public async Task LogIn_WrongPassword_IsRefusedAndBeginsNothing()
    {
        Assert.That((await LogInAsync("wrong")).Error, Is.EqualTo(AccountErrors.LogInRefused));
        Assert.That(_logIns.Standing, Is.Empty);
    }

    [Test]
    public async Task LogIn_AccountDisabledMeanwhile_IsRefused()
    {
        _logIns.IsChangedMeanwhile = true;

        Assert.That((await LogInAsync("right")).Error, Is.EqualTo(AccountErrors.LogInRefused));
    }

    [Test]
    public async Task Refresh_RefreshToken_GivesItsSuccessorAndAnAccessTokenOfTheSameLogIn()
    {
        var first = (await LogInAsync("right")).Value;
        _clock.Now += TimeSpan.FromDays(1);

        var next = (await RefreshAsync(first.RefreshToken)).Value;

        var before = await _tokens.ReadAsync(TokenUse.Refresh, first.RefreshToken, _clock.Now);
        var after = await _tokens.ReadAsync(TokenUse.Refresh, next.RefreshToken, _clock.Now);
        Assert.That((after!.LogIn, after.Generation), Is.EqualTo((before!.LogIn, 1)));
        Assert.That(_tokens.EndOf(next.RefreshToken), Is.EqualTo(_clock.Now + _options.RefreshTokenLifetime));
    }

    [Test]
    public async Task Refresh_NearTheLogInsEnd_GivesNothingThatLastsLonger()
    {
        _options.RefreshTokenLifetime = TimeSpan.FromDays(365);
        var first = (await LogInAsync("right")).Value;
        var end = _clock.Now + _options.LogInLifetime;
        _clock.Now = end.AddMinutes(-1);

        var next = (await RefreshAsync(first.RefreshToken)).Value;

        Assert.That((_tokens.EndOf(next.AccessToken), _tokens.EndOf(next.RefreshToken)), Is.EqualTo((end, end)));
    }

    [Test]
    public async Task Refresh_AccessTokenUnknownOrEndedLogIn_IsRefused()
    {
        var first = (await LogInAsync("right")).Value;

        var ofAccess = await RefreshAsync(first.AccessToken);
        var unknown = await RefreshAsync("none");
        await LogOutAsync(first.RefreshToken, everywhere: false);
        var ended = await RefreshAsync(first.RefreshToken);

        Assert.That(new[] { ofAccess.Error, unknown.Error, ended.Error }, Is.All.EqualTo(AccountErrors.RefreshRefused));
    }

    [TestCase(false, 1)]
    [TestCase(true, 0)]
    public async Task LogOut_EndsTheLogInOrAllOfTheUser(bool everywhere, int left)
    {
        var first = (await LogInAsync("right")).Value;
        await LogInAsync("right");

        var ended = await LogOutAsync(first.RefreshToken, everywhere);

        Assert.That(ended.Value, Is.True);
        Assert.That(_logIns.Standing, Has.Count.EqualTo(left));
        Assert.That((await LogOutAsync(first.RefreshToken, everywhere)).Error, Is.EqualTo(AccountErrors.RefreshRefused), "it had ended");
    }

    [Test]
    public async Task LogOutUser_KnownName_EndsEveryLogInAndUnknownIsNotFound()
    {
        await LogInAsync("right");
        var handler = new LogOutUserHandler(_logIns);

        var known = await handler.Handle(new(SchoolId.First, Ann.Name), default);
        var unknown = await handler.Handle(new(SchoolId.First, UserName.Parse("bob")!.Value), default);

        Assert.That((known.Value, _logIns.Standing.Count), Is.EqualTo((true, 0)));
        Assert.That(unknown.Error, Is.EqualTo(AccountErrors.NotFound));
    }

    private async Task<Result<LoggedIn>> LogInAsync(string password)
    {
        var options = Options.Create(_options);
        using var pace = new PasswordPace(options);
        var check = new PasswordCheck(new OneUser(), new NoHistory(), new PlainPasswords(), pace, options);
        return await new LogInHandler(check, Issuer).Handle(new("ann", password, "192.0.2.1"), default);
    }

    private Task<Result<LoggedIn>> RefreshAsync(string token) =>
        new RefreshAccessHandler(_tokens, Issuer, _clock).Handle(new(token), default);

    private Task<Result<bool>> LogOutAsync(string token, bool everywhere) =>
        new LogOutHandler(_tokens, _logIns, _clock).Handle(new(token, everywhere), default);

    private sealed class FakeTokens : IUserTokens
    {
        private readonly List<(TokenUse Use, UserGrant Grant, DateTimeOffset End)> _issued = [];

        public DateTimeOffset EndOf(string token) => _issued[int.Parse(token, null)].End;

        public string Issue(TokenUse use, UserGrant grant, DateTimeOffset issuedAt, DateTimeOffset expiresAt)
        {
            _issued.Add((use, grant, expiresAt));
            return $"{_issued.Count - 1}";
        }

        public Task<UserGrant?> ReadAsync(TokenUse use, string token, DateTimeOffset now) => Task.FromResult(
            int.TryParse(token, out var i) && _issued[i].Use == use && now < _issued[i].End ? _issued[i].Grant : null);
    }

    private sealed class StoredLogIns : ILogIns
    {
        private readonly Dictionary<LogInId, (Account Account, DateTimeOffset EndsAt)> _standing = [];

        public bool IsChangedMeanwhile { get; set; }

        public List<LogInId> Standing => [.. _standing.Keys];

        public Task<bool> BeginAsync(Account account, NewLogIn logIn, CancellationToken ct)
        {
            if (!IsChangedMeanwhile) _standing.Add(logIn.Id, (account, logIn.EndsAt));
            return Task.FromResult(!IsChangedMeanwhile);
        }

        public Task<Account?> FindAsync(UserGrant shown, CancellationToken ct) => throw new NotSupportedException();

        public Task<StandingLogIn?> TradeAsync(UserGrant shown, DateTimeOffset expiresAt, CancellationToken ct) => Task.FromResult(
            _standing.TryGetValue(shown.LogIn, out var logIn) ? new StandingLogIn(logIn.Account, logIn.EndsAt) : null);

        public Task<bool> EndAsync(UserGrant shown, bool everywhere, CancellationToken ct)
        {
            var stood = _standing.Remove(shown.LogIn);
            if (everywhere) _standing.Clear();
            return Task.FromResult(stood);
        }

        public Task<bool> EndAllAsync(SchoolId school, UserName user, CancellationToken ct)
        {
            if (user == Ann.Name) _standing.Clear();
            return Task.FromResult(user == Ann.Name);
        }
    }

    private sealed class OneUser : IUsers
    {
        public Task<AccountSecret?> FindAsync(LogInName name, CancellationToken ct) => Task.FromResult<AccountSecret?>(
            name.Name == Ann.Name ? new AccountSecret(new(SchoolId.First, Ann, Guid.Empty), "right") : null);

        public Task<User?> AddAsync(SchoolId school, User user, string passwordHash, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<User?> ChangeAsync(SchoolId school, UserName name, string? passwordHash, bool? isDisabled, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<UserPage> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct) => throw new NotSupportedException();

        public Task<Account?> FindAsync(SchoolId school, UserId user, CancellationToken ct) => throw new NotSupportedException();
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
