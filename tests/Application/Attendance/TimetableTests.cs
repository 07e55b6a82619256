using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using NUnit.Framework;

namespace FaceAttendance.Application.Tests.Attendance;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class TimetableTests
{
    private static readonly DateOnly Today = new(2026, 1, 5);

    private readonly FakeTimetable _timetable = new();

    [Test]
    public async Task Lesson_AddedReplacedAndRemoved_IsFoundAndTheTimetableIsMade()
    {
        var lesson = Lesson("Mathematics");

        var added = await new AddLessonHandler(_timetable, _timetable).Handle(new(SchoolId.First, lesson), default);
        var replaced = await new ReplaceLessonHandler(_timetable, _timetable).Handle(
            new(SchoolId.First, lesson with { Name = "Physics" }), default);
        var found = await new GetLessonHandler(_timetable).Handle(new(SchoolId.First, lesson.Id), default);
        var listed = await new ListLessonsHandler(_timetable).Handle(new(SchoolId.First, null, 50, 0), default);
        var removed = await new RemoveLessonHandler(_timetable).Handle(new(SchoolId.First, lesson.Id), default);

        Assert.That(added.Value.Lesson.Name, Is.EqualTo("Mathematics"));
        Assert.That(replaced.Value, Is.EqualTo(found.Value));
        Assert.That(listed.Value.Lessons.Single().Lesson.Name, Is.EqualTo("Physics"));
        Assert.That(removed.IsSuccess, Is.True);
        Assert.That(_timetable.Made, Is.EqualTo(2), "its removal takes its class sessions by itself");
    }

    [Test]
    public async Task Lesson_UnknownId_IsNotFound()
    {
        var replaced = await new ReplaceLessonHandler(_timetable, _timetable).Handle(new(SchoolId.First, Lesson("Physics")), default);
        var found = await new GetLessonHandler(_timetable).Handle(new(SchoolId.First, LessonId.New()), default);

        Assert.That(replaced.Error, Is.EqualTo(LessonErrors.NotFound));
        Assert.That(found.Error, Is.EqualTo(LessonErrors.NotFound));
        Assert.That(_timetable.Made, Is.Zero);
    }

    [Test]
    public async Task Holiday_AddedAndRemoved_MakesTheTimetableEachTime()
    {
        var holiday = new Holiday(HolidayId.New(), "Feast", Today, Today);

        await new AddHolidayHandler(_timetable, _timetable).Handle(new(SchoolId.First, holiday), default);
        var listed = await new ListHolidaysHandler(_timetable).Handle(new(SchoolId.First), default);
        var removed = await new RemoveHolidayHandler(_timetable, _timetable).Handle(new(SchoolId.First, holiday.Id), default);
        var again = await new RemoveHolidayHandler(_timetable, _timetable).Handle(new(SchoolId.First, holiday.Id), default);

        Assert.That(listed.Value, Is.EqualTo(new[] { holiday }));
        Assert.That(removed.IsSuccess, Is.True);
        Assert.That(again.Error, Is.EqualTo(LessonErrors.HolidayNotFound));
        Assert.That(_timetable.Made, Is.EqualTo(2));
    }

    [Test]
    public async Task Import_GoodAndBadRows_AreReportedEachAndStoredOnce()
    {
        var report = await ImportAsync(dryRun: false,
            Row(2, Lesson("Mathematics")), Row(3, Lesson("Mathematics")), Row(4, Lesson("")), Row(5, Lesson("Physics")));

        Assert.That(
            report.Select(r => (r.Line, r.Outcome, r.Error?.Code)),
            Is.EqualTo(new[]
            {
                (2, ImportOutcome.Created, null), (3, ImportOutcome.Refused, "timetable.repeated_lesson"),
                (4, ImportOutcome.Refused, "request.invalid_field"), (5, ImportOutcome.Created, (string?)null),
            }));
        Assert.That(report[1].Error!.Message, Does.Contain("line 2"));
        Assert.That(_timetable.Lessons.Select(l => l.Name), Is.EqualTo(["Mathematics", "Physics"]));
        Assert.That(_timetable.Made, Is.EqualTo(1));
    }

    [Test]
    public async Task Import_DryRun_StoresAndMakesNothing()
    {
        var report = await ImportAsync(dryRun: true, Row(2, Lesson("Mathematics")));

        Assert.That(report.Single().Outcome, Is.EqualTo(ImportOutcome.Created));
        Assert.That(report.Single().Lesson, Is.Null, "it has no id yet");
        Assert.That(_timetable.Made, Is.Zero);
    }

    [Test]
    public async Task Import_MoreRowsThanAreTaken_SaysSoAndReadsNoFurther()
    {
        var rows = Enumerable.Range(0, ImportLessons.MaxRows + 5).Select(i => Row(i + 2, Lesson($"L{i}")));

        var report = await ImportAsync(dryRun: true, [.. rows]);

        Assert.That(report, Has.Count.EqualTo(ImportLessons.MaxRows + 1));
        Assert.That(report[^1].Error, Is.EqualTo(LessonErrors.TooManyRows));
    }

    [TestCase(" ", "7B", 1, null, "name")]
    [TestCase("Maths", " ", 1, null, "class_name")]
    [TestCase("Maths", null, 0, null, "weekdays")]
    [TestCase("Maths", null, 1, -1, "valid_until")]
    [TestCase("Maths", null, 1, 0, null)]
    public void Lesson_BadField_IsNamed(string name, string? ofClass, int weekdays, int? untilDays, string? field)
    {
        var lesson = Lesson(name) with
        {
            ClassName = ofClass, Weekdays = [.. Enumerable.Repeat(DayOfWeek.Monday, weekdays)],
            ValidUntil = untilDays is { } days ? Today.AddDays(days) : null,
        };

        Assert.That(new AddLessonValidator().FaultOf(new(SchoolId.First, lesson)), Is.EqualTo(field));
        Assert.That(new ReplaceLessonValidator().FaultOf(new(SchoolId.First, lesson)), Is.EqualTo(field));
    }

    [TestCase(" ", 0, "name")]
    [TestCase("Feast", -1, "last_day")]
    [TestCase("Feast", 366, "last_day")]
    [TestCase("Feast", 365, null)]
    public void Holiday_BadField_IsNamed(string name, int days, string? field) => Assert.That(
        new AddHolidayValidator().FaultOf(new(SchoolId.First, new(HolidayId.New(), name, Today, Today.AddDays(days)))), Is.EqualTo(field));

    private async Task<IReadOnlyList<LessonRowReport>> ImportAsync(bool dryRun, params LessonRow[] rows) =>
        (await new ImportLessonsHandler(_timetable, _timetable, new AddLessonValidator()).Handle(
            new(SchoolId.First, rows, dryRun), default)).Value;

    private static LessonRow Row(int line, Lesson lesson) => new(line, lesson.Name, lesson);

    private static Lesson Lesson(string name) => new(
        LessonId.New(), name, "7B", [DayOfWeek.Monday],
        LessonHours.Create(new(7, 0), new(7, 45), TimeSpan.Zero, TimeSpan.Zero).Value, [], Today, null);

    private sealed class FakeTimetable : ILessons, IHolidays, ITimetable
    {
        private readonly List<Holiday> _holidays = [];

        public List<Lesson> Lessons { get; } = [];

        public int Made { get; private set; }

        public Task<bool> MakeAsync(SchoolId school, CancellationToken ct) => Task.FromResult(++Made > 0);

        public Task<(IReadOnlyList<ExpectedLesson> Lessons, int Total)> ListAsync(
            SchoolId school, string? className, int limit, int offset, CancellationToken ct) =>
            Task.FromResult<(IReadOnlyList<ExpectedLesson>, int)>(([.. Lessons.Select(l => new ExpectedLesson(l, 0))], Lessons.Count));

        public Task<ExpectedLesson?> FindAsync(SchoolId school, LessonId id, CancellationToken ct) =>
            Task.FromResult(Lessons.Find(l => l.Id == id) is { } found ? new ExpectedLesson(found, 0) : null);

        public Task<Result<Done>> SaveAsync(SchoolId school, Lesson lesson, bool isNew, CancellationToken ct)
        {
            if (Lessons.RemoveAll(l => l.Id == lesson.Id) == 0 && !isNew) return Task.FromResult<Result<Done>>(LessonErrors.NotFound);
            Lessons.Add(lesson);
            return Task.FromResult<Result<Done>>(default(Done));
        }

        public Task<Result<Done>> RemoveAsync(SchoolId school, LessonId id, CancellationToken ct) =>
            Task.FromResult<Result<Done>>(Lessons.RemoveAll(l => l.Id == id) > 0 ? default(Done) : LessonErrors.NotFound);

        public Task<IReadOnlyList<Result<ImportedLesson>>> ImportAsync(
            SchoolId school, IReadOnlyList<Lesson> lessons, bool dryRun, CancellationToken ct)
        {
            if (!dryRun) Lessons.AddRange(lessons);
            return Task.FromResult<IReadOnlyList<Result<ImportedLesson>>>(
                [.. lessons.Select(l => Result<ImportedLesson>.Ok(new(l.Id, ImportOutcome.Created)))]);
        }

        public Task<IReadOnlyList<Holiday>> ListAsync(SchoolId school, CancellationToken ct) =>
            Task.FromResult<IReadOnlyList<Holiday>>([.. _holidays]);

        public Task AddAsync(SchoolId school, Holiday holiday, CancellationToken ct)
        {
            _holidays.Add(holiday);
            return Task.CompletedTask;
        }

        public Task<bool> RemoveAsync(SchoolId school, HolidayId id, CancellationToken ct) =>
            Task.FromResult(_holidays.RemoveAll(h => h.Id == id) > 0);
    }
}
