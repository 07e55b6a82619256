using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Tests.Gallery;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Enrollment;

internal sealed class TemplateStoreTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;

    [Test]
    public async Task AddAsync_NewId_MakesTheStudentAndIsFoundAtOnce()
    {
        var process = await StartProcessAsync();

        var added = await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);

        Assert.That(added, Is.True);
        var found = process.Get<IGallery>().Search(School, Faces.Of(1), 2);
        Assert.That(found.Single().Student.Value, Is.EqualTo("siswaA"));
        Assert.That(found.Single().Similarity, Is.EqualTo(1).Within(1e-6));
        Assert.That(await process.Get<IStudents>().FindAsync(School, new("siswaA"), default), Is.Not.Null);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task AddAsync_KeyForgottenMeanwhile_AnnouncesItAnew(bool isRestored)
    {
        var process = await StartProcessAsync();
        await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        // As after a rotation by others to a key of theirs, or in a database from before this key came.
        await Database.ExecuteAsync(
            """
            INSERT INTO storage_keys (id, check_value) SELECT 'other', check_value FROM storage_keys;
            UPDATE server_secrets SET key_id = 'other';
            UPDATE templates SET key_id = 'other';
            DELETE FROM storage_keys WHERE id = 'test-1';
            """);
        if (isRestored) await Database.ExecuteAsync("DELETE FROM templates");

        var added = await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaB", 2), default);

        Assert.That(added, Is.True);
        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT k.id FROM templates AS t JOIN storage_keys AS k ON k.id = t.key_id WHERE student_id = 'siswaB'"),
            Is.EqualTo("test-1"));
    }

    [Test]
    public async Task AddAsync_KeyAnnouncedAtTheStart_LeavesTheRegisterAlone()
    {
        var process = await StartProcessAsync();
        await Database.ExecuteAsync(
            """
            CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'announced again'; END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON storage_keys EXECUTE FUNCTION refuse();
            """);

        Assert.That(await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default), Is.True);
    }

    [Test]
    public async Task AddAsync_SamePhotoAgain_IsFalseAndRaisesNoRevision()
    {
        var process = await StartProcessAsync();
        var templates = process.Get<ITemplates>();
        await templates.AddAsync(Faces.TemplateOf("siswaA", 1), default);

        var again = await templates.AddAsync(Faces.TemplateOf("siswaA", 1), default);

        Assert.That(again, Is.False);
        Assert.That(await Database.ReadAsync<long>("SELECT gallery_revision FROM schools"), Is.EqualTo(1));
        Assert.That(process.Get<IGallery>().Totals(School), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task AddAsync_SamePhotoOfAnotherStudentOrUnderAnotherContract_IsStored()
    {
        var process = await StartProcessAsync();
        var templates = process.Get<ITemplates>();
        await templates.AddAsync(Faces.TemplateOf("siswaA", 1), default);

        Assert.That(await templates.AddAsync(Faces.TemplateOf("siswaB", 1), default), Is.True);
        Assert.That(await templates.AddAsync(Faces.TemplateOf("siswaA", 1, "another-model"), default), Is.True);
        Assert.That(process.Get<IGallery>().Totals(School), Is.EqualTo((2, 2)), "another contract's template cannot be matched");
        Assert.That((await templates.ListAsync(School, new("siswaA"), default)).Select(t => t.Contract.Value),
            Is.EquivalentTo((string[])["test-contract", "another-model"]));
    }

    [Test]
    public async Task AddAsync_SamePhotoManyTimesAtOnce_IsStoredOnce()
    {
        var here = (await StartProcessAsync()).Get<ITemplates>();
        var there = (await StartProcessAsync()).Get<ITemplates>();

        var added =
            await Task.WhenAll(Enumerable.Range(0, 20)
                .Select(i => (i % 2 == 0 ? here : there).AddAsync(Faces.TemplateOf("siswaA", 1), default)));

        Assert.That(added.Count(a => a), Is.EqualTo(1));
    }

    [Test]
    public async Task AddAsync_DuplicateOverridden_IsAuditedWithReasonAndScore()
    {
        var process = await StartProcessAsync();
        var overridden = new EnrollmentOverride("twins \"A\" and B", new GalleryMatch(new("siswaA"), 0.81234567f), null);

        await process.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaB", 1), _ => overridden, default);

        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT concat_ws('|', a.subject, a.action, w.words::jsonb->>'resembled', w.words::jsonb->>'similarity', " +
                "w.words::jsonb->>'reason') FROM audit AS a JOIN audit_words AS w USING (school_id, id)"),
            Is.EqualTo("siswaB|template.duplicate_overridden|siswaA|0.8123|twins \"A\" and B"));
    }

    [Test]
    public async Task AddAsync_AnotherPersonOverridden_IsAuditedWithReasonAndScore()
    {
        var process = await StartProcessAsync();

        await process.Get<ITemplates>()
            .AddAsync(Faces.TemplateOf("siswaB", 1), _ => new EnrollmentOverride("after an accident", null, 0.01234f), default);

        Assert.That(
            await Database.ReadAsync<string>(
                "SELECT concat_ws('|', a.subject, a.action, w.words::jsonb->>'resembled', w.words::jsonb->>'similarity_to_own', " +
                "w.words::jsonb->>'reason') FROM audit AS a JOIN audit_words AS w USING (school_id, id)"),
            Is.EqualTo("siswaB|template.another_person_overridden|0.0123|after an accident"));
    }

    [Test]
    public async Task AddAsync_Neighbours_AreTheNearestOtherAndTheOwn()
    {
        var templates = (await StartProcessAsync()).Get<ITemplates>();
        var seen = new List<FaceNeighbours>();
        Result<EnrollmentOverride> Judge(FaceNeighbours near)
        {
            seen.Add(near);
            return EnrollmentOverride.None;
        }

        await templates.AddAsync(Faces.TemplateOf("siswaA", 1), Judge, default);
        await templates.AddAsync(Faces.TemplateOf("siswaB", 2), Judge, default);
        await templates.AddAsync(Faces.TemplateOf("siswaA", 2), Judge, default);

        Assert.That(seen, Has.Count.EqualTo(3), "with nothing stored meanwhile it is asked once");
        Assert.That(seen[0], Is.EqualTo(default(FaceNeighbours)));
        Assert.That((seen[1].Other?.Student.Value, seen[1].Own), Is.EqualTo(("siswaA", (float?)null)));
        Assert.That(seen[2].Other,
            Is.EqualTo(new GalleryMatch(new("siswaB"), 1))
                .Using<GalleryMatch>((a, b) => a.Student == b.Student && Math.Abs(a.Similarity - b.Similarity) < 1e-4));
        Assert.That(seen[2].Own, Is.EqualTo(Faces.Of(1).CosineSimilarity(Faces.Of(2))).Within(1e-5));
    }

    [Test]
    public async Task AddAsync_Refused_StoresNothingNotEvenTheStudent()
    {
        var process = await StartProcessAsync();

        var refused = await process.Get<ITemplates>()
            .AddAsync(Faces.TemplateOf("siswaA", 1), _ => EnrollmentErrors.AnotherPerson(1, 0), default);

        Assert.That(refused.Error?.Code, Is.EqualTo("enrollment.another_person"));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM students"), Is.Zero);
        Assert.That(await Database.ReadAsync<long>("SELECT gallery_revision FROM schools"), Is.Zero);
    }

    // Every process looks at what it knows, and none knows of the others' faces yet.
    [Test]
    public async Task AddAsync_OneFaceUnderManyIdsAtOnce_IsStoredUnderOne()
    {
        ITemplates[] processes = [(await StartProcessAsync()).Get<ITemplates>(), (await StartProcessAsync()).Get<ITemplates>()];

        var added = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(() => processes[i % 2].AddAsync(
            Faces.TemplateOf($"siswa{i}", 1),
            near =>
                near.Other?.Similarity > 0.5f ? EnrollmentErrors.DuplicatePerson(1, near.Other.Value.Student, near.Other.Value.Similarity)
                    : EnrollmentOverride.None, default))));

        Assert.That(added.Count(a => a.IsSuccess && a.Value), Is.EqualTo(1));
        Assert.That(
            added.Where(a => !a.IsSuccess).Select(a => a.Error!.Code), Is.All.EqualTo("enrollment.duplicate_person").And.Exactly(19).Items);
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM templates"), Is.EqualTo(1));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM students"), Is.EqualTo(1));
    }

    [Test]
    public async Task AddAsync_ManyFacesUnderOneIdAtOnce_OnlyTheFirstIsStored()
    {
        ITemplates[] processes = [(await StartProcessAsync()).Get<ITemplates>(), (await StartProcessAsync()).Get<ITemplates>()];

        var added = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => Task.Run(() => processes[i % 2].AddAsync(
            Faces.TemplateOf("siswaA", i),
            near => near.Own < 0.5f ? EnrollmentErrors.AnotherPerson(1, near.Own.Value) : EnrollmentOverride.None, default))));

        Assert.That(added.Count(a => a.IsSuccess && a.Value), Is.EqualTo(1));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM templates"), Is.EqualTo(1));
    }

    [Test]
    public async Task RemoveAsync_OneOfTwo_LeavesTheOtherAndTheStudent()
    {
        var process = await StartProcessAsync();
        var templates = process.Get<ITemplates>();
        await templates.AddAsync(Faces.TemplateOf("siswaA", 1), default);
        await templates.AddAsync(Faces.TemplateOf("siswaA", 2), default);
        var newest = (await templates.ListAsync(School, new("siswaA"), default))[0];

        var removed = await templates.RemoveAsync(School, new("siswaA"), newest.Id, default);

        Assert.That(removed, Is.True);
        Assert.That(process.Get<IGallery>().Totals(School), Is.EqualTo((1, 1)));
        Assert.That(process.Get<IGallery>().Search(School, Faces.Of(2), 1)[0].Similarity, Is.LessThan(0.5));
        Assert.That(await Database.ReadAsync<string>("SELECT subject FROM audit WHERE action = 'template.removed'"), Is.EqualTo("siswaA"));
    }

    [Test]
    public async Task RemoveAsync_AnotherStudentsTemplate_IsFalseAndChangesNothing()
    {
        var process = await StartProcessAsync();
        var templates = process.Get<ITemplates>();
        await templates.AddAsync(Faces.TemplateOf("siswaA", 1), default);
        var template = (await templates.ListAsync(School, new("siswaA"), default))[0];

        Assert.That(await templates.RemoveAsync(School, new("siswaB"), template.Id, default), Is.False);
        Assert.That(await Database.ReadAsync<long>("SELECT gallery_revision FROM schools"), Is.EqualTo(1));
        Assert.That(process.Get<IGallery>().Totals(School), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task AddAndRemove_ManyAtOnceOnTwoProcesses_NeitherDeadlockNorDiverge()
    {
        var seed = TestContext.CurrentContext.Random.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        var here = await StartProcessAsync();
        var there = await StartProcessAsync();

        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(async () =>
        {
            var random = new Random(seed + worker);
            for (var i = 0; i < 25; i++)
            {
                var process = random.Next(2) == 0 ? here : there;
                var student = $"s{random.Next(4)}";
                var templates = process.Get<ITemplates>();
                switch (random.Next(4))
                {
                    case 0:
                        await process.Get<IStudents>().RemoveAsync(School, new(student), default);
                        break;
                    case 1:
                        var stored = await templates.ListAsync(School, new(student), default);
                        if (stored.Count > 0)
                            await templates.RemoveAsync(School, new(student), stored[random.Next(stored.Count)].Id, default);
                        break;
                    default:
                        await templates.AddAsync(Faces.TemplateOf(student, random.Next(1000)), default);
                        break;
                }
            }
        })));

        var truth = (int)await Database.ReadAsync<long>("SELECT count(*) FROM templates");
        await Eventually.TrueAsync(
            () => here.Get<IGallery>().Open(School).Templates == truth && there.Get<IGallery>().Open(School).Templates == truth,
            $"both galleries hold {truth} templates");
    }
}
