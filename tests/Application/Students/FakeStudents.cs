using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;

namespace FaceAttendance.Application.Tests.Students;

/// <summary>The students of one school.</summary>
internal sealed class FakeStudents(params string[] ids) : IStudents
{
    private readonly List<Student> _kept = [.. ids.Select(id => new Student(new(id), $"{id} Example", null, null, null, 1, null))];

    public IEnumerable<string> Kept => _kept.Select(s => s.Id.Value);

    public Task<Student> UpsertAsync(SchoolId school, StudentId id, StudentProfile profile, CancellationToken ct) =>
        throw new NotSupportedException();

    public Task<Student?> FindAsync(SchoolId school, StudentId id, CancellationToken ct) =>
        Task.FromResult(_kept.FirstOrDefault(s => s.Id == id));

    public Task<(IReadOnlyList<Student> Items, int Total)> ListAsync(
        SchoolId school, string? query, int limit, int offset, CancellationToken ct)
    {
        Student[] found = [.. _kept.Where(s => query is null || s.FullName!.Contains(query, StringComparison.Ordinal))];
        return Task.FromResult<(IReadOnlyList<Student>, int)>(([.. found.Skip(offset).Take(limit)], found.Length));
    }

    public Task<bool> RemoveAsync(SchoolId school, StudentId id, CancellationToken ct) =>
        Task.FromResult(_kept.RemoveAll(s => s.Id == id) > 0);
}
