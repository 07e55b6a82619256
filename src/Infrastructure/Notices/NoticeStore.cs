using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Events;
using FaceAttendance.Application.Notices;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Notices;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using FaceAttendance.Infrastructure.Events;
using Npgsql;
using NpgsqlTypes;

namespace FaceAttendance.Infrastructure.Notices;

/// <summary>Notices in PostgreSQL, each change with its event in one transaction. Thread-safe.</summary>
internal sealed class NoticeStore(NpgsqlDataSource database, EventWriter events, IAttendanceFeed feed, AuditLog audit, TimeProvider clock)
    : INotices
{
    private const string Columns =
        "id, kind, subject, label, at, similarity, student_id, other_id, raised_at, resolved_at, acknowledged_at, " +
        "caller_name(school_id, acknowledged_by), school_id";

    private const string Open = "(NOT $2 OR (resolved_at IS NULL AND acknowledged_at IS NULL))";

    // Either index may stand against it.
    private const string Insert =
        """
        INSERT INTO notices (school_id, id, kind, subject, label, at, similarity, student_id, other_id, raised_at)
        VALUES ($1, $2, $3, $4, left($5, 300), $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING
        """;

    private const string Resolve = "UPDATE notices SET resolved_at = $3 WHERE school_id = $1 AND id = $2 AND resolved_at IS NULL";

    private const string Acknowledge =
        "UPDATE notices SET acknowledged_at = $3, acknowledged_by = left($4, 200) WHERE school_id = $1 AND id = $2 " +
        "AND acknowledged_at IS NULL";

    private const string Count = $"SELECT count(*)::int FROM notices WHERE school_id = $1 AND {Open}";

    private const string List =
        $"SELECT {Columns} FROM notices WHERE school_id = $1 AND {Open} ORDER BY raised_at DESC, id DESC LIMIT $3 OFFSET $4";

    private const string Find = $"SELECT {Columns} FROM notices WHERE school_id = $1 AND id = $2";

    private const string ListUnresolved = $"SELECT {Columns} FROM notices WHERE resolved_at IS NULL";

    private const string ForgetOld = "DELETE FROM notices WHERE resolved_at < now() - $1";

    public async Task RaiseAsync(NewNotice notice, CancellationToken ct)
    {
        var (id, now) = (NoticeId.New(), clock.GetUtcNow());
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var insert = new NpgsqlCommand(Insert, connection)
        {
            Parameters =
            {
                new() { Value = notice.School.Value }, new() { Value = id.Value }, new() { Value = Words.Of(notice.Kind) },
                new() { Value = notice.Subject }, new() { Value = notice.Label },
                OrNull(notice.At?.ToUniversalTime(), NpgsqlDbType.TimestampTz), OrNull(notice.Similarity, NpgsqlDbType.Real),
                OrNull(notice.Student?.Value, NpgsqlDbType.Varchar), OrNull(notice.Other?.Value, NpgsqlDbType.Varchar),
                new() { Value = now.ToUniversalTime() },
            },
        })
        {
            try
            {
                if (await insert.ExecuteNonQueryAsync(ct) == 0) return;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                return;
            }
        }
        await WriteEventAsync(connection, notice.School, EventTypes.NoticeRaised, id, notice, now, ct);
        await transaction.CommitAsync(CancellationToken.None);
        feed.Publish(new NoticeChanged(notice.School, id, notice.Kind, NoticeChange.Raised));
    }

    /// <summary>The cause has ended.</summary>
    public async Task ResolveAsync(Notice notice, CancellationToken ct)
    {
        var (school, now) = (notice.What.School, clock.GetUtcNow());
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var resolve = new NpgsqlCommand(Resolve, connection)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = notice.Id.Value }, new() { Value = now.ToUniversalTime() } },
        })
        {
            if (await resolve.ExecuteNonQueryAsync(ct) == 0) return;
        }
        await WriteEventAsync(connection, school, EventTypes.NoticeResolved, notice.Id, notice.What, now, ct);
        await transaction.CommitAsync(CancellationToken.None);
        feed.Publish(new NoticeChanged(school, notice.Id, notice.What.Kind, NoticeChange.Resolved));
    }

    public async Task<Notice?> AcknowledgeAsync(SchoolId school, NoticeId id, string by, CancellationToken ct)
    {
        await using (var acknowledge = new NpgsqlCommand(Acknowledge)
        {
            Parameters =
            {
                new() { Value = school.Value }, new() { Value = id.Value }, new() { Value = clock.GetUtcNow().ToUniversalTime() },
                new() { Value = by },
            },
        })
        {
            var isNews = await audit.WithEntryAsync(acknowledge, new(school, AuditActions.NoticeAcknowledged, id.ToString()), ct);
            var found = await FindAsync(school, id, ct);
            if (isNews && found is not null) feed.Publish(new NoticeChanged(school, id, found.What.Kind, NoticeChange.Acknowledged));
            return found;
        }
    }

    public async Task<(IReadOnlyList<Notice> Items, int Total)> ListAsync(
        SchoolId school, bool onlyOpen, int limit, int offset, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(Count) { Parameters = { new() { Value = school.Value }, new() { Value = onlyOpen } } });
        batch.BatchCommands.Add(new(List)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = onlyOpen }, new() { Value = limit }, new() { Value = offset } },
        });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var total = reader.GetInt32(0);
        await reader.NextResultAsync(ct);
        return (await ReadAsync(reader, ct), total);
    }

    /// <summary>Of all schools.</summary>
    public async Task<IReadOnlyList<Notice>> ListUnresolvedAsync(CancellationToken ct)
    {
        await using var list = database.CreateCommand(ListUnresolved);
        await using var reader = await list.ExecuteReaderAsync(ct);
        return await ReadAsync(reader, ct);
    }

    /// <summary>Removes those whose cause ended so long ago.</summary>
    public async Task ForgetAsync(TimeSpan age, CancellationToken ct)
    {
        await using var forget = database.CreateCommand(ForgetOld);
        forget.Parameters.AddWithValue(age);
        await forget.ExecuteNonQueryAsync(ct);
    }

    private async Task WriteEventAsync(
        NpgsqlConnection connection, SchoolId school, string type, NoticeId id, NewNotice notice, DateTimeOffset now, CancellationToken ct)
    {
        await using var tell = new NpgsqlBatch(connection)
        {
            BatchCommands = { events.InsertOf(school, type, NoticeEvent.Of(type, id, notice.Kind, notice.Subject, now)) },
        };
        await tell.ExecuteNonQueryAsync(ct);
    }

    private async Task<Notice?> FindAsync(SchoolId school, NoticeId id, CancellationToken ct)
    {
        await using var find = database.CreateCommand(Find);
        find.Parameters.AddWithValue(school.Value);
        find.Parameters.AddWithValue(id.Value);
        await using var reader = await find.ExecuteReaderAsync(ct);
        return (await ReadAsync(reader, ct)).SingleOrDefault();
    }

    private static async Task<List<Notice>> ReadAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var found = new List<Notice>();
        while (await reader.ReadAsync(ct))
        {
            // A kind that a newer server raised means nothing here.
            if (Words.Parse<NoticeKind>(reader.GetString(1)) is not { } kind) continue;
            var what = new NewNotice(
                new(reader.GetGuid(12)), kind, reader.GetString(2), reader.GetString(3), Instant(reader, 4),
                reader.IsDBNull(5) ? null : reader.GetFloat(5), Student(reader, 6), Student(reader, 7));
            found.Add(new(
                new(reader.GetGuid(0)), what, reader.GetFieldValue<DateTimeOffset>(8), Instant(reader, 9), Instant(reader, 10),
                reader.IsDBNull(11) ? null : reader.GetString(11)));
        }
        return found;
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader row, int column) =>
        row.IsDBNull(column) ? null : row.GetFieldValue<DateTimeOffset>(column);

    private static StudentId? Student(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : new(row.GetString(column));

    private static NpgsqlParameter OrNull(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
