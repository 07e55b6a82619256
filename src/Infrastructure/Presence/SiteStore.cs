using FaceAttendance.Application.Audit;
using FaceAttendance.Application.Presence;
using FaceAttendance.Domain;
using FaceAttendance.Domain.Presence;
using FaceAttendance.Domain.Schools;
using FaceAttendance.Infrastructure.Database;
using Npgsql;

namespace FaceAttendance.Infrastructure.Presence;

/// <summary>The school's sites in PostGIS. Thread-safe. In SQL, and only there, longitude comes first.</summary>
internal sealed class SiteStore(NpgsqlDataSource database, AuditLog audit) : ISites, ISiteSearch, IEvidencePolicies
{
    // A polygon is looked at position by position at each check; a circle is one.
    private const string HasRoom =
        """
        ($5 > 0 OR $7 >= st_npoints(st_geomfromewkb($4)) + (
            SELECT coalesce(sum(o.points), 0) FROM sites AS o WHERE o.school_id = $1 AND o.id <> $2 AND o.radius_m = 0))
        """;

    private const string Insert =
        $"""
        INSERT INTO sites (school_id, id, name, shape, radius_m) SELECT $1, $2, $3, $4::bytea::geography, $5
        WHERE $6 > (SELECT count(*) FROM sites AS o WHERE o.school_id = $1) AND {HasRoom}
        """;

    private const string Update =
        $"""
        UPDATE sites SET name = $3, shape = $4::bytea::geography, radius_m = $5, updated_at = clock_timestamp()
        WHERE school_id = $1 AND id = $2 AND $6 > 0 AND {HasRoom}
        """;

    private const int MostOfAShape = 2000;

    private const string Delete = "DELETE FROM sites WHERE school_id = $1 AND id = $2";

    private const string Find = "SELECT id, name, st_asewkb(shape::geometry), radius_m FROM sites WHERE school_id = $1 AND id = $2";

    private const string List =
        """
        SELECT id, name, st_asewkb(shape::geometry), radius_m FROM sites WHERE school_id = $1 ORDER BY created_at, id LIMIT $2 OFFSET $3
        """;

    private const string Count = "SELECT count(*)::int FROM sites WHERE school_id = $1";

    // Who checks is nearly always at a site, or close by: of all sites whose edge may lie within reach, the nearest edge, in one look. What
    // it finds within reach is exact: every nearer edge belongs to a shape that was looked at, too. The metre more covers rounding.
    internal const string FindNearby =
        """
        SELECT s.id, s.name, distance_to_edge(s.shape, s.radius_m, f.place) AS edge, s.size_m
        FROM (SELECT st_setsrid(st_makepoint($3, $2), 4326)::geography AS place OFFSET 0) AS f
        JOIN sites AS s ON s.school_id = $1
            AND st_dwithin(s.shape, f.place, $4 + 1 + (SELECT max(r.radius_m) FROM sites AS r WHERE r.school_id = $1), true)
        ORDER BY edge, s.id LIMIT 1
        """;

    // In metres: beyond it, the wider search follows.
    internal const double NearbyMeters = 200;

    // The index finds the nearest shape, and the nearest edge may belong to another: a larger circle farther away. But no edge nearer than
    // the one found lies on a shape farther than that edge plus the school's largest radius, so the second look, within that reach, is
    // exact. The metre more covers rounding. OFFSET 0 keeps the place a value that is made once.
    internal const string FindNearest =
        """
        SELECT s.id, s.name, distance_to_edge(s.shape, s.radius_m, f.place) AS edge, s.size_m
        FROM (SELECT st_setsrid(st_makepoint($3, $2), 4326)::geography AS place OFFSET 0) AS f
        CROSS JOIN LATERAL (
            SELECT st_distance(n.shape, f.place, true) - n.radius_m AS edge FROM sites AS n
            WHERE n.school_id = $1 ORDER BY n.shape <-> f.place LIMIT 1) AS nearest
        JOIN sites AS s ON s.school_id = $1
            AND st_dwithin(s.shape, f.place, 1 + nearest.edge + (SELECT max(r.radius_m) FROM sites AS r WHERE r.school_id = $1), true)
        ORDER BY edge, s.id LIMIT 1
        """;

    private const string GetPolicy = "SELECT action, decisive_weight FROM evidence_policies WHERE school_id = $1";

    private const string SetPolicy =
        """
        INSERT INTO evidence_policies (school_id, action, decisive_weight) VALUES ($1, $2, $3)
        ON CONFLICT (school_id) DO UPDATE SET action = EXCLUDED.action, decisive_weight = EXCLUDED.decisive_weight
        """;

    public async Task<bool> AddAsync(SchoolId school, Site site, CancellationToken ct) =>
        await WriteAsync(Insert, AuditActions.SiteMade, school, site, ct);

    public async Task<bool> ReplaceAsync(SchoolId school, Site site, CancellationToken ct) =>
        await WriteAsync(Update, AuditActions.SiteChanged, school, site, ct);

    public async Task<bool> RemoveAsync(SchoolId school, SiteId id, CancellationToken ct)
    {
        await using var delete = new NpgsqlCommand(Delete) { Parameters = { new() { Value = school.Value }, new() { Value = id.Value } } };
        return await audit.WithEntryAsync(delete, new(school, AuditActions.SiteRemoved, id.ToString()), ct);
    }

    public async Task<Site?> FindAsync(SchoolId school, SiteId id, CancellationToken ct)
    {
        await using var find = database.CreateCommand(Find);
        find.Parameters.AddWithValue(school.Value);
        find.Parameters.AddWithValue(id.Value);
        await using var reader = await find.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? Read(reader) : null;
    }

    public async Task<(IReadOnlyList<Site> Items, int Total)> ListAsync(SchoolId school, int limit, int offset, CancellationToken ct)
    {
        await using var batch = database.CreateBatch();
        batch.BatchCommands.Add(new(Count) { Parameters = { new() { Value = school.Value } } });
        batch.BatchCommands.Add(
            new(List) { Parameters = { new() { Value = school.Value }, new() { Value = limit }, new() { Value = offset } } });
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var total = reader.GetInt32(0);
        await reader.NextResultAsync(ct);
        var sites = new List<Site>();
        while (await reader.ReadAsync(ct)) sites.Add(Read(reader));
        return (sites, total);
    }

    public async Task<NearestSite?> FindNearestAsync(SchoolId school, GeoPoint place, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await FindNearestAsync(connection, school, place, ct);
    }

    /// <summary>The same within the caller's transaction.</summary>
    public static async Task<NearestSite?> FindNearestAsync(
        NpgsqlConnection connection, SchoolId school, GeoPoint place, CancellationToken ct)
    {
        var nearby =
            await SearchAsync(connection, FindNearby, school, place, ct, new NpgsqlParameter<double> { TypedValue = NearbyMeters });
        return nearby is { DistanceMeters: <= NearbyMeters } ? nearby : await SearchAsync(connection, FindNearest, school, place, ct);
    }

    private static async Task<NearestSite?> SearchAsync(
        NpgsqlConnection connection, string sql, SchoolId school, GeoPoint place, CancellationToken ct, params NpgsqlParameter[] more)
    {
        await using var find = new NpgsqlCommand(sql, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<Guid> { TypedValue = school.Value }, new NpgsqlParameter<double> { TypedValue = place.Latitude },
                new NpgsqlParameter<double> { TypedValue = place.Longitude },
            },
        };
        foreach (var parameter in more) find.Parameters.Add(parameter);
        // Once on each connection of the pool, which then keeps the plan; from then on this sends nothing.
        await find.PrepareAsync(ct);
        await using var reader = await find.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new NearestSite(new(reader.GetGuid(0)), reader.GetString(1), reader.GetDouble(2), reader.GetDouble(3)) : null;
    }

    public async Task<EvidencePolicy> GetAsync(SchoolId school, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await GetAsync(connection, school, ct);
    }

    /// <summary>The same within the caller's transaction.</summary>
    public static async Task<EvidencePolicy> GetAsync(NpgsqlConnection connection, SchoolId school, CancellationToken ct)
    {
        await using var get = new NpgsqlCommand(GetPolicy, connection) { Parameters = { new() { Value = school.Value } } };
        await using var reader = await get.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct)
            ? new EvidencePolicy(Words.Parse<EvidenceAction>(reader.GetString(0))!.Value, reader.GetDouble(1))
            : EvidencePolicy.Default;
    }

    public async Task SetAsync(SchoolId school, EvidencePolicy policy, CancellationToken ct)
    {
        var action = Words.Of(policy.Action);
        await using var set = database.CreateBatch();
        set.BatchCommands.Add(new(SetPolicy)
        {
            Parameters = { new() { Value = school.Value }, new() { Value = action }, new() { Value = policy.DecisiveWeight } },
        });
        set.BatchCommands.Add(
            audit.EntryOf(new(school, AuditActions.EvidencePolicyChanged, "evidence-policy", new Dictionary<string, object?>
            {
                ["action"] = action,
                ["decisive_weight"] = policy.DecisiveWeight,
            })));
        await set.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Adds the first site within the caller's transaction.</summary>
    public async Task AddAsync(NpgsqlConnection connection, SchoolId school, Site site, CancellationToken ct)
    {
        await using var write = CommandOf(Insert, school, site);
        write.Connection = connection;
        await write.ExecuteNonQueryAsync(ct);
        await using var tell = new NpgsqlBatch(connection)
        {
            BatchCommands = { audit.EntryOf(EntryOf(AuditActions.SiteMade, school, site)) },
        };
        await tell.ExecuteNonQueryAsync(ct);
    }

    private async Task<bool> WriteAsync(string sql, string action, SchoolId school, Site site, CancellationToken ct)
    {
        await using var write = CommandOf(sql, school, site);
        return await audit.WithEntryAsync(write, EntryOf(action, school, site), ct);
    }

    private static NpgsqlCommand CommandOf(string sql, SchoolId school, Site site)
    {
        var write = new NpgsqlCommand(sql);
        write.Parameters.AddWithValue(school.Value);
        write.Parameters.AddWithValue(site.Id.Value);
        write.Parameters.AddWithValue(site.Name);
        write.Parameters.AddWithValue(FenceCodec.Encode(site.Fence));
        write.Parameters.AddWithValue(site.Fence.RadiusMeters);
        write.Parameters.AddWithValue((long)ISites.MostSites);
        write.Parameters.AddWithValue((long)ISites.MostPolygonPoints);
        return write;
    }

    private static AuditEntry EntryOf(string action, SchoolId school, Site site) => new(
        school, action, site.Id.ToString(), new Dictionary<string, object?>
        {
            ["name"] = site.Name,
            ["radius_m"] = site.Fence.RadiusMeters,
            ["shape_wkt"] = Shortened(site.Fence.Shape.AsText()),
        });

    // A circle, or a plot's corners, and of a coast its beginning.
    private static string Shortened(string wkt) => wkt.Length <= MostOfAShape ? wkt : $"{wkt[..MostOfAShape]}…";

    private static Site Read(NpgsqlDataReader reader) =>
        new(new(reader.GetGuid(0)), reader.GetString(1), FenceCodec.Decode(reader.GetFieldValue<byte[]>(2), reader.GetDouble(3)));
}
