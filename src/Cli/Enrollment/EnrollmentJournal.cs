using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Cli.CommandLine;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>
/// Which photos one server has accepted from this user, so that a second run need not upload them and have every face computed again. It is
/// a memory of the past only: whoever reads it must ask the server whether the templates are still there. Append-only, one file for each
/// server and key (a key belongs to one school), holding ids and digests and never a picture. Thread-safe.
/// </summary>
/// <remarks>
/// A line is <c>student id TAB SHA-256 in hex</c>, or <c>student id TAB -</c> to forget the student; anything else is skipped, such as the
/// torn last line of a killed run.
/// </remarks>
internal sealed class EnrollmentJournal : IDisposable
{
    private const string ForgetMark = "-";

    private readonly Lock _lock = new();
    private readonly Dictionary<StudentId, HashSet<string>> _accepted = [];
    private FileStream? _file;

    private EnrollmentJournal(FileStream? file)
    {
        _file = file;
        if (file is null) return;

        using var reader = new StreamReader(file, Encoding.UTF8, leaveOpen: true);
        while (reader.ReadLine() is { } line) Replay(line);
        if (file.Length > 0)
        {
            file.Seek(-1, SeekOrigin.End);
            if (file.ReadByte() != '\n') file.WriteByte((byte)'\n');
        }
        file.Seek(0, SeekOrigin.End);
    }

    /// <summary>Photos accepted, of all students.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _accepted.Values.Sum(digests => digests.Count);
        }
    }

    /// <summary>Why the file could not be written any more; null while it can. The run itself does not suffer from it.</summary>
    public string? WriteFailure { get; private set; }

    /// <summary>In the user's state folder, as the XDG base directory specification places it.</summary>
    public static string PathFor(ServerAddress server, Func<string, string?> environment)
    {
        var state = environment("XDG_STATE_HOME") is { Length: > 0 } set && Path.IsPathRooted(set)
            ? set
            : Path.Combine(environment("HOME") is { Length: > 0 } home ? home : Path.GetTempPath(), ".local", "state");
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{server.Url}\n{server.ApiKey}")))[..16];
        return Path.Combine(state, "faceattendance", $"enrolled-{name}.txt");
    }

    /// <summary>Opens or makes the file, for this process alone.</summary>
    /// <exception cref="IOException">It cannot be opened, or another run holds it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    public static EnrollmentJournal Open(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            // Every line reaches the system at once, so that a killed run loses none.
            BufferSize = 0,
        };
        // Who attends a school is nobody else's to read.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new(new FileStream(path, options));
    }

    /// <summary>Knows nothing and keeps nothing beyond the run.</summary>
    public static EnrollmentJournal InMemory() => new(file: null);

    public int CountOf(StudentId student)
    {
        lock (_lock) return _accepted.TryGetValue(student, out var digests) ? digests.Count : 0;
    }

    /// <param name="digest">SHA-256 of the photo's bytes, lower-case hex.</param>
    public bool Knows(StudentId student, string digest)
    {
        lock (_lock) return _accepted.TryGetValue(student, out var digests) && digests.Contains(digest);
    }

    public void Accept(StudentId student, string digest)
    {
        lock (_lock)
        {
            if (DigestsOf(student).Add(digest)) Append($"{student}\t{digest}\n");
        }
    }

    public void Forget(StudentId student)
    {
        lock (_lock)
        {
            if (_accepted.Remove(student)) Append($"{student}\t{ForgetMark}\n");
        }
    }

    public void ForgetAll()
    {
        lock (_lock)
        {
            _accepted.Clear();
            Write(file => file.SetLength(0));
        }
    }

    public void Dispose() => _file?.Dispose();

    private void Replay(string line)
    {
        if (line.Split('\t') is not [var id, var mark] || !StudentId.IsValid(id)) return;
        var student = new StudentId(id);
        if (mark == ForgetMark) _accepted.Remove(student);
        else if (mark.Length == 2 * SHA256.HashSizeInBytes && mark.All(char.IsAsciiHexDigitLower)) DigestsOf(student).Add(mark);
    }

    private HashSet<string> DigestsOf(StudentId student)
    {
        if (!_accepted.TryGetValue(student, out var digests)) _accepted[student] = digests = [];
        return digests;
    }

    private void Append(string line) => Write(file => file.Write(Encoding.UTF8.GetBytes(line)));

    private void Write(Action<FileStream> change)
    {
        if (_file is null) return;
        try
        {
            change(_file);
        }
        catch (IOException e)
        {
            WriteFailure = e.Message;
            _file.Dispose();
            _file = null;
        }
    }
}
