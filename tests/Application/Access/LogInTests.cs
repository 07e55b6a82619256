using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Access;

/// <summary>Whatever becomes of a log-in, it counts once, looks up once and hashes once, so that its time tells nothing.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class LogInTests
{
    private readonly FakeUsers _users = new();
    private readonly FakeHistory _history = new();
    private readonly CountingPasswords _passwords = new();

    [TestCase("ann", "right", false, false, true, TestName = "Handle_RightPassword_LetsIn")]
    [TestCase("ann", "wrong", false, false, false, TestName = "Handle_WrongPassword_IsRefused")]
    [TestCase("bob", "right", false, false, false, TestName = "Handle_UnknownUser_IsRefused")]
    [TestCase("ann", "right", true, false, false, TestName = "Handle_Disabled_IsRefused")]
    [TestCase("ann", "right", false, true, false, TestName = "Handle_Locked_IsRefused")]
    public async Task Handle_Always_DoesTheSameWork(string name, string password, bool isDisabled, bool isLocked, bool isLetIn)
    {
        _users.DisabledAt = isDisabled ? DateTimeOffset.UnixEpoch : null;
        _history.IsLocked = isLocked;
        using var pace = new PasswordPace(Options.Create(new AccountOptions()));
        var check = new PasswordCheck(_users, _history, _passwords, pace, Options.Create(new AccountOptions()));

        var answer = await check.JudgeAsync(name, password, "192.0.2.1", CancellationToken.None);

        Assert.That(answer.IsSuccess, Is.EqualTo(isLetIn));
        if (!isLetIn) Assert.That(answer.Error, Is.EqualTo(AccountErrors.LogInRefused));
        Assert.That((_history.Counted, _users.LookedUp, _passwords.Verified), Is.EqualTo((1, 1, 1)));
        Assert.That(_history.Forgotten, Is.EqualTo(isLetIn ? 1 : 0));
    }

    private sealed class FakeUsers : IUsers
    {
        public DateTimeOffset? DisabledAt { get; set; }

        public int LookedUp { get; private set; }

        public Task<AccountSecret?> FindAsync(LogInName name, CancellationToken ct)
        {
            LookedUp++;
            var user = new User(UserId.New(), 1, name.Name, UserRole.Operator, null, DateTimeOffset.UnixEpoch, DisabledAt);
            return Task.FromResult(name.Name.Value == "ann" ? new AccountSecret(new(SchoolId.First, user, Guid.Empty), "right") : null);
        }

        public Task<User?> AddAsync(SchoolId school, User user, string passwordHash, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<User?> ChangeAsync(SchoolId school, UserName name, string? passwordHash, bool? isDisabled, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<UserPage> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct) => throw new NotSupportedException();

        public Task<Account?> FindAsync(SchoolId school, UserId user, CancellationToken ct) => throw new NotSupportedException();
    }

    private sealed class FakeHistory : ILogInHistory
    {
        public bool IsLocked { get; set; }

        public int Counted { get; private set; }

        public int Forgotten { get; private set; }

        public Task<bool> IsKnownAsync(string name, string address, CancellationToken ct) => Task.FromResult(false);

        public Task<bool> CountAsync(
            string name, string address, LockRule atTheAddress, LockRule atAllOfThem, TimeSpan forgottenAfter, CancellationToken ct)
        {
            Counted++;
            return Task.FromResult(!IsLocked);
        }

        public Task SucceedAsync(string name, string address, CancellationToken ct)
        {
            Forgotten++;
            return Task.CompletedTask;
        }
    }

    private sealed class CountingPasswords : IPasswords
    {
        public int Verified { get; private set; }

        public string Hash(string password) => password;

        public bool Verify(string? hash, string password)
        {
            Verified++;
            return hash == password;
        }
    }
}
