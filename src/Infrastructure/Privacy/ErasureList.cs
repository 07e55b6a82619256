using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Application;
using FaceAttendance.Application.Privacy;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace FaceAttendance.Infrastructure.Privacy;

internal enum Forgotten
{
    Erased,

    /// <summary>Consent was withdrawn, and the face with it.</summary>
    Withdrawn,
}

/// <summary>A line of the list.</summary>
/// <param name="Key">The list's key that made <paramref name="Student"/>.</param>
/// <param name="At">By the database's clock.</param>
/// <param name="Id">The receipt's, or the statement's.</param>
/// <param name="Student">Lower-case hex.</param>
internal sealed record ListedErasure(string Key, Forgotten What, DateTimeOffset At, Guid Id, string Student);

/// <summary>Tells a school's databases from others': it has the same moment in every backup.</summary>
internal readonly record struct SchoolMark(SchoolId School, DateTimeOffset CreatedAt);

/// <summary>
/// Erasures and withdrawals in a file outside the database, so that a backup from before them can be put right. A student stands there as a
/// keyed hash; the key lies in the same file, sealed under the storage keys. Any number of processes append to one file; files of several
/// machines may be put one behind the other. Thread-safe.
/// </summary>
internal sealed partial class ErasureList(
    StorageKeys keys, IOptions<PrivacyOptions> options, IHostEnvironment environment, ILogger<ErasureList> log)
{
    private const int KeyBytes = 32;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan BetweenTries = TimeSpan.FromMilliseconds(20);

    private readonly bool _isChosen = !string.IsNullOrEmpty(options.Value.ErasuresFile);

    private readonly string? _path =
        !string.IsNullOrEmpty(options.Value.ErasuresFile) ? Path.GetFullPath(options.Value.ErasuresFile)
        : environment.IsDevelopment() ? Path.Combine(environment.ContentRootPath, ".data", "erasures")
        : null;

    // Written at the start alone.
    private IReadOnlyList<ListKey> _known = [];
    private ListKey? _current;

    /// <summary>Opens the list, makes its key at the first start, and seals it under the present storage key.</summary>
    /// <returns>Its lines; empty where there is no list.</returns>
    /// <exception cref="StartupException">The file that was chosen cannot be written.</exception>
    public async Task<IReadOnlyList<ListedErasure>> OpenAsync(CancellationToken ct)
    {
        if (_path is null)
        {
            Log.None(log);
            return [];
        }
        try
        {
            if (!_isChosen) Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
            await using var file = await HoldAsync(_path, ct);
            var (known, lines) = await ReadAsync(file, ct);
            var current = known.Count > 0 ? known[0] : ListKey.New();
            // Under each storage key once, so that the list outlives a change of it.
            foreach (var key in known.DefaultIfEmpty(current).DistinctBy(k => k.Id)
                .Where(k => !known.Any(o => o.Id == k.Id && o.SealedUnder == keys.CurrentId)))
            {
                await WriteAsync(file, LineOf(key), ct);
            }
            (_known, _current) = (known, current);
            return lines;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_isChosen)
            {
                throw new StartupException(
                    $"ERASURES_FILE names {_path}, which cannot be opened for writing: {e.Message} Make its folder, owned by the " +
                    "server's user, or name another file.", e);
            }
            Log.Unwritable(log, _path, e.Message);
            return [];
        }
    }

    /// <summary>Adds a line, on the disk when the task completes; nothing where there is no list. For the end of the transaction, before it
    /// commits.</summary>
    /// <exception cref="ErasureListException">It cannot be written.</exception>
    public async Task AppendAsync(Forgotten what, SchoolMark school, StudentId student, DateTimeOffset at, Guid id, CancellationToken ct)
    {
        if (_current is not { } key) return;
        try
        {
            await using var file = await HoldAsync(_path!, ct);
            // Somebody has moved the file away meanwhile.
            if (file.Length == 0) await WriteAsync(file, LineOf(key), ct);
            await WriteAsync(
                file,
                string.Create(
                    CultureInfo.InvariantCulture, $"{Words.Of(what)} {key.Id} {at.UtcDateTime:O} {id:N} {key.HashOf(school, student)}"),
                    ct);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ErasureListException($"The list of erasures cannot be written: {e.Message}", e);
        }
    }

    /// <param name="lines">Of <see cref="OpenAsync"/>.</param>
    public ErasureMatcher MatcherOf(IEnumerable<ListedErasure> lines) => new([.. _known.DistinctBy(k => k.Id)], lines);

    private async Task<(List<ListKey> Keys, List<ListedErasure> Lines)> ReadAsync(FileStream file, CancellationToken ct)
    {
        var (known, lines, unread) = (new List<ListKey>(), new List<ListedErasure>(), 0);
        file.Position = 0;
        using var reader = new StreamReader(file, Encoding.ASCII, leaveOpen: true);
        while (await reader.ReadLineAsync(ct) is { } line)
        {
            switch (line.Split(' '))
            {
                case ["key", var id, var storageKey, var sealedKey] when Open(id, storageKey, sealedKey) is { } key: known.Add(key); break;
                case ["key", ..] or [""]: break;
                case [var word, var key, var at, var id, { Length: 64 } student]
                    when Words.Parse<Forgotten>(word) is { } what && Guid.TryParseExact(id, "N", out var receipt)
                    && DateTimeOffset.TryParse(at, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var moment):
                    lines.Add(new(key, what, moment, receipt, student));
                    break;
                default: unread++; break;
            }
        }
        unread += lines.Count(l => !known.Any(k => k.Id == l.Key));
        if (unread > 0) Log.Unread(log, _path!, unread);
        return (known, lines);
    }

    private ListKey? Open(string id, string storageKey, string sealedKey)
    {
        var (stored, plain) = (new byte[StorageCipher.Overhead + KeyBytes], new byte[KeyBytes]);
        if (!Convert.TryFromBase64String(sealedKey, stored, out var length) || length != stored.Length) return null;
        using var cipher = keys.OpenCipher();
        return cipher.Open(storageKey, stored, BoundOf(id), plain) == Opening.Opened ? new(id, plain, storageKey) : null;
    }

    private string LineOf(ListKey key)
    {
        using var cipher = keys.OpenCipher();
        return $"key {key.Id} {keys.CurrentId} {Convert.ToBase64String(cipher.Seal(key.Bytes, BoundOf(key.Id)))}";
    }

    private static byte[] BoundOf(string id) => Encoding.ASCII.GetBytes($"faceattendance/erasure-list/1 {id}");

    private static async Task WriteAsync(FileStream file, string line, CancellationToken ct)
    {
        var text = Encoding.ASCII.GetBytes(line + "\n");
        if (file.Length > 0)
        {
            file.Position = file.Length - 1;
            // A line that broke off ends here.
            if (file.ReadByte() != '\n') text = [(byte)'\n', .. text];
        }
        file.Position = file.Length;
        await file.WriteAsync(text, ct);
        file.Flush(flushToDisk: true);
    }

    /// <summary>The file, this process's alone for the moment.</summary>
    private static async Task<FileStream> HoldAsync(string path, CancellationToken ct)
    {
        var open = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) open.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        for (var left = Patience; ; left -= BetweenTries)
        {
            try
            {
                return new FileStream(path, open);
            }
            catch (IOException e) when (left > TimeSpan.Zero && e is not DirectoryNotFoundException and not FileNotFoundException)
            {
                // In another process's hands, for some milliseconds.
                await Task.Delay(BetweenTries, ct);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1712, LogLevel.Warning,
            "No file lists erasures: restoring a backup would bring erased students back. Set ERASURES_FILE to a file outside the " +
            "database.")]
        public static partial void None(ILogger log);

        [LoggerMessage(1713, LogLevel.Warning,
            "The list of erasures {File} cannot be written ({Reason}): restoring a backup would bring erased students back. Set " +
            "ERASURES_FILE to a file that can.")]
        public static partial void Unwritable(ILogger log, string file, string reason);

        [LoggerMessage(1714, LogLevel.Warning,
            "{Lines} lines of the list of erasures {File} cannot be read: whoever they are about is not erased again after a restore. " +
            "Give the server the storage key that it was written under.")]
        public static partial void Unread(ILogger log, string file, int lines);
    }
}

/// <summary>A key of the list, which never changes; a file has one, or one of each machine whose file it was put together from.</summary>
/// <param name="SealedUnder">The storage key.</param>
internal sealed record ListKey(string Id, byte[] Bytes, string? SealedUnder)
{
    public static ListKey New() =>
        new(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4)), RandomNumberGenerator.GetBytes(32), null);

    public string HashOf(SchoolMark school, StudentId student)
    {
        var text = new byte[16 + sizeof(long) + Encoding.UTF8.GetByteCount(student.Value)];
        school.School.Value.TryWriteBytes(text, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(text.AsSpan(16), school.CreatedAt.UtcTicks);
        Encoding.UTF8.GetBytes(student.Value, text.AsSpan(16 + sizeof(long)));
        return Convert.ToHexStringLower(HMACSHA256.HashData(Bytes, text));
    }

    public override string ToString() => $"ListKey({Id})";
}

/// <summary>Finds the lines that are about a student. Immutable, thread-safe.</summary>
internal sealed class ErasureMatcher(IReadOnlyList<ListKey> keys, IEnumerable<ListedErasure> lines)
{
    private readonly ILookup<(string, string), ListedErasure> _lines = lines.ToLookup(l => (l.Key, l.Student));

    public IEnumerable<ListedErasure> Of(SchoolMark school, StudentId student) =>
        keys.SelectMany(k => _lines[(k.Id, k.HashOf(school, student))]);
}
