using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Tests.Gallery;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Persistence;

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

    [Test]
    public async Task AddAsync_SamePhotoAgain_IsFalseAndRaisesNoRevision()
    {
        var process = await StartProcessAsync();
        var templates = process.Get<ITemplates>();
        await templates.AddAsync(Faces.TemplateOf("siswaA", 1), default);

        var again = await templates.AddAsync(Faces.TemplateOf("siswaA", 1), default);

        Assert.That(again, Is.False);
        Assert.That(await Database.ReadAsync<long>("SELECT gallery_revision FROM schools"), Is.EqualTo(1));
        Assert.That(process.Get<IGallery>().Count(School), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task AddAsync_SamePhotoOfAnotherStudentOrUnderAnotherContract_IsStored()
    {
        var process = await StartProcessAsync();
        var templates = process.Get<ITemplates>();
        await templates.AddAsync(Faces.TemplateOf("siswaA", 1), default);

        Assert.That(await templates.AddAsync(Faces.TemplateOf("siswaB", 1), default), Is.True);
        Assert.That(await templates.AddAsync(Faces.TemplateOf("siswaA", 1, "another-model"), default), Is.True);
        Assert.That(process.Get<IGallery>().Count(School), Is.EqualTo((2, 2)), "another contract's template cannot be matched");
        Assert.That((await templates.ListAsync(School, new("siswaA"), default)).Select(t => t.Contract.Value), Is.EquivalentTo((string[])["test-contract", "another-model"]));
    }

    [Test]
    public async Task AddAsync_SamePhotoManyTimesAtOnce_IsStoredOnce()
    {
        var here = (await StartProcessAsync()).Get<ITemplates>();
        var there = (await StartProcessAsync()).Get<ITemplates>();

        var added = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => (i % 2 == 0 ? here : there).AddAsync(Faces.TemplateOf("siswaA", 1), default)));

        Assert.That(added.Count(a => a), Is.EqualTo(1));
    }

    [Test]
    public async Task AddAsync_DuplicateOverridden_IsAuditedWithReasonAndScore()
    {
        var process = await StartProcessAsync();
        var template = Faces.TemplateOf("siswaB", 1) with { OverrideReason = new(new("siswaA"), 0.81234567f, "twins \"A\" and B") };

        await process.Get<ITemplates>().AddAsync(template, default);

        Assert.That(
            await Database.ReadAsync<string>("SELECT concat_ws('|', subject, action, details->>'resembled', details->>'similarity', details->>'reason') FROM audit WHERE action <> 'template.enrolled'"),
            Is.EqualTo("siswaB|template.duplicate_overridden|siswaA|0.8123|twins \"A\" and B"));
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
        Assert.That(process.Get<IGallery>().Count(School), Is.EqualTo((1, 1)));
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
        Assert.That(process.Get<IGallery>().Count(School), Is.EqualTo((1, 1)));
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
                        if (stored.Count > 0) await templates.RemoveAsync(School, new(student), stored[random.Next(stored.Count)].Id, default);
                        break;
                    default:
                        await templates.AddAsync(Faces.TemplateOf(student, random.Next(1000)), default);
                        break;
                }
            }
        })));

        var truth = (int)await Database.ReadAsync<long>("SELECT count(*) FROM templates");
        await Eventually.TrueAsync(
            () => here.Get<IGallery>().Count(School).Templates == truth && there.Get<IGallery>().Count(School).Templates == truth,
            $"both galleries hold {truth} templates");
    }
}
