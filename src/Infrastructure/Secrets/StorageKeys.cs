using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace FaceAttendance.Infrastructure.Secrets;

/// <summary>Where the server's keys are. Section: <c>StorageKeys</c>.</summary>
public sealed class StorageKeyOptions
{
    /// <summary>SERVER_KEYS: <c>id:base64</c> pairs separated by commas; the first one encrypts, the others only decrypt.</summary>
    public string? Keys { get; set; }

    /// <summary>SERVER_KEY_FILE: a file with one such pair on each line. Used when <see cref="Keys"/> is not given.</summary>
    public string? File { get; set; }

    public override string ToString() => "StorageKeyOptions(withheld)";
}

/// <summary>
/// The keys that biometric data and the server's own secrets are encrypted with at rest (AES-256-GCM): one encrypts, and those before it
/// decrypt what is not yet re-encrypted. Immutable, thread-safe.
/// </summary>
internal sealed class StorageKeys
{
    public const int KeyBytes = 32;

    private const int MaxIdLength = 32;
    private const StringSplitOptions Parts = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    private readonly Lazy<(string CurrentId, Dictionary<string, byte[]> Keys)> _held;

    private StorageKeys(List<(string Id, byte[] Key)> keys)
    {
        var held = (keys[0].Id, keys.ToDictionary(k => k.Id, k => k.Key, StringComparer.Ordinal));
        _held = new(() => held);
        _ = _held.Value;
    }

    private StorageKeys(Func<StorageKeys> make) => _held = new(() => make()._held.Value);

    /// <summary>The key that encrypts.</summary>
    public string CurrentId => _held.Value.CurrentId;

    public IReadOnlyCollection<string> Ids => _held.Value.Keys.Keys;

    /// <summary>Whether nobody has needed keys yet that are only made then: there is time to see that none is missing.</summary>
    public bool IsUnmade => !_held.IsValueCreated;

    /// <summary>Keys that are made as soon as one is needed.</summary>
    public static StorageKeys MadeOnDemand(Func<StorageKeys> make) => new(make);

    /// <param name="text">Pairs of <c>id:base64</c> separated by commas or lines; # begins a comment line. Ids have 1 to 32 ASCII letters,
    /// digits, '.', '_', '-'.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out StorageKeys? keys)
    {
        keys = null;
        var found = new List<(string Id, byte[] Key)>();
        var lines = text.Split('\n', Parts).Where(line => !line.StartsWith('#'));
        foreach (var pair in lines.SelectMany(line => line.Split(',', Parts)))
        {
            var colon = pair.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0) return false;
            var id = pair[..colon].Trim();
            var key = new byte[KeyBytes + 1];
            if (!IsId(id) || !Convert.TryFromBase64String(pair[(colon + 1)..].Trim(), key, out var length) || length != KeyBytes)
                return false;
            if (found.Any(f => f.Id == id)) return false;
            found.Add((id, key[..KeyBytes]));
        }
        if (found.Count == 0) return false;
        keys = new StorageKeys(found);
        return true;
    }

    /// <summary>One key of a name that no other bears, as a key file holds it.</summary>
    public static string NewLine() =>
        $"k{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}:" +
        $"{Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyBytes))}";

    public bool Knows(string id) => _held.Value.Keys.ContainsKey(id);

    /// <summary>For one thread and one piece of work; the caller disposes it.</summary>
    public StorageCipher OpenCipher() => new(_held.Value.CurrentId, _held.Value.Keys);

    public override string ToString() => IsUnmade ? "StorageKeys(unmade)" : $"StorageKeys({Ids.Count}, {CurrentId})";

    private static bool IsId(string id) =>
        id.Length is > 0 and <= MaxIdLength && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-');
}

/// <summary>
/// Seals and opens bytes under the storage keys. Sealed bytes are: the format's number 1, a random 96-bit nonce, the 128-bit tag, the
/// ciphertext
/// (NIST SP 800-38D; random nonces are safe for 2³² seals under one key). Not thread-safe.
/// </summary>
internal sealed class StorageCipher(string current, IReadOnlyDictionary<string, byte[]> keys) : IDisposable
{
    public const int Overhead = 1 + NonceBytes + TagBytes;

    private const byte Format = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Dictionary<string, AesGcm> _ready = new(StringComparer.Ordinal);

    /// <summary>Seals under the current key.</summary>
    /// <param name="bound">What the bytes belong to; they open with exactly this again, and with nothing else.</param>
    public byte[] Seal(ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound)
    {
        var stored = new byte[Overhead + plain.Length];
        stored[0] = Format;
        var nonce = stored.AsSpan(1, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        Ready(current).Encrypt(nonce, plain, stored.AsSpan(Overhead), stored.AsSpan(1 + NonceBytes, TagBytes), bound);
        return stored;
    }

    /// <param name="plain">As long as <paramref name="stored"/> without <see cref="Overhead"/>; receives the bytes.</param>
    public Opening Open(string keyId, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> bound, Span<byte> plain)
    {
        if (!keys.ContainsKey(keyId)) return Opening.UnknownKey;
        if (stored.Length < Overhead || stored[0] != Format) return Opening.Changed;
        try
        {
            Ready(keyId).Decrypt(stored.Slice(1, NonceBytes), stored[Overhead..], stored.Slice(1 + NonceBytes, TagBytes), plain, bound);
            return Opening.Opened;
        }
        catch (AuthenticationTagMismatchException)
        {
            return Opening.Changed;
        }
    }

    public void Dispose()
    {
        foreach (var cipher in _ready.Values) cipher.Dispose();
    }

    private AesGcm Ready(string id)
    {
        if (!_ready.TryGetValue(id, out var cipher)) _ready.Add(id, cipher = new AesGcm(keys[id], TagBytes));
        return cipher;
    }
}

internal enum Opening
{
    Opened,

    /// <summary>The key is none of this server's.</summary>
    UnknownKey,

    /// <summary>The bytes, what they are bound to, or the key under that name are not what they were.</summary>
    Changed,
}
