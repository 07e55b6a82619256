using System.Runtime.InteropServices;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Recognition;

/// <summary>One template on its way into a gallery.</summary>
/// <param name="Unit">float32[D], unit length; copied.</param>
public readonly record struct GalleryEntry(TemplateId Id, StudentId Student, ReadOnlyMemory<float> Unit)
{
    public override string ToString() => $"GalleryEntry({Id}, embedding withheld)";
}

/// <summary>
/// The templates of one school at one moment, searched exactly. What a snapshot shows never changes, so any number of readers need no lock;
/// snapshots that follow one another share their chunks of rows. <see cref="With"/> is for one writer at a time.
/// </summary>
public sealed class GallerySnapshot
{
    /// <summary>Most students a search may ask for.</summary>
    public const int MostMatches = 16;

    // 1024 rows of 128 floats are 512 KiB: small enough to copy when a row is removed, large enough that chunk borders cost nothing.
    internal const int ChunkRows = 1024;

    // From 32 MiB on a search is bound by memory, and a second core brings its own bandwidth.
    private const int ParallelFloats = 8 * 1024 * 1024;

    private readonly Chunk[] _chunks;
    private readonly Ledger _ledger;

    private GallerySnapshot(EmbeddingContractId contract, int dimension, Chunk[] chunks, int count, Ledger ledger)
    {
        (Contract, Dimension, _chunks, Count, _ledger) = (contract, dimension, chunks, count, ledger);
        StudentCount = ledger.TemplatesOf.Count;
        ledger.Newest = this;
    }

    public EmbeddingContractId Contract { get; }

    /// <summary>D, the values of one embedding.</summary>
    public int Dimension { get; }

    /// <summary>Templates.</summary>
    public int Count { get; }

    /// <summary>Students who own at least one.</summary>
    public int StudentCount { get; }

    public static GallerySnapshot Empty(EmbeddingContractId contract, int dimension) => new(contract, dimension, [], 0, new Ledger());

    /// <summary>The gallery after some templates left and others came. Unknown ids in <paramref name="removed"/> and known ones in <paramref name="added"/> are ignored.</summary>
    /// <exception cref="ArgumentException">An entry has another dimension.</exception>
    /// <exception cref="InvalidOperationException">This snapshot is not the newest: another writer went before.</exception>
    public GallerySnapshot With(IReadOnlyCollection<GalleryEntry> added, IReadOnlyCollection<TemplateId> removed)
    {
        if (_ledger.Newest != this) throw new InvalidOperationException("Only the newest snapshot can be changed.");
        foreach (var entry in added)
        {
            if (entry.Unit.Length != Dimension) throw new ArgumentException($"An entry has {entry.Unit.Length} values where the gallery has {Dimension}.", nameof(added));
        }

        var chunks = new List<Chunk>(_chunks);
        var count = Count;
        foreach (var id in removed) Remove(chunks, ref count, id);
        foreach (var entry in added) Append(chunks, ref count, entry);
        while (chunks.Count > (count + ChunkRows - 1) / ChunkRows) chunks.RemoveAt(chunks.Count - 1);
        return new GallerySnapshot(Contract, Dimension, [.. chunks], count, _ledger);
    }

    /// <summary>The nearest students by falling similarity, each once with their best template; ties by id.</summary>
    /// <param name="top">1 to <see cref="MostMatches"/>.</param>
    /// <exception cref="ArgumentException">The probe comes from another contract.</exception>
    public IReadOnlyList<GalleryMatch> Search(Embedding probe, int top) =>
        Search(probe, top, (long)Count * Dimension < ParallelFloats ? 1 : Environment.ProcessorCount);

    /// <summary>Every template of one student. Reads all owners once: meant for the start of a session, not for every frame.</summary>
    public IReadOnlyList<Embedding> TemplatesOf(StudentId student)
    {
        var found = new List<Embedding>();
        for (var row = 0; row < Count; row++)
        {
            var chunk = _chunks[row / ChunkRows];
            if (chunk.Students[row % ChunkRows] == student) found.Add(Embedding.FromRaw(chunk.Row(row % ChunkRows), Contract));
        }
        return found;
    }

    internal IReadOnlyList<GalleryMatch> Search(Embedding probe, int top, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(top, MostMatches);
        if (probe.Contract != Contract) throw new ArgumentException("The probe comes from another contract than the gallery.", nameof(probe));
        if (Count == 0) return [];

        var best = new NearestStudents(top);
        if (threads == 1)
        {
            Scan(probe, 0, _chunks.Length, best);
        }
        else
        {
            Parallel.For(0, threads, part =>
            {
                var own = new NearestStudents(top);
                Scan(probe, (int)((long)_chunks.Length * part / threads), (int)((long)_chunks.Length * (part + 1) / threads), own);
                lock (best) best.Add(own);
            });
        }
        return best.ToList();
    }

    private void Scan(Embedding probe, int from, int to, NearestStudents best)
    {
        Span<float> scores = stackalloc float[ChunkRows];
        for (var c = from; c < to; c++)
        {
            var chunk = _chunks[c];
            var rows = Math.Min(ChunkRows, Count - (c * ChunkRows));
            var own = scores[..rows];
            DotProducts.Compute(chunk.Rows(rows), probe.Values, own);
            best.Add(own, chunk.Students);
        }
    }

    private void Remove(List<Chunk> chunks, ref int count, TemplateId id)
    {
        if (!_ledger.RowOf.Remove(id, out var row)) return;
        var owner = chunks[row / ChunkRows].Students[row % ChunkRows];
        if (--CollectionsMarshal.GetValueRefOrNullRef(_ledger.TemplatesOf, owner) == 0) _ledger.TemplatesOf.Remove(owner);

        var last = --count;
        if (row == last) return;
        // The last row takes the gap, in a copy: older snapshots go on showing the removed row.
        var from = chunks[last / ChunkRows];
        var to = chunks[row / ChunkRows] = chunks[row / ChunkRows].Copy();
        from.Row(last % ChunkRows).CopyTo(to.Row(row % ChunkRows));
        to.Ids[row % ChunkRows] = from.Ids[last % ChunkRows];
        to.Students[row % ChunkRows] = from.Students[last % ChunkRows];
        _ledger.RowOf[to.Ids[row % ChunkRows]] = row;
    }

    private void Append(List<Chunk> chunks, ref int count, in GalleryEntry entry)
    {
        if (!_ledger.RowOf.TryAdd(entry.Id, count)) return;
        int index = count / ChunkRows, slot = count % ChunkRows;
        if (index == chunks.Count) chunks.Add(new Chunk(Dimension));
        // A slot that some snapshot has shown belongs to it for ever; a fresh one can be filled in place, for no snapshot looks there yet.
        else if (slot < chunks[index].Shown) chunks[index] = chunks[index].Copy();
        var chunk = chunks[index];
        entry.Unit.Span.CopyTo(chunk.Row(slot));
        chunk.Ids[slot] = entry.Id;
        chunk.Students[slot] = entry.Student;
        chunk.Shown = slot + 1;
        CollectionsMarshal.GetValueRefOrAddDefault(_ledger.TemplatesOf, entry.Student, out _)++;
        count++;
    }

    /// <summary>What only the writer needs, handed from snapshot to snapshot.</summary>
    private sealed class Ledger
    {
        public readonly Dictionary<TemplateId, int> RowOf = [];
        public readonly Dictionary<StudentId, int> TemplatesOf = [];
        public GallerySnapshot? Newest;
    }

    /// <summary>Rows of embeddings and whose they are.</summary>
    private sealed class Chunk
    {
        // 16 floats are the 64 bytes of a cache line and of the widest load: rows that begin there never straddle two lines.
        private const int AlignmentFloats = 16;

        private readonly float[] _memory;
        private readonly int _start;
        private readonly int _dimension;

        public Chunk(int dimension)
        {
            _dimension = dimension;
            _memory = GC.AllocateUninitializedArray<float>((ChunkRows * dimension) + AlignmentFloats, pinned: true);
            var misaligned = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(_memory, 0) / sizeof(float) % AlignmentFloats);
            _start = (AlignmentFloats - misaligned) % AlignmentFloats;
        }

        public TemplateId[] Ids { get; } = new TemplateId[ChunkRows];

        public StudentId[] Students { get; } = new StudentId[ChunkRows];

        /// <summary>Rows that some snapshot may show.</summary>
        public int Shown { get; set; }

        public Span<float> Row(int row) => _memory.AsSpan(_start + (row * _dimension), _dimension);

        public ReadOnlySpan<float> Rows(int count) => _memory.AsSpan(_start, count * _dimension);

        public Chunk Copy()
        {
            var copy = new Chunk(_dimension) { Shown = Shown };
            Rows(Shown).CopyTo(copy._memory.AsSpan(copy._start));
            Ids.CopyTo(copy.Ids, 0);
            Students.CopyTo(copy.Students, 0);
            return copy;
        }
    }

    /// <summary>The best few of a stream of scores, each student once. For one thread at a time.</summary>
    private sealed class NearestStudents(int top)
    {
        private readonly GalleryMatch[] _matches = new GalleryMatch[top];
        private int _count;

        public void Add(ReadOnlySpan<float> scores, StudentId[] students)
        {
            for (var i = 0; i < scores.Length; i++)
            {
                if (_count < top || scores[i] >= _matches[_count - 1].Similarity) Add(new GalleryMatch(students[i], Math.Clamp(scores[i], -1f, 1f)));
            }
        }

        public void Add(NearestStudents other)
        {
            for (var i = 0; i < other._count; i++) Add(other._matches[i]);
        }

        public List<GalleryMatch> ToList() => [.. _matches.AsSpan(0, _count)];

        private void Add(in GalleryMatch match)
        {
            var at = 0;
            while (at < _count && _matches[at].Student != match.Student) at++;
            if (at < _count)
            {
                if (match.Similarity <= _matches[at].Similarity) return;
            }
            else if (_count < top)
            {
                _count++;
            }
            else
            {
                at = _count - 1;
                if (!Precedes(match, _matches[at])) return;
            }
            for (; at > 0 && Precedes(match, _matches[at - 1]); at--) _matches[at] = _matches[at - 1];
            _matches[at] = match;
        }

        private static bool Precedes(in GalleryMatch a, in GalleryMatch b) => a.Similarity > b.Similarity
            || (a.Similarity == b.Similarity && string.CompareOrdinal(a.Student.Value, b.Student.Value) < 0);
    }
}
