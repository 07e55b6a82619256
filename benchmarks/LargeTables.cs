using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace FaceAttendance.Benchmarks;

/// <summary>
/// Whether the largest table, attendance_records, would be quicker if it were partitioned by month: the server reads from it as it is and
/// from the same rows in partitions, by turns; rows of a new day are written to both, and the oldest month is removed from both. Each
/// school has 1,000 students, 10 class sessions a day and 200 school days in ten months, so a million records are five schools.
/// </summary>
internal static class LargeTables
{
    private const int Times = 7;
    private const int Rounds = 3;

    // Rows lie in the order of their time, all schools mixed, as they come. Rosters only of the last month: reports look no further here.
    // 'replica' leaves out the foreign keys' triggers while what they would look up is made.
    private const string Fill =
        """
        SET session_replication_role = replica;
        INSERT INTO schools (id, name, code)
        SELECT ('00000000-0000-7000-8000-' || to_char(n, 'FM000000000000'))::uuid, 'School ' || n, 's' || n
        FROM generate_series(1, {0}) AS n ON CONFLICT DO NOTHING;
        INSERT INTO students (school_id, id, full_name, class_name)
        SELECT id, 'S' || to_char(n, 'FM0000'), 'Student ' || n, 'C' || n % 10 FROM schools, generate_series(0, 999) AS n;
        CREATE TABLE days AS SELECT n AS number, (date_trunc('month', now()) - interval '9 months' + (n / 20) * interval '1 month'
            + (n % 20) * interval '1 day')::date AS day FROM generate_series(0, 199) AS n;
        INSERT INTO class_sessions (school_id, id, name, opens_at, starts_at, grace, ends_at, settled_at)
        SELECT s.id, md5(s.code || ' ' || day || ' ' || c)::uuid, 'C' || c, day + time '07:00', day + time '07:15', '10 minutes',
            day + time '13:00', day + time '13:00'
        FROM schools AS s, days, generate_series(0, 9) AS c;
        INSERT INTO class_session_students (school_id, session_id, student_id)
        SELECT s.id, md5(s.code || ' ' || day || ' ' || n % 10)::uuid, 'S' || to_char(n, 'FM0000')
        FROM schools AS s, (SELECT day FROM days ORDER BY number DESC LIMIT 20) AS last, generate_series(0, 999) AS n;
        ALTER TABLE attendance_records DROP CONSTRAINT attendance_records_pkey CASCADE;
        DO $$ DECLARE i record; BEGIN
            CREATE TABLE later AS SELECT indexdef FROM pg_indexes WHERE tablename = 'attendance_records';
            FOR i IN SELECT indexname FROM pg_indexes WHERE tablename = 'attendance_records' LOOP
                EXECUTE 'DROP INDEX ' || i.indexname;
            END LOOP;
        END $$;
        """;

    private const string FillDay =
        """
        SET session_replication_role = replica;
        INSERT INTO attendance_records (school_id, id, student_id, session_id, at, status, origin, needs_review, evidence, event_id)
        SELECT s.id, (lpad(to_hex(extract(epoch FROM day)::bigint * 1000 + n), 12, '0') || '7000a000' || right(s.id::text, 12))::uuid,
            'S' || to_char(n, 'FM0000'), md5(s.code || ' ' || day || ' ' || n % 10)::uuid,
            day + time '07:05' + (n * 0.9) * interval '1 second',
            CASE WHEN n % 20 = 0 THEN 'late' ELSE 'present' END, 'camera', n % 997 = 0,
            '{"distance":0.31,"similarity":0.6412,"device_id":"gate-1","location_id":"north"}', md5(s.code || day || n)::uuid
        FROM days, (SELECT (k * 617) % 1000 AS n FROM generate_series(0, 999) AS k) AS order_of_coming, schools AS s
        WHERE days.number = {0};
        """;

    private const string Index =
        """
        DO $$ DECLARE i record; BEGIN FOR i IN SELECT indexdef FROM later LOOP EXECUTE i.indexdef; END LOOP; END $$;
        ALTER TABLE attendance_records ADD PRIMARY KEY (school_id, id);
        """;

    // What is unique must name the partition: one record of a student in a class session is then one a moment, which is no promise.
    private const string Partition =
        """
        CREATE TABLE records_parted (LIKE attendance_records INCLUDING DEFAULTS INCLUDING CONSTRAINTS) PARTITION BY RANGE (at);
        DO $$ DECLARE m timestamptz := date_trunc('month', now()) - interval '9 months'; BEGIN
            FOR k IN 0..11 LOOP
                EXECUTE format('CREATE TABLE records_%s PARTITION OF records_parted FOR VALUES FROM (%L) TO (%L)',
                    k, m + k * interval '1 month', m + (k + 1) * interval '1 month');
            END LOOP;
        END $$;
        INSERT INTO records_parted SELECT * FROM attendance_records;
        DO $$ DECLARE i record; BEGIN
            FOR i IN SELECT regexp_replace(replace(replace(indexdef, 'INDEX attendance_records', 'INDEX parted'),
                'public.attendance_records', 'records_parted'), '(UNIQUE.*)student_id\)', '\1student_id, at)') AS indexdef FROM later
            LOOP EXECUTE i.indexdef; END LOOP;
        END $$;
        ALTER TABLE records_parted ADD PRIMARY KEY (school_id, id, at);
        ALTER TABLE records_parted ADD FOREIGN KEY (school_id, student_id) REFERENCES students (school_id, id) ON DELETE CASCADE;
        ALTER TABLE records_parted ADD FOREIGN KEY (school_id, session_id) REFERENCES class_sessions (school_id, id);
        """;

    // The server reads attendance_records, whichever bears the name.
    private const string Swap =
        """
        ALTER TABLE attendance_records RENAME TO records_between;
        ALTER TABLE records_parted RENAME TO attendance_records;
        ALTER TABLE records_between RENAME TO records_parted;
        """;

    // One day more, of every school, with all keys looked up, in the order in which students come.
    private const string Append =
        """
        INSERT INTO attendance_records (school_id, id, student_id, session_id, at, status, origin, evidence)
        SELECT s.id, (lpad(to_hex(extract(epoch FROM d.day)::bigint * 1000 + n), 12, '0') || '700{0}a000' || right(s.id::text, 12))::uuid,
            'S' || to_char(n, 'FM0000'), NULL, d.day + time '15:05' + (n * 0.9) * interval '1 second', 'present', 'camera',
            '{"distance":0.31,"similarity":0.6412,"device_id":"gate-1","location_id":"north"}'
        FROM (SELECT (k * 617) % 1000 AS n FROM generate_series(0, 999) AS k) AS order_of_coming, schools AS s,
            (SELECT max(day) AS day FROM days) AS d
        """;

    private const string Forget =
        "DELETE FROM attendance_records AS t WHERE t.ctid = ANY (ARRAY(SELECT t.ctid FROM attendance_records AS t WHERE t.school_id = $1 " +
        "AND t.at < $2 LIMIT 5000))";

    private const string Ours =
        """
        FROM pg_class AS c JOIN pg_index AS i ON i.indrelid = c.oid
        WHERE c.relkind = 'r' AND c.oid IN (
            SELECT relid FROM pg_partition_tree('attendance_records') UNION ALL SELECT 'attendance_records'::regclass)
        """;

    private const string Sizes =
        $"""
        SELECT (SELECT sum(size) FROM (SELECT DISTINCT c.oid, pg_table_size(c.oid) AS size {Ours}) AS t),
            sum(pg_relation_size(i.indexrelid)) {Ours}
        """;

    // Levels of the largest index, the root and the leaves among them.
    private const string Depth = $"SELECT (max((bt_metap(i.indexrelid::regclass::text)).level) + 1)::int {Ours}";

    /// <param name="maintenance">Connection string to a cluster on which a database may be made.</param>
    /// <param name="server">FaceAttendance.WebApi.dll.</param>
    /// <param name="millions">Of records.</param>
    public static async Task<int> RunAsync(string maintenance, string server, int millions)
    {
        var database = $"faceattendance_bench_{Guid.NewGuid():N}";
        await ExecuteAsync(maintenance, $"CREATE DATABASE {database}");
        var connection = new NpgsqlConnectionStringBuilder(maintenance) { Database = database, CommandTimeout = 0 }.ConnectionString;
        try
        {
            using (await RunningServer.StartAsync(server, connection))
            {
            }
            Say("filling");
            await ExecuteAsync(connection, "CREATE EXTENSION pageinspect; CREATE EXTENSION pg_prewarm");
            await ExecuteAsync(connection, Formatted(Fill, millions * 5));
            for (var day = 0; day < 200; day++) await ExecuteAsync(connection, Formatted(FillDay, day));
            await ExecuteAsync(connection, Index);
            Say("partitioning");
            await ExecuteAsync(connection, Partition);
            await ExecuteAsync(connection, "VACUUM ANALYZE");
            Say("measuring");
            var (whole, parted) = await MeasureAsync(connection, server);
            Print(millions, whole, parted);
            return 0;
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            await ExecuteAsync(maintenance, $"DROP DATABASE {database} WITH (FORCE)");
        }
    }

    private static async Task<(Figures Whole, Figures Parted)> MeasureAsync(string connection, string server)
    {
        var (whole, parted) = (new Figures(), new Figures());
        using (var running = await RunningServer.StartAsync(
            server, connection, ("RATE_LIMIT_PER_SECOND", "10000"), ("RATE_LIMIT_BURST", "100000"), ("FACE_PROFILE", "starter"),
            ("ATTENDANCE_WEBHOOK_URL", "http://127.0.0.1:9/")))
        {
            var last = await ReadAsync<DateTime>(connection, "SELECT max(day)::timestamp FROM days");
            string Day(int back) => last.AddDays(-back).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            var questions = new[]
            {
                ("attendance, page 1", $"/api/v1/attendance?from={Day(200)}"), ("attendance of a day", $"/api/v1/attendance?from={Day(0)}"),
                ("attendance of a student, all months", $"/api/v1/attendance?from={Day(400)}&student_id=S0300"),
                ("attendance of a class, late, all months", $"/api/v1/attendance?from={Day(400)}&class_name=C3&status=late"),
                ("attendance that waits for a look", $"/api/v1/attendance?from={Day(400)}&needs_review=true"),
                ("roll call of a day, counts", $"/api/v1/roll-call?date={Day(0)}&entries=false"),
                ("roll call of a class", $"/api/v1/roll-call?date={Day(0)}&class_name=C3"),
                ("report of a month by student", $"/api/v1/reports/attendance?from={Day(19)}&to={Day(0)}"),
            };
            // The server's first answers are its slowest.
            foreach (var (_, path) in questions) await TimeAsync(running.Http, connection, path, new());
            foreach (var (what, path) in questions)
            {
                var (one, many) = (new Timed(), new Timed());
                for (var round = 0; round < Rounds; round++)
                {
                    await TimeAsync(running.Http, connection, path, one);
                    await ExecuteAsync(connection, Swap);
                    await TimeAsync(running.Http, connection, path, many);
                    await ExecuteAsync(connection, Swap);
                }
                whole.Add(($"{what}: ms (blocks)", one.ToString()));
                parted.Add(($"{what}: ms (blocks)", many.ToString()));
            }
        }
        foreach (var (figures, run) in new[] { (whole, 1), (parted, 2) })
        {
            if (run == 2) await ExecuteAsync(connection, Swap);
            await AppendAsync(connection, run, figures);
            figures.Add(("table and indexes: GB", await ReadSizesAsync(connection)));
            figures.Add(("levels of the deepest index", (await ReadAsync<int>(connection, Depth)).ToString(CultureInfo.InvariantCulture)));
            await ForgetAsync(connection, run, figures);
        }
        return (whole, parted);
    }

    /// <summary>What the server's own jobs touch meanwhile is in the blocks too, in both tables alike.</summary>
    private static async Task TimeAsync(HttpClient http, string connection, string path, Timed timed)
    {
        const string Touched = "SELECT blks_read + blks_hit FROM pg_stat_database WHERE datname = current_database()";
        for (var i = 0; i < 3; i++) await GetAsync();
        // Sessions report what they touched once a second.
        await Task.Delay(1100);
        await GetAsync();
        var before = await ReadAsync<long>(connection, Touched);
        for (var i = 0; i < Times; i++) timed.Spans.Add(await GetAsync());
        await Task.Delay(1100);
        await GetAsync();
        timed.Blocks.Add((double)(await ReadAsync<long>(connection, Touched) - before) / (Times + 1));

        async Task<double> GetAsync()
        {
            var clock = Stopwatch.StartNew();
            using var answer = await http.GetAsync(path);
            if (!answer.IsSuccessStatusCode)
                throw new InvalidOperationException($"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            await answer.Content.ReadAsByteArrayAsync();
            return clock.Elapsed.TotalMilliseconds;
        }
    }

    private static async Task AppendAsync(string connection, int run, Figures found)
    {
        const string Log = "SELECT pg_current_wal_insert_lsn() - '0/0'";
        // Whoever writes first is not to pay for what both look up.
        await ExecuteAsync(connection, "SELECT pg_prewarm('students'), pg_prewarm('students_pkey')");
        await ExecuteAsync(connection, "CHECKPOINT");
        var logged = await ReadAsync<decimal>(connection, Log);
        var read = await ReadAsync<long>(connection, BlocksRead);
        var clock = Stopwatch.StartNew();
        var rows = await ExecuteAsync(connection, Formatted(Append, run));
        var span = clock.Elapsed;
        logged = await ReadAsync<decimal>(connection, Log) - logged;
        await Task.Delay(1100);
        read = await ReadAsync<long>(connection, BlocksRead) - read;
        found.Add(("a record written: µs (blocks fetched)", string.Create(
            CultureInfo.InvariantCulture, $"{span.TotalMicroseconds / rows:0} ({(double)read / rows:0.00})")));
        found.Add(("a record written: bytes of log", string.Create(CultureInfo.InvariantCulture, $"{logged / rows:0}")));
    }

    private const string BlocksRead = "SELECT blks_read FROM pg_stat_database WHERE datname = current_database()";

    /// <summary>The oldest month of two schools, as the retention does, and of all by dropping what holds nothing else.</summary>
    private static async Task ForgetAsync(string connection, int run, Figures found)
    {
        var until = await ReadAsync<DateTime>(connection, "SELECT (min(day) + interval '1 month')::timestamptz FROM days");
        await using var source = NpgsqlDataSource.Create(connection);
        var (rows, clock) = (0, Stopwatch.StartNew());
        for (var school = (run * 2) - 1; school <= run * 2; school++)
        {
            for (var batch = 5000; batch == 5000; rows += batch)
            {
                await using var forget = source.CreateCommand(Forget);
                forget.Parameters.AddWithValue(Guid.Parse($"00000000-0000-7000-8000-{school:D12}"));
                forget.Parameters.AddWithValue(until.ToUniversalTime());
                batch = await forget.ExecuteNonQueryAsync();
            }
        }
        found.Add(("a record removed for its age: µs", string.Create(
            CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalMicroseconds / rows:0}")));
        if (run == 1)
        {
            found.Add(("a month of all schools dropped: ms", "–"));
            return;
        }
        clock.Restart();
        await ExecuteAsync(connection, "DROP TABLE records_0");
        found.Add(("a month of all schools dropped: ms", string.Create(
            CultureInfo.InvariantCulture, $"{clock.Elapsed.TotalMilliseconds:0}")));
    }

    private static void Print(int millions, Figures whole, Figures parted)
    {
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"| {millions} million records of {millions * 5} schools | one table | a partition a month |"));
        Console.WriteLine("| --- | --- | --- |");
        foreach (var (one, many) in whole.Zip(parted)) Console.WriteLine($"| {one.What} | {one.Value} | {many.Value} |");
        Console.WriteLine();
        Console.WriteLine(
            """
            `./bench.sh tables` makes the records, 1,000 students a school and 200 days in ten months, and asks the server for whole answers over
            HTTP, by turns from the table as it is and from the same rows in partitions: medians of 21, and blocks of 8 KB that the database
            touched meanwhile, its own jobs' among them. Every index begins with the school, so a school's questions cost what its own rows cost,
            however many others there are: [decision 54](decisions/0054-one-table-for-all-months.md).
            """);
        Console.WriteLine();
    }

    private static async Task<string> ReadSizesAsync(string connection)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var read = new NpgsqlCommand(Sizes, open);
        await using var row = await read.ExecuteReaderAsync();
        await row.ReadAsync();
        return string.Create(CultureInfo.InvariantCulture, $"{row.GetDecimal(0) / 1e9m:0.00} + {row.GetDecimal(1) / 1e9m:0.00}");
    }

    private static string Formatted(string sql, int value) =>
        sql.Replace("{0}", value.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static async Task<T> ReadAsync<T>(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var read = new NpgsqlCommand(sql, open);
        return (T)(await read.ExecuteScalarAsync())!;
    }

    private static async Task<int> ExecuteAsync(string connection, string sql)
    {
        await using var open = new NpgsqlConnection(connection);
        await open.OpenAsync();
        await using var command = new NpgsqlCommand(sql, open) { CommandTimeout = 0 };
        return await command.ExecuteNonQueryAsync();
    }

    private static void Say(string what) => Console.Error.WriteLine($"{DateTime.Now:HH:mm:ss} {what}");

    private sealed class Figures : List<(string What, string Value)>;

    private sealed class Timed
    {
        public List<double> Spans { get; } = [];

        public List<double> Blocks { get; } = [];

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture,
            $"{Spans.Order().ElementAt(Spans.Count / 2):0.0} ({Blocks.Order().ElementAt(Blocks.Count / 2):#,0})");
    }
}
