using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Recognition;

/// <summary>One template on its way into a gallery.</summary>
/// <param name="Unit">float32[D], unit length; copied.</param>
public readonly record struct GalleryEntry(TemplateId Id, StudentId Student, ReadOnlyMemory<float> Unit)
{
    public override string ToString() => $"GalleryEntry({Id}, embedding withheld)";
}

/// <summary>
/// The templates of one school at one moment, searched exactly. A snapshot never changes, so any number of readers need no lock;
/// snapshots that follow one another share their chunks. <see cref="With"/> is for one writer at a time.
/// </summary>
public sealed class GallerySnapshot
{
    // 1024 rows of 128 floats are 512 KiB: small enough to copy when a row is removed, large enough that chunk borders cost nothing.
    private const int ChunkRows = 1024;

    private readonly Chunk[] _chunks;
    private readonly Dictionary<TemplateId, int> _rowOf;
    private readonly Dictionary<StudentId, int> _templatesOf;

    private GallerySnapshot(
        EmbeddingContractId contract, int dimension, Chunk[] chunks, int count, Dictionary<TemplateId, int> rowOf,
        Dictionary<StudentId, int> templatesOf)
    {
        (Contract, Dimension, _chunks, Count, _rowOf, _templatesOf) = (contract, dimension, chunks, count, rowOf, templatesOf);
        StudentCount = templatesOf.Count;
    }

    public EmbeddingContractId Contract { get; }

    /// <summary>D, the values of one embedding.</summary>
    public int Dimension { get; }

    /// <summary>Templates.</summary>
    public int Count { get; }

    /// <summary>Students who own at least one.</summary>
    public int StudentCount { get; }

    public static GallerySnapshot Empty(EmbeddingContractId contract, int dimension) => new(contract, dimension, [], 0, [], []);

    /// <summary>The gallery after some templates left and others came. Unknown ids in <paramref name="removed"/> and known ones in <paramref name="added"/> are ignored.</summary>
    /// <exception cref="ArgumentException">An entry has another dimension.</exception>
    /// <exception cref="InvalidOperationException">This snapshot is not the newest: another writer went before.</exception>
    public GallerySnapshot With(IReadOnlyCollection<GalleryEntry> added, IReadOnlyCollection<TemplateId> removed) => throw new NotSupportedException();

    /// <summary>The nearest students by falling similarity, each once with their best template; ties by id.</summary>
    /// <param name="top">1 to 16.</param>
    /// <exception cref="ArgumentException">The probe comes from another contract.</exception>
    public IReadOnlyList<GalleryMatch> Search(Embedding probe, int top) => throw new NotSupportedException();

    private sealed class Chunk(int dimension)
    {
        public readonly float[] Rows = new float[ChunkRows * dimension];
    }
}
