using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Application.Access;

namespace FaceAttendance.WebApi.Access;

/// <summary>
/// Names and passwords that were right a moment ago, for clients that send them with every request: judging a password takes a core for a
/// good part of a second, as it is meant to. Known by a code under a key that this process made for itself and keeps in memory.
/// Thread-safe.
/// </summary>
internal sealed class KnownPasswords(TimeProvider clock)
{
    private const int Most = 1000;

    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, (Account Account, DateTimeOffset Until)> _known = new(StringComparer.Ordinal);

    /// <returns>The account as it was then; null for what is not known.</returns>
    public Account? Find(string name, string password) =>
        _known.TryGetValue(CodeOf(name, password), out var found) && clock.GetUtcNow() < found.Until ? found.Account : null;

    public void Keep(string name, string password, Account account)
    {
        if (_known.Count >= Most) _known.Clear();
        _known[CodeOf(name, password)] = (account, clock.GetUtcNow() + Kept);
    }

    // No name holds a NUL.
    private string CodeOf(string name, string password) =>
        Convert.ToHexString(HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes($"{name}\0{password}")));
}
