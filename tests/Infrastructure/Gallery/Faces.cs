using System.Security.Cryptography;
using FaceAttendance.Application.Enrollment;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;

namespace FaceAttendance.Infrastructure.Tests.Gallery;

/// <summary>Embeddings that stand in for people: the same number is the same face, different numbers are nearly orthogonal.</summary>
internal static class Faces
{
    public const int Dimension = 128;

    public static Embedding Of(int person, string? contract = null)
    {
        var random = new Random(person);
        var raw = new float[Dimension];
        for (var i = 0; i < raw.Length; i++) raw[i] = (float)(random.NextDouble() - 0.5);
        return Embedding.FromRaw(raw, contract is null ? ContractOnly.Id : new(contract));
    }

    public static NewTemplate TemplateOf(string student, int person, string? contract = null) => new(
        SchoolId.First, new(student), Of(person, contract), SHA256.HashData(BitConverter.GetBytes(person)), DateTimeOffset.UtcNow);
}
