using FaceAttendance.Application.Attendance;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Attendance;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Attendance;

/// <summary>Class sessions out of lessons.</summary>
internal sealed class TimetableTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;
    private static readonly StudentId Ani = new("ani");
    private static readonly StudentId Budi = new("budi");
    private static readonly StudentId Cici = new("cici");

    private readonly DateOnly _tomorrow = DateOnly.FromDateTime(DateTime.UtcNow).AddDays(1);

    [Test]
    public async Task MakeAsync_ByManyAtOnce_MakesEachSessionOnceWithTheClassAndWhoElseIsExpected()
    {
        var first = await StartAsync();
        var second = await StartAsync();
        await SaveAsync(first, Lesson(Cici));

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => MakeAsync(i % 2 == 0 ? first : second)));

        Assert.That(await SessionsAsync(), Has.Length.EqualTo(Timetable.DaysAhead - 1), "it is valid from tomorrow");
        Assert.That(await RostersAsync(), Is.EqualTo("ani,cici"));
        Assert.That(
            await Database.ReadAsync<bool>(
                """
                SELECT bool_and(starts_at = (lesson_day + time '07:00') AT TIME ZONE 'UTC' AND opens_at = starts_at - interval '15 minutes'
                    AND grace = '10 minutes' AND ends_at = starts_at + interval '45 minutes' AND name = 'Mathematics') FROM class_sessions
                """),
            Is.True);
        Assert.That(await MakeAsync(first), Is.False, "there is nothing left to do");
    }

    [Test]
    public async Task MakeAsync_LessonChanged_ChangesItsSessionsWithoutRecordsAlone()
    {
        var process = await StartAsync();
        var lesson = await SaveAsync(process, Lesson());
        await MakeAsync(process);
        await MarkAsync(process, _tomorrow, Ani);

        await process.Get<ILessons>().SaveAsync(
            School, lesson with { Name = "Physics", Hours = Hours("08:00", "09:00"), Weekdays = [.. DaysBut(_tomorrow.AddDays(1))] },
            isNew: false, default);
        await MakeAsync(process);

        var sessions = await SessionsAsync();
        Assert.That(sessions[0], Is.EqualTo($"{_tomorrow:O} 07:00 Mathematics"), "somebody is recorded in it");
        Assert.That(sessions.Skip(1), Has.All.EndsWith("08:00 Physics"));
        Assert.That(sessions, Has.Length.EqualTo(Timetable.DaysAhead - 3), "a weekday less, which comes twice");
    }

    [Test]
    public async Task MakeAsync_Holiday_RemovesWhatHoldsNoRecordsAndItsEndBringsThemBack()
    {
        var process = await StartAsync();
        await SaveAsync(process, Lesson());
        await MakeAsync(process);
        await MarkAsync(process, _tomorrow, Ani);
        var holiday = new Holiday(HolidayId.New(), "Feast", _tomorrow, _tomorrow.AddDays(2));

        await process.Get<IHolidays>().AddAsync(School, holiday, default);
        await MakeAsync(process);
        var during = await SessionsAsync();
        await process.Get<IHolidays>().RemoveAsync(School, holiday.Id, default);
        await MakeAsync(process);

        Assert.That(during, Has.Length.EqualTo(Timetable.DaysAhead - 3));
        Assert.That(during[0], Does.StartWith($"{_tomorrow:O}"), "somebody is recorded in it");
        Assert.That(await SessionsAsync(), Has.Length.EqualTo(Timetable.DaysAhead - 1));
    }

    [Test]
    public async Task MakeAsync_StudentsComeAndGo_AreOnLaterRosters()
    {
        var process = await StartAsync();
        await SaveAsync(process, Lesson());
        await MakeAsync(process);
        await MarkAsync(process, _tomorrow, Ani);

        await process.Get<IStudents>().UpsertAsync(School, Budi, new("Budi", null, "7B", null), default);
        await process.Get<IStudents>().UpsertAsync(School, Ani, new("Ani", null, "8A", null), default);
        await MakeAsync(process);

        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT string_agg(DISTINCT student_id, ',') FROM class_session_students JOIN class_sessions ON id = session_id "
                + $"WHERE lesson_day > '{_tomorrow:O}'"),
            Is.EqualTo("budi"));
        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT string_agg(student_id, ',' ORDER BY student_id) FROM class_session_students JOIN class_sessions ON id = session_id "
                + $"WHERE lesson_day = '{_tomorrow:O}'"),
            Is.EqualTo("ani,budi"), "who has a record stays");
    }

    [Test]
    public async Task MakeAsync_SessionsThatAPersonChangedOrRemoved_AreLeftAlone()
    {
        var process = await StartAsync();
        var lesson = await SaveAsync(process, Lesson());
        await MakeAsync(process);
        var sessions = process.Get<IClassSessions>();
        var moved = (await sessions.FindAsync(School, await SessionOfAsync(_tomorrow), default))!;
        await sessions.ReplaceAsync(School, moved with { Name = "Moved" }, default);
        await sessions.RemoveAsync(School, await SessionOfAsync(_tomorrow.AddDays(1)), default);

        await process.Get<ILessons>().SaveAsync(School, lesson with { Name = "Physics" }, isNew: false, default);
        await MakeAsync(process);

        var made = await SessionsAsync();
        Assert.That(made, Has.Length.EqualTo(Timetable.DaysAhead - 2));
        Assert.That(made[0], Is.EqualTo($"{_tomorrow:O} 07:00 Moved"));
        Assert.That(made.Skip(1), Has.All.EndsWith("Physics"));
    }

    [Test]
    public async Task RemoveAsync_Lesson_TakesWhatLiesAheadAndKeepsWhatIsRecorded()
    {
        var process = await StartAsync();
        var lesson = await SaveAsync(process, Lesson());
        await MakeAsync(process);
        await MarkAsync(process, _tomorrow, Ani);

        var removed = await process.Get<ILessons>().RemoveAsync(School, lesson.Id, default);
        await MakeAsync(process);

        Assert.That(removed.IsSuccess, Is.True);
        Assert.That(
            await Database.ReadAsync<string>("SELECT string_agg(name || ' ' || (lesson_id IS NULL), ',') FROM class_sessions"),
            Is.EqualTo("Mathematics true"));
        Assert.That((await process.Get<ILessons>().RemoveAsync(School, lesson.Id, default)).Error, Is.EqualTo(LessonErrors.NotFound));
    }

    [Test]
    public async Task MakeAsync_LessonOfTodayThatHasBegun_MakesNoSessionOfIt()
    {
        var process = await StartAsync();
        await SaveAsync(process, Lesson() with { ValidFrom = _tomorrow.AddDays(-1), Hours = Hours("00:00", "12:00") });

        await MakeAsync(process);

        Assert.That((await SessionsAsync())[0], Does.StartWith($"{_tomorrow:O}"), "nobody could have come in time");
    }

    private async Task<ServerProcess> StartAsync()
    {
        var process = await StartProcessAsync([.. Unsent]);
        foreach (var (student, ofClass) in new[] { (Ani, "7B"), (Budi, "8A"), (Cici, "8A") })
            await process.Get<IStudents>().UpsertAsync(School, student, new(student.Value, null, ofClass, null), default);
        return process;
    }

    private static Task<bool> MakeAsync(ServerProcess process) => process.Get<ITimetable>().MakeAsync(School, default);

    private Lesson Lesson(params StudentId[] others) => new(
        LessonId.New(), "Mathematics", "7B", Enum.GetValues<DayOfWeek>(), Hours("07:00", "07:45"), others, _tomorrow, null);

    private static LessonHours Hours(string starts, string ends) =>
        LessonHours.Create(TimeOnly.Parse(starts), TimeOnly.Parse(ends), TimeSpan.FromMinutes(15), TimeSpan.FromMinutes(10)).Value;

    private static IEnumerable<DayOfWeek> DaysBut(DateOnly day) => Enum.GetValues<DayOfWeek>().Where(d => d != day.DayOfWeek);

    private static async Task<Lesson> SaveAsync(ServerProcess process, Lesson lesson)
    {
        var saved = await process.Get<ILessons>().SaveAsync(School, lesson, isNew: true, default);
        Assert.That(saved.IsSuccess, Is.True);
        return lesson;
    }

    private async Task MarkAsync(ServerProcess process, DateOnly day, StudentId student) => await process.Get<IManualMarks>().MarkAsync(
        new(School, student, await SessionOfAsync(day), AttendanceStatus.Absent, DateTimeOffset.UtcNow, "told before"), default);

    private async Task<ClassSessionId> SessionOfAsync(DateOnly day) =>
        new(await Database.ReadAsync<Guid>($"SELECT id FROM class_sessions WHERE lesson_day = '{day:O}'"));

    private async Task<string[]> SessionsAsync() => await Database.ReadAsync<string[]>(
        """
        SELECT array_agg(lesson_day || ' ' || to_char(starts_at AT TIME ZONE 'UTC', 'HH24:MI') || ' ' || name ORDER BY lesson_day)
        FROM class_sessions WHERE lesson_id IS NOT NULL
        """) ?? [];

    private Task<string?> RostersAsync() => Database.ReadAsync<string>(
        """
        SELECT string_agg(DISTINCT roster, ' ') FROM (
            SELECT string_agg(student_id, ',' ORDER BY student_id) AS roster FROM class_session_students GROUP BY session_id) AS rosters
        """);
}
