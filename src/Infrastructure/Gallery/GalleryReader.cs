using System.Data;
using System.Globalization;
using System.Runtime.CompilerServices;
using FaceAttendance.Domain.Recognition;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;

namespace FaceAttendance.Infrastructure.Gallery;

/// <summary>Reads one school's templates as of one moment: a repeatable-read transaction that ends with this object, or somebody
/// else's.</summary>
internal sealed class GalleryReader : IAsyncDisposable
{
    private const string CountForeign = "SELECT count(*) FROM templates WHERE school_id = $1 AND contract <> $2";
    // No row of a gallery is without its id, and an index alone counts them. The longest template says of which kind most are.
    private const string CountUpTo =
        """
        SELECT (SELECT count(*) FROM (SELECT id FROM templates LIMIT $1) AS counted),
            (SELECT max(octet_length(embedding)) FROM (SELECT embedding FROM templates LIMIT 100) AS read)
        """;

    private const string ReadHead = "SELECT gallery_revision, tombstone_floor FROM schools WHERE id = $1";
    private const string ReadRemoved = "SELECT template_id FROM template_tombstones WHERE school_id = $1 AND revision > $2";
    private const string ReadNegatives =
        """
        SELECT negative_id, student_id, key_id, embedding, id FROM sighting_faces
        WHERE school_id = $1 AND contract = $2 AND revision > $3 AND octet_length(embedding) = $4
        """;

    private const string IfConsented =
        " AND EXISTS (SELECT 1 FROM students AS s WHERE s.school_id = templates.school_id AND s.id = templates.student_id AND s.consent " +
        "= 'given')";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction? _transaction;
    private readonly SchoolId _school;
    private readonly EmbeddingContractId _contract;
    private readonly StorageKeys _keys;
    private readonly List<UnreadableTemplate> _unreadable = [];

    private GalleryReader(
        NpgsqlConnection connection, NpgsqlTransaction? transaction, StorageKeys keys, SchoolId school, EmbeddingContractId contract) =>
        (_connection, _transaction, _keys, _school, _contract) = (connection, transaction, keys, school, contract);

    public long Revision { get; private set; }

    /// <summary>Leaves out students who did not give their consent.</summary>
    public bool OnlyConsented { get; init; }

    /// <summary>Removals up to this revision are no longer told.</summary>
    public long TombstoneFloor { get; private set; }

    /// <summary>Rows that <see cref="ReadAddedAsync"/> met and left out.</summary>
    public IReadOnlyList<UnreadableTemplate> Unreadable => _unreadable;

    /// <returns>Templates that another model made.</returns>
    public static async Task<long> CountForeignAsync(
        NpgsqlDataSource database, SchoolId school, EmbeddingContractId contract, CancellationToken ct)
    {
        await using var count = database.CreateCommand(CountForeign);
        count.Parameters.AddWithValue(school.Value);
        count.Parameters.AddWithValue(contract.Value);
        return (long)(await count.ExecuteScalarAsync(ct))!;
    }

    /// <returns>Whether all schools' templates take so many bytes of memory at most.</returns>
    public static async Task<bool> DoFitAsync(NpgsqlDataSource database, long bytes, CancellationToken ct)
    {
        await using var count = database.CreateCommand(CountUpTo);
        count.Parameters.AddWithValue(bytes / GallerySnapshot.BytesOf(0) + 1);
        await using var reader = await count.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        return reader.IsDBNull(1)
            || reader.GetInt64(0) * GallerySnapshot.BytesOf(TemplateSeal.DimensionOf(reader.GetInt32(1)) ?? 0) <= bytes;
    }

    /// <summary>Reads within the transaction that is open on a connection, which stays the caller's.</summary>
    public static GalleryReader Within(
        NpgsqlConnection connection, StorageKeys keys, SchoolId school, EmbeddingContractId contract, bool onlyConsented) =>
        new(connection, null, keys, school, contract) { OnlyConsented = onlyConsented };

    public static async Task<GalleryReader> OpenAsync(
        NpgsqlDataSource database, StorageKeys keys, SchoolId school, EmbeddingContractId contract, bool onlyConsented,
        CancellationToken ct)
    {
        var connection = await database.OpenConnectionAsync(ct);
        try
        {
            var opened = new GalleryReader(
                connection, await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct), keys, school, contract)
            {
                OnlyConsented = onlyConsented,
            };
            await using var head = new NpgsqlCommand(ReadHead, connection) { Parameters = { new() { Value = school.Value } } };
            await using var reader = await head.ExecuteReaderAsync(ct);
            // A school that does not exist has an empty gallery at revision zero.
            if (await reader.ReadAsync(ct)) (opened.Revision, opened.TombstoneFloor) = (reader.GetInt64(0), reader.GetInt64(1));
            return opened;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Templates of any contract that were removed after a revision.</summary>
    public async Task<IReadOnlyList<TemplateId>> ReadRemovedAsync(long since, CancellationToken ct)
    {
        var removed = new List<TemplateId>();
        await using var read = new NpgsqlCommand(ReadRemoved, _connection)
        {
            Parameters = { new() { Value = _school.Value }, new() { Value = since } },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) removed.Add(new TemplateId(reader.GetGuid(0)));
        return removed;
    }

    /// <summary>Templates of the contract that were added after a revision, in batches of at least one. A batch is valid until the next is
    /// asked for.</summary>
    /// <param name="dimension">D, if known; otherwise the first row tells it.</param>
    public async IAsyncEnumerable<IReadOnlyList<GalleryEntry>> ReadAddedAsync(
        long since, int? dimension, [EnumeratorCancellation] CancellationToken ct)
    {
        await using var rows = await _connection.BeginRawBinaryCopyAsync(CopyAdded(since), ct);
        var copy = new TemplateCopy(rows, _keys, _school, _contract);
        var isWhole = false;
        try
        {
            await foreach (var batch in copy.ReadAsync(dimension, ct)) yield return batch;
            isWhole = true;
        }
        finally
        {
            _unreadable.AddRange(copy.Unreadable);
            // Otherwise the rest would be read to its end.
            if (!isWhole) await rows.CancelAsync();
        }
    }

    /// <summary>Negative examples of the contract that came about after a revision. One that does not open tells nothing.</summary>
    public async Task<IReadOnlyList<GalleryEntry>> ReadNegativesAsync(long since, int dimension, CancellationToken ct)
    {
        await using var read = new NpgsqlCommand(ReadNegatives, _connection)
        {
            Parameters =
            {
                new() { Value = _school.Value }, new() { Value = _contract.Value }, new() { Value = since },
                new() { Value = (dimension * sizeof(float)) + StorageCipher.Overhead },
            },
        };
        await using var reader = await read.ExecuteReaderAsync(ct);
        var negatives = new List<GalleryEntry>();
        using var cipher = _keys.OpenCipher();
        var seal = new TemplateSeal(cipher, _school, SightingFaces.Purpose);
        while (await reader.ReadAsync(ct))
        {
            var student = new StudentId(reader.GetString(1));
            var unit = new float[dimension];
            if (seal.Open(
                new(reader.GetGuid(4)), student, _contract, reader.GetString(2), reader.GetFieldValue<byte[]>(3), unit) == Opening.Opened)
                negatives.Add(new(new(reader.GetGuid(0)), student, unit));
        }
        return negatives;
    }

    // COPY takes no parameters.
    private string CopyAdded(long since) => string.Create(CultureInfo.InvariantCulture,
        $"""
        COPY (
            SELECT id, student_id, key_id, embedding FROM templates
            WHERE school_id = '{_school.Value}' AND contract = '{_contract.Value.Replace("'", "''", StringComparison.Ordinal)}'
                AND revision > {since}{(OnlyConsented ? IfConsented : "")}
        ) TO STDOUT (FORMAT BINARY)
        """);

    public async ValueTask DisposeAsync()
    {
        if (_transaction is null) return;
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }
}

/// <summary>A stored template that the gallery cannot take.</summary>
internal readonly record struct UnreadableTemplate(TemplateId Id, string Key, UnreadableReason Reason);

internal enum UnreadableReason
{
    OtherLength,
    UnknownKey,
    Changed,
}
