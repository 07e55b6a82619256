using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Tests.Students;

/// <summary>The students of one school.</summary>
internal sealed class FakeStudents(params string[] ids) : IStudents, IRoster
{
    private readonly List<Student> _kept = [.. ids.Select(id => new Student(new(id), $"{id} Example", null, null, null, 1, null))];

    public IEnumerable<string> Kept => _kept.Select(s => s.Id.Value);

    public Task<Student> UpsertAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<Student?> FindAsync(SchoolId school, StudentId id, CancellationToken ct) =>
        Task.FromResult(_kept.FirstOrDefault(s => s.Id == id));

    public Task<(IReadOnlyList<Student> Items, int Total)> ListAsync(
        SchoolId school, string? query, string? className, int limit, int offset, CancellationToken ct)
    {
        Student[] found = [.. _kept.Where(s => query is null || s.FullName!.Contains(query, StringComparison.Ordinal))];
        return Task.FromResult<(IReadOnlyList<Student>, int)>(([.. found.Skip(offset).Take(limit)], found.Length));
    }

    public Task<bool> RemoveAsync(SchoolId school, StudentId id, CancellationToken ct) =>
        Task.FromResult(_kept.RemoveAll(s => s.Id == id) > 0);

    public Task<Student?> AddAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct)
    {
        if (_kept.Exists(s => s.Id == id)) return Task.FromResult<Student?>(null);
        _kept.Add(new(id, profile.FullName, profile.BirthDate, profile.ClassName, profile.Address, 0, null));
        return Task.FromResult<Student?>(_kept[^1]);
    }

    public Task<Student?> ReplaceAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct)
    {
        var place = _kept.FindIndex(s => s.Id == id);
        if (place < 0) return Task.FromResult<Student?>(null);
        _kept[place] =
            new(id, profile.FullName, profile.BirthDate, profile.ClassName, profile.Address, _kept[place].EmbeddingCount, null);
        return Task.FromResult<Student?>(_kept[place]);
    }

    public Task<IReadOnlyList<SchoolClass>> ListClassesAsync(SchoolId school, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<SchoolClass>>(
            [.. _kept.Where(s => s.ClassName is not null).GroupBy(s => s.ClassName!).Select(c => new SchoolClass(c.Key, c.Count()))]);
}
