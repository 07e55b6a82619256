using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Secrets;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>Sealed templates as <c>COPY (SELECT id, student_id, key_id, embedding …) TO STDOUT (FORMAT BINARY)</c> sends them, opened on
/// all cores and handed on in their order.</summary>
/// <param name="stream">From its first byte on; stays the caller's.</param>
internal sealed class TemplateCopy(Stream stream, StorageKeys keys, SchoolId school, EmbeddingContractId contract)
{
    // Some 1,900 templates of 128 values, which one core opens in 2 ms: enough that passing it on costs nothing, and few enough that all
    // that are under way at once are no more than some megabytes. The longest row that the database takes has 17 KB.
    private const int BlockBytes = 1 << 20;

    // 11 bytes of signature, 4 of flags, and 4 that tell the length of what follows of the header, which is nothing in every version.
    private const int HeaderBytes = 11 + 4 + 4;
    private const int Columns = 4;

    private readonly List<UnreadableTemplate> _unreadable = [];

    /// <summary>Rows that were met and left out.</summary>
    public IReadOnlyList<UnreadableTemplate> Unreadable => _unreadable;

    /// <summary>In batches of at least one. A batch is valid until the next is asked for.</summary>
    /// <param name="dimension">D, if known; otherwise the first row that opens tells it.</param>
    public async IAsyncEnumerable<IReadOnlyList<GalleryEntry>> ReadAsync(int? dimension, [EnumeratorCancellation] CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        // As many as there are cores are being opened, while as many wait to be taken.
        var opened = Channel.CreateBounded<Task<Block>>(
            new BoundedChannelOptions(2 * Environment.ProcessorCount) { SingleReader = true, SingleWriter = true });
        var reading = Task.Run(() => SplitAsync(opened.Writer, dimension, stop.Token), CancellationToken.None);
        try
        {
            await foreach (var opening in opened.Reader.ReadAllAsync(ct))
            {
                using var block = await opening;
                _unreadable.AddRange(block.Unreadable);
                if (block.Entries.Count > 0) yield return block.Entries;
            }
            await reading;
        }
        finally
        {
            // Whoever goes on with the connection finds nobody reading from it.
            await stop.CancelAsync();
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SplitAsync(ChannelWriter<Task<Block>> opened, int? dimension, CancellationToken ct)
    {
        Exception? fault = null;
        var rest = new Block();
        try
        {
            await stream.ReadExactlyAsync(rest.Bytes.AsMemory(0, HeaderBytes), ct);
            var isLast = false;
            while (!isLast)
            {
                var block = rest;
                isLast = await FillAsync(block, ct);
                rest = block.TakeRest();
                // Of which length they must be is known when one is open.
                var opening = dimension is null ? Task.FromResult(Open(block, null)) : Task.Run(() => Open(block, dimension), ct);
                dimension ??= block.Dimension;
                await opened.WriteAsync(opening, ct);
            }
        }
        catch (Exception e)
        {
            fault = e;
            throw;
        }
        finally
        {
            rest.Dispose();
            opened.Complete(fault);
        }
    }

    /// <summary>Reads until the block is full of whole rows and the beginning of one.</summary>
    /// <returns>Whether the last row is among them.</returns>
    private async Task<bool> FillAsync(Block block, CancellationToken ct)
    {
        while (true)
        {
            var found = block.FindRows();
            if (found != Found.Beginning) return found == Found.End;
            var read = await stream.ReadAsync(block.Bytes.AsMemory(block.Filled), ct);
            if (read == 0) throw new EndOfStreamException("The database ended a copy of templates before its last row.");
            block.Filled += read;
        }
    }

    private Block Open(Block block, int? dimension)
    {
        using var cipher = keys.OpenCipher();
        var seal = new TemplateSeal(cipher, school);
        var at = 0;
        var key = "";
        for (var i = 0; i < block.Rows; i++)
        {
            at += sizeof(short);
            var id = new TemplateId(new Guid(Field(block.Bytes, ref at), bigEndian: true));
            var student = new StudentId(Encoding.UTF8.GetString(Field(block.Bytes, ref at)));
            var named = Field(block.Bytes, ref at);
            // Hardly ever another than of the row before.
            if (!Ascii.Equals(named, key)) key = Encoding.UTF8.GetString(named);
            var stored = Field(block.Bytes, ref at);
            if (TemplateSeal.DimensionOf(stored.Length) is not { } d || d != (dimension ?? d))
            {
                block.Unreadable.Add(new(id, key, UnreadableReason.OtherLength));
                continue;
            }
            var unit = block.Unit(d);
            var opening = seal.Open(id, student, contract, key, stored, unit.Span);
            if (opening != Opening.Opened)
            {
                block.Unreadable.Add(new(id, key, opening == Opening.UnknownKey ? UnreadableReason.UnknownKey : UnreadableReason.Changed));
                continue;
            }
            dimension = d;
            block.Entries.Add(new(id, student, unit));
        }
        block.Dimension = dimension;
        return block;
    }

    private static ReadOnlySpan<byte> Field(byte[] bytes, ref int at)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at));
        at += sizeof(int);
        if (length < 0) throw new InvalidDataException("A stored template lacks a value that it must have.");
        at += length;
        return bytes.AsSpan(at - length, length);
    }

    private enum Found
    {
        /// <summary>Of the next row, of which the rest fits.</summary>
        Beginning,

        /// <summary>The next row does not fit any more.</summary>
        Full,

        /// <summary>There is no further row.</summary>
        End,
    }

    /// <summary>Rows on their way.</summary>
    private sealed class Block : IDisposable
    {
        private float[] _units = [];

        // Up to here the rows are whole.
        private int _whole;

        public byte[] Bytes { get; } = ArrayPool<byte>.Shared.Rent(BlockBytes);

        public int Filled { get; set; }

        public int Rows { get; private set; }

        public List<GalleryEntry> Entries { get; } = [];

        public List<UnreadableTemplate> Unreadable { get; } = [];

        /// <summary>D, when a row has told it.</summary>
        public int? Dimension { get; set; }

        public Found FindRows()
        {
            while (true)
            {
                if (Filled - _whole < sizeof(short)) return Missing(sizeof(short));
                var columns = BinaryPrimitives.ReadInt16BigEndian(Bytes.AsSpan(_whole));
                if (columns == -1) return Found.End;
                if (columns != Columns) throw new InvalidDataException($"A copy of templates has {columns} columns.");
                var at = _whole + sizeof(short);
                for (var i = 0; i < Columns; i++)
                {
                    if (Filled - at < sizeof(int)) return Missing(at + sizeof(int) - _whole);
                    at += sizeof(int) + Math.Max(0, BinaryPrimitives.ReadInt32BigEndian(Bytes.AsSpan(at)));
                }
                if (at > Filled) return Missing(at - _whole);
                _whole = at;
                Rows++;
            }
        }

        /// <summary>What stands behind the last whole row, as the beginning of the next block.</summary>
        public Block TakeRest()
        {
            var rest = new Block();
            Bytes.AsSpan(_whole, Filled - _whole).CopyTo(rest.Bytes);
            rest.Filled = Filled - _whole;
            return rest;
        }

        /// <summary>Room for the next entry's values.</summary>
        public Memory<float> Unit(int dimension)
        {
            var most = Rows * dimension;
            // Once: all entries have one length.
            if (_units.Length < most) _units = ArrayPool<float>.Shared.Rent(most);
            return _units.AsMemory(Entries.Count * dimension, dimension);
        }

        public void Dispose()
        {
            ArrayPool<byte>.Shared.Return(Bytes, clearArray: true);
            if (_units.Length > 0) ArrayPool<float>.Shared.Return(_units, clearArray: true);
        }

        private Found Missing(int length) =>
            _whole + length <= Bytes.Length ? Found.Beginning
            : Rows > 0 ? Found.Full
            : throw new InvalidDataException("A stored template is longer than any can be.");
    }
}
