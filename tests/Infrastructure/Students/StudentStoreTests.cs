using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Tests.Gallery;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Students;

internal sealed class StudentStoreTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;

    [Test]
    public async Task UpsertAsync_NullInTheProfile_LeavesTheStoredValue()
    {
        var students = (await StartProcessAsync()).Get<IStudents>();
        var born = new DateOnly(2010, 2, 28);
        await students.UpsertAsync(School, new("siswaA"), new("Ani", born, "7B", "Jalan Satu"), default);

        var updated = await students.UpsertAsync(School, new("siswaA"), new("Ani Baru", null, null, "Jalan Dua"), default);

        Assert.That(updated, Is.EqualTo(new Student(new("siswaA"), "Ani Baru", born, "7B", "Jalan Dua", 0, null)));
        Assert.That(await students.FindAsync(School, new("siswaA"), default), Is.EqualTo(updated));
    }

    [Test]
    public async Task FindAsync_UnknownIdOrOtherCaseOrOtherSchool_IsNull()
    {
        var students = (await StartProcessAsync()).Get<IStudents>();
        await students.UpsertAsync(School, new("siswaA"), new("Ani", null, null, null), default);

        Assert.That(await students.FindAsync(School, new("siswaB"), default), Is.Null);
        Assert.That(await students.FindAsync(School, new("SiswaA"), default), Is.Null);
        Assert.That(await students.FindAsync(new(Guid.CreateVersion7()), new("siswaA"), default), Is.Null);
    }

    [Test]
    public async Task FindAsync_EnrolledStudent_CountsTemplatesAndNamesTheNewest()
    {
        var process = await StartProcessAsync();
        var older = new DateTimeOffset(2025, 1, 2, 3, 4, 5, TimeSpan.FromHours(7));
        await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1) with { EnrolledAt = older }, default);
        await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 2) with { EnrolledAt = older.AddDays(1) }, default);

        var found = await process.Get<IStudents>().FindAsync(School, new("siswaA"), default);

        Assert.That(found!.EmbeddingCount, Is.EqualTo(2));
        Assert.That(found.LastEnrolledAt, Is.EqualTo(older.AddDays(1)));
        Assert.That(found.FullName, Is.Null);
    }

    [TestCase(null, "Zed,ani,budi", 3)]
    [TestCase("", "Zed,ani,budi", 3)]
    [TestCase("BUD", "budi", 1)]
    [TestCase("7b", "ani", 1)]
    [TestCase("citra", "ani", 1)]
    [TestCase("100%", "budi", 1)]
    [TestCase("_", "", 0)]
    [TestCase(@"\", "", 0)]
    public async Task ListAsync_Query_FindsPartsOfIdNameAndClass(string? query, string ids, int total)
    {
        var students = (await StartProcessAsync()).Get<IStudents>();
        await students.UpsertAsync(School, new("budi"), new("Budi 100%", null, "8A", null), default);
        await students.UpsertAsync(School, new("ani"), new("Ani Citra", null, "7B", null), default);
        await students.UpsertAsync(School, new("Zed"), new("Zainal", null, null, "citra 7b"), default);

        var (items, count) = await students.ListAsync(School, query == "citra" ? "Citra" : query, null, 50, 0, default);

        Assert.That(string.Join(',', items.Select(s => s.Id)), Is.EqualTo(ids));
        Assert.That(count, Is.EqualTo(total));
    }

    [Test]
    public async Task ListAsync_Pages_AreOrderedByIdAndTellTheTotal()
    {
        var students = (await StartProcessAsync()).Get<IStudents>();
        foreach (var id in new[] { "c", "a", "e", "b", "d" })
            await students.UpsertAsync(School, new(id), new(id, null, null, null), default);

        var (items, total) = await students.ListAsync(School, null, null, 2, 2, default);

        Assert.That(items.Select(s => s.Id.Value), Is.EqualTo((string[])["c", "d"]));
        Assert.That(total, Is.EqualTo(5));
    }

    [Test]
    public async Task RemoveAsync_EnrolledStudent_ForgetsAllButTheAuditEntry()
    {
        var process = await StartProcessAsync();
        await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaB", 2), default);
        await Database.ExecuteAsync(
            """
            INSERT INTO attendance_days SELECT school_id, id, '2025-01-02', now(), now(), 1 FROM students;
            INSERT INTO cooldowns SELECT school_id, id, now(), gen_random_uuid() FROM students;
            INSERT INTO event_sequences SELECT school_id, id, 3 FROM students;
            INSERT INTO events (school_id, id, type, student_key, sequence, payload)
            SELECT school_id, gen_random_uuid(), 'attendance.marked', id, generate_series(1, 3), '{}' FROM students;
            INSERT INTO outbox (school_id, id, event_id, endpoint_id, student_key, attempts, next_attempt_at, status)
            SELECT school_id, gen_random_uuid(), id, gen_random_uuid(), student_key, 1, now() + interval '1 hour', (ARRAY['pending', 'dead',
                'sent'])[sequence] FROM events
            """);

        var removed = await process.Get<IStudents>().RemoveAsync(School, new("siswaA"), default);

        Assert.That(removed, Is.True);
        foreach (var (table, column) in new[]
        {
            ("students", "id"), ("templates", "student_id"), ("attendance_days", "student_id"), ("cooldowns", "student_key"),
        })
        {
            Assert.That(await Database.ReadAsync<string>($"SELECT string_agg({column}, ',') FROM {table}"), Is.EqualTo("siswaB"), table);
        }
        Assert.That(await Database.ReadAsync<string>("SELECT string_agg(payload || erased, ',') FROM events WHERE student_key IS NULL"),
            Is.EqualTo("true"));
        Assert.That(await Database.ReadAsync<string>("SELECT string_agg(student_key, ',') FROM event_sequences"), Is.EqualTo("siswaB"));
        Assert.That(await Database.ReadAsync<string>("SELECT string_agg(status, ',') FROM outbox WHERE erased AND student_key IS NULL"),
            Is.EqualTo("sent"));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM outbox WHERE student_key = 'siswaB'"), Is.EqualTo(3));
        Assert.That(await Database.ReadAsync<string>("SELECT subject FROM audit WHERE action = 'student.removed'"), Is.EqualTo("siswaA"));
        Assert.That(process.Get<FaceAttendance.Application.Recognition.IGallery>().Totals(School), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task RemoveAsync_UnknownStudent_IsFalseAndChangesNothing()
    {
        var students = (await StartProcessAsync()).Get<IStudents>();

        Assert.That(await students.RemoveAsync(School, new("nobody"), default), Is.False);
        Assert.That(await Database.ReadAsync<long>("SELECT gallery_revision FROM schools"), Is.Zero);
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM audit"), Is.Zero);
    }
}
