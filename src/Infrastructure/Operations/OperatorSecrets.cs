using FaceAttendance.Application;
using FaceAttendance.Application.Audit;
using FaceAttendance.Infrastructure.Access;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Gallery;
using FaceAttendance.Infrastructure.Secrets;
using Npgsql;

namespace FaceAttendance.Infrastructure.Operations;

/// <summary>What is encrypted with keys that this server does not have.</summary>
/// <param name="Keys">Their names.</param>
/// <param name="Secrets">Whether some are the server's own secrets, on which log-ins and webhooks hang.</param>
public sealed record LostToKeys(IReadOnlyList<string> Keys, long Templates, long Students, bool Secrets);

/// <summary>What whoever runs the server may do with its keys and secrets, from its own command line; see
/// <see cref="OperatorAccess"/>.</summary>
public sealed class OperatorSecrets
{
    private const string CountLost =
        "SELECT count(*), count(DISTINCT (school_id, student_id)), (SELECT count(*) FROM server_secrets WHERE key_id = ANY ($1)) FROM " +
        "templates WHERE key_id = ANY ($1)";

    private const string Bury =
        """
        WITH gone AS (DELETE FROM templates WHERE school_id = $1 AND key_id = ANY ($3) RETURNING id)
        INSERT INTO template_tombstones (school_id, template_id, revision) SELECT $1, id, $2 FROM gone
        """;

    private const string ForgetPictures = "DELETE FROM liveness_pictures WHERE key_id = ANY ($1)";
    private const string ForgetSightings = "DELETE FROM sighting_faces WHERE key_id = ANY ($1)";

    private readonly NpgsqlDataSource _database;
    private readonly DatabasePreparation _preparation;
    private readonly StorageKeyRegister _register;
    private readonly ServerSecrets _secrets;
    private readonly EndpointSecrets _endpoints;
    private readonly EarlierSecrets _earlier;
    private readonly WebhookSecrets _webhooks;
    private readonly AuditLog _audit;

    internal OperatorSecrets(
        NpgsqlDataSource database, DatabasePreparation preparation, StorageKeyRegister register, ServerSecrets secrets,
        EndpointSecrets endpoints, EarlierSecrets earlier, WebhookSecrets webhooks, AuditLog audit) =>
        (_database, _preparation, _register, _secrets, _endpoints, _earlier, _webhooks, _audit) =
            (database, preparation, register, secrets, endpoints, earlier, webhooks, audit);

    /// <summary>What the operator's receiver checks signatures with.</summary>
    /// <exception cref="StartupException">The keys do not fit the database.</exception>
    public async Task<string> RevealWebhookSecretAsync(CancellationToken ct)
    {
        await _preparation.RunAsync(ct);
        await _register.CheckAsync(ct);
        await _secrets.PrepareAsync(ct);
        await _earlier.TakeOverAsync(ct);
        return await _webhooks.RevealAsync(OperatorsEndpoint.School, ct);
    }

    /// <returns>Null when every row opens under the keys that are here.</returns>
    public async Task<LostToKeys?> FindLostAsync(CancellationToken ct)
    {
        await _preparation.RunAsync(ct);
        var lost = await _register.FindLostAsync(ct);
        if (lost.Length == 0) return null;
        await using var count = _database.CreateCommand(CountLost);
        count.CommandTimeout = 0;
        count.Parameters.AddWithValue(lost);
        await using var row = await count.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(lost, row.GetInt64(0), row.GetInt64(1), row.GetInt64(2) > 0);
    }

    /// <summary>
    /// Removes what the lost keys had encrypted, and makes new secrets of the server's own in the place of lost ones; all or nothing. From
    /// then on the server starts under the keys that it has.
    /// </summary>
    public async Task GiveUpAsync(LostToKeys lost, CancellationToken ct)
    {
        string[] keys = [.. lost.Keys];
        var schools = await SchoolList.ReadAsync(_database, ct);
        await using var connection = await _database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var tell = new NpgsqlBatch(connection);
        foreach (var school in schools)
        {
            var revision = await GalleryRevision.BumpForRemovalAsync(connection, school, ct);
            var templates = await ExecuteAsync(connection, Bury, ct, school.Value, revision, keys);
            tell.BatchCommands.Add(GalleryRevision.Notify(school, revision));
            tell.BatchCommands.Add(_audit.EntryOf(new(
                school, AuditActions.TemplatesGivenUp, string.Join(' ', keys),
                new Dictionary<string, object?> { ["templates"] = templates, ["secrets"] = lost.Secrets })));
        }
        await ExecuteAsync(connection, ForgetPictures, ct, (object)keys);
        await ExecuteAsync(connection, ForgetSightings, ct, (object)keys);
        await _register.ReplaceAsync(connection, keys, ct);
        if (await _secrets.ReplaceAsync(connection, keys, SecretUse.Webhooks, ct)) await LoseWebhooksAsync(connection, ct);
        await _register.ForgetAsync(connection, keys, ct);
        await tell.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
    }

    private async Task LoseWebhooksAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        // A start makes a new one.
        await ExecuteAsync(connection, "UPDATE schools SET webhook_secret = NULL", ct);
        await using var lose = new NpgsqlBatch(connection);
        await using (var read = new NpgsqlCommand("SELECT school_id, id FROM webhook_endpoints", connection))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) lose.BatchCommands.Add(_endpoints.LoseOf(rows.GetGuid(0), rows.GetGuid(1)));
        }
        if (lose.BatchCommands.Count > 0) await lose.ExecuteNonQueryAsync(ct);
    }

    private static async Task<int> ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        foreach (var value in values) command.Parameters.AddWithValue(value);
        return await command.ExecuteNonQueryAsync(ct);
    }
}
