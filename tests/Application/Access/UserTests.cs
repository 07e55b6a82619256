using FaceAttendance.Application.Access;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using Microsoft.Extensions.Options;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Access;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class UserTests
{
    private const string Password = "many cats on a wall";

    private static readonly UserName Ann = UserName.Parse("ann")!.Value;

    private readonly StoredUsers _users = new();
    private readonly StandingClock _clock = new();

    [Test]
    public async Task Add_NewName_IsKeptWithTheHashAlone()
    {
        _clock.Now = _clock.Now.AddTicks(123);

        var added = await AddAsync(Ann);

        Assert.That(
            (added.Value.Number, added.Value.Role, added.Value.DisabledAt), Is.EqualTo((1L, UserRole.Operator, (DateTimeOffset?)null)));
        Assert.That(added.Value.CreatedAt, Is.EqualTo(StandingClock.Start), "in whole milliseconds");
        Assert.That(_users.HashOf(Ann), Is.EqualTo("hash of " + Password));
    }

    [Test]
    public async Task Add_NameInUse_IsTaken()
    {
        await AddAsync(Ann);

        Assert.That((await AddAsync(Ann)).Error, Is.EqualTo(AccountErrors.NameTaken));
    }

    [TestCase(UserRole.Student, "siswaA", Password, null)]
    [TestCase(UserRole.Student, null, Password, "student_id")]
    [TestCase(UserRole.Operator, "siswaA", Password, "student_id")]
    [TestCase(UserRole.Operator, null, Password, null)]
    [TestCase(UserRole.Operator, null, "short", "password")]
    [TestCase(UserRole.Operator, null, "password1234", "password")]
    [TestCase(UserRole.Student, "siswaA", "siswaA2026", "password", TestName = "Add_PasswordOfTheStudentsId_IsWeak")]
    public void Add_BadField_IsNamed(UserRole role, string? student, string password, string? field) => Assert.That(
        new AddUserValidator(Options.Create(new AccountOptions())).FaultOf(
            new(SchoolId.First, Ann, password, role, student is null ? null : new StudentId(student))), Is.EqualTo(field));

    [Test]
    public async Task Change_WhatIsNullStays()
    {
        await AddAsync(Ann);

        var disabled = await ChangeAsync(Ann, null, true);
        var hash = _users.HashOf(Ann);
        var renewed = await ChangeAsync(Ann, "another wall of cats", null);

        Assert.That(disabled.Value.DisabledAt, Is.Not.Null);
        Assert.That(hash, Is.EqualTo("hash of " + Password));
        Assert.That(renewed.Value.DisabledAt, Is.Not.Null);
        Assert.That(_users.HashOf(Ann), Is.EqualTo("hash of another wall of cats"));
    }

    [Test]
    public async Task Change_UnknownName_IsNotFound() =>
        Assert.That((await ChangeAsync(Ann, null, true)).Error, Is.EqualTo(AccountErrors.NotFound));

    [TestCase(null, null)]
    [TestCase(Password, null)]
    [TestCase("short", "password")]
    [TestCase("password1", "password")]
    public void Change_WeakPassword_IsRefusedAndNoneIsNot(string? password, string? field) => Assert.That(
        new ChangeUserValidator(Options.Create(new AccountOptions())).FaultOf(new(SchoolId.First, Ann, password, null)),
        Is.EqualTo(field));

    [Test]
    public async Task List_Page_HasItsPartAndTheTotal()
    {
        foreach (var name in new[] { "ann", "bob", "cid" }) await AddAsync(UserName.Parse(name)!.Value);

        var page = (await new ListUsersHandler(_users).Handle(new(SchoolId.First, Limit: 2, Offset: 1), default)).Value;

        Assert.That(page.Items.Select(u => u.Name.Value), Is.EqualTo(["bob", "cid"]));
        Assert.That(page.Total, Is.EqualTo(3));
    }

    private Task<Domain.Result<User>> AddAsync(UserName name) => new AddUserHandler(_users, new PlainPasswords(), _clock).Handle(
        new(SchoolId.First, name, Password, UserRole.Operator, null), default);

    private Task<Domain.Result<User>> ChangeAsync(UserName name, string? password, bool? isDisabled) =>
        new ChangeUserHandler(_users, new PlainPasswords()).Handle(new(SchoolId.First, name, password, isDisabled), default);

    private sealed class PlainPasswords : IPasswords
    {
        public string Hash(string password) => "hash of " + password;

        public bool Verify(string? hash, string password) => hash == Hash(password);
    }

    private sealed class StoredUsers : IUsers
    {
        private readonly Dictionary<UserName, (User User, string Hash)> _kept = [];

        public string HashOf(UserName name) => _kept[name].Hash;

        public Task<User?> AddAsync(SchoolId school, User user, string passwordHash, CancellationToken ct)
        {
            var stored = user with { Number = _kept.Count + 1 };
            return Task.FromResult(_kept.TryAdd(user.Name, (stored, passwordHash)) ? stored : null);
        }

        public Task<User?> ChangeAsync(SchoolId school, UserName name, string? passwordHash, bool? isDisabled, CancellationToken ct)
        {
            if (!_kept.TryGetValue(name, out var kept)) return Task.FromResult<User?>(null);
            var disabledAt = isDisabled switch { true => StandingClock.Start, false => null, null => kept.User.DisabledAt };
            _kept[name] = (kept.User with { DisabledAt = disabledAt }, passwordHash ?? kept.Hash);
            return Task.FromResult<User?>(_kept[name].User);
        }

        public Task<UserPage> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct) =>
            Task.FromResult(new UserPage([.. _kept.Values.Select(k => k.User).Skip(offset).Take(limit)], _kept.Count));

        public Task<AccountSecret?> FindAsync(LogInName name, CancellationToken ct) => throw new NotSupportedException();

        public Task<Account?> FindAsync(SchoolId school, UserId user, CancellationToken ct) => throw new NotSupportedException();
    }
}
