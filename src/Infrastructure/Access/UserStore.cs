using System.Globalization;
using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Students;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Domain.Students;
using FaceAttendance.Infrastructure.Database;
using Npgsql;

namespace FaceAttendance.Infrastructure.Access;

/// <summary>The users in PostgreSQL. Thread-safe.</summary>
internal sealed class UserStore(NpgsqlDataSource database, AuditLog audit) : IUsers, INamedStudents
{
    private const string EnsureStudent = "INSERT INTO students (school_id, id) VALUES ($1, $2) ON CONFLICT (school_id, id) DO NOTHING";

    private const string Insert =
        """
        WITH counted AS (
            INSERT INTO user_numbers AS n (school_id, last) VALUES ($1, 1) ON CONFLICT (school_id) DO UPDATE SET last = n.last + 1
            RETURNING last)
        INSERT INTO users (school_id, id, password_hash, role, student_id, stamp, created_at, number)
        SELECT $1, $2, $3, $4, $5, $6, $7, last FROM counted
        RETURNING number
        """;

    private const string TakeName =
        "INSERT INTO usernames (name, school_id, user_id) VALUES ($1, $2, $3) ON CONFLICT (school_id, name) DO NOTHING";

    private const string Columns = "u.id, n.name, u.role, u.student_id, u.created_at, u.disabled_at, u.number";

    /// <summary>What <see cref="ReadAccount"/> reads, of <c>users AS u</c> and <c>usernames AS n</c>.</summary>
    internal const string AccountColumns = $"{Columns}, u.school_id, u.stamp";

    internal const int AccountColumnCount = 9;

    // Enabling leaves the stamp: whatever was voided stays void.
    private const string Change =
        $"""
        UPDATE users AS u SET
            password_hash = coalesce($3, u.password_hash),
            disabled_at = CASE $4 WHEN true THEN coalesce(u.disabled_at, clock_timestamp()) WHEN false THEN NULL ELSE u.disabled_at END,
            stamp = CASE WHEN $3 IS NOT NULL OR $4 IS TRUE THEN $5 ELSE u.stamp END
        FROM usernames AS n
        WHERE n.name = $2 AND n.school_id = $1 AND u.school_id = $1 AND u.id = n.user_id
        RETURNING {Columns}
        """;

    private const string List =
        $"SELECT {Columns} FROM users AS u JOIN usernames AS n ON n.school_id = u.school_id AND n.user_id = u.id WHERE u.school_id = $1 " +
        "ORDER BY n.name LIMIT $2 OFFSET $3";

    private const string Count = "SELECT count(*) FROM users WHERE school_id = $1";

    private const string FindByName =
        $"SELECT {AccountColumns}, u.password_hash FROM schools AS s JOIN usernames AS n ON n.school_id = s.id JOIN users AS u ON " +
        "u.school_id = n.school_id AND u.id = n.user_id WHERE n.name = $1 AND ";

    private const string FindByOwnName = $"{FindByName} s.id = $2";

    private const string FindByNameAndCode = $"{FindByName} s.code = $2";

    private const string FindById =
        $"SELECT {AccountColumns} FROM users AS u JOIN usernames AS n ON n.school_id = u.school_id AND n.user_id = u.id WHERE " +
        "u.school_id = $1 AND u.id = $2";

    private const string FindStudent =
        """
        SELECT id FROM students WHERE school_id = $1 AND id = $2
        UNION ALL
        SELECT u.student_id FROM usernames AS n JOIN users AS u ON u.school_id = n.school_id AND u.id = n.user_id
            WHERE n.school_id = $1 AND n.name = $3 AND u.student_id IS NOT NULL
        UNION ALL
        SELECT student_id FROM users WHERE school_id = $1 AND number = $4 AND student_id IS NOT NULL
        LIMIT 1
        """;

    public async Task<User?> AddAsync(SchoolId school, User user, string passwordHash, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Leaving without a commit takes the user back.
        if (await AddAsync(connection, school, user, passwordHash, ct) is not { } added) return null;
        await transaction.CommitAsync(CancellationToken.None);
        return added.User;
    }

    /// <summary>The same within the caller's transaction, which must not be committed when the name is taken.</summary>
    public async Task<(User User, Guid Stamp)?> AddAsync(
        NpgsqlConnection connection, SchoolId school, User user, string passwordHash, CancellationToken ct)
    {
        long number;
        var stamp = Guid.NewGuid();
        await using (var insert = new NpgsqlBatch(connection))
        {
            if (user.Student is { } student) insert.BatchCommands.Add(Batched(EnsureStudent, school.Value, student.Value));
            insert.BatchCommands.Add(Batched(
                Insert, school.Value, user.Id.Value, passwordHash, Words.Of(user.Role), (object?)user.Student?.Value ?? DBNull.Value,
                stamp, user.CreatedAt.ToUniversalTime()));
            number = (long)(await insert.ExecuteScalarAsync(ct))!;
        }
        await using (var take = new NpgsqlCommand(TakeName, connection)
        {
            Parameters = { Of(user.Name.Value), Of(school.Value), Of(user.Id.Value) },
        })
        {
            if (await take.ExecuteNonQueryAsync(ct) == 0) return null;
        }
        await TellAsync(connection,
            new(school, AuditActions.UserAdded, SubjectOf(user), new Dictionary<string, object?> { ["role"] = Words.Of(user.Role) }), ct);
        return (user with { Number = number }, stamp);
    }

    public async Task<User?> ChangeAsync(SchoolId school, UserName name, string? passwordHash, bool? isDisabled, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var change = new NpgsqlCommand(Change, connection);
        change.Parameters.Add(Of(school.Value));
        change.Parameters.Add(Of(name.Value));
        change.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = passwordHash, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Varchar });
        change.Parameters.Add(
            new NpgsqlParameter { Value = (object?)isDisabled ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Boolean });
        change.Parameters.Add(Of(Guid.NewGuid()));
        User? changed = null;
        await using (var reader = await change.ExecuteReaderAsync(ct))
        {
            if (await reader.ReadAsync(ct)) changed = Read(reader);
        }
        if (changed is null) return null;
        var details = new Dictionary<string, object?>
        {
            ["password"] = passwordHash is null ? "kept" : "set",
            ["disabled"] = changed.DisabledAt is not null,
        };
        await TellAsync(connection, new(school, AuditActions.UserChanged, SubjectOf(changed), details), ct);
        await transaction.CommitAsync(CancellationToken.None);
        return changed;
    }

    public async Task<UserPage> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(Batched(Count, school.Value));
        batch.BatchCommands.Add(Batched(List, school.Value, limit, offset));
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var total = (int)reader.GetInt64(0);
        await reader.NextResultAsync(ct);
        var items = new List<User>();
        while (await reader.ReadAsync(ct)) items.Add(Read(reader));
        return new(items, total);
    }

    public async Task<AccountSecret?> FindAsync(LogInName name, CancellationToken ct)
    {
        await using var find = database.CreateCommand(name.SchoolCode is null ? FindByOwnName : FindByNameAndCode);
        find.Parameters.Add(Of(name.Name.Value));
        find.Parameters.Add(Of((object?)name.SchoolCode ?? SchoolId.First.Value));
        await using var reader = await find.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? new AccountSecret(ReadAccount(reader), reader.GetString(AccountColumnCount)) : null;
    }

    public async Task<StudentId?> FindAsync(SchoolId school, string named, CancellationToken ct)
    {
        var name = UserName.Parse(named)?.Value;
        if (!StudentId.IsValid(named) && name is null) return null;
        await using var find = database.CreateCommand(FindStudent);
        find.Parameters.Add(Of(school.Value));
        find.Parameters.Add(Of(named));
        find.Parameters.Add(new NpgsqlParameter<string?> { TypedValue = name, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Varchar });
        find.Parameters.Add(new NpgsqlParameter<long?>
        {
            TypedValue = long.TryParse(named, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null,
            NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bigint,
        });
        return await find.ExecuteScalarAsync(ct) is string student ? new StudentId(student) : null;
    }

    public async Task<Account?> FindAsync(SchoolId school, UserId user, CancellationToken ct)
    {
        await using var find = database.CreateCommand(FindById);
        find.Parameters.Add(Of(school.Value));
        find.Parameters.Add(Of(user.Value));
        await using var reader = await find.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? ReadAccount(reader) : null;
    }

    private static string SubjectOf(User user) => $"user:{user.Id.Value}";

    private async Task TellAsync(NpgsqlConnection connection, AuditEntry entry, CancellationToken ct)
    {
        await using var tell = new NpgsqlBatch(connection) { BatchCommands = { audit.EntryOf(entry) } };
        await tell.ExecuteNonQueryAsync(ct);
    }

    internal static Account ReadAccount(NpgsqlDataReader reader) => new(new(reader.GetGuid(7)), Read(reader), reader.GetGuid(8));

    private static User Read(NpgsqlDataReader reader) => new(
        new(reader.GetGuid(0)), reader.GetInt64(6), UserName.Parse(reader.GetString(1))!.Value,
        Words.Parse<UserRole>(reader.GetString(2))!.Value,
        reader.IsDBNull(3) ? null : new StudentId(reader.GetString(3)), reader.GetFieldValue<DateTimeOffset>(4),
        reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5));

    private static NpgsqlParameter Of(object value) => new() { Value = value };

    private static NpgsqlBatchCommand Batched(string sql, params ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values) command.Parameters.Add(Of(value));
        return command;
    }
}
