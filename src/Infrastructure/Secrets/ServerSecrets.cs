using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Application;
using FaceAttendance.Domain;
using Npgsql;

namespace FaceAttendance.Infrastructure.Secrets;

/// <summary>What one of the server's own keys is for. What is made with one opens with no other.</summary>
internal enum SecretUse
{
    /// <summary>Tokens of users who logged in.</summary>
    UserTokens,

    /// <summary>Results of liveness sessions.</summary>
    LivenessResults,

    /// <summary>What webhooks are signed with, and their headers.</summary>
    Webhooks,

    /// <summary>By which an uploaded photo is known again.</summary>
    PhotoDigests,

    /// <summary>By which a name that was typed at a log-in is known again.</summary>
    TypedNames,

    /// <summary>Sightings that clients hold.</summary>
    Sightings,

    /// <summary>Addresses of cameras with their credentials.</summary>
    Cameras,
}

/// <summary>
/// The server's own keys: 256 random bits for each use, made by the process that first needs them and kept in the database for all, sealed
/// under the storage keys. So whoever has the database alone can neither forge nor read what they protect, and a change of the storage key
/// leaves all of that valid. Known once <see cref="PrepareAsync"/> has run. Thread-safe.
/// </summary>
internal sealed class ServerSecrets(NpgsqlDataSource database, StorageKeys keys)
{
    private const string ReadAll = "SELECT name, key_id, sealed FROM server_secrets";

    // Of several processes that make one at once, the first wins and all get its.
    private const string Keep = "INSERT INTO server_secrets (name, key_id, sealed) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING";

    private const string ReadOlder = $"{ReadAll} WHERE key_id <> $1 FOR UPDATE";
    private const string Write = "UPDATE server_secrets SET key_id = $2, sealed = $3 WHERE name = $1";

    private volatile Dictionary<SecretUse, byte[]> _known = [];

    /// <summary>For signatures: 32 bytes, the same in every process and after every restart.</summary>
    public ReadOnlySpan<byte> KeyOf(SecretUse use) => _known.TryGetValue(use, out var key)
        ? key
        : throw new InvalidOperationException($"The server's key for {use} is asked for before the start has read it.");

    /// <summary>HMAC-SHA256, 32 bytes.</summary>
    public byte[] MacOf(SecretUse use, ReadOnlySpan<byte> data) => HMACSHA256.HashData(KeyOf(use), data);

    /// <summary>Encrypts and authenticates (AES-256-GCM).</summary>
    /// <param name="bound">What the bytes are; they open with exactly this again.</param>
    public byte[] Seal(SecretUse use, ReadOnlySpan<byte> plain, ReadOnlySpan<byte> bound)
    {
        using var cipher = CipherOf(use);
        return cipher.Seal(plain, bound);
    }

    /// <returns>Null for bytes that were not sealed with this, whatever they are.</returns>
    public byte[]? Open(SecretUse use, ReadOnlySpan<byte> stored, ReadOnlySpan<byte> bound)
    {
        if (stored.Length < StorageCipher.Overhead) return null;
        using var cipher = CipherOf(use);
        var plain = new byte[stored.Length - StorageCipher.Overhead];
        return cipher.Open(Words.Of(use), stored, bound, plain) == Opening.Opened ? plain : null;
    }

    /// <summary>After the storage keys were checked, and before anybody is served.</summary>
    /// <exception cref="StartupException">A row was changed outside the server.</exception>
    public async Task PrepareAsync(CancellationToken ct)
    {
        var known = await ReadAsync(ct);
        var missing = Enum.GetValues<SecretUse>().Where(use => !known.ContainsKey(use)).ToArray();
        if (missing.Length > 0)
        {
            await using var make = database.CreateBatch();
            make.BatchCommands.Add(StorageKeyRegister.Announce(keys));
            foreach (var use in missing)
                make.BatchCommands.Add(CommandOf(Keep, Words.Of(use), RandomNumberGenerator.GetBytes(StorageKeys.KeyBytes)));
            await make.ExecuteNonQueryAsync(ct);
            known = await ReadAsync(ct);
        }
        _known = known;
    }

    /// <summary>Seals under the current storage key what is sealed under another.</summary>
    /// <returns>How many it sealed anew.</returns>
    public async Task<int> ResealAsync(CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var write = new NpgsqlBatch(connection) { BatchCommands = { StorageKeyRegister.Announce(keys) } };
        await using (var read = new NpgsqlCommand(ReadOlder, connection) { Parameters = { new() { Value = keys.CurrentId } } })
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) write.BatchCommands.Add(CommandOf(Write, rows.GetString(0), OpenRow(rows)));
        }
        if (write.BatchCommands.Count == 1) return 0;
        await write.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
        return write.BatchCommands.Count - 1;
    }

    /// <summary>Makes new ones in the place of those that lost keys had sealed; what was made with them is lost with them.</summary>
    /// <returns>Whether <paramref name="asked"/> is among them.</returns>
    public async Task<bool> ReplaceAsync(NpgsqlConnection connection, string[] lostKeys, SecretUse asked, CancellationToken ct)
    {
        var made = new Dictionary<SecretUse, byte[]>();
        await using var write = new NpgsqlBatch(connection);
        await using (var read = new NpgsqlCommand("SELECT name FROM server_secrets WHERE key_id = ANY ($1) FOR UPDATE", connection)
        {
            Parameters = { new() { Value = lostKeys } },
        })
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
            {
                var key = RandomNumberGenerator.GetBytes(StorageKeys.KeyBytes);
                write.BatchCommands.Add(CommandOf(Write, rows.GetString(0), key));
                foreach (var use in Enum.GetValues<SecretUse>().Where(use => Words.Of(use) == rows.GetString(0))) made[use] = key;
            }
        }
        if (write.BatchCommands.Count > 0) await write.ExecuteNonQueryAsync(ct);
        _known = made;
        return made.ContainsKey(asked);
    }

    private async Task<Dictionary<SecretUse, byte[]>> ReadAsync(CancellationToken ct)
    {
        var uses = Enum.GetValues<SecretUse>().ToDictionary(Words.Of, StringComparer.Ordinal);
        var found = new Dictionary<SecretUse, byte[]>();
        await using var read = database.CreateCommand(ReadAll);
        await using var rows = await read.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            if (uses.TryGetValue(rows.GetString(0), out var use)) found.Add(use, OpenRow(rows));
        }
        return found;
    }

    private byte[] OpenRow(NpgsqlDataReader row)
    {
        var (name, stored) = (row.GetString(0), row.GetFieldValue<byte[]>(2));
        var key = new byte[StorageKeys.KeyBytes];
        using var cipher = keys.OpenCipher();
        return stored.Length == StorageCipher.Overhead + key.Length
            && cipher.Open(row.GetString(1), stored, BoundOf(name), key) == Opening.Opened
            ? key
            : throw new StartupException(
                $"The row '{name}' of server_secrets does not open with the key '{row.GetString(1)}': it was changed outside the " +
                "server. Restore it from a backup.");
    }

    private NpgsqlBatchCommand CommandOf(string sql, string name, byte[] key)
    {
        using var cipher = keys.OpenCipher();
        return new(sql)
        {
            Parameters = { new() { Value = name }, new() { Value = keys.CurrentId }, new() { Value = cipher.Seal(key, BoundOf(name)) } },
        };
    }

    private StorageCipher CipherOf(SecretUse use)
    {
        var name = Words.Of(use);
        return new(name, new Dictionary<string, byte[]> { [name] = KeyOf(use).ToArray() });
    }

    private static byte[] BoundOf(string name) => Encoding.ASCII.GetBytes($"faceattendance/server-secret/1/{name}");
}
