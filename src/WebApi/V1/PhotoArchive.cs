using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Students;
using FaceAttendance.WebApi.Requests;

namespace FaceAttendance.WebApi.V1;

/// <summary>
/// The photos of a roster in a ZIP that lies in memory. Nothing is unpacked but the entries that rows ask for, one at a time and into
/// memory; an entry's name is compared and never used as a path. Not thread-safe.
/// </summary>
internal sealed class PhotoArchive : IImportPhotos, IDisposable
{
    /// <summary>48 MiB: with the roster it stays below what the server reads at all. The command line sends photos one by one and has no
    /// such limit.</summary>
    public const int MaxBytes = 48 * 1024 * 1024;

    public const int MaxEntries = 20_000;

    // Photos are compressed already and grow by a few per cent when unpacked. Entries that share their bytes, or zeros without end, grow
    // without bound.
    private const int MaxGrowth = 4;

    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif"];

    private readonly ZipArchive _zip;

    // By whole name and by the part after the last slash; null where several entries answer to a name.
    private readonly Dictionary<string, ZipArchiveEntry?> _entries = new(StringComparer.OrdinalIgnoreCase);

    private byte[] _picture = UploadMemory.Rent(256 * 1024);
    private int _used;
    private long _budget;

    private PhotoArchive(ZipArchive zip, long budget)
    {
        (_zip, _budget) = (zip, budget);
        foreach (var entry in zip.Entries)
        {
            var name = entry.FullName.Replace('\\', '/');
            // Folders, and what macOS adds beside every file.
            if (name.EndsWith('/') || name.StartsWith("__MACOSX/", StringComparison.Ordinal)) continue;
            Add(name, entry);
            if (name.LastIndexOf('/') is >= 0 and var slash) Add(name[(slash + 1)..], entry);
        }
    }

    /// <returns>Fails with <c>photo.invalid_archive</c>. The caller disposes the value.</returns>
    public static Result<PhotoArchive> Open(ReadOnlyMemory<byte> file)
    {
        if (CountEntries(file.Span) is not { } count) return Invalid("it is no ZIP, or one of a kind that is not read");
        if (count > MaxEntries) return Invalid($"it has more than {MaxEntries} entries");
        if (!MemoryMarshal.TryGetArray(file, out var bytes)) throw new ArgumentException("An upload lies in an array.", nameof(file));
        try
        {
            var zip = new ZipArchive(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count, writable: false), ZipArchiveMode.Read);
            return new PhotoArchive(zip, UploadForm.MaxFileBytes + ((long)file.Length * MaxGrowth));
        }
        catch (InvalidDataException)
        {
            return Invalid("its directory is damaged");
        }
    }

    public Result<ReadOnlyMemory<byte>>? Find(StudentId student, string? name)
    {
        if (name is not null) return _entries.TryGetValue(name.Replace('\\', '/'), out var named) ? Read(named) : NotFound;
        foreach (var ending in Endings)
        {
            if (_entries.TryGetValue(student.Value + ending, out var entry)) return Read(entry);
        }
        return null;
    }

    public void Dispose()
    {
        _zip.Dispose();
        UploadMemory.Return(_picture, _used);
    }

    private void Add(string name, ZipArchiveEntry entry) => _entries[name] = _entries.ContainsKey(name) ? null : entry;

    private Result<ReadOnlyMemory<byte>> Read(ZipArchiveEntry? entry)
    {
        if (entry is null) return Ambiguous;
        try
        {
            // The length that the directory states is not believed; the bytes are counted as they come.
            using var unpacked = entry.Open();
            for (var length = 0; ;)
            {
                if (length == _picture.Length) Grow();
                var read = unpacked.Read(_picture.AsSpan(length));
                length += read;
                _used = Math.Max(_used, length);
                _budget -= read;
                if (length > UploadForm.MaxFileBytes) return TooLarge;
                if (_budget < 0) return Exhausted;
                if (read == 0) return Result<ReadOnlyMemory<byte>>.Ok(_picture.AsMemory(0, length));
            }
        }
        catch (Exception e) when (e is InvalidDataException or NotSupportedException or EndOfStreamException)
        {
            return Unreadable;
        }
    }

    private void Grow()
    {
        var larger = UploadMemory.Rent(_picture.Length * 2);
        _picture.AsSpan().CopyTo(larger);
        UploadMemory.Return(_picture, _used);
        _picture = larger;
    }

    /// <summary>
    /// How many entries the directory has, at most one more than are taken: it is walked before the library reads it, which would make an
    /// object of each. PKWARE's APPNOTE, 4.3.12 and 4.3.16.
    /// </summary>
    /// <returns>Null for what is no ZIP of this kind.</returns>
    private static int? CountEntries(ReadOnlySpan<byte> file)
    {
        const int EndLength = 22;
        const int HeaderLength = 46;
        if (file.Length < EndLength) return null;
        var end = file.LastIndexOf("PK\u0005\u0006"u8);
        if (end < 0 || end > file.Length - EndLength) return null;
        var at = (long)BinaryPrimitives.ReadUInt32LittleEndian(file[(end + 16)..]);
        // All ones stand for ZIP64, which an archive of this size does not need.
        if (at > file.Length) return null;
        var count = 0;
        while (count <= MaxEntries && at <= file.Length - HeaderLength)
        {
            var header = file[(int)at..];
            if (!header.StartsWith("PK\u0001\u0002"u8)) break;
            count++;
            at += HeaderLength + BinaryPrimitives.ReadUInt16LittleEndian(header[28..])
                + BinaryPrimitives.ReadUInt16LittleEndian(header[30..])
                + BinaryPrimitives.ReadUInt16LittleEndian(header[32..]);
        }
        return count;
    }

    private static Error Invalid(string what) =>
        new("photo.invalid_archive", $"The photos' ZIP cannot be read: {what}.", ErrorKind.Invalid);

    private static Error NotFound { get; } =
        new("photo.not_found", "The ZIP has no file of the name that the roster gives.", ErrorKind.Rejected);

    private static Error Ambiguous { get; } = new(
        "photo.ambiguous_name", "The ZIP has several files of this name; give the folder too, or rename one.", ErrorKind.Rejected);

    private static Error Unreadable { get; } =
        new("photo.unreadable", "The ZIP's entry is damaged, encrypted or packed in a way that is not read.", ErrorKind.Rejected);

    private static Error TooLarge { get; } = new(
        "photo.too_large", $"The photo is larger than {UploadForm.MaxFileBytes / (1024 * 1024)} MiB; send a smaller one.",
        ErrorKind.Rejected);

    private static Error Exhausted { get; } = new(
        "photo.too_large", "The ZIP's photos are many times as large as the ZIP; send them one by one.", ErrorKind.Rejected);
}
