using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Students;

/// <summary>Many students at once in PostgreSQL. Thread-safe.</summary>
internal sealed class StudentImportStore(NpgsqlDataSource database, AuditLog audit) : IStudentImports
{
    // In the order of their ids, so that two imports at once do not wait for each other in a circle. Whoever is missing from the answer
    // holds all that was given already; xmax is zero in a row that no transaction has replaced or locked, which is one that this statement
    // made.
    private const string Upsert =
        """
        INSERT INTO students (school_id, id, full_name, birth_date, class_name, address)
        SELECT $1, given.id, given.full_name, given.birth_date, given.class_name, given.address
        FROM unnest($2::text[], $3::text[], $4::date[], $5::text[], $6::text[]) AS given (id, full_name, birth_date, class_name, address)
        ORDER BY given.id COLLATE "C"
        ON CONFLICT (school_id, id) DO UPDATE SET
            full_name  = COALESCE(EXCLUDED.full_name,  students.full_name),
            birth_date = COALESCE(EXCLUDED.birth_date, students.birth_date),
            class_name = COALESCE(EXCLUDED.class_name, students.class_name),
            address    = COALESCE(EXCLUDED.address,    students.address),
            updated_at = clock_timestamp()
        WHERE (COALESCE(EXCLUDED.full_name, students.full_name), COALESCE(EXCLUDED.birth_date, students.birth_date),
               COALESCE(EXCLUDED.class_name, students.class_name), COALESCE(EXCLUDED.address, students.address))
            IS DISTINCT FROM (students.full_name, students.birth_date, students.class_name, students.address)
        RETURNING id, xmax = 0
        """;

    public async Task<IReadOnlyList<ImportOutcome>> UpsertAsync(
        SchoolId school, IReadOnlyList<ImportedStudent> students, bool dryRun, CancellationToken ct)
    {
        var isNew = new Dictionary<string, bool>(StringComparer.Ordinal);
        await using (var connection = await database.OpenConnectionAsync(ct))
        await using (var transaction = await connection.BeginTransactionAsync(ct))
        {
            await using (var upsert = new NpgsqlCommand(Upsert, connection)
            {
                Parameters =
                {
                    new() { Value = school.Value },
                    Texts(students.Select(s => s.Id.Value)),
                    Texts(students.Select(s => s.Profile.FullName)),
                    new()
                    {
                        Value = students.Select(s => s.Profile.BirthDate).ToArray(),
                        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date,
                    },
                    Texts(students.Select(s => s.Profile.ClassName)),
                    Texts(students.Select(s => s.Profile.Address)),
                },
            })
            await using (var reader = await upsert.ExecuteReaderAsync(ct))
            {
                while (await reader.ReadAsync(ct)) isNew.Add(reader.GetString(0), reader.GetBoolean(1));
            }
            // A dry run does the same and lets it go.
            if (!dryRun && isNew.Count > 0)
            {
                var made = isNew.Values.Count(created => created);
                await using var tell = new NpgsqlBatch(connection)
                {
                    BatchCommands =
                    {
                        audit.EntryOf(new(school, AuditActions.RosterImported, "roster",
                            new Dictionary<string, object?> { ["created"] = made, ["updated"] = isNew.Count - made })),
                    },
                };
                await tell.ExecuteNonQueryAsync(ct);
                await transaction.CommitAsync(CancellationToken.None);
            }
        }
        return [.. students.Select(s => !isNew.TryGetValue(s.Id.Value, out var created) ? ImportOutcome.Unchanged
            : created ? ImportOutcome.Created : ImportOutcome.Updated)];
    }

    private static NpgsqlParameter Texts(IEnumerable<string?> texts) =>
        new() { Value = texts.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
}
