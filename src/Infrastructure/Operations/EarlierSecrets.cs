using System.Globalization;
using System.Security.Cryptography;
using System.Xml.Linq;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using FaceAttendance.Infrastructure.Secrets;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.Repositories;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Operations;

/// <summary>
/// What versions before kept plainly, or under Data Protection's keys, which lay in the same database: taken over once, at the first start,
/// under the server's own secrets. Those keys are removed, so that no token made with them is taken any more, whoever has them from an old
/// backup.
/// </summary>
internal sealed partial class EarlierSecrets(
    OwnerDatabase owner, ServerSecrets secrets, EndpointSecrets endpoints, ILogger<EarlierSecrets> log)
{
    private const int BatchRows = 5000;

    // The ASCII codes of "OLDK": one process takes over, the others wait for it.
    private const long Lock = 0x4F4C444B;

    // Asked of the catalogue's rows: what a session remembers of names may be older than the lock it waited for.
    private const string IsDue = "SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'protection_keys' AND relkind = 'r')";

    /// <summary>After <see cref="ServerSecrets.PrepareAsync"/>, and before anything of it is read. All or nothing.</summary>
    public async Task TakeOverAsync(CancellationToken ct)
    {
        await using var connection = await owner.Source.OpenConnectionAsync(ct);
        if (!await IsDueAsync(connection, ct)) return;
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(connection, string.Create(CultureInfo.InvariantCulture, $"SELECT pg_advisory_xact_lock({Lock})"), ct);
        if (!await IsDueAsync(connection, ct)) return;
        var rows =
            await TakeOverOperatorsAsync(connection, ct) + await TakeOverEndpointsAsync(connection, ct)
                + await TakeOverPhotosAsync(connection, ct);
        await ExecuteAsync(connection, "DROP TABLE protection_keys", ct);
        await transaction.CommitAsync(ct);
        if (rows > 0) Log.TakenOver(log, rows);
    }

    private async Task<int> TakeOverOperatorsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var write = new NpgsqlBatch(connection);
        await using (var read =
            new NpgsqlCommand("SELECT id, webhook_secret FROM schools WHERE webhook_secret IS NOT NULL FOR UPDATE", connection))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
            {
                write.BatchCommands.Add(new("UPDATE schools SET webhook_secret = $2 WHERE id = $1")
                {
                    Parameters = { new() { Value = rows.GetGuid(0) }, new() { Value = endpoints.Protect(rows.GetString(1)) } },
                });
            }
        }
        return await ExecuteAsync(write, ct);
    }

    private async Task<int> TakeOverEndpointsAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var earlier = await EarlierProtectorAsync(connection, ct);
        var write = new NpgsqlBatch(connection);
        await using (var read = new NpgsqlCommand(
            """
            SELECT school_id, id, secret, headers, NULL FROM webhook_endpoints
            UNION ALL SELECT school_id, endpoint_id, secret, NULL, replaced_at FROM webhook_previous_secrets
            """, connection))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct))
            {
                var (school, endpoint) = (rows.GetGuid(0), rows.GetGuid(1));
                try
                {
                    var secret = endpoints.Protect(earlier.Unprotect(rows.GetString(2)));
                    write.BatchCommands.Add(rows.IsDBNull(3)
                        ? new(
                            "UPDATE webhook_previous_secrets SET secret = $3 WHERE school_id = $1 AND endpoint_id = $2 AND replaced_at " +
                            "= $4")
                        {
                            Parameters =
                            {
                                new() { Value = school }, new() { Value = endpoint }, new() { Value = secret },
                                new() { Value = rows.GetDateTime(4) },
                            },
                        }
                        : new("UPDATE webhook_endpoints SET secret = $3, headers = $4 WHERE school_id = $1 AND id = $2")
                        {
                            Parameters =
                            {
                                new() { Value = school }, new() { Value = endpoint }, new() { Value = secret },
                                new() { Value = endpoints.ProtectHeaders(earlier.Unprotect(rows.GetString(3))) },
                            },
                        });
                }
                catch (CryptographicException)
                {
                    write.BatchCommands.Add(endpoints.LoseOf(school, endpoint));
                    Log.Lost(log, endpoint, school);
                }
            }
        }
        return await ExecuteAsync(write, ct);
    }

    /// <summary>From the photo's digest to that digest's code under the server's key.</summary>
    private async Task<int> TakeOverPhotosAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var done = 0;
        for (var (school, after, count) = (Guid.Empty, Guid.Empty, BatchRows); count == BatchRows; done += count)
        {
            var (schools, ids, codes) = (new List<Guid>(), new List<Guid>(), new List<byte[]>());
            await using (var read = new NpgsqlCommand(
                "SELECT school_id, id, image_mac FROM templates WHERE (school_id, id) > ($1, $2) ORDER BY school_id, id LIMIT $3 FOR " +
                "UPDATE", connection)
            {
                CommandTimeout = 0,
                Parameters = { new() { Value = school }, new() { Value = after }, new() { Value = BatchRows } },
            })
            await using (var rows = await read.ExecuteReaderAsync(ct))
            {
                while (await rows.ReadAsync(ct))
                {
                    schools.Add(school = rows.GetGuid(0));
                    ids.Add(after = rows.GetGuid(1));
                    codes.Add(secrets.MacOf(SecretUse.PhotoDigests, rows.GetFieldValue<byte[]>(2)));
                }
            }
            await using var write = new NpgsqlCommand(
                """
                UPDATE templates AS t SET image_mac = w.code FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS w (school_id, id, code)
                WHERE t.school_id = w.school_id AND t.id = w.id
                """, connection)
            {
                CommandTimeout = 0,
                Parameters =
                {
                    new() { Value = schools }, new() { Value = ids },
                    new() { Value = codes, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea },
                },
            };
            await write.ExecuteNonQueryAsync(ct);
            count = ids.Count;
        }
        return done;
    }

    private static async Task<IDataProtector> EarlierProtectorAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var found = new List<XElement>();
        await using (var read = new NpgsqlCommand("SELECT xml FROM protection_keys ORDER BY added_at", connection))
        await using (var rows = await read.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) found.Add(XElement.Parse(rows.GetString(0)));
        }
        var services = new ServiceCollection();
        services.AddDataProtection().SetApplicationName("FaceAttendance").DisableAutomaticKeyGeneration();
        services.Configure<KeyManagementOptions>(options => options.XmlRepository = new ReadOnly(found));
        return services.BuildServiceProvider().GetRequiredService<IDataProtectionProvider>()
            .CreateProtector("FaceAttendance.WebhookEndpoints", "v1");
    }

    private static async Task<bool> IsDueAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var ask = new NpgsqlCommand(IsDue, connection);
        return (bool)(await ask.ExecuteScalarAsync(ct))!;
    }

    private static async Task<int> ExecuteAsync(NpgsqlBatch batch, CancellationToken ct)
    {
        await using (batch)
        {
            if (batch.BatchCommands.Count > 0) await batch.ExecuteNonQueryAsync(ct);
            return batch.BatchCommands.Count;
        }
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }

    private sealed class ReadOnly(IReadOnlyCollection<XElement> elements) : IXmlRepository
    {
        public IReadOnlyCollection<XElement> GetAllElements() => elements;

        public void StoreElement(XElement element, string friendlyName) => throw new NotSupportedException("No key is made here any more.");
    }

    private static partial class Log
    {
        [LoggerMessage(1703, LogLevel.Warning,
            "Took over {Rows} rows under the server's own secrets, and removed the keys that an earlier version kept in the database: " +
            "users log in again. " +
            "Backups made before still hold what stood there; rotate the secrets of webhooks if others could read those.")]
        public static partial void TakenOver(ILogger log, int rows);

        [LoggerMessage(1704, LogLevel.Error,
            "The webhook endpoint {Endpoint} of school {School} did not open with the keys of the earlier version and is disabled: give " +
            "it its headers, rotate its secret and enable it.")]
        public static partial void Lost(ILogger log, Guid endpoint, Guid school);
    }
}
