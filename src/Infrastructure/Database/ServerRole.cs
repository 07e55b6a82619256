using Microsoft.Extensions.Logging;
using Npgsql;

namespace FaceAttendance.Infrastructure.Database;

/// <summary>
/// What the role that the server works as may do: everything with the data, nothing with the schema, and with the audit log only add and
/// read. A server that was taken over can then not undo what it wrote there.
/// </summary>
internal sealed partial class ServerRole(NpgsqlDataSource database, OwnerDatabase owner, ILogger<ServerRole> log)
{
    // What an extension brings along is not the owner's to give. The keys of an earlier version are the owner's alone, and another process
    // may be dropping them.
    private const string ListTables =
        """
        SELECT c.oid::regclass::text FROM pg_class AS c
        WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
          AND c.relname <> 'protection_keys'
          AND NOT EXISTS (SELECT 1 FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        """;

    public const string AlterAuditWarning =
        "The role that the server works as may alter the audit log. Give it a role of its own, and name the owner in " +
        "ConnectionStrings__Owner; see docs/runbook.md.";

    private const string CanAlterAudit =
        """
        SELECT pg_has_role(c.relowner, 'MEMBER') OR has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER') FROM pg_class AS c
        WHERE c.oid = 'audit'::regclass
        """;

    /// <summary>On the owner's connection, after it has migrated, while no other process does.</summary>
    public async Task GrantAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        if (!owner.IsSeparate) return;
        var role = new NpgsqlCommandBuilder().QuoteIdentifier(await ReadAsync(database, "SELECT current_user::text", ct));
        if (role == new NpgsqlCommandBuilder().QuoteIdentifier(await ReadAsync(owner.Source, "SELECT current_user::text", ct))) return;
        var tables = new List<string>();
        await using (var list = new NpgsqlCommand(ListTables, connection))
        await using (var rows = await list.ExecuteReaderAsync(ct))
        {
            while (await rows.ReadAsync(ct)) tables.Add(rows.GetString(0));
        }
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var grant = new NpgsqlCommand(
            $"""
            GRANT SELECT, INSERT, UPDATE, DELETE ON {string.Join(", ", tables)} TO {role};
            REVOKE UPDATE, DELETE ON audit FROM {role};
            REVOKE INSERT, UPDATE, DELETE ON audit_heads, schema_migrations FROM {role};
            """, connection);
        await grant.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    public async Task WarnAsync(CancellationToken ct)
    {
        if (await MayAlterAuditAsync(ct)) Log.CanAlterAudit(log);
    }

    public async Task<bool> MayAlterAuditAsync(CancellationToken ct)
    {
        await using var ask = database.CreateCommand(CanAlterAudit);
        return (bool)(await ask.ExecuteScalarAsync(ct))!;
    }

    private static async Task<string> ReadAsync(NpgsqlDataSource source, string sql, CancellationToken ct)
    {
        await using var read = source.CreateCommand(sql);
        return (string)(await read.ExecuteScalarAsync(ct))!;
    }

    private static partial class Log
    {
        [LoggerMessage(1304, LogLevel.Warning,
            AlterAuditWarning)]
        public static partial void CanAlterAudit(ILogger log);
    }
}
