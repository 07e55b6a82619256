using System.IO.Compression;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>The photos beside a roster, from a folder with all below it or a ZIP. Names are compared without regard to case and never
/// opened as paths.</summary>
internal sealed class RosterPhotos : IDisposable
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".avif", ".heic", ".heif"];

    // Far above what the server takes (it answers 413), far below what would fill this machine's memory.
    private const long MaxPhotoBytes = 64L * 1024 * 1024;

    // By whole name and by the part after the last slash; null where several files answer to a name.
    private readonly Dictionary<string, Func<Stream>?> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _lock = new();
    private readonly ZipArchive? _zip;

    private RosterPhotos(ZipArchive? zip) => _zip = zip;

    /// <exception cref="IOException">It is not there or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    /// <exception cref="InvalidDataException">The file is no ZIP.</exception>
    public static RosterPhotos Open(string path)
    {
        if (Directory.Exists(path))
        {
            var folder = new RosterPhotos(null);
            foreach (var file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories))
                folder.Add(Path.GetRelativePath(path, file), () => File.OpenRead(file));
            return folder;
        }
        var photos = new RosterPhotos(ZipFile.OpenRead(path));
        foreach (var entry in photos._zip!.Entries)
        {
            if (!entry.FullName.EndsWith('/') && !entry.FullName.StartsWith("__MACOSX/", StringComparison.Ordinal))
                photos.Add(entry.FullName, entry.Open);
        }
        return photos;
    }

    /// <param name="name">As the roster gives it; null looks for one named by the student's id.</param>
    /// <returns>The name to look for, or null when there is none and none was named.</returns>
    public string? NameFor(string student, string? name) =>
        name is not null ? name.Replace('\\', '/') : Endings.Select(e => student + e).FirstOrDefault(_files.ContainsKey);

    /// <summary>Whether there is such a photo; one named by the student's id, where no name is given.</summary>
    public bool Holds(string student, string? name) => NameFor(student, name) is { } found && _files.ContainsKey(found);

    /// <exception cref="IOException">It cannot be read; the message says why.</exception>
    public byte[] Read(string name)
    {
        if (!_files.TryGetValue(name, out var open)) throw new FileNotFoundException("There is no photo of this name.");
        if (open is null) throw new IOException("There are several photos of this name; give the folder too.");
        try
        {
            // One entry of a ZIP can be read at a time.
            lock (_lock) return Copy(open());
        }
        catch (Exception e) when (e is UnauthorizedAccessException or InvalidDataException or NotSupportedException)
        {
            throw new IOException(e.Message, e);
        }
    }

    public void Dispose() => _zip?.Dispose();

    private static byte[] Copy(Stream file)
    {
        using (file)
        {
            using var copy = new MemoryStream();
            var buffer = new byte[64 * 1024];
            int read;
            while ((read = file.Read(buffer)) > 0)
            {
                copy.Write(buffer, 0, read);
                if (copy.Length > MaxPhotoBytes) throw new IOException("No photo is that large.");
            }
            return copy.ToArray();
        }
    }

    private void Add(string name, Func<Stream> open)
    {
        name = name.Replace('\\', '/');
        Note(name, open);
        if (name.LastIndexOf('/') is >= 0 and var slash) Note(name[(slash + 1)..], open);
    }

    private void Note(string name, Func<Stream> open) => _files[name] = _files.ContainsKey(name) ? null : open;
}
