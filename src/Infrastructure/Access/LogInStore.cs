using FaceAttendance.Application.Access;
using FaceAttendance.Application.Audit;
using FaceAttendance.Domain.Access;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Npgsql;

namespace FaceAttendance.Infrastructure.Access;

/// <summary>Log-ins in PostgreSQL. Thread-safe.</summary>
internal sealed class LogInStore(NpgsqlDataSource database, AuditLog audit) : ILogIns
{
    // Far more than anybody has devices; a program that logs in for each call ends its own oldest.
    private const int MostOfOneUser = 200;

    private const string ForgetExpired = "DELETE FROM log_ins WHERE expires_at < clock_timestamp()";

    private const string Begin =
        """
        INSERT INTO log_ins (school_id, id, user_id, stamp, began_at, ends_at, expires_at, token, generation)
        SELECT u.school_id, $3, u.id, u.stamp, $5, $6, $7, $8, 0 FROM users AS u
        WHERE u.school_id = $1 AND u.id = $2 AND u.stamp = $4 AND u.disabled_at IS NULL FOR SHARE
        """;

    private const string EndOldest =
        """
        DELETE FROM log_ins WHERE school_id = $1 AND id IN (
            SELECT id FROM log_ins WHERE school_id = $1 AND user_id = $2 ORDER BY began_at DESC, id DESC OFFSET $3)
        """;

    private const string Standing =
        """
        log_ins AS l JOIN users AS u ON u.school_id = l.school_id AND u.id = l.user_id JOIN usernames AS n ON n.school_id = u.school_id AND n.user_id = u.id
        WHERE l.school_id = $1 AND l.id = $2 AND u.number = $3 AND u.stamp = l.stamp AND u.disabled_at IS NULL
        """;

    private const string Find = $"SELECT {UserStore.AccountColumns} FROM {Standing}";

    private const string FindToTrade =
        $"SELECT {UserStore.AccountColumns}, l.ends_at, l.token, l.generation FROM {Standing} FOR UPDATE OF l";

    private const string Trade =
        "UPDATE log_ins SET token = $3, generation = $4, expires_at = least($5, ends_at) WHERE school_id = $1 AND id = $2";

    private const string EndOne = "DELETE FROM log_ins WHERE school_id = $1 AND id = $2";

    private const string EndAllOfLogIn =
        "DELETE FROM log_ins WHERE school_id = $1 AND user_id = (SELECT user_id FROM log_ins WHERE school_id = $1 AND id = $2)";

    private const string FindUser = "SELECT user_id FROM usernames WHERE school_id = $1 AND name = $2";

    private const string EndAllOfUser = "DELETE FROM log_ins WHERE school_id = $1 AND user_id = $2";

    public async Task<bool> BeginAsync(Account account, NewLogIn logIn, CancellationToken ct)
    {
        await using (var forget = database.CreateCommand(ForgetExpired)) await forget.ExecuteNonQueryAsync(ct);
        var (school, user) = (account.School.Value, account.User.Id.Value);
        await using var begin = database.CreateCommand(Begin);
        Bind(begin, school, user, logIn.Id.Value, account.Stamp, logIn.BeganAt.ToUniversalTime(), logIn.EndsAt.ToUniversalTime(),
            logIn.ExpiresAt.ToUniversalTime(), logIn.Token);
        if (await begin.ExecuteNonQueryAsync(ct) == 0) return false;
        await using var end = database.CreateCommand(EndOldest);
        Bind(end, school, user, MostOfOneUser);
        await end.ExecuteNonQueryAsync(ct);
        return true;
    }

    public async Task<Account?> FindAsync(UserGrant shown, CancellationToken ct)
    {
        await using var find = database.CreateCommand(Find);
        Bind(find, shown.School.Value, shown.LogIn.Value, shown.User);
        await using var reader = await find.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? UserStore.ReadAccount(reader) : null;
    }

    public async Task<StandingLogIn?> TradeAsync(UserGrant shown, DateTimeOffset expiresAt, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        StandingLogIn standing;
        bool isLeftBehind;
        await using (var find = new NpgsqlCommand(FindToTrade, connection))
        {
            Bind(find, shown.School.Value, shown.LogIn.Value, shown.User);
            await using var reader = await find.ExecuteReaderAsync(ct);
            if (!await reader.ReadAsync(ct)) return null;
            standing = new(UserStore.ReadAccount(reader), reader.GetFieldValue<DateTimeOffset>(UserStore.AccountColumnCount));
            var (last, generation) = (reader.GetGuid(UserStore.AccountColumnCount + 1), reader.GetInt32(UserStore.AccountColumnCount + 2));
            isLeftBehind = shown.Generation <= generation && shown.Id != last;
        }
        await using (var settle = new NpgsqlCommand(isLeftBehind ? EndOne : Trade, connection))
        {
            Bind(settle, shown.School.Value, shown.LogIn.Value);
            if (!isLeftBehind) Bind(settle, shown.Id, shown.Generation, expiresAt.ToUniversalTime());
            await settle.ExecuteNonQueryAsync(ct);
        }
        await transaction.CommitAsync(CancellationToken.None);
        return isLeftBehind ? null : standing;
    }

    public async Task<bool> EndAsync(UserGrant shown, bool everywhere, CancellationToken ct)
    {
        await using var end = database.CreateCommand(everywhere ? EndAllOfLogIn : EndOne);
        Bind(end, shown.School.Value, shown.LogIn.Value);
        return await end.ExecuteNonQueryAsync(ct) > 0;
    }

    public async Task<bool> EndAllAsync(SchoolId school, UserName user, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var find = new NpgsqlCommand(FindUser, connection);
        Bind(find, school.Value, user.Value);
        if (await find.ExecuteScalarAsync(ct) is not Guid id) return false;
        await using var end = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new(EndAllOfUser) { Parameters = { new() { Value = school.Value }, new() { Value = id } } },
                audit.EntryOf(new(school, AuditActions.UserLoggedOut, $"user:{id}")),
            },
        };
        await end.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    private static void Bind(NpgsqlCommand command, params ReadOnlySpan<object> values)
    {
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
    }
}
