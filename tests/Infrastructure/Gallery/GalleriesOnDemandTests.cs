using FaceAttendance.Application.Enrollment;
using FaceAttendance.Application.Recognition;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Gallery;
using Npgsql;
using NUnit.Framework;

namespace FaceAttendance.Infrastructure.Tests.Gallery;

/// <summary>More schools than fit into the memory that they may take: two of these do.</summary>
internal sealed class GalleriesOnDemandTests : DatabaseFixture
{
    // Some 440 KB a school, of which 1 MB holds two.
    private const int Enrolled = 512;

    private static readonly (string, string?) Little = ("Gallery:MemoryMb", "1");

    private SchoolId[] _schools = [];

    [SetUp]
    public async Task EnrolAsync()
    {
        var process = await StartProcessAsync();
        _schools = [SchoolId.First, .. Enumerable.Range(0, 3).Select(_ => new SchoolId(Guid.CreateVersion7()))];
        foreach (var school in _schools.Skip(1))
        {
            await Database.ExecuteAsync(
                $"INSERT INTO schools (id, name, code) VALUES ('{school.Value}', '{school.Value}', '{school.Value:N}')");
        }
        foreach (var school in _schools) await Faces.InsertAsync(Database, school, Enrolled);
        await process.DisposeAsync();
    }

    [Test]
    public async Task Start_AllSchoolsFit_AreLoaded()
    {
        var gallery = (await StartProcessAsync()).Get<InMemoryGallery>();

        Assert.That(gallery.Loaded.Select(s => s.Templates), Is.EqualTo(new[] { Enrolled, Enrolled, Enrolled, Enrolled }));
    }

    [Test]
    public async Task Open_MoreSchoolsThanFit_ComeWhenAskedForAndTheLongestUnaskedLeaves()
    {
        var process = await StartProcessAsync(Little);
        var gallery = process.Get<InMemoryGallery>();
        Assert.That(gallery.IsLoaded, Is.True, "the server is ready");
        Assert.That(gallery.Loaded, Is.Empty);

        var first = gallery.Open(_schools[0]);
        foreach (var school in _schools)
        {
            Assert.That(gallery.Search(school, Faces.Of(7), 1).Single().Similarity, Is.EqualTo(1).Within(1e-6));
            Assert.That(gallery.Totals(school), Is.EqualTo((Enrolled, Enrolled)));
        }

        Assert.That(_schools.Select(s => gallery.Peek(s) is not null), Is.EqualTo(new[] { false, false, true, true }));
        Assert.That(first.Search(Faces.Of(7), 1).Single().Similarity, Is.EqualTo(1).Within(1e-6), "who holds it goes on reading");
        gallery.Open(_schools[2]);
        gallery.Open(_schools[0]);
        Assert.That(_schools.Select(s => gallery.Peek(s) is not null), Is.EqualTo(new[] { true, false, true, false }));
        Assert.That(gallery.Loaded.Sum(s => s.Bytes), Is.LessThanOrEqualTo(1_000_000));
    }

    [Test]
    public async Task Open_ManyAtOnce_WaitForOneLoad()
    {
        var gallery = (await StartProcessAsync(Little)).Get<InMemoryGallery>();

        var opened = await Task.WhenAll(Enumerable.Range(0, 64).Select(
            _ => Task.Run(() => gallery.OpenAsync(_schools[1], default).AsTask())));

        Assert.That(opened.Select(o => o.Value), Is.All.SameAs(opened[0].Value));
    }

    [Test]
    public async Task Open_CallerLeaves_TheLoadGoesOnForOthers()
    {
        var gallery = (await StartProcessAsync(Little)).Get<InMemoryGallery>();
        await using var holder = new NpgsqlConnection(Database.ConnectionString);
        await using var held = await HoldTemplatesAsync(holder);
        using var leaving = new CancellationTokenSource();
        var leaver = gallery.OpenAsync(_schools[1], leaving.Token).AsTask();
        var other = gallery.OpenAsync(_schools[1], default).AsTask();

        await leaving.CancelAsync();
        Assert.ThrowsAsync<TaskCanceledException>(() => leaver);
        await held.RollbackAsync();

        Assert.That((await other).Value.Templates, Is.EqualTo(Enrolled));
    }

    [Test]
    public async Task Open_LoadThatTakesLong_IsToldToComeBackAndFindsItThen()
    {
        var gallery = (await StartProcessAsync(Little)).Get<InMemoryGallery>();
        gallery.MostWait = TimeSpan.FromMilliseconds(50);
        await using var holder = new NpgsqlConnection(Database.ConnectionString);
        await using var held = await HoldTemplatesAsync(holder);

        var refused = await gallery.OpenAsync(_schools[1], default);
        await held.RollbackAsync();

        Assert.That((refused.Error!.Code, refused.Error.RetryAfter > TimeSpan.Zero), Is.EqualTo(("recognition.gallery_loading", true)));
        await Eventually.TrueAsync(() => gallery.Peek(_schools[1]) is not null, "the load went on");
    }

    [Test]
    public async Task Open_AfterAnErasureElsewhere_NeverFindsTheStudent()
    {
        var here = await StartProcessAsync();
        var there = await StartProcessAsync(Little);
        var gallery = there.Get<InMemoryGallery>();
        gallery.Open(_schools[0]);
        gallery.Open(_schools[1]);
        gallery.Open(_schools[2]);
        Assert.That(gallery.Peek(_schools[0]), Is.Null);

        await here.Get<IStudents>().RemoveAsync(_schools[0], new("s7"), default);

        Assert.That(gallery.Search(_schools[0], Faces.Of(7), 1).Single().Student.Value, Is.Not.EqualTo("s7"));
        Assert.That(gallery.Totals(_schools[0]), Is.EqualTo((Enrolled - 1, Enrolled - 1)));
    }

    [Test]
    public async Task Open_SchoolLargerThanTheBound_IsServedAndTold()
    {
        await Database.ExecuteAsync("DELETE FROM templates; DELETE FROM students; UPDATE schools SET gallery_revision = 0");
        await Faces.InsertAsync(Database, SchoolId.First, 4 * Enrolled);

        var process = await StartProcessAsync(Little);

        Assert.That(process.Get<IGallery>().Totals(SchoolId.First), Is.EqualTo((4 * Enrolled, 4 * Enrolled)));
        Assert.That(process.Log.Lines, Has.Some.StartsWith("Warning").And.Contains("GALLERY_MEMORY_MB"));
        Assert.That(process.Get<IGallery>().Search(SchoolId.First, Faces.Of(1999), 1).Single().Student.Value, Is.EqualTo("s1999"));
    }

    [Test]
    public async Task Open_WhileSchoolsChangeComeAndLeave_ShowsEveryChangeThatWasMade()
    {
        var seed = Random.Shared.Next();
        TestContext.Out.WriteLine($"seed {seed}");
        ServerProcess[] processes = [await StartProcessAsync(Little), await StartProcessAsync(Little)];
        var isOver = false;
        var readers = Enumerable.Range(0, 2).Select(reader => Task.Run(async () =>
        {
            var random = new Random(seed + reader);
            while (!Volatile.Read(ref isOver))
                await processes[reader].Get<IGallery>().OpenAsync(_schools[random.Next(_schools.Length)], default);
        })).ToArray();

        // Each writer has students of its own, of whom it knows at each moment who is enrolled, and in which process it has said so.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(writer => Task.Run(async () =>
        {
            var random = new Random(seed + 100 + writer);
            for (var i = 0; i < 12; i++)
            {
                var (process, school) = (processes[random.Next(2)], _schools[random.Next(_schools.Length)]);
                var (student, person) = ($"w{writer}-{i}", 10_000 + (100 * writer) + i);
                await process.Get<ITemplates>().AddAsync(Faces.TemplateOf(student, person) with { School = school }, default);
                Assert.That(await NearestAsync(process, school, person), Is.EqualTo(student));
                if (i % 2 == 1) continue;
                await process.Get<IStudents>().RemoveAsync(school, new(student), default);
                Assert.That(await NearestAsync(process, school, person), Is.Not.EqualTo(student));
            }
        })));
        Volatile.Write(ref isOver, true);
        await Task.WhenAll(readers);

        foreach (var school in _schools)
        {
            var truth = await Database.ReadAsync<long>($"SELECT count(*) FROM templates WHERE school_id = '{school.Value}'");
            foreach (var process in processes)
                await Eventually.TrueAsync(() => process.Get<IGallery>().Totals(school).Templates == truth, "both know what is stored");
        }
    }

    /// <summary>Nobody reads templates until the transaction ends.</summary>
    private static async Task<NpgsqlTransaction> HoldTemplatesAsync(NpgsqlConnection connection)
    {
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("LOCK TABLE templates IN ACCESS EXCLUSIVE MODE", connection);
        await hold.ExecuteNonQueryAsync();
        return transaction;
    }

    private static async Task<string> NearestAsync(ServerProcess process, SchoolId school, int person) =>
        (await process.Get<IGallery>().OpenAsync(school, default)).Value.Search(Faces.Of(person), 1).Single().Student.Value;
}
