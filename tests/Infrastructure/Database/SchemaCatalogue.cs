using Npgsql;

namespace FaceAttendance.Infrastructure.Tests.Database;

/// <summary>A table or a partition of one, as PostgreSQL's catalogue describes it.</summary>
/// <param name="Counters">Columns that are numbered by a sequence.</param>
/// <param name="Triggers">Those that are no foreign key's.</param>
/// <param name="HasPolicies">Whether rows are shown by who asks (row-level security).</param>
internal sealed record SchemaTable(
    string Name, IReadOnlyList<string> Columns, bool HasPrimaryKey, bool HasSchool, IReadOnlyList<string> Counters,
    IReadOnlyList<string> Triggers, bool HasPolicies);

/// <summary>A primary key, a unique index (a partial one too) or an exclusion constraint.</summary>
/// <param name="Columns">What is compared, in order; a term that is no plain column stands in brackets.</param>
internal sealed record SchemaKey(string Table, string Name, IReadOnlyList<string> Columns);

/// <param name="Columns">In the order of <paramref name="TargetColumns"/>.</param>
/// <param name="SetsColumns">Whether the removal or the change of what is named sets a column to another value.</param>
internal sealed record SchemaReference(
    string Table, string Name, IReadOnlyList<string> Columns, string Target, IReadOnlyList<string> TargetColumns, bool SetsColumns);

/// <summary>The tables of a database and what holds them together; those of extensions are left out.</summary>
internal sealed record SchemaCatalogue(
    IReadOnlyList<SchemaTable> Tables, IReadOnlyList<SchemaKey> Keys, IReadOnlyList<SchemaReference> References)
{
    public const string School = "school_id";

    // Of the whole server, and why no school is in their keys. A distributed PostgreSQL keeps them everywhere.
    public static readonly IReadOnlyDictionary<string, string> ServerWide = new Dictionary<string, string>
    {
        ["schools"] = "the schools themselves: the id is what school_id stands for, and the code is found before the school is known",
        ["schema_migrations"] = "the schema is one for all",
        ["storage_keys"] = "the keys that rows are sealed with are the server's",
        ["server_secrets"] = "the server's own",
        ["log_in_failures"] = "what was typed at a log-in is nobody's until it is judged",
        ["known_addresses"] = "as log_in_failures",
        ["protection_keys"] = "of an earlier version; the first start takes them over and drops the table",
    };

    private const string Ours =
        """
        WITH ours AS (
            SELECT c.oid, c.relname::text AS name FROM pg_class AS c
            WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p')
                AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
        )
        """;

    private const string ReadTables =
        $"""
        {Ours}
        SELECT name,
            ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = ours.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum),
            EXISTS (SELECT FROM pg_index WHERE indrelid = ours.oid AND indisprimary),
            EXISTS (SELECT FROM pg_attribute
                WHERE attrelid = ours.oid AND attname = '{School}' AND atttypid = 'uuid'::regtype AND attnotnull),
            ARRAY(SELECT a.attname::text FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = ours.oid AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) LIKE '%nextval(%')),
            ARRAY(SELECT tgname::text FROM pg_trigger WHERE tgrelid = ours.oid AND NOT tgisinternal ORDER BY tgname),
            (SELECT relrowsecurity FROM pg_class WHERE pg_class.oid = ours.oid)
        FROM ours ORDER BY name
        """;

    private const string ReadKeys =
        $"""
        {Ours}
        SELECT name, i.indexrelid::regclass::text, ARRAY(
            SELECT coalesce(a.attname::text, '(' || pg_get_indexdef(i.indexrelid, n + 1, true) || ')')
            FROM generate_series(0, i.indnkeyatts - 1) AS n
            LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[n] AND i.indkey[n] <> 0 ORDER BY n)
        FROM ours JOIN pg_index AS i ON i.indrelid = ours.oid
        WHERE i.indisunique OR i.indisexclusion ORDER BY 1, 2
        """;

    private const string ReadReferences =
        $"""
        {Ours}
        SELECT name, k.conname::text, k.confrelid::regclass::text,
            ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS c (num, n)
                JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = c.num ORDER BY n),
            ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS c (num, n)
                JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = c.num ORDER BY n),
            k.confdeltype IN ('n', 'd') OR k.confupdtype IN ('n', 'd', 'c')
        FROM ours JOIN pg_constraint AS k ON k.conrelid = ours.oid AND k.contype = 'f' ORDER BY 1, 2
        """;

    /// <param name="schema">Whose tables; they are named without it where it is the one that is searched.</param>
    public static async Task<SchemaCatalogue> ReadAsync(string connectionString, string schema = "public")
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        return new(
            await ListAsync(source, ReadTables, schema, r => new SchemaTable(
                r.GetString(0), r.GetFieldValue<string[]>(1), r.GetBoolean(2), r.GetBoolean(3), r.GetFieldValue<string[]>(4),
                r.GetFieldValue<string[]>(5), r.GetBoolean(6))),
            await ListAsync(source, ReadKeys, schema, r => new SchemaKey(r.GetString(0), r.GetString(1), r.GetFieldValue<string[]>(2))),
            await ListAsync(source, ReadReferences, schema, r => new SchemaReference(
                r.GetString(0), r.GetString(1), r.GetFieldValue<string[]>(3), r.GetString(2), r.GetFieldValue<string[]>(4),
                r.GetBoolean(5))));
    }

    /// <summary>Whatever would let two schools meet in one key, or hold a row of one school by a row of another.</summary>
    public IEnumerable<string> Faults()
    {
        foreach (var table in Tables)
        {
            if (!table.HasPrimaryKey) yield return $"{table.Name} has no primary key";
            if (IsSchools(table.Name) && !table.HasSchool) yield return $"{table.Name} has no {School} that is a uuid and never null";
            foreach (var column in table.Counters) yield return $"{table.Name}.{column} is counted by a sequence, over all schools";
        }
        foreach (var key in Keys.Where(k => IsSchools(k.Table) && k.Columns[0] != School))
            yield return $"{key.Name} on {key.Table} ({string.Join(", ", key.Columns)}) does not begin with {School}";
        foreach (var reference in References)
        {
            var name = $"{reference.Name} of {reference.Table} to {reference.Target}";
            if (!IsSchools(reference.Table) && IsSchools(reference.Target)) yield return $"{name} leads from the server to a school's row";
            // What is the server's may be named by a row of any school; nothing of another school's is found through it.
            if (!IsSchools(reference.Table) || (!IsSchools(reference.Target) && reference.Target != "schools")) continue;
            var at = reference.Columns.ToList().IndexOf(School);
            if (at < 0 || reference.TargetColumns[at] != (reference.Target == "schools" ? "id" : School))
                yield return $"{name} does not compare {School}";
        }
    }

    public static bool IsSchools(string table) => !ServerWide.ContainsKey(table);

    private static async Task<List<T>> ListAsync<T>(NpgsqlDataSource source, string sql, string schema, Func<NpgsqlDataReader, T> row)
    {
        var rows = new List<T>();
        await using var command = source.CreateCommand(sql);
        command.Parameters.AddWithValue(schema);
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync()) rows.Add(row(reader));
        return rows;
    }
}
