using Npgsql;

namespace FaceAttendance.Infrastructure.Events;

/// <summary>An endpoint's address and keys as they lie in the database.</summary>
/// <param name="PreviousSecrets">Those whose overlap has not ended, the newest first.</param>
internal sealed record StoredEndpoint(string Url, string Headers, string Secret, IReadOnlyList<string> PreviousSecrets)
{
    /// <summary>Of an endpoint called w.</summary>
    public const string Columns =
        """
        w.url, w.headers, w.secret, ARRAY (
            SELECT p.secret FROM webhook_previous_secrets AS p
            WHERE p.school_id = w.school_id AND p.endpoint_id = w.id AND p.good_until > clock_timestamp() ORDER BY p.replaced_at DESC
        ) AS previous
        """;

    /// <param name="first">Where <see cref="Columns"/> begin.</param>
    /// <returns>Null where there is no row: the operator's own endpoint.</returns>
    public static StoredEndpoint? Read(NpgsqlDataReader reader, int first) => reader.IsDBNull(first)
        ? null
        : new(reader.GetString(first), reader.GetString(first + 1), reader.GetString(first + 2), reader.GetFieldValue<string[]>(first + 3));

    public override string ToString() => "StoredEndpoint(withheld)";
}
