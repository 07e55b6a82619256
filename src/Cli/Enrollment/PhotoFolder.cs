using FaceAttendance.Cli.Server;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Cli.Enrollment;

/// <summary>A photo of a student, waiting to be enrolled.</summary>
/// <param name="File">Full path.</param>
/// <param name="Name">Path below the folder of all students, as reports show it.</param>
internal sealed record Photo(string File, string Name, string MediaType);

/// <summary>A file or folder that cannot be enrolled, and why.</summary>
internal sealed record RefusedFile(string Name, Refusal Why);

/// <summary>One student's folder.</summary>
internal sealed record StudentFolder(StudentId Student, IReadOnlyList<Photo> Photos, IReadOnlyList<RefusedFile> Refused)
{
    public bool IsEmpty => Photos.Count == 0 && Refused.Count == 0;
}

/// <summary>What the folders <c>root/student id/</c> hold, in the order of names. Hidden files are passed over.</summary>
/// <param name="Refused">What lies in no student's folder.</param>
internal sealed record PhotoFolder(IReadOnlyList<StudentFolder> Students, IReadOnlyList<RefusedFile> Refused)
{
    // The contract's list and what phones write, without regard to case.
    private static readonly Dictionary<string, string> MediaTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".png"] = "image/png",
        [".webp"] = "image/webp",
        [".avif"] = "image/avif",
        [".heic"] = "image/heic",
        [".heif"] = "image/heif",
    };

    // What Windows hides by an attribute that a copy on another system has lost.
    private static readonly HashSet<string> HiddenByWindows = new(StringComparer.OrdinalIgnoreCase) { "Thumbs.db", "desktop.ini" };

    /// <exception cref="IOException">The folder itself cannot be listed.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder itself may not be listed.</exception>
    public static PhotoFolder Read(string root)
    {
        var students = new List<StudentFolder>();
        var refused = new List<RefusedFile>();
        foreach (var entry in Entries(root))
        {
            if (entry is not DirectoryInfo folder)
            {
                refused.Add(new(entry.Name, new("no_student", "It lies in no student's folder.")));
                continue;
            }
            try
            {
                if (StudentId.IsValid(folder.Name)) students.Add(ReadStudent(new StudentId(folder.Name), folder));
                else refused.AddRange(RefuseAll(folder));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                refused.Add(new(folder.Name + Path.DirectorySeparatorChar, new("unreadable", e.Message)));
            }
        }
        return new(students, refused);
    }

    /// <summary>Whether the student has a photo; of that name, where one is given: with the student's folder or without.</summary>
    public bool Holds(StudentId student, string? name) => Students.Any(s => s.Student == student && s.Photos.Any(p =>
        name is null || p.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            || Path.GetFileName(p.File).Equals(name, StringComparison.OrdinalIgnoreCase)));

    /// <returns>The type to announce for the file; null when its name is not a photo's.</returns>
    public static string? MediaTypeOf(string file) => MediaTypes.GetValueOrDefault(Path.GetExtension(file));

    private static StudentFolder ReadStudent(StudentId student, DirectoryInfo folder)
    {
        var photos = new List<Photo>();
        var refused = new List<RefusedFile>();
        foreach (var entry in Entries(folder.FullName))
        {
            var name = Path.Combine(folder.Name, entry.Name);
            if (entry is DirectoryInfo)
                refused.Add(new(name, new("nested_folder", "Folders inside a student's folder are not read.")));
            else if (MediaTypeOf(entry.Name) is { } mediaType)
                photos.Add(new(entry.FullName, name, mediaType));
            else
                refused.Add(new(name, new("not_an_image", "Photos end in .jpg, .jpeg, .png, .webp, .avif, .heic or .heif.")));
        }
        return new(student, photos, refused);
    }

    // Each file is named, so that none of them is missed among thousands; an empty folder has only itself to name.
    private static IEnumerable<RefusedFile> RefuseAll(DirectoryInfo folder)
    {
        var why = new Refusal("invalid_student_id", $"The folder's name is no student id: {StudentId.Rule}.");
        return Entries(folder.FullName)
            .Select(e => Path.Combine(folder.Name, e.Name))
            .DefaultIfEmpty(folder.Name + Path.DirectorySeparatorChar)
            .Select(name => new RefusedFile(name, why));
    }

    private static IEnumerable<FileSystemInfo> Entries(string folder) =>
        new DirectoryInfo(folder).EnumerateFileSystemInfos()
            .Where(e => !e.Name.StartsWith('.') && !HiddenByWindows.Contains(e.Name))
            .OrderBy(e => e.Name, StringComparer.Ordinal);
}
