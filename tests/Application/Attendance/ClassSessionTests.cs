using FaceAttendance.Application.Attendance;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class ClassSessionTests
{
    private static readonly ClassWindow Window = ClassWindow.Create(
        StandingClock.Start.AddMinutes(-15), StandingClock.Start, TimeSpan.FromMinutes(10), StandingClock.Start.AddMinutes(45)).Value;

    private readonly FakeSessions _sessions = new();

    [Test]
    public async Task Add_Roster_IsKeptEachOnceAndInOrder()
    {
        var added = (await AddAsync("bob", "ann", "bob")).Value;

        Assert.That(_sessions.Kept.Single(), Is.EqualTo(added));
        Assert.That(added.Roster.Select(s => s.Value), Is.EqualTo(["ann", "bob"]));
        Assert.That((added.Name, added.Window, added.SettledAt), Is.EqualTo(("7B Mathematics", Window, (DateTimeOffset?)null)));
    }

    [Test]
    public async Task Add_StudentsThatTheSchoolDoesNotKnow_AreNamed() =>
        Assert.That((await AddAsync("ann", "stranger")).Error!.Details!["students"], Is.EqualTo(new[] { "stranger" }));

    [TestCase("7B", 0, null)]
    [TestCase("7B", 2000, null)]
    [TestCase("7B", 2001, "roster")]
    [TestCase(" ", 0, "name")]
    [TestCase("7\tB", 0, "name")]
    public void Announced_BadField_IsNamed(string name, int students, string? field)
    {
        StudentId[] roster = [.. Enumerable.Range(0, students).Select(i => new StudentId($"s{i}"))];

        Assert.That(new AddClassSessionValidator().FaultOf(new(SchoolId.First, name, Window, roster)), Is.EqualTo(field));
        Assert.That(new ReplaceClassSessionValidator().FaultOf(new(SchoolId.First, ClassSessionId.New(), name, Window, roster)),
            Is.EqualTo(field));
    }

    [TestCase(100, null)]
    [TestCase(101, "name")]
    public void Announced_NameAroundItsLimit_IsTakenUpToIt(int length, string? field) => Assert.That(
        new AddClassSessionValidator().FaultOf(new(SchoolId.First, new string('n', length), Window, [])), Is.EqualTo(field));

    [Test]
    public async Task Replace_KnownSession_IsAnotherOfTheSameIdAndUnknownIsNotFound()
    {
        var added = (await AddAsync("ann", "bob")).Value;

        var replaced = await ReplaceAsync(added.Id, "bob");
        var unknown = await ReplaceAsync(ClassSessionId.New(), "bob");

        Assert.That(_sessions.Kept.Single(), Is.EqualTo(replaced.Value));
        Assert.That((replaced.Value.Id, replaced.Value.Name, replaced.Value.Roster.Single().Value), Is.EqualTo((added.Id, "Anew", "bob")));
        Assert.That(unknown.Error, Is.EqualTo(ClassSessionErrors.NotFound));
    }

    [Test]
    public async Task Get_KnownSession_ComesWithItsRosterAndUnknownIsNotFound()
    {
        var added = (await AddAsync("ann", "bob")).Value;
        var handler = new GetClassSessionHandler(_sessions, _sessions);

        var found = await handler.Handle(new(SchoolId.First, added.Id), default);
        var unknown = await handler.Handle(new(SchoolId.First, ClassSessionId.New()), default);

        Assert.That(found.Value.Session, Is.EqualTo(added));
        Assert.That(found.Value.Entries.Select(e => e.Student.Value), Is.EqualTo(["ann", "bob"]));
        Assert.That(unknown.Error, Is.EqualTo(ClassSessionErrors.NotFound));
    }

    [Test]
    public async Task List_Span_HasThoseThatBeginInIt()
    {
        var added = (await AddAsync("ann")).Value;
        var handler = new ListClassSessionsHandler(_sessions);

        var within = await handler.Handle(new(SchoolId.First, Window.StartsAt, Window.EndsAt, 10), default);
        var after = await handler.Handle(new(SchoolId.First, Window.EndsAt, Window.EndsAt.AddDays(1), 10), default);

        Assert.That(within.Value, Is.EqualTo(new[] { added }));
        Assert.That(after.Value, Is.Empty);
    }

    [Test]
    public async Task Remove_KnownSession_IsGoneAndASecondTimeNotFound()
    {
        var added = (await AddAsync("ann")).Value;
        var handler = new RemoveClassSessionHandler(_sessions);

        var removed = await handler.Handle(new(SchoolId.First, added.Id), default);
        var again = await handler.Handle(new(SchoolId.First, added.Id), default);

        Assert.That(removed.IsSuccess, Is.True);
        Assert.That(_sessions.Kept, Is.Empty);
        Assert.That(again.Error, Is.EqualTo(ClassSessionErrors.NotFound));
    }

    private Task<Result<ClassSession>> AddAsync(params string[] roster) => new AddClassSessionHandler(_sessions).Handle(
        new(SchoolId.First, "7B Mathematics", Window, [.. roster.Select(s => new StudentId(s))]), default);

    private Task<Result<ClassSession>> ReplaceAsync(ClassSessionId id, params string[] roster) =>
        new ReplaceClassSessionHandler(_sessions).Handle(
            new(SchoolId.First, id, "Anew", Window, [.. roster.Select(s => new StudentId(s))]), default);

    private sealed class FakeSessions : IClassSessions, IClassRosters
    {
        private readonly Dictionary<ClassSessionId, ClassSession> _kept = [];

        public IReadOnlyCollection<ClassSession> Kept => _kept.Values;

        public Task<Result<ClassSession>> AddAsync(SchoolId school, ClassSession session, CancellationToken ct)
        {
            string[] unknown = [.. session.Roster.Select(s => s.Value).Except(["ann", "bob"])];
            if (unknown.Length > 0) return Task.FromResult<Result<ClassSession>>(ClassSessionErrors.UnknownStudents(unknown));
            _kept.Add(session.Id, session);
            return Task.FromResult<Result<ClassSession>>(session);
        }

        public Task<Result<ClassSession>> ReplaceAsync(SchoolId school, ClassSession session, CancellationToken ct)
        {
            if (!_kept.ContainsKey(session.Id)) return Task.FromResult<Result<ClassSession>>(ClassSessionErrors.NotFound);
            _kept[session.Id] = session;
            return Task.FromResult<Result<ClassSession>>(session);
        }

        public Task<ClassSession?> FindAsync(SchoolId school, ClassSessionId id, CancellationToken ct) =>
            Task.FromResult(_kept.GetValueOrDefault(id));

        public Task<IReadOnlyList<ClassSession>> ListAsync(
            SchoolId school, DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<ClassSession>>(
                [.. _kept.Values.Where(s => s.Window.StartsAt >= from && s.Window.StartsAt < to).Take(limit)]);

        Task<IReadOnlyList<RosterEntry>> IClassRosters.ListAsync(SchoolId school, ClassSessionId id, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<RosterEntry>>([.. _kept[id].Roster.Select(s => new RosterEntry(s, null, null))]);

        public Task<Result<Done>> RemoveAsync(SchoolId school, ClassSessionId id, CancellationToken ct) =>
            Task.FromResult<Result<Done>>(_kept.Remove(id) ? default(Done) : ClassSessionErrors.NotFound);
    }
}
