using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Gallery;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Gallery;

internal sealed class InMemoryGalleryTests : DatabaseFixture
{
    private static readonly SchoolId School = SchoolId.First;

    [Test]
    public async Task Search_NobodyEnrolled_IsEmpty()
    {
        var gallery = (await StartProcessAsync()).Get<IGallery>();

        Assert.That(gallery.Search(School, Faces.Of(1), 2), Is.Empty);
        Assert.That(gallery.Search(new(Guid.CreateVersion7()), Faces.Of(1), 2), Is.Empty);
        Assert.That(gallery.Totals(School), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task Search_ProbeOfAnotherContract_Throws()
    {
        var gallery = (await StartProcessAsync()).Get<IGallery>();

        Assert.Throws<ArgumentException>(() => gallery.Search(School, Faces.Of(1, "another-model"), 2));
    }

    [Test]
    public async Task Start_TemplatesStored_LoadsThoseOfItsContractAndWarnsOfTheOthers()
    {
        var first = await StartProcessAsync();
        await first.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        await first.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 2), default);
        await first.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaB", 3, "another-model"), default);

        var second = await StartProcessAsync();

        Assert.That(second.Get<IGallery>().Totals(School), Is.EqualTo((2, 1)));
        var toOne = second.Get<IGallery>().Search(School, Faces.Of(1), 1).Single().Similarity;
        var toOther = second.Get<IGallery>().Search(School, Faces.Of(2), 1).Single().Similarity;
        Assert.That((toOne, toOther), Is.EqualTo((0.74f, 0.74f)).Within(1e-3), "the middle of the two is as near to either");
        Assert.That(second.Log.Lines, Has.Some.StartsWith("Warning").And.Contains("1 templates made by another model"));
    }

    [TestCase(1)]
    [TestCase(4096)]
    [TestCase(4097)]
    [TestCase(10_000)]
    public async Task Start_ManyTemplates_LoadsEveryOne(int count)
    {
        await StartProcessAsync();
        await Faces.InsertAsync(Database, School, count);

        var gallery = (await StartProcessAsync()).Get<IGallery>();

        Assert.That(gallery.Totals(School), Is.EqualTo((count, count)));
        foreach (var one in new[] { 1, (count + 1) / 2, count })
        {
            Assert.That(gallery.Search(School, Faces.Of(one), 1).Single().Student.Value, Is.EqualTo($"s{one}"));
        }
    }

    [Test]
    public async Task Sync_ChangesInAnotherProcess_AreNotified()
    {
        var here = await StartProcessAsync();
        var there = await StartProcessAsync();
        var gallery = there.Get<IGallery>();

        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 2), default);
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaB", 3), default);
        await Eventually.TrueAsync(() => gallery.Totals(School) == (3, 2), "three templates came");
        var newest = (await here.Get<ITemplates>().ListAsync(School, new("siswaA"), default))[0];
        await here.Get<ITemplates>().RemoveAsync(School, new("siswaA"), newest.Id, default);
        await Eventually.TrueAsync(() => gallery.Totals(School) == (2, 2), "one went");
        await here.Get<IStudents>().RemoveAsync(School, new("siswaB"), default);
        await Eventually.TrueAsync(() => gallery.Totals(School) == (1, 1), "a student went");

        Assert.That(gallery.Search(School, Faces.Of(1), 1).Single().Student.Value, Is.EqualTo("siswaA"));
    }

    [Test]
    public async Task Sync_ListeningConnectionKilled_CatchesUpAndListensAgain()
    {
        var here = await StartProcessAsync();
        var there = await StartProcessAsync();
        var gallery = there.Get<IGallery>();
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        await Eventually.TrueAsync(() => gallery.Totals(School) == (1, 1), "it listens");

        Assert.That(await Database.EndListeningConnectionsAsync(), Is.Positive);
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 2), default);
        await Eventually.TrueAsync(() => gallery.Totals(School) == (2, 1), "it caught up with what it missed");
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 3), default);
        await Eventually.TrueAsync(() => gallery.Totals(School) == (3, 1), "it listens again");
    }

    [Test]
    public async Task SyncAsync_TombstonesPruned_LoadsAnew()
    {
        var here = await StartProcessAsync();
        var templates = here.Get<ITemplates>();
        for (var person = 1; person <= 4; person++) await templates.AddAsync(Faces.TemplateOf("siswaA", person), default);
        var gallery = here.Get<InMemoryGallery>();
        // As if another process had removed one two days ago, this one had not heard of it, and a removal since had cleared the tombstone
        // away.
        await Database.ExecuteAsync(
            """
            UPDATE schools SET gallery_revision = gallery_revision + 1;
            INSERT INTO template_tombstones SELECT school_id, id, 5, now() - interval '2 days' FROM templates WHERE revision = 1;
            DELETE FROM templates WHERE revision = 1
            """);
        var removedHere = await Database.ReadAsync<Guid>("SELECT id FROM templates WHERE revision = 2");

        await templates.RemoveAsync(School, new("siswaA"), new(removedHere), default);

        Assert.That(gallery.Totals(School), Is.EqualTo((2, 1)));
        Assert.That(await Database.ReadAsync<long>("SELECT count(*) FROM template_tombstones"), Is.EqualTo(1), "the old one is pruned");
        Assert.That(await Database.ReadAsync<long>("SELECT tombstone_floor FROM schools"), Is.EqualTo(5));
        Assert.That(here.Log.Lines, Has.Some.Contains("loaded anew"));
    }

    [Test]
    public async Task SyncAsync_DatabaseWentBackToABackup_LoadsAnew()
    {
        var here = await StartProcessAsync();
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 2), default);
        await Database.ExecuteAsync("DELETE FROM templates WHERE revision = 2; UPDATE schools SET gallery_revision = 1");

        await here.Get<InMemoryGallery>().SyncAsync(School);

        Assert.That(here.Get<IGallery>().Totals(School), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task SyncAsync_BreaksOffHalfWay_RecoversByLoadingAnew()
    {
        var here = await StartProcessAsync();
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("first", 100_000), default);
        await Faces.InsertAsync(Database, School, 9000);
        var gallery = here.Get<InMemoryGallery>();
        // A batch was taken in and a later row breaks: the chain of snapshots is torn.
        await Database.ExecuteAsync("ALTER TABLE templates ALTER COLUMN student_id DROP NOT NULL");
        await Database.ExecuteAsync("UPDATE templates SET student_id = NULL WHERE student_id = 's8999'");
        Assert.ThrowsAsync<InvalidDataException>(() => gallery.SyncAsync(School));
        Assert.That(gallery.Totals(School).Templates, Is.EqualTo(1), "what is published stays as it was");

        await Database.ExecuteAsync("UPDATE templates SET student_id = 's8999' WHERE student_id IS NULL");
        await gallery.SyncAsync(School);

        Assert.That(gallery.Totals(School), Is.EqualTo((9001, 9001)));
    }

    [Test]
    public async Task SyncAsync_TemplateOfAnotherLength_IsLeftOutAndLogged()
    {
        var here = await StartProcessAsync();
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 1), default);
        await Database.ExecuteAsync(
            """
            UPDATE schools SET gallery_revision = 2;
            INSERT INTO templates SELECT school_id, gen_random_uuid(), student_id, contract, substr(embedding, 1, 40), sha256(embedding),
                now(), 2, key_id FROM templates
            """);

        await here.Get<InMemoryGallery>().SyncAsync(School);
        await here.Get<ITemplates>().AddAsync(Faces.TemplateOf("siswaA", 2), default);

        Assert.That(here.Get<IGallery>().Totals(School), Is.EqualTo((2, 1)));
        Assert.That(here.Log.Lines, Has.Some.StartsWith("Error").And.Contains("left out"));
    }

    [TestCase("00000000-0000-7000-8000-000000000001 7", true)]
    [TestCase("00000000-0000-7000-8000-000000000001", false)]
    [TestCase("00000000-0000-7000-8000-000000000001 -7", false)]
    [TestCase("school 7", false)]
    [TestCase("", false)]
    public void TryParse_Payload_TakesItsOwnShapeAlone(string payload, bool isOurs) =>
        Assert.That(GalleryRevision.TryParse(payload, out _, out var revision) && revision == 7, Is.EqualTo(isOurs));
}
