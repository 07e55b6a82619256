using FaceAttendance.Cli.CommandLine;

namespace FaceAttendance.Cli.Evaluation;

/// <summary>The pictures of an identification: one folder of people, or enrol/, probe/ and unknown/ with one each.</summary>
internal sealed class PeopleOfFolder
{
    private const string EnrolName = "enrol", ProbeName = "probe", UnknownName = "unknown";

    private readonly IReadOnlyList<PersonPictures> _enrol;
    private readonly IReadOnlyList<PersonPictures>? _probe;
    private readonly IReadOnlyList<PersonPictures> _unknown;

    private PeopleOfFolder(
        string folder, IReadOnlyList<PersonPictures> enrol, IReadOnlyList<PersonPictures>? probe, IReadOnlyList<PersonPictures> unknown) =>
        (Folder, _enrol, _probe, _unknown) = (folder, enrol, probe, unknown);

    public string Folder { get; }

    public int People => _enrol.Count + _unknown.Count;

    public IReadOnlyList<string> Files => [.. _enrol.Concat(_probe ?? []).Concat(_unknown).SelectMany(p => p.Files)];

    /// <param name="isWanted">By the person's name.</param>
    /// <exception cref="CommandFailedException">The folder cannot be read, or shows nobody.</exception>
    public static PeopleOfFolder Read(string folder, Func<string, bool> isWanted)
    {
        var isThree = Directory.Exists(Path.Combine(folder, EnrolName));
        var people = isThree
            ? new PeopleOfFolder(folder, Wanted(EnrolName), Wanted(ProbeName), Wanted(UnknownName))
            : new PeopleOfFolder(folder, Wanted(""), null, []);
        return people._enrol.Count > 1 ? people : throw new CommandFailedException(
            $"{(isThree ? Path.Combine(folder, EnrolName) : folder)} holds " +
            (people._enrol.Count == 0 ? "no folder of a person's pictures" : "pictures of one person alone") +
            "; identification needs two people at least.");

        IReadOnlyList<PersonPictures> Wanted(string part)
        {
            var path = Path.Combine(folder, part);
            return part is ProbeName or UnknownName
                && !Directory.Exists(path) ? [] : [.. PeopleFolder.Read(path).Where(p => isWanted(p.Name))];
        }
    }

    /// <param name="seen">What the models saw, by file.</param>
    /// <param name="templates">Photos of each that are enrolled, where there are so many.</param>
    /// <param name="isCentral">See <see cref="PeopleFolder.FaceOf"/>.</param>
    public Students Enrol(IReadOnlyDictionary<string, SeenPicture> seen, int templates, bool isCentral)
    {
        return _probe is null
            ? Students.OfOneFolder(Faces(_enrol), templates)
            : Students.OfThreeFolders(
                Faces(_enrol), Faces(_probe), [.. Faces(_unknown).SelectMany(p => p.Pictures).Where(p => p.IsPicture)], templates);

        IReadOnlyList<(string Name, IReadOnlyList<FacePicture> Pictures)> Faces(IReadOnlyList<PersonPictures> people) =>
            [.. people.Select(p =>
                (p.Name, (IReadOnlyList<FacePicture>)[.. p.Files.Select(f => PeopleFolder.FaceOf(f, seen[f], isCentral))]))];
    }
}

/// <summary>What a column of a CSV says of people or files.</summary>
internal sealed record Groups(string Column, IReadOnlyDictionary<string, string> Values)
{
    private const string Nobody = "(not said)";

    /// <param name="given">file.csv:column; the first column names a person or a file.</param>
    /// <exception cref="UsageException">It is not of that form.</exception>
    public static Groups Read(string given)
    {
        var at = given.LastIndexOf(':');
        if (at <= 0 || at == given.Length - 1) throw new UsageException($"--by takes <file.csv:column>, not '{given}'.");
        var table = CsvTable.Read(given[..at]);
        var column = table.Column(given[(at + 1)..]);
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var row in table.Rows.Where(r => r.Count > column)) values[row[0].Replace('\\', '/')] = row[column];
        return new(table.Columns[column], values);
    }

    /// <summary>The file's own word, by its name or by person/name, before the person's.</summary>
    public string Of(string person, string file)
    {
        var name = Path.GetFileName(file);
        foreach (var key in new[] { $"{person}/{name}", name, person })
        {
            if (Values.TryGetValue(key, out var value) && value.Length > 0) return value;
        }
        return Nobody;
    }
}
