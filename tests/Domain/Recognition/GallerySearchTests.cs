using FaceAttendance.Domain.Recognition;
using NUnit.Framework;

namespace FaceAttendance.Domain.Tests.Recognition;

/// <summary>A search reads bytes first, and answers what reading all the floats answers, to the last bit.</summary>
public sealed class GallerySearchTests
{
    private const int Count = 2_500;

    private static readonly EmbeddingContractId Contract = new("test");

    private readonly Random _random = new(TestContext.CurrentContext.Random.Next());

    [Test, Combinatorial]
    public void Search_Rows_AnswersWhatTheirFloatsDo(
        [Values(2, 13, 128, 512)] int dimension,
        [Values("random", "clustered", "nearly the same", "duplicates", "opposite", "one value", "of all sizes")] string rows)
    {
        var raws = Enumerable.Range(0, Count).Select(_ => RawOf(rows, dimension)).ToList();
        var gallery = GalleryOf(raws);
        // Of strangers, of members, of members all but, and of members turned round.
        var probes = new[] { RandomRow(dimension), RawOf(rows, dimension), raws[17], Near(raws[18], 0.001f), Near(raws[19], 0.3f) }
            .SelectMany(raw => new[] { raw, [.. raw.Select(v => -v)] }).Select(raw => Embedding.FromRaw(raw, Contract)).ToList();

        foreach (var top in new[] { 1, 2, 5, GallerySnapshot.MostMatches })
        {
            var found = gallery.Search(probes, top);

            for (var i = 0; i < probes.Count; i++)
            {
                Assert.That(found[i], Is.EqualTo(gallery.SearchByFloats(probes[i], top)).AsCollection, $"probe {i}, top {top}");
                Assert.That(gallery.Search(probes[i], top), Is.EqualTo(found[i]).AsCollection, $"probe {i} alone, top {top}");
            }
        }
    }

    [Test]
    public void Search_RowsThatCameAndWent_AnswersWhatTheFloatsDo()
    {
        const int Dimension = 32;
        var gallery = GallerySnapshot.Empty(Contract, Dimension);
        var known = new List<TemplateId>();
        var history = new List<GallerySnapshot>();
        for (var step = 0; step < 100; step++)
        {
            var draft = gallery.Change();
            draft.Remove([.. known.Where(_ => _random.Next(8) == 0)]);
            GalleryEntry[] added =
                [.. Enumerable.Range(0, _random.Next(300)).Select(_ => Entry(_random.Next(1_500), RandomRow(Dimension)))];
            known.AddRange(added.Select(a => a.Id));
            history.Add(gallery = draft.Add(added).ToSnapshot());
        }

        foreach (var snapshot in history)
        {
            List<Embedding> probes = [.. Enumerable.Range(0, 6).Select(_ => Embedding.FromRaw(RandomRow(Dimension), Contract))];
            Assert.That(snapshot.Search(probes, 3), Is.EqualTo(probes.Select(p => snapshot.SearchByFloats(p, 3))));
        }
    }

    [Test]
    public void Search_NoProbe_AnswersNothing() => Assert.That(GalleryOf([[1, 0]]).Search([], 2), Is.Empty);

    [Test]
    public void Search_ProbeOfAnotherLength_Throws() => Assert.That(
        () => GalleryOf([[1, 0]]).Search(Embedding.FromRaw([1, 0, 0], Contract), 1), Throws.ArgumentException);

    [Test]
    public void Search_OnSeveralCores_AnswersWhatTheFloatsDo()
    {
        var gallery = GalleryOf([.. Enumerable.Range(0, Count).Select(_ => RawOf("clustered", 64))]);
        List<Embedding> probes = [.. Enumerable.Range(0, 7).Select(_ => Embedding.FromRaw(RandomRow(64), Contract))];

        var found = gallery.Search(probes, 4, threads: 3);

        Assert.That(found, Is.EqualTo(probes.Select(p => gallery.SearchByFloats(p, 4))));
    }

    private float[] RawOf(string rows, int dimension) => rows switch
    {
        "clustered" => Near(Centre(_random.Next(20), dimension), 0.2f),
        "nearly the same" => Near(Centre(0, dimension), 1e-6f),
        "duplicates" => Centre(_random.Next(10), dimension),
        "opposite" => Times(Centre(0, dimension), _random.Next(2) == 0 ? 1 : -1),
        "one value" => [.. Enumerable.Repeat(1e-9f, dimension - 1).Append(1f).OrderBy(_ => _random.Next())],
        "of all sizes" => [1, .. RandomRow(dimension - 1).Select(v => v * MathF.Pow(10, _random.Next(-6, 1)))],
        _ => RandomRow(dimension),
    };

    private static float[] Centre(int number, int dimension)
    {
        var random = new Random(number);
        return [.. Enumerable.Range(0, dimension).Select(_ => random.NextSingle() - 0.5f)];
    }

    private static float[] Times(float[] row, float factor) => [.. row.Select(v => v * factor)];

    private float[] Near(float[] row, float by) => [.. row.Select(v => v + (by * (_random.NextSingle() - 0.5f)))];

    private float[] RandomRow(int dimension) => [.. Enumerable.Range(0, dimension).Select(_ => _random.NextSingle() - 0.5f)];

    private static GallerySnapshot GalleryOf(List<float[]> raws) =>
        GallerySnapshot.Empty(Contract, raws[0].Length).Change().Add([.. raws.Select((raw, i) => Entry(i, raw))]).ToSnapshot();

    private static GalleryEntry Entry(int student, float[] raw) =>
        new(TemplateId.New(), new($"s{student}"), Embedding.FromRaw(raw, Contract).Values.ToArray());
}
