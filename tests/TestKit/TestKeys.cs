using System.Security.Cryptography;
using System.Text;

namespace FaceAttendance.TestKit;

/// <summary>Storage keys for tests, as SERVER_KEYS takes them; the same in every run.</summary>
public static class TestKeys
{
    public static string First { get; } = Of("test-1");

    public static string Second { get; } = Of("test-2");

    /// <param name="material">What the key's bytes are made of; the id when null.</param>
    public static string Of(string id, string? material = null) =>
        $"{id}:{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(material ?? id)))}";
}
