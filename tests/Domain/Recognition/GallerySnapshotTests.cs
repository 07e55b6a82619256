using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Students;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition;

public sealed class GallerySnapshotTests
{
    private static readonly EmbeddingContractId Contract = new("test");

    [Test]
    public void Search_EmptyGallery_FindsNobody()
    {
        var gallery = GallerySnapshot.Empty(Contract, 4);

        var found = gallery.Search(Probe([1, 0, 0, 0]), 2);

        Assert.That(found, Is.Empty);
    }

    [Test]
    public void Search_SeveralTemplatesOfOneStudent_TheirMiddleCountsAndStudentStandsOnce()
    {
        var gallery = With(GallerySnapshot.Empty(Contract, 2), [Entry("ann", 1, 0), Entry("ann", 0, 1), Entry("bob", 0.6f, -0.8f)]);

        var found = gallery.Search(Probe([1, 1]), 3);

        Assert.That(found.Select(m => m.Student.Value), Is.EqualTo(["ann", "bob"]));
        Assert.That(found[0].Similarity, Is.EqualTo(1).Within(1e-6));
        Assert.That(gallery.Students, Is.EqualTo(new GallerySize(One: 1, Several: 1)));
    }

    [Test]
    public void Remove_OneOfSeveral_LeavesTheMiddleOfTheRest()
    {
        GalleryEntry right = Entry("ann", 1, 0), up = Entry("ann", 0, 1);
        var both = With(GallerySnapshot.Empty(Contract, 2), [right, up]);

        var one = With(both, [], [right.Id]);

        Assert.That(both.DirectionOf(new("ann"))!.CosineSimilarity(Probe([1, 1])), Is.EqualTo(1).Within(1e-6));
        Assert.That(one.DirectionOf(new("ann"))!.CosineSimilarity(Probe([0, 1])), Is.EqualTo(1).Within(1e-6));
        Assert.That(With(one, [], [up.Id]).DirectionOf(new("ann")), Is.Null);
    }

    // Student and example are a right angle apart, √2.
    [Test]
    public void AddNegatives_ProbesBetweenTheStudentAndTheExamples_LeadOverTheNearestOne()
    {
        var before = With(GallerySnapshot.Empty(Contract, 3), [Entry("ann", 1, 0, 0), Entry("bob", 0, 0, 1)]);
        GalleryEntry near = Entry("ann", 0, 1, 0), far = Entry("ann", -1, 0, 0);

        var with = before.Change().AddNegatives([near, far]).AddNegatives([near]).ToSnapshot();
        var without = with.Change().Remove([near.Id]).ToSnapshot();
        var none = without.Change().Remove([far.Id]).ToSnapshot();

        float? LeadOf(GallerySnapshot gallery, string student, params float[] probe) =>
            gallery.Search(Probe(probe), 2).Single(m => m.Student.Value == student).LeadOverNegative;
        Assert.That(LeadOf(with, "ann", 1, 0, 0), Is.EqualTo(1 / MathF.Sqrt(2)).Within(1e-5));
        Assert.That(LeadOf(with, "ann", 1, 1, 0), Is.EqualTo(0).Within(1e-5));
        Assert.That(LeadOf(with, "ann", 0, 1, 0), Is.EqualTo(-1 / MathF.Sqrt(2)).Within(1e-5));
        Assert.That(LeadOf(with, "bob", 1, 1, 0), Is.Null);
        Assert.That(LeadOf(without, "ann", 0, 1, 0), Is.EqualTo(0).Within(1e-5), "the other example is left");
        Assert.That(LeadOf(none, "ann", 1, 1, 0), Is.Null);
        Assert.That(LeadOf(before, "ann", 1, 1, 0), Is.Null, "what a snapshot shows never changes");
        Assert.That(with.Students.Total, Is.EqualTo(2), "examples are no students");
    }

    [Test]
    public void Search_TemplatesThatCancelOut_TheFirstStandsForTheStudent()
    {
        var gallery = With(GallerySnapshot.Empty(Contract, 2), [Entry("ann", 1, 0), Entry("ann", -1, 0)]);

        Assert.That(gallery.Search(Probe([1, 0]), 1)[0].Similarity, Is.EqualTo(1).Within(1e-6));
    }

    [Test]
    public void NearestOthers_SmallGallery_IsEachStudentsNearest()
    {
        var gallery = With(GallerySnapshot.Empty(Contract, 2), [Entry("ann", 1, 0), Entry("bob", 0.8f, 0.6f), Entry("cem", 0, 1)]);

        var found = gallery.NearestOthers(10, default);

        Assert.That(found.Select(f => (f.Student.Value, f.Other.Value, Math.Round(f.Similarity, 4))),
            Is.EqualTo(new[] { ("ann", "bob", 0.8), ("bob", "ann", 0.8), ("cem", "bob", 0.6) }));
        Assert.That(gallery.NearestOthers(2, default), Has.Count.EqualTo(2));
    }

    [Test]
    public void Search_EqualSimilarities_OrderedById()
    {
        var gallery = With(GallerySnapshot.Empty(Contract, 2), [Entry("zoe", 1, 0), Entry("amy", 1, 0), Entry("kim", 1, 0)]);

        var found = gallery.Search(Probe([1, 0]), 2);

        Assert.That(found.Select(m => m.Student.Value), Is.EqualTo(["amy", "kim"]));
    }

    [Test]
    public void Search_ForeignContract_Throws()
    {
        var gallery = With(GallerySnapshot.Empty(Contract, 2), [Entry("ann", 1, 0)]);

        void Act() => gallery.Search(Embedding.FromRaw([1, 0], new("other")), 1);

        Assert.That(Act, Throws.ArgumentException);
    }

    [TestCase(8)]
    [TestCase(128)]
    [TestCase(512)]
    [TestCase(13)]
    public void SearchAndWith_RandomHistory_MatchesNaiveAndNeverChangesOlderSnapshots(int dimension)
    {
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var model = new Dictionary<TemplateId, GalleryEntry>();
        var gallery = GallerySnapshot.Empty(Contract, dimension);
        var history = new List<(GallerySnapshot Snapshot, Dictionary<TemplateId, GalleryEntry> Model)>();
        for (var step = 0; step < 60; step++)
        {
            var added = Enumerable.Range(0, random.Next(200)).Select(_ => RandomEntry(random, dimension, students: 90)).ToList();
            var removed = model.Keys.OrderBy(_ => random.Next()).Take(random.Next(150)).Append(TemplateId.New()).ToList();
            gallery = With(gallery, added, removed);
            removed.ForEach(id => model.Remove(id));
            added.ForEach(e => model[e.Id] = e);
            history.Add((gallery, new(model)));
        }

        foreach (var (snapshot, truth) in history)
        {
            var probe = Probe(RandomUnit(random, dimension));
            var top = random.Next(1, GallerySnapshot.MostMatches + 1);
            var students = truth.Values.GroupBy(e => e.Student).ToList();
            var scores = students.ToDictionary(g => g.Key, g => Dot(MeanOf(g), probe.Values));
            var found = snapshot.Search(probe, top);
            Assert.That(snapshot.Count, Is.EqualTo(truth.Count));
            Assert.That(
                snapshot.Students, Is.EqualTo(new GallerySize(students.Count(g => g.Count() == 1), students.Count(g => g.Count() > 1))));
            Assert.That(students.All(g => Dot(snapshot.DirectionOf(g.Key)!.Values, MeanOf(g)) > 0.9999));
            Assert.That(snapshot.DirectionOf(new("nobody")), Is.Null);
            // Two who are as near as makes no difference to a float may stand in either order.
            Assert.That(found.Select(m => m.Student), Is.Unique);
            Assert.That(found.Select(m => (double)m.Similarity), Is.EqualTo(found.Select(m => scores[m.Student])).Within(1e-5));
            Assert.That(
                found.Select(m => (double)m.Similarity), Is.EqualTo(scores.Values.OrderDescending().Take(top)).Within(1e-5));
        }
    }

    [Test]
    public void Search_LargeGalleryOnSeveralCores_MatchesNaive()
    {
        const int Dimension = 128, Count = 70_000;
        var seed = Environment.TickCount;
        TestContext.Out.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var entries = Enumerable.Range(0, Count).Select(_ => RandomEntry(random, Dimension, students: 68_000)).ToList();
        var gallery = With(GallerySnapshot.Empty(Contract, Dimension), entries);
        var probe = Probe(RandomUnit(random, Dimension));

        var found = gallery.Search(probe, 5);

        var expected = entries.GroupBy(e => e.Student).Select(g => (g.Key, Score: Dot(MeanOf(g), probe.Values)))
            .OrderByDescending(g => g.Score).Take(5).ToList();
        Assert.That(found.Select(m => m.Student), Is.EqualTo(expected.Select(e => e.Key)));
    }

    [Test]
    public void Change_OutdatedSnapshot_Throws()
    {
        var first = GallerySnapshot.Empty(Contract, 2);
        _ = With(first, [Entry("ann", 1, 0)]);

        void Act() => first.Change();

        Assert.That(Act, Throws.InvalidOperationException);
    }

    [Test]
    public void Add_EntryOfAnotherDimension_ThrowsAndAddsNothing()
    {
        var draft = GallerySnapshot.Empty(Contract, 3).Change();

        void Act() => draft.Add([Entry("bob", 1, 0, 0), Entry("ann", 1, 0)]);

        Assert.That(Act, Throws.ArgumentException);
        Assert.That(draft.ToSnapshot().Count, Is.Zero);
    }

    [Test]
    public void ToString_Entry_HoldsNoEmbedding() =>
        Assert.That(Entry("ann", 0.6f, 0.8f).ToString(), Does.Not.Contain("0.6").And.Contain("withheld"));

    private static GallerySnapshot With(
        GallerySnapshot gallery, IReadOnlyCollection<GalleryEntry> added, IReadOnlyCollection<TemplateId>? removed = null) =>
        gallery.Change().Remove(removed ?? []).Add(added).ToSnapshot();

    private static float[] MeanOf(IEnumerable<GalleryEntry> templates)
    {
        var units = templates.Select(t => t.Unit.ToArray()).ToList();
        return Embedding.FromRaw(units[0].Select((_, i) => (float)units.Sum(u => (double)u[i])).ToArray(), Contract).Values.ToArray();
    }

    private static GalleryEntry Entry(string student, params float[] unit) => new(TemplateId.New(), new StudentId(student), unit);

    private static Embedding Probe(float[] raw) => Embedding.FromRaw(raw, Contract);

    private static GalleryEntry RandomEntry(Random random, int dimension, int students) =>
        Entry($"s{random.Next(students)}", RandomUnit(random, dimension));

    private static float[] RandomUnit(Random random, int dimension)
    {
        var raw = new float[dimension];
        for (var i = 0; i < dimension; i++) raw[i] = (float)(random.NextDouble() - 0.5);
        return Embedding.FromRaw(raw, Contract).Values.ToArray();
    }

    private static double Dot(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double sum = 0;
        for (var i = 0; i < a.Length; i++) sum += (double)a[i] * b[i];
        return sum;
    }
}
