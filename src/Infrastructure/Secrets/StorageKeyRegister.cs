using System.Security.Cryptography;
using System.Text;
using FaceAttendance.Application;
using Npgsql;

namespace FaceAttendance.Infrastructure.Secrets;

/// <summary>The names of the storage keys that rows are encrypted with, and a check text of each, by which a start tells the right key from
/// another.</summary>
internal sealed class StorageKeyRegister(NpgsqlDataSource database, StorageKeys keys)
{
    /// <summary>Whether a row needs the key of the table <c>storage_keys AS k</c>. Pictures of liveness sessions do without
    /// theirs.</summary>
    internal const string IsUsed =
        "(EXISTS (SELECT 1 FROM templates WHERE key_id = k.id) OR EXISTS (SELECT 1 FROM server_secrets WHERE key_id = k.id))";

    private const string ReadKeys = $"SELECT id, check_value, {IsUsed} FROM storage_keys AS k ORDER BY id";
    private const string ForgetKey = $"DELETE FROM storage_keys AS k WHERE id = $1 AND NOT {IsUsed}";

    private const string WayOut = "If it is lost for good, --give-up-templates removes what it had encrypted and keeps the rest.";

    private static readonly byte[] CheckText = "faceattendance/storage-key/1"u8.ToArray();

    /// <summary>For the transaction that writes a row under the current key.</summary>
    public static NpgsqlBatchCommand Announce(StorageKeys keys)
    {
        using var cipher = keys.OpenCipher();
        return new("INSERT INTO storage_keys (id, check_value) VALUES ($1, $2) ON CONFLICT (id) DO NOTHING")
        {
            Parameters =
            {
                new() { Value = keys.CurrentId }, new() { Value = cipher.Seal(CheckText, Encoding.ASCII.GetBytes(keys.CurrentId)) },
            },
        };
    }

    /// <summary>Before anything is read: every row can be opened under the keys that this server was given.</summary>
    /// <exception cref="StartupException">A key is missing, or is another one than before; the message names it.</exception>
    public async Task CheckAsync(CancellationToken ct)
    {
        var known = await ReadAsync(ct);
        if (known.Select(FaultOf).OfType<StartupException>().FirstOrDefault() is { } fault) throw fault;
        // One that no row needs is forgotten, so that it is not asked for again.
        foreach (var (id, _, _) in known.Where(k => !IsHere(k.Id))) await ForgetAsync(id, ct);
        await AnnounceAsync(ct);
    }

    /// <summary>Lays the current key's check text where rows under it need it, unless it is there.</summary>
    public async Task AnnounceAsync(CancellationToken ct)
    {
        await using var announce = database.CreateBatch();
        announce.BatchCommands.Add(Announce(keys));
        await announce.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Looks without changing anything.</summary>
    /// <returns>What <see cref="CheckAsync"/> would stop at; null for nothing.</returns>
    public async Task<StartupException?> FindFaultAsync(CancellationToken ct) =>
        (await ReadAsync(ct)).Select(FaultOf).OfType<StartupException>().FirstOrDefault();

    /// <summary>The keys that rows need and that this server does not have, or has another of the same name for.</summary>
    public async Task<string[]> FindLostAsync(CancellationToken ct) =>
        [.. from key in await ReadAsync(ct) where key.IsUsed && !(IsHere(key.Id) && Fits(key.Id, key.Check)) select key.Id];

    /// <summary>Lets the current key stand for itself, whatever bore its name among those that are lost.</summary>
    public async Task ReplaceAsync(NpgsqlConnection connection, string[] lost, CancellationToken ct)
    {
        await using var replace = new NpgsqlBatch(connection) { BatchCommands = { Announce(keys) } };
        if (lost.Contains(keys.CurrentId))
        {
            replace.BatchCommands[0].CommandText = "UPDATE storage_keys SET check_value = $2 WHERE id = $1";
        }
        await replace.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Forgets those that no row needs any more.</summary>
    public async Task ForgetAsync(NpgsqlConnection connection, string[] lost, CancellationToken ct)
    {
        foreach (var id in lost.Where(id => id != keys.CurrentId))
        {
            await using var forget = new NpgsqlCommand(ForgetKey, connection) { CommandTimeout = 0, Parameters = { new() { Value = id } } };
            await forget.ExecuteNonQueryAsync(ct);
        }
    }

    // Where a key file would be made, none is while rows wait for the one that was lost.
    private StartupException? FaultOf((string Id, byte[] Check, bool IsUsed) key) =>
        IsHere(key.Id) ? Fits(key.Id, key.Check) ? null : Another(key.Id) : key.IsUsed ? Missing(key.Id) : null;

    private bool IsHere(string id) => !keys.IsUnmade && keys.Knows(id);

    private static StartupException Another(string id) => new(
        $"The key '{id}' is not the one that this database was encrypted with, though it bears the same name. Put the right one back " +
        $"into the file that SERVER_KEY_FILE names, or into SERVER_KEYS. {WayOut}");

    private StartupException Missing(string id)
    {
        var given = keys.IsUnmade ? "there is no key file" : $"it has {string.Join(", ", keys.Ids.Select(k => $"'{k}'"))}";
        return new(
            $"The database is encrypted with the key '{id}', which this server was not given ({given}). " +
            "Put that key back into the file that SERVER_KEY_FILE names, or into SERVER_KEYS; it may go when 'faceattendance templates " +
            "rotate-key' has said that no row needs it. " +
            WayOut);
    }

    private async Task<List<(string Id, byte[] Check, bool IsUsed)>> ReadAsync(CancellationToken ct)
    {
        var known = new List<(string, byte[], bool)>();
        await using var read = database.CreateCommand(ReadKeys);
        read.CommandTimeout = 0;
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) known.Add((reader.GetString(0), reader.GetFieldValue<byte[]>(1), reader.GetBoolean(2)));
        return known;
    }

    private bool Fits(string id, byte[] check)
    {
        using var cipher = keys.OpenCipher();
        var plain = new byte[CheckText.Length];
        return check.Length == StorageCipher.Overhead + CheckText.Length
            && cipher.Open(id, check, Encoding.ASCII.GetBytes(id), plain) == Opening.Opened
            && CryptographicOperations.FixedTimeEquals(plain, CheckText);
    }

    private async Task ForgetAsync(string id, CancellationToken ct)
    {
        await using var forget = database.CreateCommand(ForgetKey);
        forget.CommandTimeout = 0;
        forget.Parameters.AddWithValue(id);
        await forget.ExecuteNonQueryAsync(ct);
    }
}
