using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics.Tensors;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Domain.Recognition;

/// <summary>One template on its way into a gallery.</summary>
/// <param name="Unit">float32[D], unit length; copied.</param>
public readonly record struct GalleryEntry(TemplateId Id, StudentId Student, ReadOnlyMemory<float> Unit)
{
    public override string ToString() => $"GalleryEntry({Id}, embedding withheld)";
}

/// <summary>A student and the other who looks most like them.</summary>
/// <param name="Similarity">Cosine similarity of the two.</param>
public readonly record struct Lookalike(StudentId Student, StudentId Other, float Similarity);

/// <summary>Students whom a probe is compared with.</summary>
/// <param name="One">Those with one template.</param>
/// <param name="Several">Those with two or more.</param>
public readonly record struct GallerySize(int One, int Several)
{
    public int Total => One + Several;
}

/// <summary>
/// The students of one school at one moment, each as one direction: the normalised mean of their templates, which names more of them than
/// the nearest template does (docs/accuracy.md). Searched exactly. What a snapshot shows never changes, so any number of readers need no
/// lock; snapshots that follow one another share their chunks of rows.
/// </summary>
public sealed class GallerySnapshot
{
    /// <summary>Most students a search may ask for.</summary>
    public const int MostMatches = 16;

    private const int ChunkRows = GalleryChunk.MostRows;

    // About a millisecond of one core. For less it is not worth to wake another.
    private const long ParallelProducts = 32 * 1024 * 1024;

    // Of a survey, in one passage: so many probes of 512 values stay in the nearest cache beside a block of rows.
    private const int AskedTogether = 32;

    // Of a template beside its row: its id in two tables, the student in a third, and the student's own id. Measured (docs/scaling.md).
    private const int BytesBeside = 200;

    // A mean shorter than this is arithmetic noise.
    private const float LeastNorm = 1e-6f;

    // One search at a time is shared among the cores: several would only take them from each other, and from the frames.
    private static int s_isShared;

    private readonly GalleryChunk[] _chunks;
    private readonly Ledger _ledger;
    private readonly ImmutableDictionary<StudentId, ImmutableArray<Single>> _negatives;

    private GallerySnapshot(
        EmbeddingContractId contract, int dimension, GalleryChunk[] chunks,
        ImmutableDictionary<StudentId, ImmutableArray<Single>> negatives, Ledger ledger)
    {
        (Contract, Dimension, _chunks, _negatives, _ledger) = (contract, dimension, chunks, negatives, ledger);
        (Count, Students) = (ledger.Owners.Count, new GallerySize(ledger.Only.Count, ledger.Several.Count));
        var negativesCount = ledger.Negatives.Count;
        // Each of several templates is kept beside the mean, and so is each negative example.
        Bytes = chunks.Sum(c => c.Size) + ((Count + negativesCount) * (long)BytesBeside)
            + ((Count - Students.One + negativesCount) * (long)dimension * sizeof(float));
        ledger.Newest = this;
    }

    public EmbeddingContractId Contract { get; }

    /// <summary>D, the values of one embedding.</summary>
    public int Dimension { get; }

    /// <summary>Templates.</summary>
    public int Count { get; }

    /// <summary>Students who own at least one.</summary>
    public GallerySize Students { get; }

    /// <summary>About what the snapshot takes of the memory.</summary>
    public long Bytes { get; }

    /// <returns>About what a template of so many values takes, of a student who has no other.</returns>
    public static int BytesOf(int dimension) => GalleryChunk.BytesOfRow(dimension) + BytesBeside;

    public static GallerySnapshot Empty(EmbeddingContractId contract, int dimension) => 
        new(contract, dimension, [], ImmutableDictionary<StudentId, ImmutableArray<Single>>.Empty, new Ledger());

    /// <summary>Begins the next snapshot. One at a time: a draft that is left unfinished leaves this snapshot readable and without a
    /// successor.</summary>
    /// <exception cref="InvalidOperationException">This snapshot is not the newest, or was begun upon before: another writer went
    /// first.</exception>
    public Draft Change()
    {
        if (Interlocked.CompareExchange(ref _ledger.Newest, null, this) != this)
            throw new InvalidOperationException("Only the newest snapshot can be changed.");
        return new Draft(this);
    }

    /// <summary>The nearest students by falling similarity; ties by id.</summary>
    /// <param name="top">1 to <see cref="MostMatches"/>.</param>
    /// <exception cref="ArgumentException">The probe comes from another contract.</exception>
    public IReadOnlyList<GalleryMatch> Search(Embedding probe, int top) => Search([probe], top)[0];

    /// <summary>The same for several probes, in one passage over the gallery.</summary>
    /// <param name="top">1 to <see cref="MostMatches"/>.</param>
    /// <returns>A list a probe, in their order.</returns>
    /// <exception cref="ArgumentException">A probe comes from another contract.</exception>
    public IReadOnlyList<IReadOnlyList<GalleryMatch>> Search(IReadOnlyList<Embedding> probes, int top)
    {
        if ((long)Students.Total * Dimension * probes.Count < ParallelProducts || Interlocked.Exchange(ref s_isShared, 1) == 1)
            return Search(probes, top, threads: 1);
        try
        {
            return Search(probes, top, Environment.ProcessorCount);
        }
        finally
        {
            Volatile.Write(ref s_isShared, 0);
        }
    }

    /// <returns>The normalised mean of a student's templates; null for whoever has none.</returns>
    public Embedding? DirectionOf(StudentId student) => RowOf(student) is { } row ? Embedding.FromRaw(ValuesOf(row), Contract) : null;

    /// <returns>Cosine similarity of two students' directions; null where one has none.</returns>
    public float? SimilarityOf(StudentId one, StudentId other) =>
        RowOf(one) is { } a && RowOf(other) is { } b ? Math.Clamp(TensorPrimitives.Dot(ValuesOf(a), ValuesOf(b)), -1f, 1f) : null;

    /// <summary>Whom students look like most, besides themselves: a whole search for each, so meant for a survey.</summary>
    /// <param name="most">Of a larger gallery, so many are asked for, evenly from all of it.</param>
    public IReadOnlyList<Lookalike> NearestOthers(int most, CancellationToken ct)
    {
        var found = new List<Lookalike>();
        var asked = Math.Min(most, Students.Total);
        foreach (var some in Enumerable.Range(0, asked).Select(i => (int)((long)Students.Total * i / asked)).Chunk(AskedTogether))
        {
            ct.ThrowIfCancellationRequested();
            var nearest = Search([.. some.Select(row => Embedding.FromRaw(ValuesOf(row), Contract))], 2, threads: 1);
            for (var i = 0; i < some.Length; i++)
            {
                var student = OwnerOf(some[i]);
                foreach (var match in nearest[i])
                {
                    if (match.Student == student) continue;
                    found.Add(new(student, match.Student, match.Similarity));
                    break;
                }
            }
        }
        return found;
    }

    /// <summary>Compares students' photos with their own directions and with others'. Photos as they are stored now.</summary>
    /// <param name="most">Of a larger gallery, so many students are asked, evenly from all of it.</param>
    /// <param name="mostOthers">Each is compared with so many others at most, evenly from all of them.</param>
    public GalleryScores ScoresAgainst(float threshold, int most, int mostOthers, CancellationToken ct)
    {
        var (genuine, impostor) = (new ScoreHistogram(threshold), new ScoreHistogram(threshold));
        var asked = Math.Min(most, Students.Total);
        var others = Math.Min(mostOthers, Students.Total - 1);
        for (var i = 0; i < asked; i++)
        {
            ct.ThrowIfCancellationRequested();
            var row = (int)((long)Students.Total * i / asked);
            var singles = _ledger.Several.GetValueOrDefault(OwnerOf(row)) ?? [];
            foreach (var left in singles) genuine.Add(TensorPrimitives.Dot(left.Unit, MeanWithout(singles, left)));
            var photo = singles.Length > 0 ? singles[0].Unit : ValuesOf(row);
            for (var j = 0; j < others; j++)
            {
                var other = (int)((row + 1 + ((Students.Total - 1L) * j / others)) % Students.Total);
                impostor.Add(TensorPrimitives.Dot(photo, ValuesOf(other)));
            }
        }
        // Two students are one pair, whichever of them is asked.
        var pairs = Students.Total * (Students.Total - 1L) / 2.0;
        return new(
            genuine.Counts, impostor.Counts, new(genuine.Total - genuine.Reaching, genuine.Total),
            new Share(impostor.Reaching, impostor.Total).AtMost(pairs));
    }

    internal IReadOnlyList<IReadOnlyList<GalleryMatch>> Search(IReadOnlyList<Embedding> probes, int top, int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(top, MostMatches);
        if (probes.Any(p => p.Contract != Contract))
            throw new ArgumentException("A probe comes from another contract than the gallery.", nameof(probes));
        if (probes.Any(p => p.Dimension != Dimension))
            throw new ArgumentException($"A probe has not the gallery's {Dimension} values.", nameof(probes));

        NearestStudents[] best = [.. probes.Select(p => new NearestStudents(p, new ByteProbe(p.Values), top))];
        if (threads == 1)
        {
            Scan(best, 0, _chunks.Length);
        }
        else
        {
            Parallel.For(0, threads, part =>
            {
                NearestStudents[] own = [.. best.Select((b, i) => new NearestStudents(probes[i], b.Bytes, top))];
                Scan(own, (int)((long)_chunks.Length * part / threads), (int)((long)_chunks.Length * (part + 1) / threads));
                lock (best)
                {
                    for (var i = 0; i < own.Length; i++) best[i].Add(own[i]);
                }
            });
        }
        return [.. best.Select((b, i) => WithLeads(b.ToList(), probes[i]))];
    }

    /// <summary>What <see cref="Search(Embedding, int)"/> answers, by reading every row's floats.</summary>
    internal IReadOnlyList<GalleryMatch> SearchByFloats(Embedding probe, int top)
    {
        Span<float> scores = stackalloc float[ChunkRows];
        var best = new NearestStudents(probe, new ByteProbe(probe.Values), top);
        for (var c = 0; c < _chunks.Length; c++)
        {
            var own = scores[..RowsOf(c)];
            DotProducts.Compute(_chunks[c].Rows(own.Length), probe.Values, own);
            for (var row = 0; row < own.Length; row++)
            {
                if (!(own[row] < best.Least)) best.Add(new GalleryMatch(_chunks[c].Students[row], Math.Clamp(own[row], -1f, 1f)));
            }
        }
        return WithLeads(best.ToList(), probe);
    }

    private List<GalleryMatch> WithLeads(List<GalleryMatch> found, Embedding probe)
    {
        if (_negatives.IsEmpty) return found;
        for (var i = 0; i < found.Count; i++) found[i] = found[i] with { LeadOverNegative = LeadOverNegative(found[i], probe.Values) };
        return found;
    }

    private float? LeadOverNegative(in GalleryMatch match, ReadOnlySpan<float> probe)
    {
        if (!_negatives.TryGetValue(match.Student, out var negatives) || RowOf(match.Student) is not { } row) return null;
        float? least = null;
        foreach (var negative in negatives)
        {
            // Where |a − n| is the way from one to the other, the lead over it is the distance from the plane midway.
            var apart = MathF.Sqrt(Math.Max(0, 2 - (2 * TensorPrimitives.Dot<float>(ValuesOf(row), negative.Unit))));
            var lead = match.Similarity - TensorPrimitives.Dot(probe, negative.Unit);
            least = Math.Min(least ?? float.MaxValue, apart < LeastNorm ? lead : lead / apart);
        }
        return least;
    }

    private void Scan(NearestStudents[] best, int from, int to)
    {
        Span<uint> reaching = stackalloc uint[ByteDots.ProbesTogether];
        var queries = new ByteQuery[best.Length];
        for (var c = from; c < to; c++)
        {
            var chunk = _chunks[c];
            var rows = RowsOf(c);
            for (var i = 0; i < best.Length; i++) queries[i] = chunk.Bytes.Query(best[i].Bytes, best[i].Least);
            for (var first = 0; first < rows; first += ByteDots.BlockRows)
            {
                // Behind the last row stands what no snapshot shows, or a later one.
                var shown = rows - first >= ByteDots.BlockRows ? uint.MaxValue : (1u << (rows - first)) - 1;
                for (var i = 0; i < best.Length; i += ByteDots.ProbesTogether)
                {
                    var together = Math.Min(ByteDots.ProbesTogether, best.Length - i);
                    chunk.Bytes.Reaching(first / ByteDots.BlockRows, queries.AsSpan(i, together), reaching);
                    for (var j = 0; j < together; j++)
                    {
                        if ((reaching[j] & shown) == 0) continue;
                        best[i + j].Add(chunk, first, reaching[j] & shown);
                        queries[i + j] = chunk.Bytes.Query(best[i + j].Bytes, best[i + j].Least);
                    }
                }
            }
        }
    }

    private int RowsOf(int chunk) => Math.Min(ChunkRows, Students.Total - (chunk * ChunkRows));

    private static float[] MeanWithout(Single[] singles, Single left)
    {
        var mean = new float[left.Unit.Length];
        foreach (var single in singles)
        {
            if (single.Id != left.Id) TensorPrimitives.Add(mean, single.Unit, mean);
        }
        var norm = TensorPrimitives.Norm<float>(mean);
        if (norm >= LeastNorm) TensorPrimitives.Divide(mean, norm, mean);
        return mean;
    }

    private ReadOnlySpan<float> ValuesOf(int row) => _chunks[row / ChunkRows].Row(row % ChunkRows);

    private int? RowOf(StudentId student)
    {
        // Where the student stands now is most likely where they stood here. Only of an older snapshot, or beside a draft, must whoever is
        // not there be looked for: they may have moved since.
        if (_ledger.Rows.TryGetValue(student, out var known) && known < Students.Total && OwnerOf(known) == student) return known;
        if (Volatile.Read(ref _ledger.Newest) == this) return null;
        for (var row = 0; row < Students.Total; row++)
        {
            if (OwnerOf(row) == student) return row;
        }
        return null;
    }

    private StudentId OwnerOf(int row) => _chunks[row / ChunkRows].Students[row % ChunkRows];

    /// <summary>The next snapshot of a gallery in the making. For one thread.</summary>
    public sealed class Draft
    {
        private readonly GallerySnapshot _from;
        private readonly Ledger _ledger;
        private readonly List<GalleryChunk> _chunks;

        // Those that no snapshot shows: they may be written.
        private readonly HashSet<GalleryChunk> _own = [];
        private readonly ImmutableDictionary<StudentId, ImmutableArray<Single>>.Builder _negatives;

        internal Draft(GallerySnapshot from) =>
            (_from, _ledger, _chunks, _negatives) = (from, from._ledger, [.. from._chunks], from._negatives.ToBuilder());

        /// <summary>D, the values of one embedding.</summary>
        public int Dimension => _from.Dimension;

        /// <summary>Adds templates; ids that are known are ignored. The entries' values are copied.</summary>
        /// <exception cref="ArgumentException">An entry has another dimension; none is added.</exception>
        public Draft Add(IReadOnlyCollection<GalleryEntry> added)
        {
            foreach (var entry in added)
            {
                if (entry.Unit.Length != Dimension)
                    throw new ArgumentException(
                        $"An entry has {entry.Unit.Length} values where the gallery has {Dimension}.", nameof(added));
            }
            foreach (var entry in added)
            {
                if (!_ledger.Owners.TryAdd(entry.Id, entry.Student)) continue;
                if (!_ledger.Rows.TryGetValue(entry.Student, out var row)) Append(entry);
                else if (_ledger.Several.TryGetValue(entry.Student, out var singles))
                    SetMean(row, entry.Student, [.. singles, new(entry.Id, entry.Unit.ToArray())]);
                else
                    SetMean(
                        row, entry.Student, [new(_ledger.Only[entry.Student], RowAt(row).ToArray()), new(entry.Id, entry.Unit.ToArray())]);
            }
            return this;
        }

        /// <summary>Adds faces that were taken for their student and are not theirs; ids that are known are ignored. The entries' values
        /// are copied.</summary>
        /// <exception cref="ArgumentException">An entry has another dimension; none is added.</exception>
        public Draft AddNegatives(IReadOnlyCollection<GalleryEntry> added)
        {
            if (added.Any(e => e.Unit.Length != Dimension))
                throw new ArgumentException($"An entry has not the gallery's {Dimension} values.", nameof(added));
            foreach (var entry in added)
            {
                if (!_ledger.Negatives.TryAdd(entry.Id, entry.Student)) continue;
                var own = _negatives.GetValueOrDefault(entry.Student, []);
                _negatives[entry.Student] = own.Add(new(entry.Id, entry.Unit.ToArray()));
            }
            return this;
        }

        /// <summary>Takes templates and negative examples out; unknown ids are ignored.</summary>
        public Draft Remove(IReadOnlyCollection<TemplateId> removed)
        {
            foreach (var id in removed)
            {
                if (_ledger.Negatives.Remove(id, out var named))
                {
                    var left = _negatives[named].RemoveAll(s => s.Id == id);
                    if (left.IsEmpty) _negatives.Remove(named);
                    else _negatives[named] = left;
                }
                if (!_ledger.Owners.Remove(id, out var student)) continue;
                if (_ledger.Several.TryGetValue(student, out var singles))
                    SetMean(_ledger.Rows[student], student, [.. singles.Where(s => s.Id != id)]);
                else RemoveRow(student);
            }
            return this;
        }

        /// <summary>Ends the draft.</summary>
        public GallerySnapshot ToSnapshot()
        {
            while (_chunks.Count > (_ledger.RowCount + ChunkRows - 1) / ChunkRows) _chunks.RemoveAt(_chunks.Count - 1);
            return new GallerySnapshot(_from.Contract, Dimension, [.. _chunks], _negatives.ToImmutable(), _ledger);
        }

        private ReadOnlySpan<float> RowAt(int row) => _chunks[row / ChunkRows].Row(row % ChunkRows);

        private void SetMean(int row, StudentId student, Single[] singles)
        {
            var direction = singles[0].Unit;
            if (singles.Length == 1)
            {
                _ledger.Several.TryRemove(student, out _);
                _ledger.Only[student] = singles[0].Id;
            }
            else
            {
                _ledger.Only.Remove(student);
                _ledger.Several[student] = singles;
                var mean = new float[Dimension];
                foreach (var single in singles) TensorPrimitives.Add(mean, single.Unit, mean);
                var norm = TensorPrimitives.Norm<float>(mean);
                // Templates that point away from each other have no middle; the first one is as good as any.
                if (norm >= LeastNorm)
                {
                    TensorPrimitives.Divide(mean, norm, mean);
                    direction = mean;
                }
            }
            Writable(row / ChunkRows).Set(row % ChunkRows, student, direction);
        }

        private void Append(in GalleryEntry entry)
        {
            var row = _ledger.RowCount++;
            RoomFor(row).Set(row % ChunkRows, entry.Student, entry.Unit.Span);
            _ledger.Rows[entry.Student] = row;
            _ledger.Only[entry.Student] = entry.Id;
        }

        private void RemoveRow(StudentId student)
        {
            _ledger.Only.Remove(student);
            _ledger.Rows.Remove(student, out var row);
            var last = --_ledger.RowCount;
            if (row == last) return;
            // The last row takes the gap, in a copy: older snapshots go on showing the removed row.
            var to = Writable(row / ChunkRows);
            var moved = _chunks[last / ChunkRows].Students[last % ChunkRows];
            to.Set(row % ChunkRows, moved, RowAt(last));
            _ledger.Rows[moved] = row;
        }

        /// <summary>The chunk in which a new row is put.</summary>
        private GalleryChunk RoomFor(int row)
        {
            var (index, slot) = (row / ChunkRows, row % ChunkRows);
            if (index == _chunks.Count) return Own(index, new(Dimension, index == 0 ? GalleryChunk.LeastRows : ChunkRows));
            if (slot == _chunks[index].Capacity) return Own(index, _chunks[index].Copy(room: 2 * slot));
            // A slot that some snapshot has shown belongs to it for ever; a fresh one can be filled in place, for no snapshot looks there
            // yet.
            return slot < _chunks[index].Shown ? Writable(index) : _chunks[index];
        }

        /// <summary>The chunk, copied once in the life of a draft.</summary>
        private GalleryChunk Writable(int index) =>
            _own.Contains(_chunks[index]) ? _chunks[index] : Own(index, _chunks[index].Copy(_chunks[index].Capacity));

        private GalleryChunk Own(int index, GalleryChunk chunk)
        {
            _own.Add(chunk);
            if (index == _chunks.Count) _chunks.Add(chunk);
            else _chunks[index] = chunk;
            return chunk;
        }
    }

    /// <summary>What the writer needs beyond the rows, handed from snapshot to snapshot.</summary>
    private sealed class Ledger
    {
        public readonly Dictionary<TemplateId, StudentId> Owners = [];

        /// <summary>Whom each negative example is one of.</summary>
        public readonly Dictionary<TemplateId, StudentId> Negatives = [];

        /// <summary>Read by everybody, as a hint.</summary>
        public readonly ConcurrentDictionary<StudentId, int> Rows = new();

        /// <summary>As many as <see cref="Rows"/>, which would lock to count itself.</summary>
        public int RowCount;

        /// <summary>The template of whoever has one; the row is its value.</summary>
        public readonly Dictionary<StudentId, TemplateId> Only = [];

        /// <summary>The templates of whoever has several, from which a mean is made anew. Read by everybody; arrays never change.</summary>
        public readonly ConcurrentDictionary<StudentId, Single[]> Several = new();

        /// <summary>Null while a draft is under way.</summary>
        public GallerySnapshot? Newest;
    }

    private readonly record struct Single(TemplateId Id, float[] Unit);
}
